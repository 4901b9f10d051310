"""From what a file or an event says to an order: one that cannot be read loses no other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from openaisle.catalog.model import product_identifier
from openaisle.kernel.errors import Finding, OpenAisleError
from openaisle.kernel.findings import finding_of, unstorable_text
from openaisle.kernel.gtin import normalized_gtin
from openaisle.kernel.money import money_from_decimal_text
from openaisle.orders.arriving.model import OrderUnreadable
from openaisle.orders.commands import NewOrder

_REFERENCE_CHARACTERS = 100
_BUILTINS = (bytes, bytearray, memoryview)


class Draft(NamedTuple):
    """An order as it was read, or the error that says why it could not be."""

    place: str
    reference: str
    order: NewOrder | None
    error: OpenAisleError | None = None


def draft_of_json(*, place: str, content: bytes) -> Draft:
    """Return the order of a JSON object."""
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _failed(place=place, reference="", detail=f"It is no JSON: {str(error)[:200]}.")
    if not isinstance(value, dict):
        return _failed(place=place, reference="", detail="It is no JSON object.")
    return draft_of_fields(place=place, fields=value)


def draft_of_fields(*, place: str, fields: Mapping[str, Any], strict: bool = True) -> Draft:
    """Return the order of decoded fields; unless ``strict``, numbers and truth may be told as text."""
    named = fields.get("reference")
    reference = named[:_REFERENCE_CHARACTERS] if isinstance(named, str) else ""
    unstorable = unstorable_text(value=fields)
    if unstorable is not None:
        return _failed(place=place, reference="", detail=unstorable.detail, finding=unstorable)
    try:
        order = msgspec.convert(fields, NewOrder, strict=strict, builtin_types=_BUILTINS)
    except msgspec.ValidationError as error:
        finding = finding_of(message=str(error))
        where = f" at {finding.pointer}" if finding.pointer else ""
        return _failed(
            place=place, reference=reference, detail=f"It does not fit{where}: {finding.detail}", finding=finding
        )
    except RecursionError:
        return _failed(place=place, reference=reference, detail="It is nested too deeply.")
    return Draft(place, order.reference, order)


def failed_draft(*, place: str, reference: str, error: OpenAisleError) -> Draft:
    """Return the draft of an order that an error keeps from being one."""
    return Draft(place, reference[:_REFERENCE_CHARACTERS], None, error)


def product_of_gtin(*, text: str) -> str:
    """Return the product that a GTIN names; raises GtinInvalid."""
    return product_identifier(gtin=normalized_gtin(text=text), product_reference=None, supplier_id="", supplier_sku="")


def product_of_reference(*, text: str) -> str:
    """Return the product that a common reference of operator or suppliers names."""
    return product_identifier(gtin=None, product_reference=text, supplier_id="", supplier_sku="")


def minor_of(*, text: str, currency: str) -> int:
    """Return the minor units of a decimal; raises AmountUnreadable or CurrencyUnknown."""
    return money_from_decimal_text(text=text, currency=currency).amount_minor


def unreadable(*, detail: str, pointer: str = "", code: str = "invalid") -> OrderUnreadable:
    """Return the error of an order that cannot be read at ``pointer``."""
    findings = (Finding(pointer=pointer, detail=detail, code=code),) if pointer else ()
    return OrderUnreadable(detail=detail, findings=findings)


def _failed(*, place: str, reference: str, detail: str, finding: Finding | None = None) -> Draft:
    error = OrderUnreadable(detail=detail, findings=() if finding is None else (finding,))
    return Draft(place, reference, None, error)
