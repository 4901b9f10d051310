"""From what a supplier's system answered to a decision about the purchase order: pure."""

from __future__ import annotations

from openaisle.orders.acknowledgment import (
    decide_acknowledgment,
    decide_answer_for_all,
    decide_noted,
    decide_sent,
)
from openaisle.orders.answering import AnsweredLine
from openaisle.orders.channels.documents import Decision, PurchaseOrderAnswer, SupplierAnsweredBadly
from openaisle.orders.channels.events import PurchaseOrderReachedLate
from openaisle.orders.purchase_order import (
    UNANSWERED,
    LineAnswer,
    PurchaseOrder,
    PurchaseOrderState,
    Step,
    names_of,
)

_REASON_CHARACTERS = 300
_OVER = (PurchaseOrderState.CANCELED, PurchaseOrderState.EXPIRED)
_WHOLE = {Decision.ACCEPTED: LineAnswer.ACCEPTED, Decision.REJECTED: LineAnswer.REJECTED}
_LINES = _WHOLE | {Decision.BACK_ORDERED: LineAnswer.ACCEPTED}


def decide_from_answer(
    *, purchase_order: PurchaseOrder, answer: PurchaseOrderAnswer, address_number: int, note: str, at: str
) -> Step:
    """Record what the supplier answered; raises SupplierAnsweredBadly or PurchaseOrderLineUnknown.

    ``note`` says what was found out before the call, ``address_number`` which address the supplier was told.
    """
    actor = f"supplier:{purchase_order.supplier_id}"
    if purchase_order.state not in UNANSWERED:
        # It was canceled or expired while the call was under way: the supplier knows it and must be told.
        detail = f"It reached the supplier, which answered {answer.decision}, after it was {purchase_order.state}."
        noted = decide_noted(purchase_order=purchase_order, action="reached_supplier", note=detail, actor=actor, at=at)
        if noted.purchase_order is purchase_order or purchase_order.state not in _OVER:
            return noted
        return noted._replace(events=(PurchaseOrderReachedLate(**names_of(purchase_order), lines=()),))
    if purchase_order.state is PurchaseOrderState.CREATED and purchase_order.address_number != address_number:
        # The answer is to an address that was overtaken during the call: it is brought again with the newest.
        detail = (
            f"It reached the supplier, which answered {answer.decision}, with an address that was changed meanwhile."
        )
        return decide_noted(purchase_order=purchase_order, action="address_overtaken", note=detail, actor=actor, at=at)
    if answer.decision is Decision.LATER:
        # Roads without answers tell here how the purchase order travelled.
        return decide_sent(purchase_order=purchase_order, note=note or _shortened(answer.reason), actor=actor, at=at)
    if answer.decision in (Decision.PARTIAL, Decision.BACK_ORDERED):
        lines = _answered_lines(purchase_order=purchase_order, answer=answer)
        return decide_acknowledgment(purchase_order=purchase_order, answers=lines, note=note, actor=actor, at=at)
    return decide_answer_for_all(
        purchase_order=purchase_order,
        answer=_WHOLE[answer.decision],
        reason=_shortened(answer.reason),
        note=note,
        actor=actor,
        at=at,
    )


def _answered_lines(*, purchase_order: PurchaseOrder, answer: PurchaseOrderAnswer) -> list[AnsweredLine]:
    # What was canceled or answered meanwhile needs no answer; a line that was never there is an error.
    settled = {
        line.line_number
        for line in purchase_order.lines
        if line.answer is not LineAnswer.PENDING or not line.open_quantity
    }
    lines = [
        AnsweredLine(
            line.line_number,
            _LINES[line.decision],
            _shortened(line.reason or answer.reason),
            line.expected_ship_date,
            back_ordered=line.decision is Decision.BACK_ORDERED,
        )
        for line in answer.lines or ()
        if line.decision in _LINES and line.line_number not in settled
    ]
    if not lines:
        raise SupplierAnsweredBadly(detail="It answered partial, but accepted or rejected no line.")
    return lines


def _shortened(reason: str | None) -> str:
    return (reason or "")[:_REASON_CHARACTERS]
