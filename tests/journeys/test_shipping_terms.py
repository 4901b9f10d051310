"""A supplier says where it ships to, and what is promised and allocated follows from it."""

from __future__ import annotations

from typing import Any

from tests.journeys.marketplace import RunningMarketplace, line, order
from tests.support.waiting import eventually


async def test_shipping_terms_decide_what_is_promised_and_who_fills_an_order(marketplace: RunningMarketplace) -> None:
    near = await marketplace.active_supplier(handle="near")
    abroad = await marketplace.active_supplier(handle="abroad")
    offers = [await marketplace.offered(supplier=one, supplier_sku=f"S-{one.handle}") for one in (near, abroad)]
    ship_to = order()["ship_to"]
    at_home = {"zones": [{"countries": [ship_to["country"]], "transit_days": 1}]}
    elsewhere = {"zones": [{"countries": ["JP"], "transit_days": 1}]}
    for supplier, terms in ((near, at_home), (abroad, elsewhere)):
        await marketplace.operator.send("PUT", f"/v1/suppliers/{supplier.supplier_id}/shipping-terms", terms)

    wish = {"product_id": offers[0]["product_id"], "quantity": 1}
    there = {"country": ship_to["country"], "postal_code": ship_to["postal_code"]}
    asked = {"destination": there, "currency": offers[0]["currency"], "lines": [wish]}

    async def ask() -> dict[str, Any] | None:
        # What is known of a supplier may be a second old.
        found = (await marketplace.storefront.post("/v1/delivery-promises", asked))["promises"][0]
        return found if found["suppliers"] == 1 else None

    promised = await eventually(ask, what="shipping terms that hold")
    assert promised["is_available"]
    assert promised["reasons"] == ["ships_not_there"]
    nowhere = asked | {"destination": {"country": "FR", "postal_code": "75001"}}
    assert not (await marketplace.storefront.post("/v1/delivery-promises", nowhere))["promises"][0]["is_available"]

    chosen = line(offer=offers[0])
    del chosen["offer_id"]
    placed = await marketplace.placed(lines=[chosen | {"product_id": offers[0]["product_id"]}])
    assert placed.status == 201, placed
    assert placed.body["lines"][0]["supplier_id"] == near.supplier_id
    whole = await marketplace.operator.get(f"/v1/orders/{placed.body['order_id']}")
    verdicts = {one["supplier_id"]: one for one in whole["allocations"][0]["lines"][0]["candidates"]}
    assert verdicts[abroad.supplier_id]["verdict"] == "ships_not_there"
    assert verdicts[near.supplier_id]["delivered_on"] == promised["delivered_on"]
    assert whole["purchase_orders"][0]["lines"][0]["promised_on"] == promised["delivered_on"]

    refused = await marketplace.placed(reference="R-fixed", lines=[line(offer=offers[1])])
    assert (refused.status, refused.code) == (409, "order-not-deliverable")
