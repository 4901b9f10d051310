"""Stock waits for a shopper before the order, through the real API, and goes back on sale by itself."""

from __future__ import annotations

from typing import Any

from tests.journeys.marketplace import Answered, RunningMarketplace, line, order
from tests.support.waiting import eventually


async def stock_of(marketplace: RunningMarketplace, offer: dict[str, Any]) -> tuple[int, int, int]:
    found = await marketplace.operator.get(f"/v1/inventory?offer_id={offer['offer_id']}")
    (location,) = found["inventory"][0]["locations"]
    return location["reserved"], location.get("held", 0), location["available"]


async def hold(
    marketplace: RunningMarketplace, offer: dict[str, Any], *, quantity: int, **given: Any
) -> dict[str, Any]:
    wanted = {"lines": [{"offer_id": offer["offer_id"], "quantity": quantity}], "seconds": 600} | given
    headers = {"Idempotency-Key": f"hold-{quantity}-{wanted['seconds']}"}
    return await marketplace.storefront.send("POST", "/v1/reservations", wanted, headers=headers)


async def buy(marketplace: RunningMarketplace, offer: dict[str, Any], *, quantity: int, **given: Any) -> Answered:
    body = order(reference=f"R-{quantity}", lines=[line(offer=offer, quantity=quantity)]) | given
    headers = {"Idempotency-Key": f"key-{quantity}-{sorted(given)}"}
    return await marketplace.storefront.call("POST", "/v1/orders", body, headers=headers)


async def test_an_order_uses_what_was_held_for_it_and_is_delivered(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    pens = await marketplace.offered(supplier=supplier)
    on_hand = (await stock_of(marketplace, pens))[2]
    held = await hold(marketplace, pens, quantity=on_hand)
    assert await stock_of(marketplace, pens) == (on_hand, on_hand, 0)
    assert (await buy(marketplace, pens, quantity=1)).code == "insufficient-stock"

    placed = await buy(marketplace, pens, quantity=on_hand - 1, reservation_id=held["reservation_id"])

    assert placed.status == 201
    assert (await stock_of(marketplace, pens))[1:] == (0, 1)
    path = f"/v1/reservations/{held['reservation_id']}"
    found = await marketplace.storefront.get(path)
    assert (found["state"], found["order_id"]) == ("committed", placed.body["order_id"])
    assert (await marketplace.storefront.call("DELETE", path)).code == "reservation-over"
    await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    assert await stock_of(marketplace, pens) == (0, 0, 1)


async def test_what_nobody_orders_goes_back_on_sale_by_itself_or_when_given_back(
    marketplace: RunningMarketplace,
) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    pens = await marketplace.offered(supplier=supplier)
    before = await stock_of(marketplace, pens)
    short = await hold(marketplace, pens, quantity=2, seconds=1)
    given_back = await hold(marketplace, pens, quantity=3)
    later = await hold(marketplace, pens, quantity=1, seconds=900)
    mine = [given_back["reservation_id"], later["reservation_id"]]
    page = await marketplace.operator.get("/v1/reservations?limit=1")
    found = [*page["reservations"]]
    while page["next_after"] is not None:
        page = await marketplace.operator.get(f"/v1/reservations?limit=1&after={page['next_after']}")
        found += page["reservations"]
    assert [one["reservation_id"] for one in found if one["reservation_id"] != short["reservation_id"]] == mine
    await marketplace.storefront.call("DELETE", f"/v1/reservations/{later['reservation_id']}")
    path = f"/v1/reservations/{given_back['reservation_id']}"
    for _ in range(2):
        assert (await marketplace.storefront.call("DELETE", path)).body["state"] == "released"

    async def expired() -> bool:
        found = await marketplace.operator.get(f"/v1/reservations/{short['reservation_id']}")
        return bool(found["state"] == "expired")

    await eventually(expired, what="the reservation ends")
    assert (await marketplace.storefront.get("/v1/reservations"))["reservations"] == []
    assert await stock_of(marketplace, pens) == before


async def test_a_safety_stock_is_kept_from_orders_by_supplier_or_operator(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    pens = await marketplace.offered(supplier=supplier)
    rows = [{"supplier_sku": pens["supplier_sku"], "on_hand": 10, "safety_stock": 6}]
    told = await supplier.caller.send("PUT", "/v1/stock-levels", {"stock_levels": rows})
    assert told["results"][0]["available"] == 4
    assert (await buy(marketplace, pens, quantity=5)).code == "insufficient-stock"
    path = f"/v1/offers/{pens['offer_id']}/safety-stock"
    assert (await marketplace.operator.send("PUT", path, {"safety_stock": 5}))["available"] == 5
    assert (await buy(marketplace, pens, quantity=5, shopper_age=40)).status == 201
