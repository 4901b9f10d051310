"""Customer service on orders: addresses, notes, holds, confirmations, goodwill."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.table import Index
from openaisle.orders.caring.commands import Goodwill, NewHold, NewNote
from openaisle.orders.caring.model import (
    MAXIMUM_NOTES,
    AddressChangeRefused,
    GoodwillRefused,
    HoldRefused,
    NotOnHold,
    OrderRecordFull,
)
from openaisle.orders.caring.records import NoteVisibility
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.commands import Acknowledgment, AcknowledgmentDecision, Cancellation, LineAcknowledgment
from openaisle.orders.model import OrderUnknown
from openaisle.orders.policy import OrderCarePolicy
from openaisle.orders.purchase_order import AcknowledgmentRefused, PurchaseOrderState
from openaisle.orders.repository import HOLD_TOPIC, to_deliver_partition
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import SHIP_TO, OrderRoom, make_line, storefront_context, supplier_context

OPERATOR = make_context(role=Role.OPERATOR, subject_id="ines")
OWN = SupplierScope(supplier_id="sup_bergmann")
ELSEWHERE = msgspec.structs.replace(SHIP_TO, name="Ida Roth", street_lines=["Am Markt 1"], city="Kiel")


@pytest.fixture
def care(room: OrderRoom) -> OrderCare:
    return OrderCare(table=room.table, cipher=room.cipher)


async def placed(room: OrderRoom, *, quantity: int = 2) -> str:
    mug = await room.stock()
    made = await room.place(make_line(offer_id=mug.offer_id, quantity=quantity, unit_price_minor=1000))
    return made.order_id


async def view_of(room: OrderRoom, order_id: str):
    return await room.queries.order(order_id=order_id, principal=OPERATOR.principal)


async def accept(room: OrderRoom, order_id: str, *, at=NOON) -> None:
    _, purchase_orders = await room.whole()
    answers = [LineAcknowledgment(line_number=1, decision=AcknowledgmentDecision.ACCEPTED)]
    await room.purchase_orders.acknowledge(
        purchase_order_id=purchase_orders[0].purchase_order_id,
        acknowledgment=Acknowledgment(lines=answers),
        context=supplier_context(at=at),
        scope=OWN,
    )


async def waiting(room: OrderRoom) -> int:
    partition = to_deliver_partition(supplier_id="sup_bergmann")
    return len((await room.table.query(partition=partition, index=Index.SECOND)).items)


async def due_holds(room: OrderRoom):
    return (await room.table.query(partition=f"DUE#{HOLD_TOPIC}", index=Index.DUE)).items


async def test_an_order_goes_to_another_address_until_a_supplier_has_it(room, care):
    order_id = await placed(room)
    await care.change_address(order_id=order_id, ship_to=ELSEWHERE, key="k", context=OPERATOR)
    await care.change_address(order_id=order_id, ship_to=SHIP_TO, key="k", context=OPERATOR)
    assert (await view_of(room, order_id)).ship_to == ELSEWHERE
    _, purchase_orders = await room.whole()
    assert purchase_orders[0].address_number == 1
    await accept(room, order_id)
    with pytest.raises(AddressChangeRefused) as refused:
        await care.change_address(order_id=order_id, ship_to=SHIP_TO, key="", context=OPERATOR)
    assert [(one.pointer, one.code) for one in refused.value.findings] == [
        (purchase_orders[0].purchase_order_id, "accepted")
    ]
    assert (await view_of(room, order_id)).ship_to == ELSEWHERE


async def test_an_order_does_not_move_to_another_country_or_anywhere_once_canceled(room, care):
    order_id = await placed(room)
    with pytest.raises(AddressChangeRefused, match="sold to DE, not to FR"):
        await care.change_address(
            order_id=order_id, ship_to=msgspec.structs.replace(SHIP_TO, country="FR"), key="", context=OPERATOR
        )
    await room.orders.cancel(order_id=order_id, cancellation=Cancellation(), key="", context=OPERATOR)
    with pytest.raises(AddressChangeRefused, match="Nothing"):
        await care.change_address(order_id=order_id, ship_to=ELSEWHERE, key="", context=OPERATOR)


async def test_notes_are_kept_in_order_and_suppliers_read_only_theirs(room, care):
    order_id = await placed(room)
    notes = [("Called; call again", NoteVisibility.INTERNAL), ("Ring twice", NoteVisibility.SUPPLIER)]
    for number, (text, visibility) in enumerate(notes):
        for _ in range(2):
            note = NewNote(text=text, visibility=visibility)
            await care.add_note(order_id=order_id, note=note, key=f"k{number}", context=OPERATOR)
    view = await view_of(room, order_id)
    assert [(one.text, one.actor) for one in view.notes] == [
        ("Called; call again", "operator:ines"),
        ("Ring twice", "operator:ines"),
    ]
    order, purchase_orders = await room.whole()
    assert "Ring" not in msgspec.json.encode(order).decode(), "a note may name the shopper"
    own = await room.queries.own_purchase_order(
        scope=OWN, purchase_order_id=purchase_orders[0].purchase_order_id, at=NOON
    )
    assert [one.text for one in own.notes or ()] == ["Ring twice"]


async def test_notes_without_a_key_are_each_their_own_until_there_are_too_many(room, care):
    order_id = await placed(room)
    for _ in range(MAXIMUM_NOTES):
        await care.add_note(order_id=order_id, note=NewNote(text="again"), key="", context=OPERATOR)
    assert len((await view_of(room, order_id)).notes) == MAXIMUM_NOTES
    with pytest.raises(OrderRecordFull):
        await care.add_note(order_id=order_id, note=NewNote(text="again"), key="", context=OPERATOR)


@pytest.mark.parametrize(("hours", "given"), [(-3, 0), (9, 1)], ids=["set back", "set ahead"])
async def test_a_clock_that_is_set_wrong_neither_takes_a_suppliers_time_nor_gives_it_more_than_a_hold(
    room, care, hours, given
):
    order_id = await placed(room)
    _, before = await room.whole()
    await care.hold(order_id=order_id, hold=NewHold(reason="odd", hours=1), key="h", context=OPERATOR)
    wrong = make_context(role=Role.OPERATOR, subject_id="ines", at=NOON + timedelta(hours=hours))
    await care.release(order_id=order_id, key="r", context=wrong)
    _, after = await room.whole()
    moved = datetime.fromisoformat(after[0].acknowledge_by) - datetime.fromisoformat(before[0].acknowledge_by)
    assert moved == timedelta(hours=given)


async def test_an_order_on_hold_waits_for_its_release_and_its_supplier_loses_no_time(room, care):
    order_id = await placed(room)
    _, (before,) = await room.whole()
    await care.hold(order_id=order_id, hold=NewHold(reason="payment in doubt"), key="h", context=OPERATOR)
    await care.hold(order_id=order_id, hold=NewHold(reason="again"), key="", context=OPERATOR)
    assert await waiting(room) == 0
    view = await view_of(room, order_id)
    assert view.hold is not None
    assert (view.hold.reason, view.purchase_orders[0].state) == ("payment in doubt", PurchaseOrderState.HELD)
    with pytest.raises(AcknowledgmentRefused, match="held"):
        await accept(room, order_id)

    later = make_context(role=Role.OPERATOR, subject_id="ines", at=NOON + timedelta(hours=5))
    for _ in range(2):
        await care.release(order_id=order_id, key="r", context=later)
    assert await waiting(room) == 1
    _, (after,) = await room.whole()
    assert after.state is PurchaseOrderState.CREATED
    assert after.acknowledge_by == before.acknowledge_by.replace("T13", "T18")
    assert [entry.action for entry in after.history] == ["held", "released"]
    with pytest.raises(NotOnHold):
        await care.release(order_id=order_id, key="", context=later)
    await care.hold(order_id=order_id, hold=NewHold(reason="late repetition"), key="h", context=later)
    assert (await view_of(room, order_id)).hold is None


async def test_what_a_supplier_has_cannot_be_held(room, care):
    order_id = await placed(room)
    await accept(room, order_id)
    with pytest.raises(HoldRefused) as refused:
        await care.hold(order_id=order_id, hold=NewHold(reason="fraud"), key="", context=OPERATOR)
    assert [one.code for one in refused.value.findings] == ["accepted"]


async def test_a_hold_that_nobody_ends_cancels_the_order_and_frees_its_stock(room):
    care = OrderCare(table=room.table, cipher=room.cipher, policy=OrderCarePolicy(hold_hours_maximum=48))
    order_id = await placed(room, quantity=2)
    await care.hold(order_id=order_id, hold=NewHold(reason="fraud", hours=100), key="", context=OPERATOR)
    items = await due_holds(room)
    await care.timer().handle(items, NOON + timedelta(hours=47))
    assert (await view_of(room, order_id)).state == "allocated"
    for _ in range(2):
        await care.timer().handle(items, NOON + timedelta(hours=49))
    view = await view_of(room, order_id)
    assert (view.state, view.hold) == ("canceled", None)
    order, _ = await room.whole()
    assert [(one.quantity, one.reason) for one in order.cancellations] == [(2, "hold_expired")]
    assert await due_holds(room) == []


async def test_a_held_order_may_be_canceled_by_part_and_whole(room, care):
    order_id = await placed(room, quantity=3)
    await care.hold(order_id=order_id, hold=NewHold(reason="fraud"), key="", context=OPERATOR)
    part = msgspec.convert({"lines": [{"line_number": 1, "quantity": 1}]}, Cancellation)
    await room.orders.cancel(order_id=order_id, cancellation=part, key="", context=OPERATOR)
    _, (held,) = await room.whole()
    assert held.state is PurchaseOrderState.HELD
    await room.orders.cancel(order_id=order_id, cancellation=Cancellation(), key="", context=OPERATOR)
    _, (canceled,) = await room.whole()
    assert canceled.state is PurchaseOrderState.CANCELED
    await care.timer().handle(await due_holds(room), NOON + timedelta(days=30))
    assert (await view_of(room, order_id)).hold is None


async def test_goodwill_is_never_more_than_was_paid_and_granted_once_for_each_key(room, care):
    order_id = await placed(room, quantity=2)
    for _ in range(2):
        goodwill = Goodwill(amount_minor=1500, reason="late")
        await care.grant_goodwill(order_id=order_id, goodwill=goodwill, key="g", context=OPERATOR)
    assert (await view_of(room, order_id)).goodwill_minor == 1500
    with pytest.raises(GoodwillRefused, match="500 of order"):
        await care.grant_goodwill(
            order_id=order_id, goodwill=Goodwill(amount_minor=501, reason="late"), key="", context=OPERATOR
        )


async def test_the_confirmation_is_asked_for_once_for_each_key(room, care):
    order_id = await placed(room)
    for key in ("a", "a", "b"):
        await care.request_confirmation(order_id=order_id, key=key, context=storefront_context())
    asked = [one for one in (await view_of(room, order_id)).timeline if one.action == "confirmation_requested"]
    assert len(asked) == 2


async def test_another_storefronts_order_is_unknown_to_all_of_it(room, care):
    order_id = await placed(room)
    other = storefront_context(subject_id="sto_other")
    before = await room.whole()
    for deed in (
        care.change_address(order_id=order_id, ship_to=ELSEWHERE, key="", context=other),
        care.add_note(order_id=order_id, note=NewNote(text="hello"), key="", context=other),
        care.hold(order_id=order_id, hold=NewHold(reason="mine"), key="", context=other),
        care.release(order_id=order_id, key="", context=other),
        care.request_confirmation(order_id=order_id, key="", context=other),
        care.grant_goodwill(order_id=order_id, goodwill=Goodwill(amount_minor=1, reason="mine"), key="", context=other),
    ):
        with pytest.raises(OrderUnknown):
            await deed
    assert await room.whole() == before
