"""From an acknowledgment (855) to commands about the purchase order that it answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from openaisle.orders.commands import AcknowledgmentDecision, LineAcknowledgment, NewSubstitute
from openaisle.orders.edi.answers_in import AnsweredPurchaseOrder, AnsweredPurchaseOrderLine, AnswerPart
from openaisle.orders.edi.invoices_in import known_line
from openaisle.orders.edi.reading import minor_of, number_in
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderLine

# What ACK01 says of units: that they come, that they come later, that they do not.
ACCEPTED_CODES = frozenset({"IA", "AC", "AR", "AA", "DR", "IC", "IP", "IQ", "IF", "SP", "IE"})
BACK_ORDERED_CODES = frozenset({"IB", "BP"})
REJECTED_CODES = frozenset({"IR", "ID", "R1", "R2", "R3", "R4", "R5", "R6", "RJ"})
SUBSTITUTED_CODES = frozenset({"IS"})
_CODE_WORDS = {"IR": "rejected", "ID": "deleted by the supplier", "IB": "back-ordered"}
# What BAK02 says of the whole where lines say nothing.
_ACCEPTS_ALL = frozenset({"AT", "AD", "AK", "AH"})
_REJECTS_ALL = frozenset({"RJ", "RD", "RF", "RO"})


class AnswerPlan(NamedTuple):
    """What is to be done: the answers, how many units of a line come where fewer were accepted, and what was odd."""

    lines: list[LineAcknowledgment]
    coming: dict[int, int]
    notes: list[str]


def answer_plan(*, read: AnsweredPurchaseOrder, purchase_order: PurchaseOrder) -> AnswerPlan:
    """Return what an 855 means for its purchase order; a line that it does not name awaits its answer."""
    plan = AnswerPlan([], {}, [])
    if not read.lines:
        _plan_whole(read=read, purchase_order=purchase_order, plan=plan)
        return plan
    named: set[int] = set()
    for answered in read.lines:
        substituted = any(part.code in SUBSTITUTED_CODES for part in answered.parts)
        line = known_line(
            lines=purchase_order.lines,
            number=answered.line_number,
            supplier_sku="" if substituted else answered.supplier_sku,
        )
        name = f"line {answered.line_number or answered.supplier_sku[:60] or '?'}"
        if line is None:
            plan.notes.append(f"line_unknown: the purchase order has no {name}")
        elif line.line_number in named:
            plan.notes.append(f"answered_twice: {name} stands twice in one document")
        else:
            named.add(line.line_number)
            _plan_line(answered=answered, line=line, read=read, currency=purchase_order.currency, plan=plan)
    return plan


def _plan_whole(*, read: AnsweredPurchaseOrder, purchase_order: PurchaseOrder, plan: AnswerPlan) -> None:
    if read.answer in _ACCEPTS_ALL:
        decision = AcknowledgmentDecision.ACCEPTED
    elif read.answer in _REJECTS_ALL:
        decision = AcknowledgmentDecision.REJECTED
    else:
        plan.notes.append(f"no_answer: BAK02 is {read.answer}, and no lines follow")
        return
    for line in purchase_order.lines:
        if line.answer is LineAnswer.PENDING and line.open_quantity:
            plan.lines.append(LineAcknowledgment(line_number=line.line_number, decision=decision))


def _plan_line(
    *,
    answered: AnsweredPurchaseOrderLine,
    line: PurchaseOrderLine,
    read: AnsweredPurchaseOrder,
    currency: str,
    plan: AnswerPlan,
) -> None:
    parts = answered.parts or _part_of_whole(read.answer)
    known = ACCEPTED_CODES | BACK_ORDERED_CODES | REJECTED_CODES | SUBSTITUTED_CODES
    odd = [part.code for part in parts if part.code not in known]
    if odd or not parts:
        told = f"code {odd[0][:10]}" if odd else "no ACK segment"
        plan.notes.append(f"no_answer: line {line.line_number} has {told}, which answers nothing")
        return
    price = _price(answered=answered, line=line, currency=currency, plan=plan)
    day = max((part.ship_by for part in parts if part.ship_by is not None), default=None)
    coming = _units(parts, ACCEPTED_CODES, line.quantity) + _units(parts, SUBSTITUTED_CODES, line.quantity)
    later = _units(parts, BACK_ORDERED_CODES, line.quantity)
    if coming + later == 0:
        reason = answered.reason or _CODE_WORDS.get(parts[0].code, "")
        decision = AcknowledgmentDecision.REJECTED
        plan.lines.append(LineAcknowledgment(line_number=line.line_number, decision=decision, reason=reason))
        return
    if coming + later > line.quantity:
        plan.notes.append(
            f"quantity_changed: {coming + later} of line {line.line_number} are promised, {line.quantity} are ordered"
        )
    elif coming + later < line.quantity:
        plan.coming[line.line_number] = coming + later
    plan.lines.append(
        LineAcknowledgment(
            line_number=line.line_number,
            decision=_decision(parts=parts, later=later),
            reason=answered.reason,
            expected_ship_date=_day_text(day),
            substitute=_substitute(answered=answered, parts=parts),
            unit_price_minor=price,
        )
    )


def _part_of_whole(answer: str) -> tuple[AnswerPart, ...]:
    """Return what a line without an ACK of its own is answered by: the answer to the whole."""
    if answer in _ACCEPTS_ALL:
        return (AnswerPart(code="IA", quantity=None, ship_by=None),)
    if answer in _REJECTS_ALL:
        return (AnswerPart(code="IR", quantity=None, ship_by=None),)
    return ()


def _decision(*, parts: Sequence[AnswerPart], later: int) -> AcknowledgmentDecision:
    if any(part.code in SUBSTITUTED_CODES for part in parts):
        return AcknowledgmentDecision.SUBSTITUTED
    return AcknowledgmentDecision.BACK_ORDERED if later else AcknowledgmentDecision.ACCEPTED


def _units(parts: Sequence[AnswerPart], codes: frozenset[str], ordered: int) -> int:
    return sum(ordered if part.quantity is None else part.quantity for part in parts if part.code in codes)


def _substitute(*, answered: AnsweredPurchaseOrderLine, parts: Sequence[AnswerPart]) -> NewSubstitute | None:
    if not any(part.code in SUBSTITUTED_CODES for part in parts) or not answered.supplier_sku:
        return None
    return NewSubstitute(supplier_sku=answered.supplier_sku[:100])


def _price(
    *, answered: AnsweredPurchaseOrderLine, line: PurchaseOrderLine, currency: str, plan: AnswerPlan
) -> int | None:
    """Return a higher price than ours, which is then refused; a lower one is only noted, as ours holds."""
    price = number_in(answered.unit_price)
    if price is None or price == 0:
        return None
    minor = minor_of(amount=price, currency=currency)
    if minor == line.unit_price_minor:
        return None
    if minor is None or minor < line.unit_price_minor:
        plan.notes.append(
            f"price_differs: the supplier understood {answered.unit_price} for line {line.line_number}; ours holds"
        )
        return None
    return minor


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
