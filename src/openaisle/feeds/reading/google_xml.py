"""Google Merchant XML (RSS 2.0 and Atom) becomes table ``raw``: the n-th item is row n + 1.

Columns have the names of that format without their prefix. A field that repeats is one cell, its values parted by
commas; one with parts within it (shipping) is written as the format's text files write it, its parts joined by colons.
"""

from __future__ import annotations

from pathlib import Path

from openaisle.catalog.issues import Issue, IssueCode, issue
from openaisle.feeds.reading.encodings import pieces, text_file
from openaisle.feeds.reading.json_rows import RecordColumns, joined
from openaisle.feeds.reading.model import (
    FileFormat,
    FileUnreadable,
    ReadFile,
    Reading,
)
from openaisle.feeds.reading.raw_table import RawTable, refuse_large_cells
from openaisle.kernel.markup import MarkupBroken, MarkupReader, MarkupRecord

_RECORDS = frozenset({"item", "entry", "product", "offer"})
_FIELDS_PER_RECORD = 2_000
# The order in which the format's text files write the parts of a field.
_PARTS = {
    "shipping": ("country", "region", "postal_code", "service", "price"),
    "tax": ("country", "region", "rate", "tax_ship"),
    "installment": ("months", "amount"),
    "loyalty_points": ("name", "points_value", "ratio"),
    "product_detail": ("section_name", "attribute_name", "attribute_value"),
    "certification": ("certification_authority", "certification_name", "certification_code"),
}


def read_google_xml(
    *,
    reading: Reading,
    reader: MarkupReader,
) -> ReadFile:
    """Make the tables of a document that lists items; raises FileUnreadable."""
    workbench, source, limits, hints, rows_maximum = reading
    path, encoding, issues = _in_utf8(path=source.path, folder=workbench.folder, hint=hints.encoding)
    columns = RecordColumns(limits=limits)
    table = RawTable(workbench=workbench, limits=limits)
    complete = True
    try:
        records = reader.records(
            path=path, names=_RECORDS, maximum_characters=limits.row_bytes, maximum_fields=_FIELDS_PER_RECORD
        )
        for number, record in enumerate(records, start=2):
            if rows_maximum is not None and table.row_count >= rows_maximum:
                complete = False
                break
            if record.too_large:
                message = f"The item has more than {limits.row_bytes} characters or {_FIELDS_PER_RECORD} fields."
                table.refuse(row=number, code=IssueCode.ROW_TOO_LARGE, message=message)
            else:
                table.add(row=number, cells=columns.cells(fields=fields_of(record=record)))
    except MarkupBroken as broken:
        raise FileUnreadable(code=IssueCode.DOCUMENT_BROKEN, message=broken.detail) from broken
    finally:
        table.close()
    if not columns.names:
        raise FileUnreadable(code=IssueCode.FILE_EMPTY, message="The document lists no item or entry.")
    count = table.finish(columns=len(columns.names), even=False)
    refused = refuse_large_cells(workbench=workbench, columns=len(columns.names), limits=limits)
    return ReadFile(
        format=FileFormat.GOOGLE_XML,
        headers=columns.names,
        header_row=1,
        row_count=count + table.unreadable_count,
        unreadable_count=table.unreadable_count + refused,
        packed_by=source.packed_by,
        encoding=encoding,
        issues=issues,
        complete=complete,
    )


def fields_of(*, record: MarkupRecord) -> dict[str, str]:
    """Return the cells of an item by the names of the format's columns."""
    values: dict[str, list[str]] = {}
    parts: dict[str, list[dict[str, str]]] = {}
    for path, text in record.fields:
        name, _, part = path.partition(".")
        if not part:
            values.setdefault(name, []).append(text)
            continue
        groups = parts.setdefault(name, [{}])
        if part in groups[-1]:
            groups.append({})
        groups[-1][part] = text
    for name, groups in parts.items():
        values.setdefault(name, []).extend(_colons(name, group) for group in groups)
    return {name: joined(texts=texts) for name, texts in values.items()}


def _colons(name: str, group: dict[str, str]) -> str:
    usual = _PARTS.get(name, ())
    if not set(group) <= set(usual):
        return ":".join(group.values())
    # Only shipping has a part that is rarely given; the others keep their places.
    written = [part for part in usual if part in group or part != "postal_code"]
    return ":".join(group.get(part, "") for part in written)


def _in_utf8(*, path: Path, folder: Path, hint: str | None) -> tuple[Path, str, tuple[Issue, ...]]:
    """Return a path to the document in UTF-8: as it is, or as a copy in which broken characters are replaced."""
    with path.open("rb") as file:
        start = file.read(200)
    declared = _declared(start)
    text = text_file(path=path, folder=folder, hint=hint or declared)
    if text.scan.is_utf8 and not text.scan.has_nul:
        return text.path, text.encoding, text.issues
    clean = folder / "clean.xml"
    replaced = 0
    with clean.open("wb") as target:
        rest = b""
        for piece in pieces(path=text.path):
            # Cut behind a tag, so that no character is torn in two.
            whole, mark, rest_after = (rest + piece).rpartition(b">")
            decoded = (whole + mark).decode("utf-8", "replace").replace("\x00", "\ufffd")
            replaced += decoded.count("\ufffd")
            target.write(decoded.encode())
            rest = rest_after
        target.write(rest.decode("utf-8", "replace").replace("\x00", "\ufffd").encode())
    message = f"About {replaced} characters of the document are not UTF-8; they were replaced."
    told = issue(code=IssueCode.ENCODING_BROKEN, field="", message=message)
    return clean, text.encoding, (*text.issues, told)


def _declared(start: bytes) -> str | None:
    """Return the encoding that a document of single bytes declares, None for UTF-8 and what marks itself."""
    head = start.lower()
    for quote in (b'"', b"'"):
        _, found, rest = head.partition(b"encoding=" + quote)
        if found:
            name = rest.partition(quote)[0].decode("ascii", "replace")
            if name in {"utf-8", "utf8", "utf-16", "us-ascii"}:
                return None
            return "windows-1252" if name in {"iso-8859-1", "latin1", "latin-1"} else name
    return None
