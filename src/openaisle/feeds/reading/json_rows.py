"""JSON Lines, and an array of objects, become table ``raw``: the n-th object is row n + 1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.encodings import TextFile, pieces, text_file
from openaisle.feeds.reading.model import (
    FileFormat,
    FileUnreadable,
    ReadFile,
    Reading,
    ReadingLimits,
)
from openaisle.feeds.reading.raw_table import RawTable, refuse_large_cells
from openaisle.feeds.reading.spreadsheet_rows import number_text

_MARK = b"\xef\xbb\xbf"
_SHOWN_CHARACTERS = 80
_DEPTH_MAXIMUM = 8
_PIECE_CHARACTERS = 262_144
_BETWEEN_VALUES = re.compile(r"[\s,]*")


class RecordColumns:
    """The columns of records that name their own fields: each name gets the next column when it first appears."""

    def __init__(self, *, limits: ReadingLimits) -> None:
        """Take the most columns there may be."""
        self._limits = limits
        self._indexes: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names so far, in the order of their columns."""
        return tuple(self._indexes)

    def cells(self, *, fields: dict[str, str]) -> list[str]:
        """Return the cells of a record; raises FileUnreadable if there are too many columns."""
        indexes = self._indexes
        for name in fields:
            if name not in indexes:
                if len(indexes) >= self._limits.columns:
                    message = f"The records have more than {self._limits.columns} different fields."
                    raise FileUnreadable(code=IssueCode.COLUMNS_TOO_MANY, message=message)
                indexes[name] = len(indexes)
        cells = [""] * len(indexes)
        for name, text in fields.items():
            cells[indexes[name]] = text
        return cells


def read_json(
    *,
    reading: Reading,
) -> ReadFile:
    """Make the tables of a file of JSON objects; raises FileUnreadable."""
    workbench, source, limits, hints, rows_maximum = reading
    file = text_file(path=source.path, folder=workbench.folder, hint=hints.encoding)
    columns = RecordColumns(limits=limits)
    table = RawTable(workbench=workbench, limits=limits)
    try:
        complete = _fill(table=table, columns=columns, file=file, limits=limits, rows_maximum=rows_maximum)
    finally:
        table.close()
    if not columns.names:
        message = f"None of the {table.row_count} lines is a JSON object."
        code = IssueCode.RECORD_UNREADABLE if table.row_count else IssueCode.FILE_EMPTY
        raise FileUnreadable(code=code, message=message)
    count = table.finish(columns=len(columns.names), even=False)
    refused = refuse_large_cells(workbench=workbench, columns=len(columns.names), limits=limits)
    return ReadFile(
        format=FileFormat.JSON_LINES,
        headers=columns.names,
        header_row=1,
        row_count=count + table.unreadable_count,
        unreadable_count=table.unreadable_count + refused,
        packed_by=source.packed_by,
        encoding=file.encoding,
        issues=file.issues,
        complete=complete,
    )


def _fill(
    *, table: RawTable, columns: RecordColumns, file: TextFile, limits: ReadingLimits, rows_maximum: int | None
) -> bool:
    decoder = msgspec.json.Decoder()
    number = 1
    for line in _documents(file=file, limits=limits):
        number += 1
        if rows_maximum is not None and table.row_count >= rows_maximum:
            return False
        if line is None:
            message = f"The record has more than {limits.row_bytes} bytes."
            table.refuse(row=number, code=IssueCode.ROW_TOO_LARGE, message=message)
            continue
        try:
            record = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            message = f"The line is no JSON ({error}): {line[:_SHOWN_CHARACTERS].decode('utf-8', 'replace')!r}."
            table.refuse(row=number, code=IssueCode.RECORD_UNREADABLE, message=message)
            continue
        if not isinstance(record, dict):
            message = f"The line is no JSON object: {line[:_SHOWN_CHARACTERS].decode('utf-8', 'replace')!r}."
            table.refuse(row=number, code=IssueCode.RECORD_UNREADABLE, message=message)
            continue
        fields: dict[str, str] = {}
        _flatten(record, prefix="", fields=fields, depth=0)
        table.add(row=number, cells=columns.cells(fields=fields))
    return True


def _flatten(record: dict[str, object], *, prefix: str, fields: dict[str, str], depth: int) -> None:
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < _DEPTH_MAXIMUM:
            _flatten(value, prefix=f"{name}.", fields=fields, depth=depth + 1)
        else:
            fields[name] = _text(value)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value.replace("\x00", "")
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(number=value)
        case list() if not any(isinstance(one, dict | list) for one in value):
            return joined(texts=[_text(one) for one in value])
        case _:
            return msgspec.json.encode(value).decode()


def joined(*, texts: list[str]) -> str:
    """Return several values as one cell, parted by commas; those within addresses are written as addresses do."""
    if len(texts) == 1:
        return texts[0]
    return ",".join(text.replace(",", "%2C") if "://" in text else text for text in texts)


def _documents(*, file: TextFile, limits: ReadingLimits) -> Iterator[bytes | None]:
    """Yield the documents of a file, None for one that is too large."""
    with file.path.open("rb") as opened:
        start = opened.read(1_024).removeprefix(_MARK).lstrip()
    if start.startswith(b"["):
        yield from _elements(file=file, limits=limits)
        return
    waiting, skipping = b"", False
    for piece in pieces(path=file.path):
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            if skipping:
                skipping = False
            elif len(line) > limits.row_bytes:
                yield None
            elif line.strip():
                yield line.removeprefix(_MARK)
        if len(waiting) > limits.row_bytes:
            if not skipping:
                yield None
            skipping, waiting = True, b""
    if waiting.strip() and not skipping:
        yield waiting.removeprefix(_MARK)


def _elements(*, file: TextFile, limits: ReadingLimits) -> Iterator[bytes]:
    """Yield the objects of an array as documents of their own."""
    decoder = json.JSONDecoder()
    waiting = ""
    ended = False
    with file.path.open(encoding="utf-8-sig", errors="replace") as text:
        opening = text.read(_PIECE_CHARACTERS).lstrip()[1:]
        while piece := opening or text.read(_PIECE_CHARACTERS):
            opening = ""
            waiting += piece
            position = 0
            while True:
                position = _after_separators(waiting, position)
                if waiting[position : position + 1] == "]":
                    ended = True
                try:
                    value, position = decoder.raw_decode(waiting, position)
                except (json.JSONDecodeError, RecursionError):
                    break
                yield msgspec.json.encode(value)
            waiting = waiting[position:]
            if ended or len(waiting) > limits.row_bytes + _PIECE_CHARACTERS:
                break
    if not ended:
        message = f"The JSON array breaks off or is not well-formed near {waiting[:_SHOWN_CHARACTERS]!r}."
        raise FileUnreadable(code=IssueCode.DOCUMENT_BROKEN, message=message)


def _after_separators(text: str, position: int) -> int:
    found = _BETWEEN_VALUES.match(text, position)
    return found.end() if found else position
