"""Canceling what is not shipped, and giving what was refused to somebody else: pure decisions on an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.records import Event
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_withdrawal
from openaisle.orders.allocating.model import AllocationDecision
from openaisle.orders.events import (
    LineQuantity,
    OrderAllocated,
    OrderHandedOver,
    OrderHandOverEnded,
    OrderLineCanceled,
    OrderUnallocatable,
)
from openaisle.orders.model import (
    AllocationRecord,
    CancellationRefused,
    HandedLine,
    HandOver,
    HandOverOutcome,
    LineCancellation,
    LineProgress,
    Order,
    line_progress,
)
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderState, Step
from openaisle.orders.reasons import kept_reasons
from openaisle.orders.repository import purchase_order_number
from openaisle.orders.sharing import purchase_orders_of
from openaisle.orders.shipping.deadlines import STANDARD
from openaisle.orders.shipping.policy import ShippingPolicy


class OrderStep(NamedTuple):
    """A decision about an order: the order after it, its events, and what becomes of its purchase orders.

    A command that was already done, or has nothing to do, gives the very order it was given.
    """

    order: Order
    events: tuple[Event, ...] = ()
    steps: tuple[Step, ...] = ()
    created: tuple[PurchaseOrder, ...] = ()


# An order remembers each cancellation; canceled unit by unit, it would grow beyond what can be stored.
_MAXIMUM_CANCELLATIONS = 200
# Nobody decides about one order more often; what is left of it then is canceled.
MAXIMUM_HAND_OVERS = 20
# Units are taken back first where the least has happened.
_LEAST_FIRST = tuple(PurchaseOrderState)


def decide_cancellation(
    *,
    order: Order,
    purchase_orders: Sequence[PurchaseOrder],
    quantities: Mapping[int, int] | None,
    reason: str,
    cancellation_key: str,
    actor: str,
    at: str,
) -> OrderStep:
    """Cancel ``quantities`` by line number (None: all that is not shipped); raises CancellationRefused.

    Units that wait for a supplier go first, then those of purchase orders the supplier knows least of. A
    ``cancellation_key`` that was used before changes nothing.
    """
    if cancellation_key and any(one.cancellation_key == cancellation_key for one in order.cancellations):
        return OrderStep(order)
    progress = line_progress(order=order, purchase_orders=purchase_orders)
    if quantities is None:
        quantities = {number: left for number, line in progress.items() if (left := _left(line))}
        if not quantities:
            raise CancellationRefused(detail=f"Nothing of order {order.order_id} is left to cancel.")
    elif len(order.cancellations) >= _MAXIMUM_CANCELLATIONS:
        detail = f"Order {order.order_id} was canceled in {len(order.cancellations)} parts already."
        raise CancellationRefused(detail=f"{detail} Cancel all that is left, without lines.")
    _require_left(progress=progress, quantities=quantities)
    by_purchase_order: dict[str, dict[int, int]] = {}
    ordered = sorted(purchase_orders, key=lambda one: (_LEAST_FIRST.index(one.state), one.purchase_order_id))
    for number, quantity in quantities.items():
        missing = quantity - min(quantity, progress[number].unallocated)
        for purchase_order in ordered:
            for line in purchase_order.lines:
                taken = min(missing, line.open_quantity) if line.line_number == number else 0
                if taken:
                    by_purchase_order.setdefault(purchase_order.purchase_order_id, {})[number] = taken
                    missing -= taken
    steps = tuple(
        decide_withdrawal(
            purchase_order=one,
            quantities=by_purchase_order[one.purchase_order_id],
            reason=reason,
            actor=actor,
            at=at,
        )
        for one in purchase_orders
        if one.purchase_order_id in by_purchase_order
    )
    canceled = tuple(
        LineCancellation(
            line_number=number,
            quantity=quantity,
            reason=reason,
            actor=actor,
            at=at,
            cancellation_key=cancellation_key,
        )
        for number, quantity in quantities.items()
    )
    changed = msgspec.structs.replace(order, cancellations=(*order.cancellations, *canceled))
    waiting = {number: line.unallocated - quantities.get(number, 0) for number, line in progress.items()}
    closed = hand_overs_without_rest(order=changed, waiting=waiting, actor=actor, at=at)
    events = canceled_events(order=order, canceled=canceled)
    return OrderStep(closed.order, (*events, *closed.events), steps)


class Unfilled(NamedTuple):
    """What of an order waits for a supplier: units by line number, and those that were refused too often."""

    to_allocate: dict[int, int]
    to_give_up: dict[int, int]


def unfilled_lines(
    *,
    order: Order,
    purchase_orders: Sequence[PurchaseOrder],
    attempts_maximum: int,
    reallocate_fixed_offers: bool,
) -> Unfilled:
    """Return what is to be allocated again: it follows from the records alone, so asking twice harms nothing."""
    unfilled = Unfilled({}, {})
    progress = line_progress(order=order, purchase_orders=purchase_orders)
    handed = [(one, line.line_number) for one in order.handed_over for line in one.lines]
    for line in order.lines:
        found = progress[line.line_number]
        if found.unallocated <= 0:
            continue
        outcomes = [one.outcome for one, number in handed if number == line.line_number]
        if HandOverOutcome.NONE in outcomes:
            # A person is deciding about it.
            continue
        stays = line.offer_id is not None and not reallocate_fixed_offers
        # Each decision of a person gives the line one try more.
        given_up = stays or found.refusals >= attempts_maximum + len(outcomes)
        target = unfilled.to_give_up if given_up else unfilled.to_allocate
        target[line.line_number] = found.unallocated
    return unfilled


def decide_allocated_again(
    *,
    order: Order,
    purchase_orders: Sequence[PurchaseOrder],
    unfilled: Unfilled,
    decision: AllocationDecision,
    seconds: Mapping[str, int],
    actor: str,
    at: datetime,
    policy: ShippingPolicy = STANDARD,
    hand_over: bool = False,
    cause: str | None = None,
) -> OrderStep:
    """Give the shares of ``decision`` to their suppliers, and cancel what nobody can fill or hand it over."""
    moment = sortable_time(at)
    given_up = dict(unfilled.to_give_up)
    given_up.update({line.line_number: unfilled.to_allocate[line.line_number] for line in decision.unfilled})
    left = tuple(
        HandedLine(
            line_number=number,
            quantity=quantity,
            reason="refused_too_often" if number in unfilled.to_give_up else "no_supplier_left",
        )
        for number, quantity in sorted(given_up.items())
    )
    handed = left if hand_over and len(order.handed_over) < MAXIMUM_HAND_OVERS else ()
    canceled = () if handed else _cancellations(lines=left, actor=actor, at=moment)
    numbers = [purchase_order_number(purchase_order_id=one.purchase_order_id) for one in purchase_orders]
    made = tuple(
        purchase_orders_of(
            order=order,
            shares=decision.shares,
            shipping=_shipping_left(purchase_orders=purchase_orders, order=order),
            first_number=max(numbers, default=0) + 1,
            at=at,
            seconds=seconds,
            policy=policy,
        )
    )
    lines = kept_reasons(lines=decision.lines)
    record = AllocationRecord(at=moment, cause=cause or _cause(purchase_orders), lines=lines)
    changed = msgspec.structs.replace(
        order,
        allocations=(*order.allocations, record) if decision.lines else order.allocations,
        cancellations=(*order.cancellations, *canceled),
    )
    events: list[Event] = []
    if handed:
        number = len(order.handed_over) + 1
        one = HandOver(number=number, at=moment, lines=handed)
        changed = msgspec.structs.replace(changed, handed_over=(*order.handed_over, one))
        quantities = tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in handed)
        events.append(OrderHandedOver(order_id=order.order_id, number=number, lines=quantities))
    if made:
        shared = [
            LineQuantity(line_number=one.line_number, quantity=one.quantity, offer_id=one.candidate.offer.offer_id)
            for one in decision.shares
        ]
        events.append(
            OrderAllocated(
                storefront_id=order.storefront_id,
                order_id=order.order_id,
                lines=tuple(shared),
                purchase_order_ids=tuple(one.purchase_order_id for one in made),
            )
        )
    events.extend(_unallocatable_events(order=order, canceled=canceled))
    return OrderStep(changed, tuple(events), (), made)


def decide_hand_over(
    *,
    order: Order,
    purchase_orders: Sequence[PurchaseOrder],
    number: int,
    outcome: HandOverOutcome,
    actor: str,
    at: str,
) -> OrderStep:
    """End a hand-over; its lines are canceled or free to be allocated. One that has ended stays as it is."""
    one = next((one for one in order.handed_over if one.number == number), None)
    if one is None or one.outcome is not HandOverOutcome.NONE:
        return OrderStep(order)
    ended = _ended(order=order, numbers={number}, outcome=outcome, actor=actor, at=at)
    if outcome is not HandOverOutcome.CANCELED:
        return ended
    left = waiting_lines(order=order, purchase_orders=purchase_orders, hand_over=one)
    canceled = _cancellations(lines=left, actor=actor, at=at)
    changed = msgspec.structs.replace(ended.order, cancellations=(*order.cancellations, *canceled))
    return OrderStep(changed, (*ended.events, *_unallocatable_events(order=order, canceled=canceled)))


def waiting_lines(
    *, order: Order, purchase_orders: Sequence[PurchaseOrder], hand_over: HandOver
) -> tuple[HandedLine, ...]:
    """Return what of a hand-over still waits for a supplier: what the storefront canceled meanwhile does not."""
    progress = line_progress(order=order, purchase_orders=purchase_orders)
    return tuple(
        msgspec.structs.replace(line, quantity=quantity)
        for line in hand_over.lines
        if (quantity := min(line.quantity, progress[line.line_number].unallocated)) > 0
    )


def hand_overs_without_rest(*, order: Order, waiting: Mapping[int, int], actor: str, at: str) -> OrderStep:
    """End as canceled the hand-overs of which nothing waits any more; ``waiting`` are units by line number."""
    numbers = {
        one.number
        for one in order.handed_over
        if one.outcome is HandOverOutcome.NONE and all(waiting[line.line_number] <= 0 for line in one.lines)
    }
    return _ended(order=order, numbers=numbers, outcome=HandOverOutcome.CANCELED, actor=actor, at=at)


def _ended(*, order: Order, numbers: set[int], outcome: HandOverOutcome, actor: str, at: str) -> OrderStep:
    if not numbers:
        return OrderStep(order)
    handed_over = tuple(
        msgspec.structs.replace(one, outcome=outcome, decided_at=at, decided_by=actor) if one.number in numbers else one
        for one in order.handed_over
    )
    events = tuple(
        OrderHandOverEnded(order_id=order.order_id, number=number, outcome=outcome.value) for number in sorted(numbers)
    )
    return OrderStep(msgspec.structs.replace(order, handed_over=handed_over), events)


def _cancellations(*, lines: Sequence[HandedLine], actor: str, at: str) -> tuple[LineCancellation, ...]:
    return tuple(
        LineCancellation(line_number=one.line_number, quantity=one.quantity, reason=one.reason, actor=actor, at=at)
        for one in lines
    )


def _unallocatable_events(*, order: Order, canceled: Sequence[LineCancellation]) -> tuple[Event, ...]:
    if not canceled:
        return ()
    lines = tuple(LineQuantity(line_number=one.line_number, quantity=one.quantity) for one in canceled)
    unallocatable = OrderUnallocatable(storefront_id=order.storefront_id, order_id=order.order_id, lines=lines)
    return (unallocatable, *canceled_events(order=order, canceled=canceled))


def _left(line: LineProgress) -> int:
    return line.ordered - line.canceled - line.shipped


def _require_left(*, progress: Mapping[int, LineProgress], quantities: Mapping[int, int]) -> None:
    findings = []
    for position, (number, quantity) in enumerate(quantities.items()):
        line = progress.get(number)
        if line is None:
            detail = f"The order has no line {number}."
            findings.append(Finding(pointer=f"/lines/{position}/line_number", detail=detail, code="unknown"))
        elif quantity > _left(line):
            detail = (
                f"{_left(line)} of line {number} are left to cancel, not {quantity}:"
                f" {line.shipped} shipped, {line.canceled} canceled before."
            )
            code = "shipped" if line.shipped else "canceled_before"
            findings.append(Finding(pointer=f"/lines/{position}/quantity", detail=detail, code=code))
    if findings:
        raise CancellationRefused(detail=" ".join(one.detail for one in findings), findings=findings)


def canceled_events(*, order: Order, canceled: Sequence[LineCancellation]) -> tuple[Event, ...]:
    """Return the events that tell of units which will not come."""
    return tuple(
        OrderLineCanceled(
            storefront_id=order.storefront_id,
            order_id=order.order_id,
            line_number=one.line_number,
            quantity=one.quantity,
            reason=one.reason,
            canceled_by=one.actor,
        )
        for one in canceled
    )


def _shipping_left(*, purchase_orders: Sequence[PurchaseOrder], order: Order) -> dict[int, int]:
    """Return the shipping charge of each line that no supplier has been promised."""
    left = {line.line_number: line.shipping_minor for line in order.lines}
    for purchase_order in purchase_orders:
        for line in purchase_order.lines:
            # What a supplier took back whole, it is not paid to ship.
            if line.is_live and (line.wanted_quantity or not line.withdrawn_quantity):
                left[line.line_number] -= line.shipping_minor
    return left


def _cause(purchase_orders: Sequence[PurchaseOrder]) -> str:
    """Return why the engine runs again: the supplier's reason, or that it let the purchase order expire."""
    if any(line.withdrawn_quantity for one in purchase_orders for line in one.lines):
        return "withdrawn"
    refused = [line for one in purchase_orders for line in one.lines if not line.is_live]
    if any(line.answer is LineAnswer.REJECTED for line in refused):
        reasons = sorted({line.reason for line in refused if line.reason})
        return f"rejected: {', '.join(reasons)}"[:300] if reasons else "rejected"
    return "expired"
