"""One line and one answer of its supplier: what the line becomes, or why it cannot. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.times import sortable_time
from openaisle.orders.purchase_order import (
    AcknowledgmentRefused,
    LineAnswer,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    ReplacedOffer,
)
from openaisle.orders.shipping.deadlines import end_of_day
from openaisle.orders.shipping.policy import ShippingPolicy


class Substitute(NamedTuple):
    """Another offer of the same supplier, and the location that ships it, to fill a line with.

    ``is_same_product``: it is the product that was ordered, in the same condition.
    """

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


class AcknowledgedAfterCancellation(AcknowledgmentRefused):
    """The supplier answers for what was canceled before it did."""

    code = "acknowledged-after-cancellation"
    title = "That was canceled before it was answered"
    mend = "Ship nothing of it: it is not wanted any more. Read the purchase order again."


class PriceChanged(AcknowledgmentRefused):
    """The supplier accepts at another price than the shopper paid."""

    code = "price-changed"
    title = "The price of a line cannot be changed"
    mend = "Accept at the price of the purchase order, or reject the line."


class ShipDateInvalid(RequestInvalid):
    """A promised day of shipping that is no day, has passed, or is missing where one is needed."""

    code = "ship-date-invalid"
    title = "That is not a day on which it can leave"
    mend = "Send a day from today on as 2026-11-30; a back-ordered line needs one."


class BackOrderTooLate(AcknowledgmentRefused):
    """The promised day lies further ahead than the operator allows."""

    code = "back-order-too-late"
    title = "That is later than the operator allows"
    mend = "Promise an earlier day, or reject the line; it then goes to another supplier."


class SubstituteRefused(AcknowledgmentRefused):
    """The operator does not allow such a substitute, or the line cannot have one."""

    code = "substitute-refused"
    title = "The line cannot be filled with that"
    mend = "Accept the line as ordered, or reject it; it then goes to another supplier."


class Answering(NamedTuple):
    """The circumstances of an answer: the purchase order, where in the request the line stands, when, which policy."""

    purchase_order: PurchaseOrder
    position: int
    at: str
    policy: ShippingPolicy


def answered_line(*, line: PurchaseOrderLine, answer: AnsweredLine, case: Answering) -> PurchaseOrderLine:
    """Return the line after the answer, or the very same if it said so before; raises what forbids the answer."""
    if answer.answer is LineAnswer.ACCEPTED and answer.unit_price_minor not in {None, line.unit_price_minor}:
        detail = f"Line {line.line_number} costs {line.unit_price_minor}, not {answer.unit_price_minor}."
        raise PriceChanged(detail=detail, findings=(_finding(case, detail, "price_changed", "/unit_price_minor"),))
    if answer.answer is LineAnswer.ACCEPTED and _is_accepted_so(line=line, answer=answer):
        return _postponed(line=line, answer=answer, case=case)
    if line.answer is answer.answer and answer.substitute is None:
        return line
    _require_answerable(line=line, answer=answer, case=case)
    if answer.answer is not LineAnswer.ACCEPTED:
        return msgspec.structs.replace(_restored(line), answer=answer.answer, reason=answer.reason)
    dated = _dated(line=line, answer=answer, case=case)
    return dated if answer.substitute is None else _substituted(line=dated, substitute=answer.substitute, case=case)


def refused_substitute(*, line: PurchaseOrderLine, reason: str) -> PurchaseOrderLine:
    """Return a line whose proposed substitute nobody wants: rejected, and as it was ordered."""
    return msgspec.structs.replace(_restored(line), answer=LineAnswer.REJECTED, reason=reason)


def _is_accepted_so(*, line: PurchaseOrderLine, answer: AnsweredLine) -> bool:
    """Return whether the line was accepted before, with the same offer as now."""
    wanted = answer.substitute
    if wanted is None:
        return line.answer is LineAnswer.ACCEPTED
    same = (wanted.offer_id, wanted.location) == (line.offer_id, line.location)
    return same and line.answer in {LineAnswer.ACCEPTED, LineAnswer.PROPOSED}


def _postponed(*, line: PurchaseOrderLine, answer: AnsweredLine, case: Answering) -> PurchaseOrderLine:
    """Return an accepted line with a new promise; the same promise again, or none, changes nothing."""
    told = answer.expected_ship_date
    same = line.back_ordered and told == line.expected_ship_date
    if line.answer is not LineAnswer.ACCEPTED or not line.open_quantity or not answer.back_ordered or same:
        return line
    return _dated(line=line, answer=answer, case=case)


def _dated(*, line: PurchaseOrderLine, answer: AnsweredLine, case: Answering) -> PurchaseOrderLine:
    text, pointer = answer.expected_ship_date, "/expected_ship_date"
    if text is None:
        if answer.back_ordered:
            detail = f"Line {line.line_number} is back-ordered without a day."
            raise ShipDateInvalid(detail=detail, findings=(_finding(case, detail, "missing", pointer),))
        return msgspec.structs.replace(line, answer=answer.answer, reason=answer.reason)
    today, ordered_on = date.fromisoformat(case.at[:10]), date.fromisoformat(case.purchase_order.created_at[:10])
    try:
        day: date | None = date.fromisoformat(text)
    except ValueError:
        day = None
    # A day that is over in UTC may go on elsewhere.
    if day is None or (answer.back_ordered and day < today - timedelta(days=1)):
        detail = f"{text[:20]} is not a day on which line {line.line_number} can leave."
        raise ShipDateInvalid(detail=detail, findings=(_finding(case, detail, "invalid", pointer),))
    last = ordered_on + timedelta(days=case.policy.back_order_days_maximum)
    if day > max(last, today):
        detail = f"Line {line.line_number} must leave by {max(last, today).isoformat()}."
        raise BackOrderTooLate(detail=detail, findings=(_finding(case, detail, "too_late", pointer),))
    ship_by = end_of_day(day)
    return msgspec.structs.replace(
        line,
        answer=answer.answer,
        reason=answer.reason,
        expected_ship_date=text,
        back_ordered=answer.back_ordered,
        # A day named in passing that is over already promises nothing.
        ship_by=ship_by if ship_by > case.at else line.ship_by,
        late_at="" if ship_by > case.at else line.late_at,
    )


def _substituted(*, line: PurchaseOrderLine, substitute: Substitute, case: Answering) -> PurchaseOrderLine:
    policy = case.policy
    allowed = policy.substitutes_of_the_product if substitute.is_same_product else policy.substitutes_with_consent
    if not allowed:
        kind = "another offer of the product" if substitute.is_same_product else "another product"
        detail = f"The operator does not allow to fill line {line.line_number} with {kind}."
        raise SubstituteRefused(detail=detail, findings=(_finding(case, detail, "not_allowed", "/substitute"),))
    if (substitute.offer_id, substitute.location) == (line.offer_id, line.location):
        return line
    return msgspec.structs.replace(
        line,
        answer=LineAnswer.ACCEPTED if substitute.is_same_product else LineAnswer.PROPOSED,
        product_id=substitute.product_id,
        offer_id=substitute.offer_id,
        supplier_sku=substitute.supplier_sku,
        location=substitute.location,
        consent_by="" if substitute.is_same_product else _hours_after(case.at, policy.consent_hours),
        replaced=ReplacedOffer(
            product_id=line.product_id,
            offer_id=line.offer_id,
            supplier_sku=line.supplier_sku,
            location=line.location,
            offered_price_minor=substitute.price_minor,
        ),
    )


def _restored(line: PurchaseOrderLine) -> PurchaseOrderLine:
    """Return a line with what was ordered back in its place; one that was not replaced as it is."""
    replaced = line.replaced
    if replaced is None:
        return line
    return msgspec.structs.replace(
        line,
        product_id=replaced.product_id,
        offer_id=replaced.offer_id,
        supplier_sku=replaced.supplier_sku,
        location=replaced.location,
        replaced=None,
        consent_by="",
    )


def _require_answerable(*, line: PurchaseOrderLine, answer: AnsweredLine, case: Answering) -> None:
    withdraws = line.answer is LineAnswer.PROPOSED and answer.answer is LineAnswer.REJECTED
    if line.open_quantity and (line.answer is LineAnswer.PENDING or withdraws):
        return
    canceled = line.answer is LineAnswer.PENDING or case.purchase_order.state is PurchaseOrderState.CANCELED
    told = "canceled" if canceled else line.answer
    detail = f"Line {line.line_number} is already {told}; it cannot be {answer.answer}."
    error = AcknowledgedAfterCancellation if canceled else AcknowledgmentRefused
    raise error(detail=detail, findings=(_finding(case, detail, "answered_otherwise"),))


def _hours_after(at: str, hours: int) -> str:
    return sortable_time(datetime.fromisoformat(at) + timedelta(hours=hours))


def _finding(case: Answering, detail: str, code: str, field: str = "") -> Finding:
    return Finding(pointer=f"/lines/{case.position}{field}", detail=detail, code=code)
