"""Answers line by line: a later day, a substitute, a reminder, and what is refused by its own name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openaisle.inventory.model import InsufficientStock
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Index
from openaisle.orders.answering import (
    AcknowledgedAfterCancellation,
    BackOrderTooLate,
    PriceChanged,
    ShipDateInvalid,
    SubstituteRefused,
)
from openaisle.orders.commands import Cancellation
from openaisle.orders.model import OrderLineState, OrderPolicy, line_progress
from openaisle.orders.purchase_order import (
    AcknowledgmentRefused,
    ConsentRefused,
    LineAnswer,
    PurchaseOrderState,
    PurchaseOrderUnknown,
    WithdrawalRefused,
)
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.repository import ACKNOWLEDGMENT_TOPIC, SHIPPING_TOPIC
from openaisle.orders.shipping.policy import ShippingPolicy
from openaisle.orders.substitutes import SubstituteInvalid
from openaisle.orders.workflow import acknowledgment_timer
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, storefront_context
from tests.factories.shipping import Desk


async def ordered(room: OrderRoom, *, quantity: int = 2, **given) -> tuple[str, object]:
    mug = await room.stock(supplier_sku="MUG", on_hand=10, **given)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=quantity))
    return placed.purchase_orders[0].purchase_order_id, mug


async def events_of(room: OrderRoom) -> list[str]:
    changes = await room.table.read(after=0, limit=1_000)
    return [event.type for change in changes for event in change.events]


async def due(room: OrderRoom, topic: str) -> list[str]:
    page = await room.table.query(partition=f"DUE#{topic}", index=Index.DUE)
    return [item.key.sort for item in page.items]


async def test_a_back_ordered_line_is_accepted_and_must_leave_by_its_day(room):
    purchase_order_id, _ = await ordered(room)
    changed = await Desk(room=room).answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-01")
    line = changed.lines[0]
    assert (changed.state, line.answer, line.back_ordered) == (
        PurchaseOrderState.ACCEPTED,
        LineAnswer.ACCEPTED,
        True,
    )
    # The day ends last at UTC-12.
    assert line.ship_by == "2026-12-02T11:59:59.000000Z"
    assert "purchase_order.back_ordered" in await events_of(room)
    assert await Desk(room=room).answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-01") == changed


async def test_a_promised_day_may_be_put_off_until_the_operators_limit(room):
    purchase_order_id, _ = await ordered(room)
    desk = Desk(room=room)
    await desk.answer(purchase_order_id, "accepted")
    put_off = await desk.answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-20")
    assert put_off.lines[0].expected_ship_date == "2026-12-20"
    assert put_off.history[-1].action == "postponed"
    with pytest.raises(BackOrderTooLate):
        await desk.answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-24")
    # Counted from when it was ordered: putting it off again and again gains nothing.
    with pytest.raises(BackOrderTooLate):
        await desk.after(days=20).answer(purchase_order_id, "back_ordered", expected_ship_date="2027-01-01")


@pytest.mark.parametrize("given", [{}, {"expected_ship_date": "2026-02-31"}, {"expected_ship_date": "2026-11-01"}])
async def test_a_back_order_needs_a_day_that_can_be(room, given):
    purchase_order_id, _ = await ordered(room)
    with pytest.raises(ShipDateInvalid):
        await Desk(room=room).answer(purchase_order_id, "back_ordered", **given)


async def test_promises_given_anew_again_and_again_do_not_let_the_record_grow(room):
    purchase_order_id, _ = await ordered(room)
    for number in range(130):
        day = "2026-12-01" if number % 2 else "2026-12-02"
        changed = await Desk(room=room).answer(purchase_order_id, "back_ordered", expected_ship_date=day)
    assert len(changed.history) < 60


async def test_another_offer_of_the_same_product_fills_the_line_at_once_and_stock_moves(room):
    purchase_order_id, mug = await ordered(room)
    other = await room.stock(supplier_sku="MUG-2", product_id=mug.product_id, price_minor=9_999, on_hand=5)
    changed = await Desk(room=room).answer(purchase_order_id, "substituted", sku="MUG-2")
    line = changed.lines[0]
    assert (line.answer, line.offer_id, line.supplier_sku) == (LineAnswer.ACCEPTED, other.offer_id, "MUG-2")
    assert (line.unit_price_minor, line.replaced.offered_price_minor) == (1299, 9_999)
    assert line.replaced.offer_id == mug.offer_id
    assert ((await room.level(mug)).reserved, (await room.level(other)).reserved) == (0, 2)
    assert await Desk(room=room).answer(purchase_order_id, "substituted", sku="MUG-2") == changed
    shipped = await Desk(room=room).ship(purchase_order_id)
    assert shipped.state is PurchaseOrderState.SHIPPED
    assert (await room.level(other)).on_hand == 3


async def test_the_same_product_in_another_condition_is_another_thing(room):
    purchase_order_id, mug = await ordered(room)
    await room.stock(supplier_sku="USED", product_id=mug.product_id, condition="used", on_hand=5)
    changed = await Desk(room=room).answer(purchase_order_id, "substituted", sku="USED")
    assert changed.lines[0].answer is LineAnswer.PROPOSED


async def test_another_product_waits_for_consent_with_its_stock_held(room):
    purchase_order_id, mug = await ordered(room)
    cup = await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    desk = Desk(room=room)
    proposed = await desk.answer(purchase_order_id, "substituted", sku="CUP")
    assert (proposed.state, proposed.lines[0].answer) == (PurchaseOrderState.SENT, LineAnswer.PROPOSED)
    assert proposed.lines[0].consent_by == "2026-11-25T12:00:00.000000Z"
    assert ((await room.level(mug)).reserved, (await room.level(cup)).reserved) == (0, 2)
    with pytest.raises(OpenAisleError, match="0 of line 1 are accepted"):
        await desk.ship(purchase_order_id, (1, 1))
    with pytest.raises(PurchaseOrderUnknown):
        await desk.consent(purchase_order_id, granted=True, storefront_id="sto_other")
    granted = await desk.consent(purchase_order_id, granted=True)
    assert (granted.state, granted.lines[0].supplier_sku) == (PurchaseOrderState.ACCEPTED, "CUP")
    assert await desk.consent(purchase_order_id, granted=True) == granted
    with pytest.raises(ConsentRefused):
        await desk.consent(purchase_order_id, granted=False)
    told = await events_of(room)
    assert told.count("purchase_order.substitute_proposed") == told.count("purchase_order.substituted") == 1
    order, own = await room.whole()
    assert line_progress(order=order, purchase_orders=own)[1].state is OrderLineState.ACCEPTED


async def test_a_substitute_that_is_not_wanted_goes_back_and_the_line_to_another_supplier(room):
    purchase_order_id, mug = await ordered(room)
    cup = await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    rival = await room.stock(supplier_id="sup_rival", product_id=mug.product_id, on_hand=5)
    desk = Desk(room=room)
    await desk.answer(purchase_order_id, "substituted", sku="CUP")
    refused = await desk.consent(purchase_order_id, granted=False)
    assert (refused.state, refused.lines[0].offer_id) == (PurchaseOrderState.REJECTED, mug.offer_id)
    assert ((await room.level(mug)).reserved, (await room.level(cup)).reserved) == (0, 0)
    order, _ = await room.whole()
    await room.orders.allocate_again(order_ids=[order.order_id], context=make_context())
    assert (await room.level(rival)).reserved == 2


async def test_a_substitute_that_nobody_decides_on_is_refused_once_its_time_is_over(room):
    purchase_order_id, mug = await ordered(room)
    cup = await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    await Desk(room=room).answer(purchase_order_id, "substituted", sku="CUP")
    assert await due(room, ACKNOWLEDGMENT_TOPIC) != []
    early = make_context(at=NOON + timedelta(hours=47))
    await room.purchase_orders.expire(purchase_order_ids=[purchase_order_id], context=early)
    assert (await room.level(cup)).reserved == 2
    late = make_context(at=NOON + timedelta(hours=48))
    (outcome,) = await room.purchase_orders.expire(purchase_order_ids=[purchase_order_id], context=late)
    assert outcome.purchase_order.state is PurchaseOrderState.REJECTED
    assert outcome.purchase_order.lines[0].reason == "substitute_without_consent"
    assert ((await room.level(mug)).reserved, (await room.level(cup)).reserved) == (0, 0)


async def test_a_supplier_may_take_its_proposal_back_by_rejecting_the_line(room):
    purchase_order_id, mug = await ordered(room)
    cup = await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    await Desk(room=room).answer(purchase_order_id, "substituted", sku="CUP")
    rejected = await Desk(room=room).answer(purchase_order_id, "rejected", reason="sold out")
    assert rejected.state is PurchaseOrderState.REJECTED
    assert ((await room.level(mug)).reserved, (await room.level(cup)).reserved) == (0, 0)


async def test_a_proposed_line_can_be_canceled_and_its_hold_goes(room):
    purchase_order_id, _ = await ordered(room)
    cup = await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    await Desk(room=room).answer(purchase_order_id, "substituted", sku="CUP")
    order, _ = await room.whole()
    await room.orders.cancel(
        order_id=order.order_id, cancellation=Cancellation(reason="no"), key="", context=storefront_context()
    )
    assert (await room.level(cup)).reserved == 0
    with pytest.raises(ConsentRefused):
        await Desk(room=room).consent(purchase_order_id, granted=True)


@pytest.mark.parametrize(
    "given",
    [
        {"decision": "substituted"},
        {"decision": "accepted", "sku": "CUP"},
        {"decision": "substituted", "sku": "NOT-THERE"},
        {"decision": "substituted", "sku": "EMPTY"},
        {"decision": "substituted", "sku": "PAUSED"},
        {"decision": "substituted", "sku": "DOLLARS"},
        {"decision": "substituted", "sku": "CUP", "location": "nowhere"},
    ],
)
async def test_what_cannot_fill_the_line_is_no_substitute(room, given):
    purchase_order_id, mug = await ordered(room)
    await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    await room.stock(supplier_sku="EMPTY", product_id="prd_e", on_hand=1)
    await room.stock(supplier_sku="PAUSED", product_id="prd_p", state="paused")
    await room.stock(supplier_sku="DOLLARS", product_id="prd_d", currency="USD")
    with pytest.raises(SubstituteInvalid):
        await Desk(room=room).answer(purchase_order_id, **given)
    assert (await room.level(mug)).reserved == 2


async def test_another_suppliers_offer_is_no_substitute(room):
    purchase_order_id, mug = await ordered(room)
    await room.stock(supplier_id="sup_rival", supplier_sku="RIVAL", product_id=mug.product_id)
    with pytest.raises(SubstituteInvalid):
        await Desk(room=room).answer(purchase_order_id, "substituted", sku="RIVAL")


async def test_the_operator_may_allow_no_substitutes(room):
    purchase_order_id, mug = await ordered(room)
    await room.stock(supplier_sku="CUP", product_id="prd_cup")
    await room.stock(supplier_sku="MUG-2", product_id=mug.product_id)
    policy = ShippingPolicy(substitutes_of_the_product=False, substitutes_with_consent=False)
    room.purchase_orders = PurchaseOrderUseCases(table=room.table, offers=room.inventory, policy=policy)
    for sku in ("CUP", "MUG-2"):
        with pytest.raises(SubstituteRefused):
            await Desk(room=room).answer(purchase_order_id, "substituted", sku=sku)


async def test_stock_that_goes_while_a_substitute_is_chosen_refuses_it_by_its_name(room, monkeypatch):
    purchase_order_id, mug = await ordered(room)
    cup = await room.stock(supplier_sku="CUP", product_id="prd_cup", on_hand=5)
    found = await room.inventory.offers_with_stock(offer_ids=[cup.offer_id, mug.offer_id], at=NOON)
    await room.place(make_line(offer_id=cup.offer_id, quantity=4), reference="R-2")

    class Stale:
        async def offers_with_stock(self, *, offer_ids, at):
            return found

    room.purchase_orders = PurchaseOrderUseCases(table=room.table, offers=Stale())
    with pytest.raises(InsufficientStock):
        await Desk(room=room).answer(purchase_order_id, "substituted", sku="CUP")
    assert ((await room.level(mug)).reserved, (await room.level(cup)).reserved) == (2, 4)


async def test_another_price_is_refused_by_its_name_and_noted(room):
    purchase_order_id, _ = await ordered(room)
    desk = Desk(room=room)
    for _ in range(3):
        with pytest.raises(PriceChanged):
            await desk.answer(purchase_order_id, "accepted", unit_price_minor=1300)
    assert (await desk.answer(purchase_order_id, "accepted", unit_price_minor=1299)).state == "accepted"
    _, (own,) = await room.whole()
    assert [entry.note for entry in own.history if entry.action == "refused"] == [
        "price-changed: Line 1 costs 1299, not 1300."
    ]


async def test_what_was_canceled_cannot_be_accepted_any_more_and_the_try_is_noted(room):
    purchase_order_id, _ = await ordered(room)
    order, _ = await room.whole()
    await room.orders.cancel(
        order_id=order.order_id, cancellation=Cancellation(reason="no"), key="", context=storefront_context()
    )
    with pytest.raises(AcknowledgedAfterCancellation):
        await Desk(room=room).answer(purchase_order_id, "accepted")
    _, (own,) = await room.whole()
    assert own.state is PurchaseOrderState.CANCELED
    assert own.history[-1].note.startswith("acknowledged-after-cancellation")


async def test_another_suppliers_try_is_not_noted(room):
    purchase_order_id, _ = await ordered(room)
    foreign = Desk(room=room, scope=SupplierScope(supplier_id="sup_rival"))
    with pytest.raises(PurchaseOrderUnknown):
        await foreign.answer(purchase_order_id, "accepted", unit_price_minor=1)
    _, (own,) = await room.whole()
    assert own.history == ()


async def test_a_supplier_is_reminded_once_before_its_time_is_over(room):
    room.orders = _orders_with(room, acknowledge_within_seconds=86_400)
    room.suppliers.connections["sup_bergmann"] = None
    await ordered(room)
    timer = acknowledgment_timer(use_cases=room.purchase_orders)
    page = await room.table.query(partition=f"DUE#{ACKNOWLEDGMENT_TOPIC}", index=Index.DUE)
    for hours in (19, 20, 21):
        await timer.handle(page.items, NOON + timedelta(hours=hours))
    _, (own,) = await room.whole()
    assert [(entry.action, entry.at[11:13]) for entry in own.history] == [("reminded", "08")]
    assert (await events_of(room)).count("purchase_order.reminded") == 1
    await timer.handle(page.items, NOON + timedelta(hours=24))
    _, (own, *_) = await room.whole()
    assert own.state is PurchaseOrderState.EXPIRED


async def test_nobody_is_reminded_where_there_is_little_time_anyway(room):
    await ordered(room)
    _, (own,) = await room.whole()
    assert (own.remind_at, own.acknowledge_by) == ("", "2026-11-23T13:00:00.000000Z")


async def test_what_was_accepted_and_cannot_be_shipped_goes_to_another_supplier(room):
    purchase_order_id, mug = await ordered(room, quantity=3)
    rival = await room.stock(supplier_id="sup_rival", product_id=mug.product_id, on_hand=5)
    desk = Desk(room=room)
    with pytest.raises(WithdrawalRefused):
        await desk.take_back(purchase_order_id)
    await desk.answer(purchase_order_id, "accepted")
    await desk.ship(purchase_order_id, (1, 1))
    changed = await desk.take_back(purchase_order_id)
    assert (changed.state, changed.lines[0].withdrawn_quantity) == (PurchaseOrderState.SHIPPED, 2)
    with pytest.raises(WithdrawalRefused):
        await desk.take_back(purchase_order_id, (1, 1))
    order, _ = await room.whole()
    await room.orders.allocate_again(order_ids=[order.order_id], context=make_context())
    order, own = await room.whole()
    assert [one.supplier_id for one in own] == ["sup_bergmann", "sup_rival"]
    assert (await room.level(rival)).reserved == 2
    progress = line_progress(order=order, purchase_orders=own)[1]
    assert (progress.allocated, progress.shipped, progress.canceled) == (3, 1, 0)


async def test_a_withdrawal_repeated_with_its_key_takes_back_once_and_there_is_an_end_of_parts(room):
    mug = await room.stock(supplier_sku="MUG", on_hand=200)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=100))
    purchase_order_id = placed.purchase_orders[0].purchase_order_id
    desk = Desk(room=room)
    await desk.answer(purchase_order_id, "accepted")
    once = await desk.take_back(purchase_order_id, (1, 2), key="k")
    assert await desk.take_back(purchase_order_id, (1, 2), key="k") == once
    for _ in range(49):
        await desk.take_back(purchase_order_id, (1, 1))
    with pytest.raises(WithdrawalRefused, match="without lines"):
        await desk.take_back(purchase_order_id, (1, 1))
    assert (await desk.take_back(purchase_order_id)).state is PurchaseOrderState.CANCELED
    assert (await room.level(mug)).reserved == 0


async def test_an_accepted_purchase_order_comes_due_again_when_it_should_have_left(room):
    purchase_order_id, _ = await ordered(room, lead_time_days=2)
    await Desk(room=room).answer(purchase_order_id, "accepted")
    assert await due(room, ACKNOWLEDGMENT_TOPIC) == []
    assert len(await due(room, SHIPPING_TOPIC)) == 1
    _, (own,) = await room.whole()
    # An hour to answer, two days of lead time, a day of grace.
    assert own.ship_by == "2026-11-26T13:00:00.000000Z"


async def test_a_line_that_expired_cannot_be_accepted(room):
    purchase_order_id, _ = await ordered(room)
    at = make_context(at=NOON + timedelta(hours=2))
    await room.purchase_orders.expire(purchase_order_ids=[purchase_order_id], context=at)
    with pytest.raises(AcknowledgmentRefused):
        await Desk(room=room).answer(purchase_order_id, "accepted")


def _orders_with(room: OrderRoom, **policy):
    from openaisle.orders.use_cases import OrderUseCases

    return OrderUseCases(
        table=room.table,
        inventory=room.inventory,
        suppliers=room.suppliers,
        cipher=room.cipher,
        policy=OrderPolicy(**policy),
    )
