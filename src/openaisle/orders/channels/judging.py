"""Whether an answer is one: each thing that can be wrong with it has a name. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.orders.channels.documents import Decision, PurchaseOrderAnswer, PurchaseOrderDocument
from openaisle.orders.channels.transport import AnswerFinding, Placed

ANSWERED_TWICE = "answered_twice"
PRICE_CHANGED = "price_changed"
QUANTITY_CHANGED = "quantity_changed"
NO_ANSWER = "no_answer"

MEANINGS = {
    ANSWERED_TWICE: "one answer names the purchase order twice, and says different things of it",
    PRICE_CHANGED: "the answer accepts at another price than the one ordered at",
    QUANTITY_CHANGED: "the answer accepts another quantity than the one ordered",
    NO_ANSWER: "the answer does not name the purchase order, or names it unreadably",
}
"""What each finding about an answer means; docs/reference/supplier-api.md shows it."""

_REFUSED = (Decision.REJECTED, Decision.LATER)


def judged(*, documents: Sequence[PurchaseOrderDocument], answers: Sequence[PurchaseOrderAnswer]) -> Placed:
    """Return the answers that can be used, and for each document without one what is wrong.

    What a supplier says of purchase orders that it was not asked about is passed over.
    """
    told: dict[str, list[PurchaseOrderAnswer]] = {}
    for answer in answers:
        told.setdefault(answer.purchase_order_id, []).append(answer)
    usable: dict[str, PurchaseOrderAnswer] = {}
    findings = []
    for document in documents:
        given = told.get(document.purchase_order_id, [])
        finding = _finding(document, given)
        if finding is None:
            usable[document.purchase_order_id] = given[0]
        else:
            findings.append(finding)
    return Placed(answers=usable, findings=findings)


def _finding(document: PurchaseOrderDocument, given: Sequence[PurchaseOrderAnswer]) -> AnswerFinding | None:
    identifier = document.purchase_order_id
    if not given:
        return AnswerFinding(identifier, NO_ANSWER, "The supplier's system gave no usable answer for it.")
    if any(other != given[0] for other in given[1:]):
        said = " and ".join(one.decision.value for one in given[:4])
        return AnswerFinding(identifier, ANSWERED_TWICE, f"One answer said of it {said}.")
    lines = {line.line_number: line for line in document.lines}
    for answered in given[0].lines or ():
        line = lines.get(answered.line_number)
        if line is None:
            # Lines that were canceled meanwhile are no longer in the document; the decision knows them.
            continue
        if answered.decision in _REFUSED:
            continue
        if answered.unit_price_minor not in (None, line.unit_price_minor):
            detail = f"Line {line.line_number} costs {line.unit_price_minor}, not {answered.unit_price_minor}."
            return AnswerFinding(identifier, PRICE_CHANGED, detail)
        if answered.quantity not in (None, line.quantity):
            detail = f"{line.quantity} of line {line.line_number} are ordered, not {answered.quantity}."
            return AnswerFinding(identifier, QUANTITY_CHANGED, detail)
    return None
