"""From flat forms about returns and incidents to what the rooms take: bounded by the rooms' own types. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from openaisle.incidents.commands import NewMessage, Objection
from openaisle.incidents.commands import Settlement as IncidentSettlement
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.money import money_from_decimal_text
from openaisle.returns.commands import NewReceipt, Refusal, Settlement
from openaisle.returns.views import ReturnView

ModelT = TypeVar("ModelT")


class ReturnFormInvalid(RequestInvalid):
    """A field of a form about a return or an incident holds what it cannot."""

    code = "return-form-invalid"
    title = "Something in the form cannot be"
    mend = "Go through the fields once more; detail names the first that does not fit."


def receipt_of(*, form: Mapping[str, str], shown: ReturnView) -> NewReceipt:
    """Return the receipt that a form reports; raises ReturnFormInvalid or AmountUnreadable."""
    lines = []
    for line in shown.lines:
        quantity = _number(form.get(f"quantity-{line.line_number}", ""))
        if quantity:
            lines.append(
                {
                    "line_number": line.line_number,
                    "quantity": quantity,
                    "condition": form.get(f"condition-{line.line_number}", ""),
                    "deduction_minor": _minor(form.get(f"deduction-{line.line_number}", ""), currency=shown.currency),
                    "note": form.get(f"note-{line.line_number}", "").strip(),
                }
            )
    body = {"reference": form.get("reference", ""), "lines": lines, "more_expected": form.get("more") == "yes"}
    return _converted(body, NewReceipt)


def settlement_of(*, form: Mapping[str, str], shown: ReturnView) -> Settlement:
    """Return what is kept of each line by a form; raises ReturnFormInvalid or AmountUnreadable."""
    numbers = {line.line_number for receipt in shown.receipts for line in receipt.lines}
    lines = [
        {
            "line_number": number,
            "deduction_minor": _minor(form.get(f"deduction-{number}", ""), currency=shown.currency),
        }
        for number in sorted(numbers)
    ]
    return _converted({"lines": lines, "reason": form.get("reason", "").strip()}, Settlement)


def refusal_of(*, form: Mapping[str, str]) -> Refusal:
    """Return why something is refused; raises ReturnFormInvalid."""
    return _converted({"reason": form.get("reason", "").strip()}, Refusal)


def message_of(*, form: Mapping[str, str]) -> NewMessage:
    """Return what a form says; raises ReturnFormInvalid."""
    names = ("reference", "text", "audience")
    return _converted({name: form.get(name, "").strip() for name in names}, NewMessage)


def objection_of(*, form: Mapping[str, str]) -> Objection:
    """Return why the operator is to look at something; raises ReturnFormInvalid."""
    return _converted({"reason": form.get("reason", "").strip()}, Objection)


def resolution_of(*, form: Mapping[str, str]) -> IncidentSettlement:
    """Return how a form settles an incident without money; raises ReturnFormInvalid."""
    body = {"outcome": form.get("outcome", ""), "reason": form.get("reason", "").strip()}
    return _converted(body, IncidentSettlement)


def refund_of(*, form: Mapping[str, str], currency: str, line_numbers: Iterable[int]) -> IncidentSettlement:
    """Return how a form settles an incident with money; raises ReturnFormInvalid or AmountUnreadable."""
    lines = []
    for number in line_numbers:
        amount = _minor(form.get(f"amount-{number}", ""), currency=currency)
        shipping = _minor(form.get(f"shipping-{number}", ""), currency=currency)
        if amount or shipping:
            lines.append({"line_number": number, "amount_minor": amount, "shipping_minor": shipping})
    body = {"outcome": "refunded", "reason": form.get("reason", "").strip(), "refund": lines}
    return _converted(body, IncidentSettlement)


def _minor(text: str, *, currency: str) -> int:
    return money_from_decimal_text(text=text, currency=currency).amount_minor if text.strip() else 0


def _number(text: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise ReturnFormInvalid(detail=f"{text[:20]!r} is not a whole number.")
    return int(text)


def _converted(body: dict[str, Any], model: type[ModelT]) -> ModelT:
    try:
        return msgspec.convert(body, model)
    except msgspec.ValidationError as error:
        raise ReturnFormInvalid(detail=f"{error}.") from None
