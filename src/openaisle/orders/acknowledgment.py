"""Sending, acknowledgment, expiry and cancellation of purchase orders: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.orders.answer_events import answer_events
from openaisle.orders.answering import AnsweredLine, Answering, answered_line, refused_substitute
from openaisle.orders.events import LineQuantity, PurchaseOrderCanceled, PurchaseOrderSent, PurchaseOrderWithdrawn
from openaisle.orders.purchase_order import (
    UNANSWERED,
    AcknowledgmentRefused,
    ConsentRefused,
    HistoryEntry,
    LineAnswer,
    Movement,
    MovementKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    Step,
    WithdrawalRefused,
    changed_to,
    lines_by_number,
    names_of,
    quantities_of,
)
from openaisle.orders.shipping.deadlines import STANDARD
from openaisle.orders.shipping.policy import ShippingPolicy

SUBSTITUTE_NOT_WANTED = "substitute_not_wanted"
SUBSTITUTE_WITHOUT_CONSENT = "substitute_without_consent"
_MAXIMUM_NOTES = 50


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
    entry = HistoryEntry(at=at, actor=actor, action=action, note=note)
    history = _with_room(history=purchase_order.history, action=action)
    return Step(msgspec.structs.replace(purchase_order, history=(*history, entry)))


def decide_acknowledgment(
    *,
    purchase_order: PurchaseOrder,
    answers: Sequence[AnsweredLine],
    actor: str,
    at: str,
    note: str = "",
    unanswered: PurchaseOrderState = PurchaseOrderState.SENT,
    policy: ShippingPolicy = STANDARD,
) -> Step:
    """Record the supplier's answers; raises AcknowledgmentRefused, ShipDateInvalid or PurchaseOrderLineUnknown.

    AcknowledgmentRefused has a kind for each reason: see ``answering``. Lines that are not named await their answer
    in the state ``unanswered``. An answer given before may be given again, and a back-ordered line promised anew.
    """
    by_number = lines_by_number(purchase_order=purchase_order, numbers=[one.line_number for one in answers])
    lines = dict(by_number)
    for position, answer in enumerate(answers):
        case = Answering(purchase_order=purchase_order, position=position, at=at, policy=policy)
        lines[answer.line_number] = answered_line(line=by_number[answer.line_number], answer=answer, case=case)
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


def decide_consent(
    *, purchase_order: PurchaseOrder, decisions: Mapping[int, bool], reason: str = "", actor: str, at: str
) -> Step:
    """Record whether proposed substitutes are wanted, by line number; the same decision again changes nothing.

    Raises ConsentRefused for a line that has no substitute to decide upon, or PurchaseOrderLineUnknown.
    """
    by_number = lines_by_number(purchase_order=purchase_order, numbers=list(decisions))
    lines = dict(by_number)
    for number, granted in decisions.items():
        line = by_number[number]
        if line.answer is LineAnswer.PROPOSED and line.open_quantity:
            lines[number] = (
                msgspec.structs.replace(line, answer=LineAnswer.ACCEPTED, consent_by="")
                if granted
                else refused_substitute(line=line, reason=reason or SUBSTITUTE_NOT_WANTED)
            )
        elif line.answer is not (LineAnswer.ACCEPTED if granted else LineAnswer.REJECTED) or (
            granted and line.replaced is None
        ):
            detail = f"Line {number} of {purchase_order.purchase_order_id} has no substitute to decide upon."
            raise ConsentRefused(detail=detail)
    entry = HistoryEntry(at=at, actor=actor, action="consented" if all(decisions.values()) else "substitute_refused")
    return _after_answers(
        purchase_order=purchase_order, lines=tuple(lines.values()), entry=entry, unanswered=purchase_order.state
    )


def decide_expiry(*, purchase_order: PurchaseOrder, actor: str, at: str) -> Step:
    """Let unanswered lines expire, and substitutes that nobody consented to, once their time is over; else nothing."""
    if purchase_order.state not in UNANSWERED:
        return Step(purchase_order)
    lines = tuple(_after_deadlines(line, purchase_order=purchase_order, at=at) for line in purchase_order.lines)
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


def decide_taken_back(
    *, purchase_order: PurchaseOrder, quantities: Mapping[int, int], reason: str, key: str = "", actor: str, at: str
) -> Step:
    """Record that the supplier cannot ship units it had accepted (``quantities`` by line; none: all that is left).

    They go to another supplier. A ``key`` that was used before changes nothing. Raises WithdrawalRefused or
    PurchaseOrderLineUnknown.
    """
    before = [entry for entry in purchase_order.history if entry.action == "withdrawn"]
    if key and any(entry.key == key for entry in before):
        return Step(purchase_order)
    if quantities and len(before) >= _MAXIMUM_NOTES:
        # Taken back unit by unit, the history would grow beyond what can be stored.
        detail = f"{purchase_order.purchase_order_id} was taken back in {len(before)} parts already."
        raise WithdrawalRefused(detail=f"{detail} Take back all that is left, without lines.")
    by_number = lines_by_number(purchase_order=purchase_order, numbers=list(quantities))
    left = {number: line.open_quantity for number, line in by_number.items() if line.answer is LineAnswer.ACCEPTED}
    taken = dict(quantities) or {number: quantity for number, quantity in left.items() if quantity}
    findings = [
        Finding(
            pointer=f"/lines/{position}/quantity",
            detail=f"{left.get(number, 0)} of line {number} are accepted and not shipped, not {quantity}.",
            code="not_left",
        )
        for position, (number, quantity) in enumerate(taken.items())
        if quantity > left.get(number, 0)
    ]
    if findings or not taken:
        detail = " ".join(one.detail for one in findings)
        none = f"Nothing of {purchase_order.purchase_order_id} is accepted and not shipped."
        raise WithdrawalRefused(detail=detail or none, findings=findings)
    lines = tuple(
        msgspec.structs.replace(
            line,
            canceled_quantity=line.canceled_quantity + taken[line.line_number],
            withdrawn_quantity=line.withdrawn_quantity + taken[line.line_number],
        )
        if line.line_number in taken
        else line
        for line in purchase_order.lines
    )
    told = tuple(LineQuantity(line_number=number, quantity=quantity) for number, quantity in sorted(taken.items()))
    entry = HistoryEntry(at=at, actor=actor, action="withdrawn", note=reason, lines=told, key=key)
    changed = changed_to(purchase_order=purchase_order, lines=lines, entry=entry, refused=WithdrawalRefused)
    movements = tuple(
        Movement(MovementKind.RELEASE, line.offer_id, line.location, taken[line.line_number])
        for line in purchase_order.lines
        if line.line_number in taken
    )
    complete = not any(line.wanted_quantity for line in lines)
    event = PurchaseOrderWithdrawn(**names_of(changed), lines=told, complete=complete, reason=reason)
    return Step(changed, (event,), movements)


def _after_deadlines(line: PurchaseOrderLine, *, purchase_order: PurchaseOrder, at: str) -> PurchaseOrderLine:
    if not line.open_quantity:
        return line
    if line.answer is LineAnswer.PENDING and purchase_order.acknowledge_by <= at:
        return msgspec.structs.replace(line, answer=LineAnswer.EXPIRED)
    if line.answer is LineAnswer.PROPOSED and line.consent_by <= at:
        return refused_substitute(line=line, reason=SUBSTITUTE_WITHOUT_CONSENT)
    return line


def _with_room(*, history: tuple[HistoryEntry, ...], action: str) -> tuple[HistoryEntry, ...]:
    """Return the history without the oldest of the entries about an action, if there are very many of them."""
    alike = [place for place, entry in enumerate(history) if entry.action == action]
    return history if len(alike) < _MAXIMUM_NOTES else (*history[: alike[0]], *history[alike[0] + 1 :])


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
        if before is not after and before != after
    ]
    if not pairs:
        return Step(purchase_order)
    if all(before.answer is after.answer for before, after in pairs):
        # Promises given anew, however often, must not make the record grow without end.
        entry = msgspec.structs.replace(entry, action="postponed")
        history = _with_room(history=purchase_order.history, action=entry.action)
        purchase_order = msgspec.structs.replace(purchase_order, history=history)
    changed = changed_to(
        purchase_order=purchase_order, lines=lines, entry=entry, refused=AcknowledgmentRefused, unanswered=unanswered
    )
    movements = tuple(movement for before, after in pairs for movement in _movements(before=before, after=after))
    return Step(changed, answer_events(changed=changed, pairs=pairs), movements)


def _movements(*, before: PurchaseOrderLine, after: PurchaseOrderLine) -> list[Movement]:
    """Return what moves in stock: units go free, or are reserved of the substitute instead of what was ordered."""
    quantity = before.open_quantity
    release = Movement(MovementKind.RELEASE, before.offer_id, before.location, quantity)
    if not after.is_live:
        return [release]
    if (before.offer_id, before.location) == (after.offer_id, after.location):
        return []
    return [release, Movement(MovementKind.RESERVE, after.offer_id, after.location, quantity)]
