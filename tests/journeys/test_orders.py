"""An order's way: placed, allocated, at the supplier's system, shipped, delivered; and every other end it may have."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from openaisle_examples.storefront import SimulatedStorefront
from openaisle_examples.suppliers import Character

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, line
from tests.support.waiting import eventually


async def offers_of_one_product(
    *, marketplace: RunningMarketplace, suppliers: list[ActiveSupplier]
) -> list[dict[str, Any]]:
    return [
        await marketplace.offered(supplier=supplier, supplier_sku=f"SKU-{supplier.handle}") for supplier in suppliers
    ]


async def stock_of(*, marketplace: RunningMarketplace, offer: dict[str, Any]) -> dict[str, Any]:
    found = await marketplace.operator.get(f"/v1/inventory?offer_id={offer['offer_id']}")
    (location,) = found["inventory"][0]["locations"]
    return dict(location)


async def test_an_order_of_two_suppliers_is_delivered_by_both(marketplace: RunningMarketplace) -> None:
    first = await marketplace.active_supplier(handle="first")
    second = await marketplace.active_supplier(handle="second")
    pens = await marketplace.offered(supplier=first)
    towels = await marketplace.offered(supplier=second, supplier_sku="T", gtin="036000291452", title="Paper towels")
    placed = await marketplace.placed(lines=[line(offer=pens, quantity=2), line(offer=towels, shipping_minor=500)])
    assert placed.status == 201
    assert placed.body["total_minor"] == 3 * 1299 + 500
    assert len(placed.body["purchase_orders"]) == 2
    delivered = await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    assert [one["state"] for one in delivered["purchase_orders"]] == ["delivered", "delivered"]
    assert all(one["shipments"][0]["tracking_number"] for one in delivered["purchase_orders"])
    stock = await stock_of(marketplace=marketplace, offer=pens)
    assert (stock["reserved"], stock["available"]) == (0, stock["on_hand"])
    report = marketplace.simulated.report()
    assert {handle: report[handle].units for handle in ("first", "second")} == {"first": 2, "second": 1}


async def test_a_rejected_line_goes_to_the_next_supplier(marketplace: RunningMarketplace) -> None:
    refusing = await marketplace.active_supplier(handle="refusing", character=Character.CHOOSY, rejects_percent=100)
    willing = await marketplace.active_supplier(handle="willing")
    offers = await offers_of_one_product(marketplace=marketplace, suppliers=[refusing, willing])
    placed = await marketplace.placed(lines=[line(offer=offers[0])])
    delivered = await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    states = {one["supplier_id"]: one["state"] for one in delivered["purchase_orders"]}
    assert states == {refusing.supplier_id: "rejected", willing.supplier_id: "delivered"}
    assert (await stock_of(marketplace=marketplace, offer=offers[0]))["reserved"] == 0


async def test_a_line_that_nobody_wants_is_canceled_with_notice(marketplace: RunningMarketplace) -> None:
    refusing = await marketplace.active_supplier(handle="refusing", character=Character.CHOOSY, rejects_percent=100)
    offer = await marketplace.offered(supplier=refusing)
    placed = await marketplace.placed(lines=[line(offer=offer)])
    canceled = await marketplace.order_state(order_id=placed.body["order_id"], state="canceled")
    assert canceled["lines"][0]["quantities"]["canceled"] == 1
    assert (await stock_of(marketplace=marketplace, offer=offer))["reserved"] == 0


async def test_a_supplier_that_answers_later_is_waited_for(marketplace: RunningMarketplace) -> None:
    later = await marketplace.active_supplier(handle="later", character=Character.LATER, acknowledges_after_seconds=0.2)
    offer = await marketplace.offered(supplier=later)
    placed = await marketplace.placed(lines=[line(offer=offer)])
    await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")


async def test_a_supplier_that_is_down_gets_its_purchase_order_once_it_is_back(marketplace: RunningMarketplace) -> None:
    fragile = await marketplace.active_supplier(handle="fragile")
    offer = await marketplace.offered(supplier=fragile)
    marketplace.simulated.go_down(handle="fragile", seconds=3_600)
    placed = await marketplace.placed(lines=[line(offer=offer)])

    async def tried() -> bool:
        return marketplace.simulated.report()["fragile"].counts.while_down > 0

    await eventually(tried, what="a call of the supplier that is down")
    marketplace.simulated.go_down(handle="fragile", seconds=0)
    await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    assert marketplace.simulated.report()["fragile"].purchase_orders == 1


async def test_what_a_supplier_does_not_have_is_not_shipped_by_it(marketplace: RunningMarketplace) -> None:
    empty = await marketplace.active_supplier(handle="empty", character=Character.OUT_OF_STOCK)
    stocked = await marketplace.active_supplier(handle="stocked")
    offers = await offers_of_one_product(marketplace=marketplace, suppliers=[empty, stocked])
    placed = await marketplace.placed(lines=[line(offer=offers[0], quantity=3)])
    delivered = await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    assert delivered["lines"][0]["filled_by"][-1]["supplier_id"] == stocked.supplier_id


async def test_a_person_may_answer_for_a_supplier_without_a_system(marketplace: RunningMarketplace) -> None:
    applied = await marketplace.active_supplier(
        handle="by-hand", ships=False, character=Character.LATER, acknowledges_after_seconds=3_600
    )
    offer = await marketplace.offered(supplier=applied)
    placed = await marketplace.placed(lines=[line(offer=offer, quantity=2)])
    purchase_order_id = placed.body["purchase_orders"][0]["purchase_order_id"]
    path = f"/v1/purchase-orders/{purchase_order_id}"
    await applied.caller.post(f"{path}/acknowledgment", {"lines": [{"line_number": 1, "decision": "accepted"}]})
    shipment = {"carrier": "DHL", "tracking_number": "JJD01"}
    await applied.caller.post(f"{path}/shipments", {**shipment, "lines": [{"line_number": 1, "quantity": 1}]})
    partly = await marketplace.storefront.get(f"/v1/orders/{placed.body['order_id']}")
    assert partly["purchase_orders"][0]["state"] == "partially_shipped"
    await applied.caller.post(f"{path}/shipments", {**shipment, "tracking_number": "JJD02"})
    await applied.caller.post(f"{path}/deliveries", {})
    await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")


async def test_a_line_can_be_canceled_before_it_is_shipped(marketplace: RunningMarketplace) -> None:
    waiting = await marketplace.active_supplier(handle="waiting", ships=False)
    offer = await marketplace.offered(supplier=waiting)
    placed = await marketplace.placed(lines=[line(offer=offer, quantity=3)])
    path = f"/v1/orders/{placed.body['order_id']}/cancellations"
    await marketplace.storefront.post(path, {"lines": [{"line_number": 1, "quantity": 1}], "reason": "Too many."})
    stock = await stock_of(marketplace=marketplace, offer=offer)
    assert stock["reserved"] == 2
    await marketplace.storefront.post(path, {"lines": [{"line_number": 1, "quantity": 2}], "reason": "Changed mind."})
    await marketplace.order_state(order_id=placed.body["order_id"], state="canceled")
    assert (await stock_of(marketplace=marketplace, offer=offer))["reserved"] == 0


async def test_stock_is_never_oversold(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="scarce", ships=False)
    offer = await marketplace.offered(supplier=supplier, on_hand=5)
    answers = await asyncio.gather(*(marketplace.placed(lines=[line(offer=offer)]) for _ in range(24)))
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 19
    stock = await stock_of(marketplace=marketplace, offer=offer)
    assert (stock["reserved"], stock["available"]) == (5, 0)


async def test_the_same_key_gives_the_same_answer_and_one_order(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="once")
    offer = await marketplace.offered(supplier=supplier)
    wanted = {"reference": "shop-1", "lines": [line(offer=offer)]}
    answers = await asyncio.gather(*(marketplace.placed(key="k-1", **wanted) for _ in range(8)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.body["order_id"] for answer in answers}) == 1
    orders = await marketplace.storefront.get("/v1/orders")
    assert len(orders["orders"]) == 1


async def test_an_order_is_shown_to_its_storefront_and_its_suppliers_only(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="one", ships=False)
    other = await marketplace.active_supplier(handle="other")
    offer = await marketplace.offered(supplier=supplier)
    placed = await marketplace.placed(lines=[line(offer=offer)])
    order_id = placed.body["order_id"]
    purchase_order_id = placed.body["purchase_orders"][0]["purchase_order_id"]
    issued = await marketplace.operator.post(
        "/v1/api-keys", {"role": "storefront", "subject_id": "storefront-2", "label": "another"}
    )
    stranger = marketplace.caller(key=issued["api_key"])
    assert (await stranger.call("GET", f"/v1/orders/{order_id}")).status == 404
    assert (await stranger.get("/v1/orders"))["orders"] == []
    cancellation = {"lines": [{"line_number": 1, "quantity": 1}], "reason": "Mischief."}
    assert (await stranger.call("POST", f"/v1/orders/{order_id}/cancellations", cancellation)).status == 404
    path = f"/v1/purchase-orders/{purchase_order_id}"
    # Before it has accepted, not even the supplier sees where it goes.
    await marketplace.order_state(order_id=order_id, state="accepted")
    assert (await supplier.caller.get(path))["ship_to"]["name"] == "Ana Souza"
    for method, where, body in [
        ("GET", path, None),
        ("POST", f"{path}/acknowledgment", {"lines": [{"line_number": 1, "decision": "rejected"}]}),
        ("POST", f"{path}/shipments", {"carrier": "DHL", "tracking_number": "JJD01"}),
        ("POST", f"{path}/deliveries", {}),
    ]:
        answered = await other.caller.call(method, where, body)
        assert answered.status == 404, (method, where, answered)
    assert (await other.caller.get("/v1/purchase-orders"))["purchase_orders"] == []


async def test_the_numbers_of_the_day_follow(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="counted")
    offer = await marketplace.offered(supplier=supplier)
    for _ in range(3):
        placed = await marketplace.placed(lines=[line(offer=offer, quantity=2)])
        await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")

    async def ask() -> dict[str, Any] | None:
        found = await marketplace.operator.get("/v1/overview")
        return found if found["purchase_orders"]["delivered"] == 3 else None

    numbers = await eventually(ask, what="three delivered purchase orders in the overview")
    assert (numbers["orders_placed"], numbers["units_placed"]) == (3, 6)
    assert numbers["order_values"] == [{"amount_minor": 3 * 2 * 1299, "currency": "BRL"}]
    assert numbers["suppliers_now"]["active"] == 1
    assert numbers["submissions"]["accepted"] == 1


@pytest.mark.parametrize("batch_size", [1, 10])
async def test_a_storefront_is_told_of_each_step_in_order(marketplace: RunningMarketplace, batch_size: int) -> None:
    async with SimulatedStorefront() as storefront:
        registered = await marketplace.storefront.post(
            "/v1/webhook-endpoints", {"url": storefront.url, "batch_size": batch_size}
        )
        storefront.trust(signing_secret=registered["signing_secret"])
        supplier = await marketplace.active_supplier(handle="told")
        offer = await marketplace.offered(supplier=supplier)
        placed = await marketplace.placed(lines=[line(offer=offer)])
        await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")

        async def told() -> bool:
            return "purchase_order.delivered" in storefront.report().by_type

        await eventually(told, what="the delivery is told")
        report = storefront.report()
    steps = ["order.placed", *(f"purchase_order.{step}" for step in ("created", "accepted", "shipped", "delivered"))]
    assert {step: report.by_type.get(step) for step in steps} == dict.fromkeys(steps, 1)
    assert report.in_order
    assert report.refused_signatures == 0
