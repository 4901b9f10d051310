"""A supplier that works by hand: later days, substitutes with consent, papers, packages, and what it takes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from openaisle_examples.suppliers import Character

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, line
from tests.support.waiting import eventually

UPS_NUMBER = "1Z5R89390357567127"


async def by_hand(marketplace: RunningMarketplace, *, handle: str = "by-hand") -> ActiveSupplier:
    return await marketplace.active_supplier(
        handle=handle, ships=False, character=Character.LATER, acknowledges_after_seconds=3_600
    )


async def sent(marketplace: RunningMarketplace, *, offer: dict[str, Any], quantity: int = 2) -> tuple[str, str]:
    """An order of the offer, and the path of its purchase order once the supplier has it."""
    placed = await marketplace.placed(lines=[line(offer=offer, quantity=quantity)])
    path = f"/v1/purchase-orders/{placed.body['purchase_orders'][0]['purchase_order_id']}"

    async def ask() -> bool:
        return (await marketplace.operator.get(path))["state"] == "sent"

    await eventually(ask, what="the supplier has the purchase order")
    return placed.body["order_id"], path


async def test_a_line_leaves_later_in_two_boxes_with_its_papers(marketplace: RunningMarketplace) -> None:
    supplier = await by_hand(marketplace)
    offer = await marketplace.offered(supplier=supplier)
    order_id, path = await sent(marketplace, offer=offer)
    early = await supplier.caller.call("GET", f"{path}/packing-slip")
    assert (early.status, early.code) == (409, "papers-not-ready")

    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    answer = {"line_number": 1, "decision": "back_ordered", "expected_ship_date": day}
    too_late = {**answer, "expected_ship_date": (datetime.now(UTC) + timedelta(days=90)).date().isoformat()}
    refused = await supplier.caller.call("POST", f"{path}/acknowledgment", {"lines": [too_late]})
    assert (refused.status, refused.code) == (409, "back-order-too-late")
    accepted = await supplier.caller.post(f"{path}/acknowledgment", {"lines": [answer]})
    assert (accepted["state"], accepted["lines"][0]["is_back_ordered"]) == ("accepted", True)

    slip = await supplier.caller.call("GET", f"{path}/packing-slip")
    assert (slip.status, slip.headers["content-type"], slip.body[:5]) == (200, "application/pdf", b"%PDF-")
    label = await supplier.caller.get(f"{path}/label")
    assert label["ship_to"]["city"] == "Curitiba"

    shipment = {"carrier": "UPS Ground", "tracking_number": UPS_NUMBER, "service": "Ground"}
    boxes = [
        {"weight_grams": 500, "lines": [{"line_number": 1, "quantity": 1}]},
        {"sscc": "006141411234567890", "lines": [{"line_number": 1, "quantity": 1}]},
    ]
    serials = [{"line_number": 1, "serial_numbers": ["SN-1", "SN-2"]}]
    shipped = await supplier.caller.post(f"{path}/shipments", {**shipment, "packages": boxes, "serials": serials})
    (parcel,) = shipped["shipments"]
    assert (shipped["state"], parcel["tracking_state"], len(parcel["packages"])) == ("shipped", "verified", 2)
    assert parcel["tracking_url"].endswith(UPS_NUMBER)
    labels = await supplier.caller.get(f"{path}/label?shipment_id={parcel['shipment_id']}")
    assert [one["sscc"] for one in labels["packages"]] == ["", "006141411234567890"]
    await supplier.caller.post(f"{path}/deliveries", {})
    await marketplace.order_state(order_id=order_id, state="delivered")

    _, again = await sent(marketplace, offer=offer)
    await supplier.caller.post(f"{again}/acknowledgment", {"lines": [{"line_number": 1, "decision": "accepted"}]})
    taken = await supplier.caller.call("POST", f"{again}/shipments", {**shipment, "serials": serials})
    assert (taken.status, taken.code) == (409, "serial-number-taken")


async def test_another_product_goes_only_with_the_shops_consent(marketplace: RunningMarketplace) -> None:
    supplier = await by_hand(marketplace)
    offer = await marketplace.offered(supplier=supplier)
    await marketplace.offered(
        supplier=supplier, supplier_sku="T", gtin="036000291452", title="Paper towels", price_minor=4_000
    )
    order_id, path = await sent(marketplace, offer=offer)
    answer = {"line_number": 1, "decision": "substituted", "substitute": {"supplier_sku": "T"}}
    proposed = (await supplier.caller.post(f"{path}/acknowledgment", {"lines": [answer]}))["lines"][0]
    assert (proposed["answer"], proposed["unit_price_minor"]) == ("proposed", 1299)
    assert proposed["replaced"]["offered_price_minor"] == 4_000
    await marketplace.storefront.post(f"{path}/consents", {"lines": [{"line_number": 1, "granted": True}]})
    await supplier.caller.post(f"{path}/shipments", {"carrier": "UPS", "tracking_number": UPS_NUMBER})
    await supplier.caller.post(f"{path}/deliveries", {})
    delivered = await marketplace.order_state(order_id=order_id, state="delivered")
    assert delivered["purchase_orders"][0]["lines"][0]["supplier_sku"] == "T"
    assert delivered["lines"][0]["unit_price_minor"] == 1299


async def test_what_a_supplier_takes_back_another_one_ships(marketplace: RunningMarketplace) -> None:
    supplier = await by_hand(marketplace)
    offer = await marketplace.offered(supplier=supplier)
    willing = await marketplace.active_supplier(handle="willing")
    await marketplace.offered(supplier=willing, supplier_sku="W")
    order_id, path = await sent(marketplace, offer=offer)
    await supplier.caller.post(f"{path}/acknowledgment", {"lines": [{"line_number": 1, "decision": "accepted"}]})
    body = {"lines": [{"line_number": 1, "quantity": 1}], "reason": "One fell down."}
    changed = await supplier.caller.post(f"{path}/withdrawals", body)
    assert (changed["state"], changed["lines"][0]["withdrawn_quantity"]) == ("accepted", 1)
    await supplier.caller.post(f"{path}/shipments", {"carrier": "UPS", "tracking_number": UPS_NUMBER})
    await supplier.caller.post(f"{path}/deliveries", {})
    delivered = await marketplace.order_state(order_id=order_id, state="delivered")
    filled = {one["supplier_id"]: one["quantity"] for one in delivered["lines"][0]["filled_by"]}
    assert filled == {supplier.supplier_id: 2, willing.supplier_id: 1}
    foreign = await willing.caller.call("POST", f"{path}/withdrawals", {"reason": "Mine."})
    assert (foreign.status, foreign.code) == (404, "purchase-order-unknown")
