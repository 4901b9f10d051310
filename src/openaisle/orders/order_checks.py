"""What is wrong with an order that cannot be placed, told line by line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from openaisle.inventory.model import InsufficientStock
from openaisle.kernel.errors import Finding, OpenAisleError
from openaisle.kernel.money import CurrencyMismatch
from openaisle.orders.allocating.model import AllocationDecision, Verdict
from openaisle.orders.commands import NewOrder, NewOrderLine, RequestedDelivery
from openaisle.orders.model import (
    OrderLinesInvalid,
    OrderNotDeliverable,
    OrderOfferNotSellable,
    OrderOfferUnknown,
    RequestedDeliveryInvalid,
)


def require_possible_delivery(*, requested: RequestedDelivery, at: datetime) -> None:
    """Raise RequestedDeliveryInvalid for days that cannot be: none of the calendar, the wrong way round, or past."""
    findings = []
    days: list[date | None] = []
    for name, text in (("not_before", requested.not_before), ("not_after", requested.not_after)):
        try:
            days.append(None if text is None else date.fromisoformat(text))
        except ValueError:
            days.append(None)
            finding = Finding(pointer=f"/requested_delivery/{name}", detail=f"There is no day {text}.", code="invalid")
            findings.append(finding)
    not_before, not_after = days
    if not_after is not None and not findings:
        detail = ""
        # Where it is still yesterday, the day may yet be: the storefront's clock stands wherever its shoppers live.
        if not_after.toordinal() < at.toordinal() - 1:
            detail = f"{not_after} is past."
        elif not_before is not None and not_before > not_after:
            detail = f"{not_before} comes after {not_after}."
        if detail:
            findings.append(Finding(pointer="/requested_delivery/not_after", detail=detail, code="impossible"))
    if findings:
        raise RequestedDeliveryInvalid(detail=" ".join(one.detail for one in findings), findings=findings)


def line_numbers(*, lines: Sequence[NewOrderLine]) -> list[int]:
    """Return the number of each line, counted from 1 where none is given; raises OrderLinesInvalid."""
    findings = []
    numbers: list[int] = []
    given = [line.line_number for line in lines]
    numbered = any(number is not None for number in given)
    for position, line in enumerate(lines):
        if (line.offer_id is None) == (line.product_id is None):
            detail = "Give either offer_id or product_id."
            findings.append(Finding(pointer=f"/lines/{position}", detail=detail, code="offer_or_product"))
        number = line.line_number if numbered else position + 1
        if number is None:
            detail = "Number all lines or none."
            findings.append(Finding(pointer=f"/lines/{position}/line_number", detail=detail, code="missing"))
        elif number in numbers:
            detail = f"Another line has the number {number}."
            findings.append(Finding(pointer=f"/lines/{position}/line_number", detail=detail, code="repeated"))
        else:
            numbers.append(number)
    if findings:
        raise OrderLinesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    return numbers


_ERRORS: dict[Verdict, tuple[type[OpenAisleError], str]] = {
    Verdict.UNKNOWN: (OrderOfferUnknown, "is not offered"),
    Verdict.CURRENCY_DIFFERS: (CurrencyMismatch, "is sold in another currency than the order's"),
    Verdict.OFFER_PAUSED: (OrderOfferNotSellable, "is paused"),
    Verdict.OFFER_WITHDRAWN: (OrderOfferNotSellable, "is withdrawn"),
    Verdict.SUPPLIER_NOT_ACTIVE: (OrderOfferNotSellable, "belongs to a supplier that is not active"),
    Verdict.PRODUCT_NOT_ACTIVE: (OrderOfferNotSellable, "belongs to a product that is not active"),
    Verdict.HAZARDOUS_GOODS_REFUSED: (OrderNotDeliverable, "is hazardous, and its supplier sends no such goods"),
    Verdict.SHIPS_NOT_THERE: (OrderNotDeliverable, "is not shipped there"),
    Verdict.AGE_NOT_PROVEN: (OrderNotDeliverable, "is for shoppers whose age is made sure of"),
    Verdict.SHIPPING_OPTION_MISSING: (OrderNotDeliverable, "is not shipped by that option"),
    Verdict.CAPACITY_REACHED: (OrderNotDeliverable, "belongs to a supplier that takes no more orders that day"),
    Verdict.ARRIVES_TOO_LATE: (OrderNotDeliverable, "would arrive too late"),
    Verdict.NO_STOCK: (InsufficientStock, "has nothing available"),
    Verdict.TOO_LITTLE_STOCK: (InsufficientStock, "has less available than the line wants"),
}
# Of several conditions the answer carries the one that the storefront must mend first.
_FIRST = (OrderOfferUnknown, CurrencyMismatch, OrderOfferNotSellable, InsufficientStock, OrderNotDeliverable)


def refusal_of(*, order: NewOrder, numbers: Sequence[int], decision: AllocationDecision) -> OpenAisleError:
    """Return the error that says for every unfilled line why nobody can fill it."""
    position_of = {number: position for position, number in enumerate(numbers)}
    findings = []
    errors = set()
    for line in decision.unfilled:
        position = position_of[line.line_number]
        wanted = order.lines[position]
        field = "offer_id" if line.fixed else "product_id"
        verdicts = {one.verdict for one in line.assessments} or {Verdict.UNKNOWN}
        # Of a product with several offers the one that came nearest to filling the line is told.
        verdict = next((one for one in reversed(_ERRORS) if one in verdicts), Verdict.UNKNOWN)
        error, told = _ERRORS[verdict]
        errors.add(error)
        available = sum(one.available for one in line.assessments)
        name = wanted.offer_id or wanted.product_id or ""
        detail = f"{name[:64]} {told} ({wanted.quantity} wanted, {available} available)."
        findings.append(Finding(pointer=f"/lines/{position}/{field}", detail=detail, code=verdict.value))
    chosen = next(error for error in _FIRST if error in errors)
    return chosen(detail=f"{len(findings)} of {len(numbers)} lines cannot be filled.", findings=findings)
