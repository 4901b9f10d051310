"""A supplier answers, ships, takes back and prints its purchase orders in the portal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.permissions import UserRole
from openaisle.offers.repository import OFFERS
from openaisle.orders.views import PlacedOrder
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.repository import SUPPLIERS, supplier_key
from tests.factories.inventory import stock_level
from tests.factories.offers import offer
from tests.factories.orders import make_line, make_new_order
from tests.factories.shipping import UPS_NUMBER

STREET = "Lindenweg 4"


async def ordered(stage: Any, *, quantity: int = 2, reference: str = "R-1") -> str:
    """A purchase order that the stage's supplier is to answer."""
    table, now = stage.marketplace.engines.table, stage.marketplace.clock.now()
    item = await table.get(key=supplier_key(supplier_id=stage.supplier_id))
    found = SUPPLIERS.decode(item)
    active = msgspec.structs.replace(found.record, state=SupplierState.ACTIVE)
    mug = offer(supplier_id=stage.supplier_id, supplier_sku=f"MUG-{reference}", created_at=now, changed_at=now)
    writes = [
        SUPPLIERS.replace(active, version=found.version),
        OFFERS.create(mug),
        STOCK_LEVELS.create(stock_level(of=mug, location="default", on_hand=10)),
    ]
    await table.commit(writes=writes, context=stage.context())
    context = Context(principal=Principal(role=Role.STOREFRONT, subject_id="sto_web"), at=now, correlation_id="cor")
    order = make_new_order(lines=[make_line(offer_id=mug.offer_id, quantity=quantity)], reference=reference)
    answer = await stage.marketplace.rooms.orders.place(order=order, key=reference, context=context)
    return msgspec.json.decode(answer.body, type=PlacedOrder).purchase_orders[0].purchase_order_id


async def state_of(stage: Any, purchase_order_id: str) -> Any:
    return await stage.marketplace.rooms.order_queries.purchase_order(purchase_order_id=purchase_order_id)


async def test_a_purchase_order_is_accepted_printed_and_shipped_by_hand(stage: Any) -> None:
    identifier = await ordered(stage)
    owner = await stage.signed_in()
    listed = (await owner.get("/purchase-orders", query="show=to_deliver")).body.decode()
    assert identifier in listed
    page = f"/purchase-orders/{identifier}"
    before = (await owner.get(page)).body.decode()
    assert STREET not in before
    assert (await owner.get(f"{page}/packing-slip")).status == 409

    accepted = await owner.send(f"{page}/answer", {"all": "accepted"}, page=page)
    assert accepted.status == 303
    assert STREET in (await owner.get(page)).body.decode()
    for paper in ("packing-slip", "label"):
        slip = await owner.get(f"{page}/{paper}")
        assert (slip.status, slip.body[:5]) == (200, b"%PDF-")

    later = (stage.marketplace.clock.now() + timedelta(days=9)).date().isoformat()
    assert (await owner.send(f"{page}/answer", {"put_off": later}, page=page)).status == 303
    assert (await state_of(stage, identifier)).lines[0].expected_ship_date == later
    too_many = await owner.send(
        f"{page}/shipments", {"carrier": "UPS", "tracking_number": UPS_NUMBER, "quantity-1": "3"}, page=page
    )
    assert too_many.status == 409
    assert "More was shipped than was ordered" in too_many.body.decode()
    form = {
        "carrier": "UPS",
        "tracking_number": UPS_NUMBER,
        "quantity-1": "1",
        "weight_grams": "700",
        "serials-1": "A1",
    }
    assert (await owner.send(f"{page}/shipments", form, page=page)).status == 303
    shipped = await state_of(stage, identifier)
    (shipment,) = shipped.shipments
    assert (shipment.packages[0].weight_grams, shipment.serials[0].serial_numbers) == (700, ("A1",))
    assert "https://www.ups.com/track" in (await owner.get(page)).body.decode()

    assert (
        await owner.send(f"{page}/withdrawals", {"reason": "broken", "quantity-1": "", "key": "0 of 1"}, page=page)
    ).status == 303
    arrived = {"shipment_id": shipment.shipment_id}
    assert (await owner.send(f"{page}/deliveries", arrived, page=page)).status == 303
    assert (await state_of(stage, identifier)).state == "delivered"
    assert "Parcels" in (await owner.get(page)).body.decode()
    assert identifier in (await owner.get("/purchase-orders", query="show=all")).body.decode()
    reads = await stage.marketplace.rooms.people.audit.listed(limit=50)
    assert any(one.action == "order.address_read" and one.subject == identifier for one in reads.entries)


async def test_lines_are_answered_each_with_its_own_decision(stage: Any) -> None:
    identifier = await ordered(stage)
    owner = await stage.signed_in()
    page = f"/purchase-orders/{identifier}"
    nothing = await owner.send(f"{page}/answer", {"decision-1": ""}, page=page)
    assert (nothing.status, "No line was answered" in nothing.body.decode()) == (422, True)
    wrong = await owner.send(f"{page}/answer", {"decision-1": "back_ordered", "date-1": "2001-01-01"}, page=page)
    assert wrong.status == 422
    assert 'value="2001-01-01"' in wrong.body.decode()
    invented = await owner.send(f"{page}/answer", {"decision-1": "eaten"}, page=page)
    assert invented.status == 422
    rejected = await owner.send(f"{page}/answer", {"decision-1": "rejected", "reason-1": "sold out"}, page=page)
    assert rejected.status == 303
    assert (await state_of(stage, identifier)).state == "rejected"


async def test_who_may_not_change_orders_is_shown_no_form_and_another_suppliers_is_unknown(stage: Any) -> None:
    identifier = await ordered(stage)
    reader = await stage.signed_in(email="catalog@supplier.example", role=UserRole.CATALOG)
    page = f"/purchase-orders/{identifier}"
    shown = (await reader.get(page)).body.decode()
    assert 'name="decision-1"' not in shown
    refused = await reader.send(f"{page}/answer", {"all": "accepted"}, page="/purchase-orders")
    assert refused.status == 403
    assert (await reader.get("/purchase-orders/po_00000000000000000000000000_01")).status == 404


@pytest.mark.parametrize("query", ["show=nonsense", "after=nonsense", "show=all&after=x"])
async def test_a_list_that_is_asked_for_wrongly_is_still_answered(stage: Any, query: str) -> None:
    owner = await stage.signed_in()
    assert (await owner.get("/purchase-orders", query=query)).status in {200, 422}
