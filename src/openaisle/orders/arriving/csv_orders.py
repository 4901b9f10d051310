"""Orders as CSV: one row for each line of an order, rows of one reference make one order. Pure."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from openaisle.kernel.errors import OpenAisleError
from openaisle.orders.arriving.drafts import (
    Draft,
    draft_of_fields,
    failed_draft,
    minor_of,
    product_of_gtin,
    product_of_reference,
    unreadable,
)
from openaisle.orders.arriving.model import MAXIMUM_ORDERS_PER_FILE, OrderFileTooLarge, OrderFileUnreadable
from openaisle.orders.commands import MAXIMUM_LINES

_DELIMITERS = (",", ";", "\t", "|")
_CELL_CHARACTERS = 4_000

# Of the order: the same in each of its rows, or empty in all but the first.
_ORDER = {
    "currency": "currency",
    "shipping_option": "shipping_option",
    "payment_reference": "payment_reference",
    "shopper_age": "shopper_age",
    "prices_include_tax": "prices_include_tax",
    "total_minor": "total_minor",
}
_SHIP_TO = {
    "name": "name",
    "city": "city",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country",
    "phone": "phone",
    "email": "email",
}
_STREETS = ("street", "street_2", "street_3", "street_4")
_CONTACT = {
    "contact_name": "name",
    "contact_email": "email",
    "contact_phone": "phone",
    "contact_language": "language",
}
_DELIVERY = {"not_before": "not_before", "not_after": "not_after"}
_LINE = ("line_number", "offer_id", "product_id", "quantity")
_AMOUNTS = ("unit_price", "shipping", "tax", "discount")
_PRODUCT_NAMES = ("gtin", "product_reference")
_SHARED = (*_ORDER, *_SHIP_TO, *_STREETS, *_CONTACT, *_DELIVERY, "total")
COLUMNS = frozenset(
    ("reference", *_SHARED, *_LINE, *_PRODUCT_NAMES, *_AMOUNTS, *(f"{name}_minor" for name in _AMOUNTS))
)

_Row = tuple[int, dict[str, str]]


def read_csv(*, text: str) -> list[Draft]:
    """Return the orders of a CSV text in the order of their first rows.

    Raises OrderFileUnreadable or OrderFileTooLarge for what concerns the whole file.
    """
    orders: dict[str, list[_Row]] = {}
    nameless: list[int] = []
    for number, row in _rows(text=text):
        reference = row.get("reference", "")
        if reference:
            orders.setdefault(reference, []).append((number, row))
        else:
            nameless.append(number)
        if len(orders) + len(nameless) > MAXIMUM_ORDERS_PER_FILE:
            raise OrderFileTooLarge(detail=f"A file may hold {MAXIMUM_ORDERS_PER_FILE:,} orders.")
    drafts = [_draft(reference=reference, rows=rows) for reference, rows in orders.items()]
    drafts += [
        failed_draft(
            place=str(number),
            reference="",
            error=unreadable(detail="The row has no reference.", pointer="/reference", code="missing-field"),
        )
        for number in nameless
    ]
    return sorted(drafts, key=lambda draft: int(draft.place))


def _rows(*, text: str) -> list[_Row]:
    lines = text.splitlines(keepends=True)
    header_line = lines[0] if lines else ""
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[_Row] = []
    try:
        header = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
        _require_header(header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise OrderFileUnreadable(detail=f"Row {reader.line_num} has more cells than there are columns.")
            named = zip(header, cells, strict=False)
            rows.append((reader.line_num, {name: cell.strip()[:_CELL_CHARACTERS] for name, cell in named}))
    except csv.Error as error:
        raise OrderFileUnreadable(detail=f"Row {reader.line_num} is no CSV: {error}.") from None
    if not rows:
        raise OrderFileUnreadable(detail="The file holds no order.")
    return rows


def _require_header(header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or len(set(header)) != len(header):
        told = f"There is no column {unknown[0][:60]!r}." if unknown else "A column is named twice."
        raise OrderFileUnreadable(detail=told)
    if "reference" not in header:
        raise OrderFileUnreadable(detail="There is no column 'reference'.")


def _draft(*, reference: str, rows: Sequence[_Row]) -> Draft:
    place = str(rows[0][0])
    try:
        shared = _shared(rows)
        if len(rows) > MAXIMUM_LINES:
            raise unreadable(detail=f"An order has {MAXIMUM_LINES} lines at most.", pointer="/lines", code="too-many")
        fields = _fields(reference=reference, shared=shared)
        fields["lines"] = [_line(row=row, currency=shared.get("currency", "")) for _, row in rows]
    except OpenAisleError as error:
        return failed_draft(place=place, reference=reference, error=error)
    return draft_of_fields(place=place, fields=fields, strict=False)


def _shared(rows: Sequence[_Row]) -> dict[str, str]:
    shared: dict[str, str] = {}
    for number, row in rows:
        for name in _SHARED:
            value = row.get(name, "")
            if value and shared.setdefault(name, value) != value:
                raise unreadable(
                    detail=f"Row {number} says {name} otherwise than the rows before.",
                    pointer=f"/{name}",
                    code="rows_differ",
                )
    return shared


def _fields(*, reference: str, shared: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"reference": reference}
    fields.update({field: shared[column] for column, field in _ORDER.items() if column in shared})
    ship_to: dict[str, Any] = {field: shared[column] for column, field in _SHIP_TO.items() if column in shared}
    ship_to["street_lines"] = [shared[column] for column in _STREETS if column in shared]
    fields["ship_to"] = ship_to
    contact = {field: shared[column] for column, field in _CONTACT.items() if column in shared}
    if contact:
        fields["contact"] = contact
    delivery = {field: shared[column] for column, field in _DELIVERY.items() if column in shared}
    if delivery:
        fields["requested_delivery"] = delivery
    if "total" in shared:
        fields["total_minor"] = minor_of(text=shared["total"], currency=shared.get("currency", ""))
    return fields


def _line(*, row: Mapping[str, str], currency: str) -> dict[str, Any]:
    line: dict[str, Any] = {name: row[name] for name in _LINE if row.get(name)}
    if row.get("gtin"):
        line["product_id"] = product_of_gtin(text=row["gtin"])
    elif row.get("product_reference"):
        line["product_id"] = product_of_reference(text=row["product_reference"])
    for name in _AMOUNTS:
        if row.get(f"{name}_minor"):
            line[f"{name}_minor"] = row[f"{name}_minor"]
        elif row.get(name):
            line[f"{name}_minor"] = minor_of(text=row[name], currency=currency)
    return line
