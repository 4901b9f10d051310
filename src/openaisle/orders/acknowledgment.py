"""Sending, acknowledgment, expiry and cancellation of purchase orders: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.records import Event
from openaisle.orders.events import (
    LineQuantity,
    PurchaseOrderAccepted,
    PurchaseOrderCanceled,
    PurchaseOrderExpired,
    PurchaseOrderPartiallyAccepted,
    PurchaseOrderRejected,
    PurchaseOrderSent,
)
from openaisle.orders.purchase_order import (
    UNANSWERED,
    AcknowledgmentRefused,
    HistoryEntry,
    LineAnswer,
    Movement,
    MovementKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    Step,
    changed_to,
    lines_by_number,
    names_of,
    quantities_of,
)

_MAXIMUM_NOTES = 50


class Substitute(NamedTuple):
    """Another offer of the same supplier, and the location that ships it, to fill a line with."""

    product_id: str
    offer_id: str
    supplier_sku: str
    location: str
    price_minor: int
    is_same_product: bool


class AnsweredLine(NamedTuple):
    """A supplier's answer for one line.

    Accepted, it may be back-ordered until ``expected_ship_date`` or filled with a ``substitute``.
    ``unit_price_minor`` is the price the supplier understood, None where it named none.
    """

    line_number: int
    answer: LineAnswer
    reason: str = ""
    expected_ship_date: str | None = None
    back_ordered: bool = False
    substitute: Substitute | None = None
    unit_price_minor: int | None = None


def decide_sent(*, purchase_order: PurchaseOrder, note: str = "", actor: str, at: str) -> Step:
    """Record that the supplier has the purchase order and will answer later."""
    if purchase_order.state is not PurchaseOrderState.CREATED:
        return Step(purchase_order)
    changed = msgspec.structs.replace(
        purchase_order,
        state=PurchaseOrderState.SENT,
        history=(*purchase_order.history, HistoryEntry(at=at, actor=actor, action="sent", note=note)),
    )
    return Step(changed, (PurchaseOrderSent(**names_of(changed), lines=quantities_of(changed.lines)),))


def decide_noted(*, purchase_order: PurchaseOrder, action: str, note: str, actor: str, at: str) -> Step:
    """Write something into the history that changes no state; the same note twice in a row is written once.

    Of notes about one action the newest are kept, as a system may answer badly for weeks, each time otherwise.
    """
    last = purchase_order.history[-1] if purchase_order.history else None
    if last is not None and (last.action, last.note) == (action, note):
        return Step(purchase_order)
    history = purchase_order.history
    alike = [place for place, entry in enumerate(history) if entry.action == action]
    if len(alike) >= _MAXIMUM_NOTES:
        history = (*history[: alike[0]], *history[alike[0] + 1 :])
    entry = HistoryEntry(at=at, actor=actor, action=action, note=note)
    return Step(msgspec.structs.replace(purchase_order, history=(*history, entry)))


def decide_acknowledgment(
    *,
    purchase_order: PurchaseOrder,
    answers: Sequence[AnsweredLine],
    actor: str,
    at: str,
    note: str = "",
    unanswered: PurchaseOrderState = PurchaseOrderState.SENT,
) -> Step:
    """Record the supplier's answers; raises AcknowledgmentRefused or PurchaseOrderLineUnknown.

    Lines that are not named await their answer in the state ``unanswered``. An answer given before may be
    given again.
    """
    by_number = lines_by_number(purchase_order=purchase_order, numbers=[one.line_number for one in answers])
    lines = dict(by_number)
    for position, answer in enumerate(answers):
        line = by_number[answer.line_number]
        if line.answer is not answer.answer:
            lines[answer.line_number] = _answered(line=line, answer=answer, position=position)
    return _after_answers(
        purchase_order=purchase_order,
        lines=tuple(lines.values()),
        entry=HistoryEntry(at=at, actor=actor, action="acknowledged", note=note),
        unanswered=unanswered,
    )


def decide_answer_for_all(
    *, purchase_order: PurchaseOrder, answer: LineAnswer, reason: str, note: str = "", actor: str, at: str
) -> Step:
    """Record one answer for every line that still awaits one; nothing if none does."""
    lines = tuple(
        msgspec.structs.replace(line, answer=answer, reason=reason)
        if line.answer is LineAnswer.PENDING and line.open_quantity
        else line
        for line in purchase_order.lines
    )
    entry = HistoryEntry(at=at, actor=actor, action="acknowledged", note=note)
    return _after_answers(purchase_order=purchase_order, lines=lines, entry=entry, unanswered=purchase_order.state)


def decide_expiry(*, purchase_order: PurchaseOrder, actor: str, at: str) -> Step:
    """Let the unanswered lines expire if the deadline has passed; else nothing."""
    if purchase_order.state not in UNANSWERED or purchase_order.acknowledge_by > at:
        return Step(purchase_order)
    lines = tuple(
        msgspec.structs.replace(line, answer=LineAnswer.EXPIRED)
        if line.answer is LineAnswer.PENDING and line.open_quantity
        else line
        for line in purchase_order.lines
    )
    entry = HistoryEntry(at=at, actor=actor, action="expired")
    return _after_answers(purchase_order=purchase_order, lines=lines, entry=entry, unanswered=purchase_order.state)


def decide_withdrawal(
    *, purchase_order: PurchaseOrder, quantities: Mapping[int, int], reason: str, actor: str, at: str
) -> Step:
    """Take units back from the supplier; ``quantities`` by line number are at most what is open of each."""
    lines = tuple(
        msgspec.structs.replace(line, canceled_quantity=line.canceled_quantity + quantities[line.line_number])
        if line.line_number in quantities
        else line
        for line in purchase_order.lines
    )
    told = tuple(LineQuantity(line_number=number, quantity=quantity) for number, quantity in sorted(quantities.items()))
    entry = HistoryEntry(at=at, actor=actor, action="canceled", note=reason, lines=told)
    changed = changed_to(purchase_order=purchase_order, lines=lines, entry=entry, refused=AcknowledgmentRefused)
    movements = tuple(
        Movement(MovementKind.RELEASE, line.offer_id, line.location, quantities[line.line_number])
        for line in purchase_order.lines
        if line.line_number in quantities
    )
    complete = not any(line.wanted_quantity for line in lines)
    event = PurchaseOrderCanceled(**names_of(changed), lines=told, complete=complete, reason=reason)
    return Step(changed, (event,), movements)


def _answered(*, line: PurchaseOrderLine, answer: AnsweredLine, position: int) -> PurchaseOrderLine:
    if line.answer is not LineAnswer.PENDING or not line.open_quantity:
        told = line.answer if line.answer is not LineAnswer.PENDING else "canceled"
        detail = f"Line {line.line_number} is already {told}; it cannot be {answer.answer}."
        finding = Finding(pointer=f"/lines/{position}", detail=detail, code="answered_otherwise")
        raise AcknowledgmentRefused(detail=detail, findings=(finding,))
    return msgspec.structs.replace(
        line, answer=answer.answer, reason=answer.reason, expected_ship_date=answer.expected_ship_date
    )


def _after_answers(
    *,
    purchase_order: PurchaseOrder,
    lines: tuple[PurchaseOrderLine, ...],
    entry: HistoryEntry,
    unanswered: PurchaseOrderState,
) -> Step:
    pairs = [
        (before, after)
        for before, after in zip(purchase_order.lines, lines, strict=True)
        if before.answer is not after.answer
    ]
    if not pairs:
        return Step(purchase_order)
    changed = changed_to(
        purchase_order=purchase_order, lines=lines, entry=entry, refused=AcknowledgmentRefused, unanswered=unanswered
    )
    refused = [before for before, after in pairs if after.answer is not LineAnswer.ACCEPTED]
    movements = tuple(
        Movement(MovementKind.RELEASE, line.offer_id, line.location, line.open_quantity) for line in refused
    )
    accepted = [before for before, after in pairs if after.answer is LineAnswer.ACCEPTED]
    reason = next((after.reason for _, after in pairs if after.reason), "")
    if entry.action == "expired":
        event: Event = PurchaseOrderExpired(**names_of(changed), lines=quantities_of(refused))
    else:
        event = _told(changed=changed, accepted=accepted, refused=refused, reason=reason)
    return Step(changed, (event,), movements)


def _told(
    *, changed: PurchaseOrder, accepted: list[PurchaseOrderLine], refused: list[PurchaseOrderLine], reason: str
) -> Event:
    names = names_of(changed)
    if changed.state is PurchaseOrderState.REJECTED:
        return PurchaseOrderRejected(**names, lines=quantities_of(refused), reason=reason)
    if changed.state is PurchaseOrderState.ACCEPTED:
        return PurchaseOrderAccepted(**names, lines=quantities_of(accepted))
    return PurchaseOrderPartiallyAccepted(
        **names, lines=quantities_of(accepted), refused=quantities_of(refused), reason=reason
    )
