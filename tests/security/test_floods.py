"""Parties that do something permitted far too often: records stay storable, and nobody else is held up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.entrypoints.http.bodies import read_chunks
from openaisle.entrypoints.http.errors import RequestTooSlow
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.table import MAXIMUM_BODY_BYTES, Index
from openaisle.orders.acknowledgment import decide_noted
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    Cancellation,
    LineAcknowledgment,
    LineToCancel,
    LineToShip,
    NewDelivery,
    NewOrder,
    NewOrderLine,
    NewShipment,
    ShipmentItem,
)
from openaisle.orders.model import CancellationRefused
from openaisle.orders.repository import order_partition
from tests.factories.contexts import make_context
from tests.factories.orders import OrderRoom, make_new_order, storefront_context, supplier_context

SCOPE = SupplierScope(supplier_id="sup_bergmann")
LONG = "😀" * 290


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[OrderRoom]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield OrderRoom(table=table)
    await table.close()


async def sizes(room: OrderRoom, *, order_id: str) -> list[int]:
    page = await room.table.query(partition=order_partition(order_id=order_id), limit=1_000)
    return [len(item.body) for item in page.items]


@pytest.mark.parametrize("is_active", [True, False])
async def test_a_supplier_that_floods_a_product_with_offers_stops_no_order(room: OrderRoom, is_active: bool) -> None:
    good = await room.stock(offer_id="off_good", product_id="prd_best", on_hand=1_000, supplier_id="sup_good")
    for number in range(2_500):
        await room.stock(
            offer_id=f"off_{number}",
            supplier_sku=f"S{number}",
            product_id="prd_best",
            on_hand=0,
            supplier_id="sup_flood",
        )
    if not is_active:
        room.suppliers.inactive.add("sup_flood")
    lines = [NewOrderLine(product_id="prd_best", quantity=1, unit_price_minor=1_000) for _ in range(3)]

    placed = await room.place(*lines)

    assert {one.offer_id for one in placed.lines} == {good.offer_id}
    assert max(await sizes(room, order_id=placed.order_id)) < MAXIMUM_BODY_BYTES / 2
    order, _ = await room.whole()
    (record,) = order.allocations
    assert all(line.assessments[0].verdict == "chosen" for line in record.lines)
    assert {len(line.assessments) + line.left_out for line in record.lines} == {2_501}


async def test_a_purchase_order_shipped_piece_by_piece_can_always_be_brought_to_its_end(room: OrderRoom) -> None:
    await room.stock(offer_id="off_1", on_hand=20_000)
    placed = await room.place(NewOrderLine(offer_id="off_1", quantity=5_000, unit_price_minor=1))
    other = await room.place(NewOrderLine(offer_id="off_1", quantity=1, unit_price_minor=1), reference="R-2")
    context = supplier_context()
    both = [one.purchase_orders[0].purchase_order_id for one in (placed, other)]
    accepted = Acknowledgment(lines=[LineAcknowledgment(line_number=1, decision=AcknowledgmentDecision.ACCEPTED)])
    for purchase_order_id in both:
        await room.purchase_orders.acknowledge(
            purchase_order_id=purchase_order_id, acknowledgment=accepted, context=context, scope=SCOPE
        )
    pieces = [
        ShipmentItem(
            purchase_order_id=both[0],
            carrier=LONG[:100],
            tracking_number=f"PIECE{number}",
            lines=[LineToShip(line_number=1, quantity=1)],
        )
        for number in range(499)
    ]
    whole = ShipmentItem(purchase_order_id=both[1], carrier="DHL", tracking_number="WHOLE")

    outcomes = [
        await room.purchase_orders.ship_many(shipments=[*pieces, whole], context=context, scope=SCOPE) for _ in range(2)
    ]

    assert outcomes[0][-1].error is None, "a flood of parcels spoiled another purchase order of the same request"
    assert {one.error.code for one in outcomes[1] if one.error is not None} == {"shipment-refused"}
    rest = NewShipment(carrier="DHL", tracking_number="REST")
    await room.purchase_orders.ship(purchase_order_id=both[0], shipment=rest, context=context, scope=SCOPE)
    delivered = await room.purchase_orders.deliver(
        purchase_order_id=both[0], delivery=NewDelivery(), context=context, scope=SCOPE
    )
    assert delivered.state == "delivered"
    assert max(await sizes(room, order_id=placed.order_id)) < MAXIMUM_BODY_BYTES


async def test_an_order_canceled_unit_by_unit_can_always_be_canceled_whole(room: OrderRoom) -> None:
    await room.stock(offer_id="off_1", on_hand=20_000)
    placed = await room.place(NewOrderLine(offer_id="off_1", quantity=10_000, unit_price_minor=1))
    one = Cancellation(lines=[LineToCancel(line_number=1, quantity=1)], reason=LONG)
    refused = None
    for number in range(400):
        try:
            await room.orders.cancel(
                order_id=placed.order_id, cancellation=one, key=f"{number}" + "k" * 190, context=storefront_context()
            )
        except CancellationRefused as error:
            refused = error
            break

    assert refused is not None
    await room.orders.cancel(
        order_id=placed.order_id, cancellation=Cancellation(), key="whole", context=storefront_context()
    )
    assert max(await sizes(room, order_id=placed.order_id)) < MAXIMUM_BODY_BYTES


async def test_a_system_that_answers_badly_for_weeks_fills_no_history(room: OrderRoom) -> None:
    await room.stock(offer_id="off_1")
    await room.place(NewOrderLine(offer_id="off_1", quantity=1, unit_price_minor=1))
    _, (purchase_order,) = await room.whole()
    for number in range(1_000):
        purchase_order = decide_noted(
            purchase_order=purchase_order,
            action="delivery_failed",
            note=f"{number} {LONG}",
            actor="system:dispatcher",
            at="2026-11-23T18:00:00.000000Z",
        ).purchase_order
    assert len(purchase_order.history) < 60
    assert purchase_order.history[-1].note.startswith("999 ")


async def test_a_cursor_of_one_partition_leads_into_no_other(room: OrderRoom) -> None:
    await room.stock(offer_id="off_1", on_hand=10)
    for number, storefront in enumerate(["shop-a", "shop-a", "shop-b", "shop-b"]):
        context = make_context(role=storefront_context().principal.role, subject_id=storefront)
        order = _order(number)
        await room.orders.place(order=order, key=f"k{number}", context=context)
    partitions = [f"STOREFRONT#{name}#ORDERS" for name in ("shop-a", "shop-b")]
    first = await room.table.query(partition=partitions[0], index=Index.FIRST, limit=1)
    assert first.cursor is not None

    found = await room.table.query(partition=partitions[1], index=Index.FIRST, after=first.cursor, descending=True)

    assert all(b'"storefront_id":"shop-b"' in item.body for item in found.items)


def _order(number: int) -> NewOrder:
    lines = (NewOrderLine(offer_id="off_1", quantity=1, unit_price_minor=1),)
    return make_new_order(lines=lines, reference=f"C-{number}")


async def test_a_file_that_trickles_gives_its_place_up() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def read() -> int:
        chunks = read_chunks(receive=receive, stated_length=None, maximum_bytes=1_000, maximum_seconds=0.1)
        return len([chunk async for chunk in chunks])

    with pytest.raises(RequestTooSlow):
        await asyncio.wait_for(read(), 5)
