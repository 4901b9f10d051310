"""What orders tell of their shoppers is erased when its time has come, and nothing else is."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.table import Index
from openaisle.orders.caring.commands import Goodwill, NewNote
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    LineAcknowledgment,
    NewOrder,
    NewOrderLine,
    NewShipment,
)
from openaisle.orders.disclosure import DisclosurePolicy
from openaisle.orders.erasure import ERASED, PROGRESS, PUT_OFF, ShopperErasure
from openaisle.orders.model import DuplicateReference
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import SHIP_TO, OrderRoom, make_line, storefront_context, supplier_context

DAYS = 30
LATER = NOON + timedelta(days=DAYS)


def erasure_of(room: OrderRoom, *, days: int = DAYS) -> ShopperErasure:
    return ShopperErasure(table=room.table, cipher=room.cipher, policy=DisclosurePolicy(erased_after_days=days))


async def ran(erasure: ShopperErasure, room: OrderRoom, *, at: datetime) -> None:
    """Go on for as long as there is something to do at once."""
    timer = erasure.timer()
    for _ in range(200):
        page = await room.table.query(partition=f"DUE#{timer.topic}", index=Index.DUE, limit=20)
        due = [
            item
            for item in page.items
            if (PUT_OFF if item.kind == PUT_OFF.kind else PROGRESS).record(item.body).due_at <= at
        ]
        if not due:
            return
        await timer.handle(due, at)
    raise AssertionError


async def shipped(room: OrderRoom, *, reference: str = "R-1") -> str:
    mug = await room.stock(supplier_sku=reference)
    placed = await room.place(make_line(offer_id=mug.offer_id), reference=reference)
    identifier = placed.purchase_orders[0].purchase_order_id
    lines = [LineAcknowledgment(line_number=1, decision=AcknowledgmentDecision.ACCEPTED)]
    context = supplier_context(supplier_id=mug.supplier_id)
    await room.purchase_orders.acknowledge(
        purchase_order_id=identifier, acknowledgment=Acknowledgment(lines=lines), context=context, scope=None
    )
    parcel = NewShipment(carrier="Own Van", tracking_number="VAN0001")
    await room.purchase_orders.ship(purchase_order_id=identifier, shipment=parcel, context=context, scope=None)
    return placed.order_id


async def test_an_order_that_is_over_forgets_its_shopper_when_the_days_have_passed(room: OrderRoom) -> None:
    order_id = await shipped(room)
    erasure = erasure_of(room)
    await erasure.start(at=NOON)
    await ran(erasure, room, at=LATER - timedelta(days=1))
    order, _ = await room.whole()
    assert not order.shopper_erased_at
    await ran(erasure, room, at=LATER + timedelta(hours=13))
    order, purchase_orders = await room.whole()
    assert order.shopper_erased_at
    assert (order.contact, order.fingerprint) == ("", "")
    operator = make_context(role=Role.OPERATOR).principal
    shown = await room.queries.order(order_id=order_id, principal=operator)
    assert (shown.ship_to.name, shown.ship_to.street_lines, shown.ship_to.country) == (ERASED, [ERASED], "DE")
    assert (shown.lines[0].quantity, shown.total_minor) == (1, 1299)
    own = await room.queries.own_purchase_order(
        scope=SupplierScope(supplier_id=purchase_orders[0].supplier_id),
        purchase_order_id=purchase_orders[0].purchase_order_id,
        at=NOON + timedelta(days=1),
    )
    assert own.ship_to is None


async def test_an_order_that_is_not_over_is_looked_at_again(room: OrderRoom) -> None:
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    erasure = erasure_of(room)
    await erasure.start(at=NOON)
    at = LATER + timedelta(days=1)
    await ran(erasure, room, at=at)
    assert not (await room.whole())[0].shopper_erased_at
    await room.purchase_orders.expire(
        purchase_order_ids=[placed.purchase_orders[0].purchase_order_id], context=make_context(at=at)
    )
    await room.orders.allocate_again(order_ids=[placed.order_id], context=make_context(at=at))
    await ran(erasure, room, at=at + timedelta(days=29))
    assert not (await room.whole())[0].shopper_erased_at
    await ran(erasure, room, at=at + timedelta(days=31))
    assert (await room.whole())[0].shopper_erased_at


async def test_with_the_shopper_goes_what_people_wrote_and_what_would_tell_a_right_guess(room: OrderRoom) -> None:
    order_id = await shipped(room)
    care = OrderCare(table=room.table, cipher=room.cipher)
    context = storefront_context()
    await care.add_note(order_id=order_id, note=NewNote(text="Ada Fischer called."), key="note", context=context)
    goodwill = Goodwill(amount_minor=1, reason="Ada Fischer was upset.")
    await care.grant_goodwill(order_id=order_id, goodwill=goodwill, key="good", context=context)
    assert (await room.whole())[0].fingerprint
    assert await erasure_of(room).erase(order_id=order_id, context=make_context(at=LATER))
    order, _ = await room.whole()
    assert (order.fingerprint, order.contact, [action.note for action in order.actions]) == ("", "", [""])
    shown = await room.queries.order(order_id=order_id, principal=make_context(role=Role.OPERATOR).principal)
    assert [note.text for note in shown.notes] == [ERASED]
    # Whoever guesses the address learns nothing: the right content and a wrong one are refused alike.
    for name in ("Ada Fischer", "Somebody Else"):
        guess = msgspec.structs.replace(SHIP_TO, name=name)
        (mug,) = {line.product_id for line in order.lines}
        wanted = NewOrder(
            reference="R-1",
            currency="EUR",
            lines=[NewOrderLine(product_id=mug, quantity=1, unit_price_minor=1_299)],
            ship_to=guess,
        )
        with pytest.raises(DuplicateReference):
            await room.orders.place(order=wanted, key=f"guess-{name[:3]}", context=context)


async def test_every_order_of_many_days_is_found_and_told_once(room: OrderRoom) -> None:
    for number in range(4):
        await shipped(room, reference=f"R-{number}")
    erasure = erasure_of(room)
    await erasure.start(at=NOON)
    await erasure.start(at=NOON)
    for _ in range(2):
        await ran(erasure, room, at=LATER + timedelta(days=2))
    told = [
        event.type
        for change in await room.table.read(after=0, limit=10_000)
        for event in change.events
        if event.type == "order.shopper_erased"
    ]
    assert len(told) == 4


async def test_an_operator_may_keep_everything(room: OrderRoom) -> None:
    await shipped(room)
    erasure = erasure_of(room, days=0)
    await erasure.start(at=NOON)
    await ran(erasure, room, at=NOON + timedelta(days=10_000))
    assert not (await room.whole())[0].shopper_erased_at
