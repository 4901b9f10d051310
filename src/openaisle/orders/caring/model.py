"""What may be done to an order as a whole after it was placed: pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from openaisle.kernel.errors import Finding, OpenAisleError, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.times import sortable_time
from openaisle.orders.cancellation import OrderStep, decide_cancellation
from openaisle.orders.caring.events import (
    OrderAddressChanged,
    OrderConfirmationRequested,
    OrderGoodwillGranted,
    OrderHeld,
    OrderNoteAdded,
    OrderReleased,
    PurchaseOrderHeld,
    PurchaseOrderReleased,
)
from openaisle.orders.caring.records import NoteVisibility, OrderAction, OrderHold, OrderNote
from openaisle.orders.events import LineQuantity
from openaisle.orders.model import CancellationRefused, Order
from openaisle.orders.purchase_order import (
    HistoryEntry,
    PurchaseOrder,
    PurchaseOrderState,
    Step,
    names_of,
    quantities_of,
)

# An order is read and written as a whole: what people add to it is bounded.
MAXIMUM_NOTES = 100
MAXIMUM_ACTIONS = 200
HOLD_EXPIRED = "hold_expired"

_S = PurchaseOrderState
_UNSENT = frozenset({_S.HELD, _S.CREATED})
_OVER = frozenset({_S.CANCELED, _S.REJECTED, _S.EXPIRED})


class AddressChangeRefused(TransitionRefused):
    """A supplier has the purchase order already, nothing is left to ship, or the goods would go to another country."""

    code = "address-change-refused"
    title = "The address can no longer be changed"
    mend = "Cancel what findings name and place it anew, or ask the supplier by hand; taxes and offers are a country's."


class HoldRefused(TransitionRefused):
    """A supplier has a purchase order of it already, or nothing of it waits to be sent."""

    code = "hold-refused"
    title = "The order can no longer be put on hold"
    mend = "Cancel what is not to be shipped; what suppliers already have cannot wait."


class NotOnHold(TransitionRefused):
    """The order is not on hold."""

    code = "order-not-on-hold"
    title = "The order is not on hold"


class GoodwillRefused(TransitionRefused):
    """All goodwill together would be more than may be granted of the order's total."""

    code = "goodwill-refused"
    title = "So much goodwill cannot be granted"
    mend = "Grant at most what detail says is left."


class OrderRecordFull(OpenAisleError):
    """So much was done to, or written about, the order that no more is kept."""

    code = "order-record-full"
    title = "The order holds no more of that"
    status = 409
    mend = "Keep further notes in the storefront's own system."


def decide_address(
    *, order: Order, purchase_orders: Sequence[PurchaseOrder], ship_to: str, key: str, actor: str, at: str
) -> OrderStep:
    """Let what no supplier has yet go to another address, ``ship_to`` as it is sealed; raises AddressChangeRefused."""
    if _was_done(order=order, key=key):
        return OrderStep(order)
    living = _living(purchase_orders)
    findings = [
        Finding(pointer=one.purchase_order_id, detail=f"{one.purchase_order_id} is {one.state}.", code=one.state.value)
        for one in living
        if one.state not in _UNSENT
    ]
    if findings or not living:
        told = "Suppliers have it already." if findings else "Nothing of it waits to be sent."
        raise AddressChangeRefused(detail=f"Order {order.order_id}: {told}", findings=findings)
    steps = tuple(_readdressed(purchase_order=one, actor=actor, at=at) for one in living)
    changed = _with_action(
        order=msgspec.structs.replace(order, ship_to=ship_to),
        action=OrderAction(at=at, actor=actor, action="address_changed", action_key=key),
    )
    event = OrderAddressChanged(
        storefront_id=order.storefront_id,
        order_id=order.order_id,
        purchase_order_ids=tuple(one.purchase_order_id for one in living),
    )
    return OrderStep(changed, (event,), steps)


def note_identifier(*, order: Order, key: str, at: str) -> str:
    """Return the identifier of a note: the same for a repeated ``key``, else of the moment."""
    parts = ("key", key) if key else ("moment", at, str(len(order.notes)))
    return derived_identifier(prefix="not", parts=(order.order_id, *parts))


def decide_note(*, order: Order, note_id: str, text: str, visibility: NoteVisibility, actor: str, at: str) -> OrderStep:
    """Add a note, ``text`` as it is sealed; one of that identifier stands as it is. Raises OrderRecordFull."""
    if any(one.note_id == note_id for one in order.notes):
        return OrderStep(order)
    if len(order.notes) >= MAXIMUM_NOTES:
        raise OrderRecordFull(detail=f"Order {order.order_id} has {MAXIMUM_NOTES} notes.")
    note = OrderNote(note_id=note_id, at=at, actor=actor, visibility=visibility, text=text)
    event = OrderNoteAdded(
        storefront_id=order.storefront_id, order_id=order.order_id, note_id=note_id, visibility=visibility.value
    )
    return OrderStep(msgspec.structs.replace(order, notes=(*order.notes, note)), (event,))


def decide_hold(
    *,
    order: Order,
    purchase_orders: Sequence[PurchaseOrder],
    reason: str,
    until: datetime,
    key: str,
    actor: str,
    at: str,
) -> OrderStep:
    """Let an order wait that no supplier has yet; on hold already, it stays so. Raises HoldRefused."""
    if order.hold is not None or _was_done(order=order, key=key):
        return OrderStep(order)
    reached = [one for one in purchase_orders if one.state not in {_S.CREATED, _S.CANCELED}]
    waiting = [one for one in purchase_orders if one.state is _S.CREATED]
    if reached or not waiting:
        findings = [
            Finding(
                pointer=one.purchase_order_id, detail=f"{one.purchase_order_id} is {one.state}.", code=one.state.value
            )
            for one in reached
        ]
        told = "Suppliers were asked already." if reached else "Nothing of it waits to be sent."
        raise HoldRefused(detail=f"Order {order.order_id}: {told}", findings=findings)
    hold = OrderHold(at=at, actor=actor, reason=reason, until=sortable_time(until))
    changed = _with_action(
        order=msgspec.structs.replace(order, hold=hold),
        action=OrderAction(at=at, actor=actor, action="held", note=reason, action_key=key),
    )
    event = OrderHeld(storefront_id=order.storefront_id, order_id=order.order_id, reason=reason, until=hold.until)
    return OrderStep(changed, (event,), tuple(_held(purchase_order=one, actor=actor, at=at) for one in waiting))


def decide_release(
    *, order: Order, purchase_orders: Sequence[PurchaseOrder], key: str, actor: str, at: str
) -> OrderStep:
    """Let an order go on; its suppliers have as long as they had. Raises NotOnHold."""
    if _was_done(order=order, key=key):
        return OrderStep(order)
    if order.hold is None:
        raise NotOnHold(detail=f"Order {order.order_id} is not on hold.")
    # Clocks that were set wrong must neither take a supplier's time away nor give it more than the hold could last.
    held_for = _moment(order.hold.until) - _moment(order.hold.at)
    waited = min(max(_moment(at) - _moment(order.hold.at), timedelta()), held_for)
    steps = tuple(
        _released(purchase_order=one, waited=waited, actor=actor, at=at)
        for one in purchase_orders
        if one.state is _S.HELD
    )
    changed = _with_action(
        order=msgspec.structs.replace(order, hold=None),
        action=OrderAction(at=at, actor=actor, action="released", action_key=key),
    )
    event = OrderReleased(storefront_id=order.storefront_id, order_id=order.order_id)
    return OrderStep(changed, (event,), steps)


def decide_hold_expiry(*, order: Order, purchase_orders: Sequence[PurchaseOrder], actor: str, at: str) -> OrderStep:
    """Cancel what is left of an order whose hold has run out; nothing for any other."""
    if order.hold is None or order.hold.until > at:
        return OrderStep(order)
    try:
        step = decide_cancellation(
            order=order,
            purchase_orders=purchase_orders,
            quantities=None,
            reason=HOLD_EXPIRED,
            cancellation_key="",
            actor=actor,
            at=at,
        )
    except CancellationRefused:
        # Somebody canceled it before; only the hold is left to end.
        step = OrderStep(order)
    return step._replace(order=msgspec.structs.replace(step.order, hold=None))


def decide_confirmation(*, order: Order, key: str, actor: str, at: str) -> OrderStep:
    """Ask for the confirmation of an order once more; raises OrderRecordFull."""
    if _was_done(order=order, key=key):
        return OrderStep(order)
    action = OrderAction(at=at, actor=actor, action="confirmation_requested", action_key=key)
    event = OrderConfirmationRequested(
        storefront_id=order.storefront_id,
        order_id=order.order_id,
        reference=order.reference,
        currency=order.currency,
        total_minor=order.total_minor,
        lines=tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in order.lines),
    )
    return OrderStep(_with_action(order=order, action=action), (event,))


def decide_goodwill(
    *, order: Order, amount_minor: int, reason: str, percent_maximum: int, key: str, actor: str, at: str
) -> OrderStep:
    """Grant the shopper an amount; raises GoodwillRefused or OrderRecordFull."""
    if _was_done(order=order, key=key):
        return OrderStep(order)
    left = order.total_minor * percent_maximum // 100 - sum(one.amount_minor for one in order.actions)
    if amount_minor > left:
        raise GoodwillRefused(detail=f"{max(left, 0)} of order {order.order_id} may still be granted.")
    action = OrderAction(
        at=at, actor=actor, action="goodwill_granted", note=reason, action_key=key, amount_minor=amount_minor
    )
    event = OrderGoodwillGranted(
        storefront_id=order.storefront_id,
        order_id=order.order_id,
        amount_minor=amount_minor,
        currency=order.currency,
        reason=reason,
    )
    return OrderStep(_with_action(order=order, action=action), (event,))


def _was_done(*, order: Order, key: str) -> bool:
    return bool(key) and any(one.action_key == key for one in order.actions)


def _with_action(*, order: Order, action: OrderAction) -> Order:
    if len(order.actions) >= MAXIMUM_ACTIONS:
        raise OrderRecordFull(detail=f"{MAXIMUM_ACTIONS} things were done to order {order.order_id}.")
    return msgspec.structs.replace(order, actions=(*order.actions, action))


def _living(purchase_orders: Sequence[PurchaseOrder]) -> list[PurchaseOrder]:
    return [one for one in purchase_orders if one.state not in _OVER]


def _readdressed(*, purchase_order: PurchaseOrder, actor: str, at: str) -> Step:
    entry = HistoryEntry(at=at, actor=actor, action="address_changed")
    # Counted, so that what was printed or sent for an address before can be told from what goes to the newest.
    return Step(
        msgspec.structs.replace(
            purchase_order,
            address_number=purchase_order.address_number + 1,
            history=(*purchase_order.history, entry),
        )
    )


def _held(*, purchase_order: PurchaseOrder, actor: str, at: str) -> Step:
    entry = HistoryEntry(at=at, actor=actor, action="held")
    changed = msgspec.structs.replace(purchase_order, state=_S.HELD, history=(*purchase_order.history, entry))
    return Step(changed, (PurchaseOrderHeld(**names_of(changed), lines=quantities_of(changed.lines)),))


def _released(*, purchase_order: PurchaseOrder, waited: timedelta, actor: str, at: str) -> Step:
    entry = HistoryEntry(at=at, actor=actor, action="released")
    changed = msgspec.structs.replace(
        purchase_order,
        state=_S.CREATED,
        acknowledge_by=_later(purchase_order.acknowledge_by, waited),
        remind_at=_later(purchase_order.remind_at, waited),
        ship_by=_later(purchase_order.ship_by, waited),
        history=(*purchase_order.history, entry),
    )
    return Step(changed, (PurchaseOrderReleased(**names_of(changed), lines=quantities_of(changed.lines)),))


def _later(text: str, waited: timedelta) -> str:
    return sortable_time(_moment(text) + waited) if text else ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
