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
from openaisle.orders.events import LineQuantity, OrderAllocated, OrderLineCanceled, OrderUnallocatable
from openaisle.orders.model import (
    AllocationRecord,
    CancellationRefused,
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
    return OrderStep(changed, _canceled_events(order=order, canceled=canceled), steps)


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
    for line in order.lines:
        found = progress[line.line_number]
        if found.unallocated <= 0:
            continue
        stays = line.offer_id is not None and not reallocate_fixed_offers
        given_up = stays or found.refusals >= attempts_maximum
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
) -> OrderStep:
    """Give the shares of ``decision`` to their suppliers and cancel what nobody can fill."""
    moment = sortable_time(at)
    given_up = dict(unfilled.to_give_up)
    given_up.update({line.line_number: unfilled.to_allocate[line.line_number] for line in decision.unfilled})
    canceled = tuple(
        LineCancellation(
            line_number=number,
            quantity=quantity,
            reason="refused_too_often" if number in unfilled.to_give_up else "no_supplier_left",
            actor=actor,
            at=moment,
        )
        for number, quantity in sorted(given_up.items())
    )
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
    record = AllocationRecord(at=moment, cause=_cause(purchase_orders), lines=kept_reasons(lines=decision.lines))
    changed = msgspec.structs.replace(
        order,
        allocations=(*order.allocations, record) if decision.lines else order.allocations,
        cancellations=(*order.cancellations, *canceled),
    )
    events: list[Event] = []
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
    if canceled:
        lines = tuple(LineQuantity(line_number=one.line_number, quantity=one.quantity) for one in canceled)
        events.append(OrderUnallocatable(storefront_id=order.storefront_id, order_id=order.order_id, lines=lines))
        events.extend(_canceled_events(order=order, canceled=canceled))
    return OrderStep(changed, tuple(events), (), made)


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


def _canceled_events(*, order: Order, canceled: Sequence[LineCancellation]) -> tuple[Event, ...]:
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
