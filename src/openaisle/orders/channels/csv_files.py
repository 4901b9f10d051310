"""The CSV files that go between us and suppliers: written safe for spreadsheets, read row by row. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.spreadsheets import formula_safe
from openaisle.orders.channels.documents import CancellationDocument, PurchaseOrderDocument
from openaisle.orders.commands import RequestedDelivery

PURCHASE_ORDER_COLUMNS = (
    "purchase_order_id",
    "order_reference",
    "created_at",
    "acknowledge_by",
    "currency",
    "line_number",
    "supplier_sku",
    "quantity",
    "unit_price_minor",
    "shipping_minor",
    "name",
    "street_1",
    "street_2",
    "street_3",
    "street_4",
    "city",
    "region",
    "postal_code",
    "country",
    "phone",
    "email",
    # What came later stands behind, so that who counts columns finds the earlier ones where they were.
    "shipping_option",
    "requested_not_before",
    "requested_not_after",
    "address_number",
)
CANCELLATION_COLUMNS = (
    "cancellation_id",
    "purchase_order_id",
    "order_reference",
    "reason",
    "line_number",
    "supplier_sku",
    "canceled_quantity",
    "remaining_quantity",
)
ROWS_MAXIMUM = 10_000
CELL_CHARACTERS_MAXIMUM = 1_000
_DELIMITERS = (",", ";", "\t", "|")
_COLUMNS_MAXIMUM = 60


class SupplierFileKind(StrEnum):
    """What a supplier's file is about; its columns tell."""

    ACKNOWLEDGMENTS = "acknowledgments"
    SHIPMENTS = "shipments"
    INVENTORY = "inventory"


NEEDED_COLUMNS: Mapping[SupplierFileKind, tuple[str, ...]] = {
    SupplierFileKind.ACKNOWLEDGMENTS: ("purchase_order_id", "decision"),
    SupplierFileKind.SHIPMENTS: ("purchase_order_id", "carrier", "tracking_number"),
    SupplierFileKind.INVENTORY: ("supplier_sku", "on_hand"),
}


class SupplierFileInvalid(RequestInvalid):
    """A file is no CSV file that we know, or too long."""

    code = "supplier-file-invalid"
    title = "The file cannot be read"
    mend = "Write a header with the columns that docs/reference/supplier-files.md lists, in UTF-8."


class SupplierRow(NamedTuple):
    """A row with its place in the file, counted from 1 with the header, and its cells by column."""

    number: int
    cells: Mapping[str, str]


class SupplierFile(NamedTuple):
    """A file that was read."""

    kind: SupplierFileKind
    rows: Sequence[SupplierRow]


def purchase_order_file(*, document: PurchaseOrderDocument) -> bytes:
    """Return a purchase order as CSV, a row for each line; amounts in minor units."""
    place = document.ship_to
    if place is None:
        coarse = document.destination
        address = ["", "", "", "", "", "", coarse.region, coarse.postal_code, coarse.country, "", ""]
    else:
        streets = [*place.street_lines, "", "", "", ""][:4]
        where = [place.city, place.region, place.postal_code, place.country, place.phone, place.email]
        address = [place.name, *streets, *where]
    head = [
        document.purchase_order_id,
        document.order_reference,
        document.created_at,
        document.acknowledge_by,
        document.currency,
    ]
    days = document.requested_delivery or RequestedDelivery()
    wishes = [document.shipping_option or "", days.not_before or "", days.not_after or "", document.address_number]
    rows = [
        [
            *head,
            line.line_number,
            line.supplier_sku,
            line.quantity,
            line.unit_price_minor,
            line.shipping_minor,
            *address,
            *wishes,
        ]
        for line in document.lines
    ]
    return _written(columns=PURCHASE_ORDER_COLUMNS, rows=rows)


def cancellation_file(*, document: CancellationDocument) -> bytes:
    """Return a cancellation as CSV, a row for each line of which something is canceled."""
    head = [document.cancellation_id, document.purchase_order_id, document.order_reference, document.reason]
    rows = [
        [*head, line.line_number, line.supplier_sku, line.canceled_quantity, line.remaining_quantity]
        for line in document.lines
    ]
    return _written(columns=CANCELLATION_COLUMNS, rows=rows)


def read_supplier_file(*, content: bytes) -> SupplierFile:
    """Return what a file says; raises SupplierFileInvalid."""
    text = _text(content)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        columns = [_column(cell) for cell in header[:_COLUMNS_MAXIMUM]]
        kind = _kind(columns)
        rows: list[SupplierRow] = []
        for number, cells in enumerate(reader, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= ROWS_MAXIMUM:
                raise SupplierFileInvalid(detail=f"The file has more than {ROWS_MAXIMUM:,} rows; send it in parts.")
            pairs = zip(columns, cells, strict=False)
            rows.append(SupplierRow(number, {name: _cell(cell) for name, cell in pairs if name}))
    except csv.Error as error:
        raise SupplierFileInvalid(detail=f"It is no CSV file: {error}.") from None
    return SupplierFile(kind=kind, rows=rows)


def _kind(columns: Sequence[str]) -> SupplierFileKind:
    if len(set(columns)) < len([name for name in columns if name]):
        raise SupplierFileInvalid(detail="A column stands in the header twice.")
    for kind, needed in NEEDED_COLUMNS.items():
        if set(needed) <= set(columns):
            return kind
    known = "; ".join(f"{kind}: {', '.join(needed)}" for kind, needed in NEEDED_COLUMNS.items())
    found = ", ".join(columns)[:200]
    finding = Finding(pointer="", detail=f"The header is: {found}.", code="unknown_columns")
    raise SupplierFileInvalid(detail=f"The header is of no file that we know ({known}).", findings=(finding,))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of the west write when nobody asks them for UTF-8; it reads any byte.
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise SupplierFileInvalid(detail="It is no text file.")
    return text


def _column(cell: str) -> str:
    return "_".join(cell.strip().lower().replace("-", " ").split())[:60]


def _cell(text: str) -> str:
    cell = text.strip()[:CELL_CHARACTERS_MAXIMUM]
    # What we wrote safe for spreadsheets comes back as we wrote it.
    return cell[1:] if cell.startswith("'") and formula_safe(text=cell[1:]) == cell else cell


def _written(*, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue().encode()


def _safe(cell: object) -> object:
    return formula_safe(text=cell) if isinstance(cell, str) else "" if cell is None else cell
