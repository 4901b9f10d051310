"""Orders as UBL 2.x Order documents, also those of Peppol BIS Ordering 3: what they say, as our orders say it. Pure.

Source: OASIS Universal Business Language 2.1, document type Order; Peppol BIS Ordering 3, transaction T01.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.markup import MarkupRecord
from openaisle.orders.arriving.drafts import (
    Draft,
    draft_of_fields,
    failed_draft,
    minor_of,
    product_of_gtin,
    product_of_reference,
    unreadable,
)
from openaisle.orders.commands import MAXIMUM_LINES

ORDER_ELEMENTS = frozenset({"Order"})
MAXIMUM_CHARACTERS = 400_000
MAXIMUM_FIELDS = 8_000

_LINE_ITEM = "OrderLine.LineItem."
_LINE_STARTS = f"{_LINE_ITEM}ID"
_OFFER_PREFIX, _PRODUCT_PREFIX = "off_", "prd_"
_DELIVERY = "Delivery."
_LOCATIONS = ("Delivery.DeliveryLocation.Address.", "Delivery.DeliveryAddress.")
_PARTIES = ("Delivery.DeliveryParty.", "OriginatorCustomerParty.Party.", "BuyerCustomerParty.Party.")
_PERIOD = "Delivery.RequestedDeliveryPeriod."

_Fields = Sequence[tuple[str, str]]


def draft_of_ubl(*, place: str, record: MarkupRecord) -> Draft:
    """Return the order of one Order element."""
    reference = _first(record.fields, "ID")
    if record.too_large:
        error = unreadable(detail="The order document is larger than is read.")
        return failed_draft(place=place, reference=reference, error=error)
    try:
        fields = _order(fields=record.fields, reference=reference)
    except OpenAisleError as error:
        return failed_draft(place=place, reference=reference, error=error)
    return draft_of_fields(place=place, fields=fields)


def _order(*, fields: _Fields, reference: str) -> dict[str, Any]:
    currency = _first(fields, "DocumentCurrencyCode")
    order: dict[str, Any] = {"reference": reference, "currency": currency, "ship_to": _ship_to(fields)}
    lines = _split(fields)
    if len(lines) > MAXIMUM_LINES:
        raise unreadable(detail=f"An order has {MAXIMUM_LINES} lines at most.", pointer="/lines", code="too-many")
    order["lines"] = [_line(fields=line, currency=currency) for line in lines]
    _spread_document_amounts(order=order, fields=fields, currency=currency)
    delivery = {
        name: value
        for name, value in (
            ("not_before", _first(fields, f"{_PERIOD}StartDate")),
            ("not_after", _first(fields, f"{_PERIOD}EndDate")),
        )
        if value
    }
    if delivery:
        order["requested_delivery"] = delivery
    contact = _contact(fields)
    if contact:
        order["contact"] = contact
    return order


def _ship_to(fields: _Fields) -> dict[str, Any]:
    root = next((one for one in _LOCATIONS if any(path.startswith(one) for path, _ in fields)), "")
    if not root:
        root = "BuyerCustomerParty.Party.PostalAddress."
    address: dict[str, Any] = {
        "name": _of_parties(fields, "PartyName.Name") or _of_parties(fields, "PartyLegalEntity.RegistrationName"),
        "street_lines": [
            text
            for name in ("StreetName", "AdditionalStreetName", "AddressLine.Line", "Department")
            if (text := _first(fields, f"{root}{name}"))
        ],
        "city": _first(fields, f"{root}CityName"),
        "postal_code": _first(fields, f"{root}PostalZone"),
        "country": _first(fields, f"{root}Country.IdentificationCode"),
    }
    region = _first(fields, f"{root}CountrySubentity")
    phone = _first(fields, "Delivery.DeliveryParty.Contact.Telephone")
    email = _first(fields, "Delivery.DeliveryParty.Contact.ElectronicMail")
    address.update({"region": region, "phone": phone, "email": email})
    return {name: value for name, value in address.items() if value}


def _contact(fields: _Fields) -> dict[str, str]:
    root = "BuyerCustomerParty.Party.Contact."
    told = (
        ("name", _first(fields, f"{root}Name")),
        ("phone", _first(fields, f"{root}Telephone")),
        ("email", _first(fields, f"{root}ElectronicMail")),
    )
    return {name: value for name, value in told if value}


def _line(*, fields: _Fields, currency: str) -> dict[str, Any]:
    line: dict[str, Any] = {"quantity": _quantity(_first(fields, "Quantity")), **_item(fields)}
    number = _first(fields, "ID")
    if number.isascii() and number.isdigit() and len(number) < 6:
        line["line_number"] = int(number)
    base = _quantity(_first(fields, "Price.BaseQuantity") or "1")
    price = minor_of(text=_first(fields, "Price.PriceAmount") or "-", currency=currency)
    if not base or price % base:
        raise unreadable(detail=f"A price for {base} units is no price of one.", pointer="/lines", code="base_quantity")
    line["unit_price_minor"] = price // base
    tax = _first(fields, "TotalTaxAmount")
    if tax:
        line["tax_minor"] = minor_of(text=tax, currency=currency)
    charges, allowances = _charges(fields=fields, prefix="AllowanceCharge.", currency=currency)
    if charges:
        line["shipping_minor"] = charges
    if allowances:
        line["discount_minor"] = allowances
    return line


def _item(fields: _Fields) -> dict[str, str]:
    """Return which offer or product a line names: our own identifiers, a GTIN, or a common reference."""
    for path in ("Item.SellersItemIdentification.ID", "Item.BuyersItemIdentification.ID"):
        text = _first(fields, path)
        if text.startswith(_OFFER_PREFIX):
            return {"offer_id": text}
        if text.startswith(_PRODUCT_PREFIX):
            return {"product_id": text}
    gtin = _first(fields, "Item.StandardItemIdentification.ID")
    if gtin:
        return {"product_id": product_of_gtin(text=gtin)}
    common = _first(fields, "Item.BuyersItemIdentification.ID")
    return {"product_id": product_of_reference(text=common)} if common else {}


def _charges(*, fields: _Fields, prefix: str, currency: str) -> tuple[int, int]:
    """Return the charges and the allowances: each is told by its indicator, which comes before its amount."""
    charges = allowances = 0
    is_charge = False
    for path, text in fields:
        if path == f"{prefix}ChargeIndicator":
            is_charge = text.strip().lower() in {"true", "1"}
        elif path == f"{prefix}Amount":
            amount = minor_of(text=text, currency=currency)
            charges += amount if is_charge else 0
            allowances += 0 if is_charge else amount
    return charges, allowances


def _spread_document_amounts(*, order: dict[str, Any], fields: _Fields, currency: str) -> None:
    """Lay what the document charges as a whole upon its first line, and check it against the total it states."""
    charges, allowances = _charges(fields=fields, prefix="AllowanceCharge.", currency=currency)
    lines: list[dict[str, Any]] = order["lines"]
    if lines and charges:
        lines[0]["shipping_minor"] = lines[0].get("shipping_minor", 0) + charges
    if lines and allowances:
        lines[0]["discount_minor"] = lines[0].get("discount_minor", 0) + allowances
    tax = _first(fields, "TaxTotal.TaxAmount")
    if lines and tax and not any("tax_minor" in line for line in lines):
        lines[0]["tax_minor"] = minor_of(text=tax, currency=currency)
    payable = _first(fields, "AnticipatedMonetaryTotal.PayableAmount")
    if payable:
        order["total_minor"] = minor_of(text=payable, currency=currency)


def _quantity(text: str) -> int:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    # A number that is far too large is refused like any other, and not written out first.
    if not number.is_finite() or number != number.to_integral_value() or not 0 <= number < 10**9:
        raise unreadable(detail=f"{text[:30]!r} is no number of whole units.", pointer="/lines", code="quantity")
    return int(number)


def _split(fields: _Fields) -> list[list[tuple[str, str]]]:
    """Return the fields of each line; a line begins with its identifier, which is its first mandatory element."""
    lines: list[list[tuple[str, str]]] = []
    for path, text in fields:
        if path == _LINE_STARTS:
            lines.append([])
        if path.startswith(_LINE_ITEM) and lines:
            lines[-1].append((path.removeprefix(_LINE_ITEM), text))
    return lines


def _of_parties(fields: _Fields, name: str) -> str:
    return next((text for party in _PARTIES if (text := _first(fields, f"{party}{name}"))), "")


def _first(fields: Iterable[tuple[str, str]], path: str) -> str:
    return next((text for found, text in fields if found == path), "")
