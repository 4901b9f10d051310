"""From the portal's flat forms of purchase orders to what the room takes: bounded by the room's own types. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from openaisle.kernel.errors import RequestInvalid
from openaisle.orders.commands import Acknowledgment, NewDelivery, NewShipment, Withdrawal
from openaisle.orders.views import PurchaseOrderLineView

ModelT = TypeVar("ModelT")

_LINE_FIELDS = ("decision", "reason", "date", "substitute")


class PurchaseOrderFormInvalid(RequestInvalid):
    """A field of a form holds what it cannot."""

    code = "purchase-order-form-invalid"
    title = "Something in the form cannot be"
    mend = "Go through the fields once more; detail names the first that does not fit."


def acknowledgment_of(*, form: Mapping[str, str], lines: Iterable[PurchaseOrderLineView]) -> Acknowledgment:
    """Return the answers that a form gives; raises PurchaseOrderFormInvalid.

    The button ``all`` answers every line that awaits one with the same decision, the day ``put_off`` is a later promise
    for all that is accepted and has not left; else each line has its own fields.
    """
    whole, put_off = form.get("all", ""), form.get("put_off", "").strip()
    answers: list[dict[str, Any]] = []
    if put_off:
        answers = [
            {"line_number": line.line_number, "decision": "back_ordered", "expected_ship_date": put_off}
            for line in lines
            if line.answer.value == "accepted" and line.open_quantity
        ]
        lines = ()
    for line in lines:
        given = {name: form.get(f"{name}-{line.line_number}", "").strip() for name in _LINE_FIELDS}
        decision = whole if whole and line.answer.value == "pending" and line.open_quantity else given["decision"]
        if not decision or (whole and decision != whole):
            continue
        answer: dict[str, Any] = {"line_number": line.line_number, "decision": decision, "reason": given["reason"]}
        if given["date"] and not whole:
            answer["expected_ship_date"] = given["date"]
        if decision == "substituted":
            answer["substitute"] = {"supplier_sku": given["substitute"]}
        answers.append(answer)
    if not answers:
        raise PurchaseOrderFormInvalid(detail="No line was answered.")
    return _converted({"lines": answers}, Acknowledgment)


def shipment_of(*, form: Mapping[str, str], lines: Iterable[PurchaseOrderLineView]) -> NewShipment:
    """Return the shipment that a form reports; with no quantity at all it holds everything that is left."""
    body: dict[str, Any] = {
        "carrier": form.get("carrier", "").strip(),
        "tracking_number": form.get("tracking_number", "").strip(),
        "service": form.get("service", "").strip(),
        "lines": _quantities(form=form, lines=lines),
    }
    if form.get("expected_delivery_date", "").strip():
        body["expected_delivery_date"] = form["expected_delivery_date"].strip()
    package = {
        name: _number(text=form.get(name, ""), name=name)
        for name in ("weight_grams", "length_mm", "width_mm", "height_mm")
        if form.get(name, "").strip()
    }
    if package:
        body["packages"] = [package]
    serials = []
    for line in lines:
        numbers = form.get(f"serials-{line.line_number}", "").replace(",", " ").split()
        if numbers:
            serials.append({"line_number": line.line_number, "serial_numbers": numbers})
    return _converted(body | {"serials": serials}, NewShipment)


def withdrawal_of(*, form: Mapping[str, str], lines: Iterable[PurchaseOrderLineView]) -> Withdrawal:
    """Return what a form takes back; with no quantity at all it is everything that is left."""
    body = {"reason": form.get("reason", "").strip(), "lines": _quantities(form=form, lines=lines)}
    return _converted(body, Withdrawal)


def delivery_of(*, form: Mapping[str, str]) -> NewDelivery:
    """Return the delivery that a form reports."""
    return _converted({"shipment_id": form.get("shipment_id") or None}, NewDelivery)


def _quantities(*, form: Mapping[str, str], lines: Iterable[PurchaseOrderLineView]) -> list[dict[str, int]]:
    quantities = {
        line.line_number: _number(text=form.get(f"quantity-{line.line_number}", ""), name=f"line {line.line_number}")
        for line in lines
    }
    return [{"line_number": number, "quantity": quantity} for number, quantity in quantities.items() if quantity]


def _number(*, text: str, name: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise PurchaseOrderFormInvalid(detail=f"{text[:20]!r} at {name} is not a whole number.")
    return int(text)


def _converted(body: dict[str, Any], model: type[ModelT]) -> ModelT:
    try:
        return msgspec.convert(body, model)
    except msgspec.ValidationError as error:
        raise PurchaseOrderFormInvalid(detail=f"{error}.") from None
