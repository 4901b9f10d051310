"""An operator tries other allocation weights on the orders of a day before putting them in force."""

from __future__ import annotations

from tests.journeys.marketplace import RunningMarketplace, line


async def test_an_operator_compares_a_days_orders_by_other_weights(marketplace: RunningMarketplace) -> None:
    cheap = await marketplace.active_supplier(handle="cheap")
    quick = await marketplace.active_supplier(handle="quick")
    slow = await marketplace.offered(supplier=cheap, supplier_sku="S-1", price_minor=1_000, lead_time_days=9)
    await marketplace.offered(supplier=quick, supplier_sku="S-2", price_minor=1_600, lead_time_days=1)
    chosen = line(offer=slow)
    del chosen["offer_id"]
    placed = await marketplace.placed(lines=[chosen | {"product_id": slow["product_id"]}])
    assert placed.status == 201, placed
    assert placed.body["lines"][0]["supplier_id"] == cheap.supplier_id

    asked = {"day": placed.body["placed_at"][:10]}
    same = await marketplace.operator.post("/v1/allocation-what-ifs", asked)
    assert (same["orders"], same["lines_changed"], same["weights"]["day_minor"]) == (1, 0, 50)
    told = await marketplace.operator.post("/v1/allocation-what-ifs", asked | {"weights": {"day_minor": 500}})
    (changed,) = told["examples"]
    assert changed["order_id"] == placed.body["order_id"]
    assert changed["replayed"][0]["supplier_id"] == quick.supplier_id
    (sums,) = told["currencies"]
    assert sums["replayed"]["average_days"] < sums["actual"]["average_days"]
    assert sums["replayed"]["cost_minor"] < sums["actual"]["cost_minor"]

    refused = await marketplace.operator.call(
        "POST", "/v1/allocation-what-ifs", {"day": "2026-11-23", "weights": {"day": 1}}
    )
    assert refused.status == 422
    unseen = await marketplace.storefront.call("POST", "/v1/allocation-what-ifs", asked)
    assert unseen.status == 403
