"""Rows of a delimited text, whatever is wrong with it: each is read or told of, and none costs another.

Blocks in which all is well are read by the standard library's reader as wholes; the others line by line.
"""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.encodings import TextFile, pieces
from openaisle.feeds.reading.model import ReadingLimits
from openaisle.feeds.reading.raw_table import RawTable

_MARK = b"\xef\xbb\xbf"
# More quotes than these left open, and a quote may no longer span lines: reading stays linear.
_GIVEN_UP_MAXIMUM = 1_000
_CUTS_MAXIMUM = 50


class _OpenLine(NamedTuple):
    """A line within a quoted cell that has not ended yet: as it came, and as it was read."""

    line: bytes
    text: str
    found: list[tuple[IssueCode, str]]


class PlainRows:
    """Reads one file into a RawTable."""

    def __init__(
        self, *, table: RawTable, delimiter: str, columns: int, first_data_index: int, limits: ReadingLimits
    ) -> None:
        """Take the number of columns, and how many records stand above the first row."""
        self._table = table
        self._delimiter = delimiter
        self._columns = columns
        self._skip = first_data_index
        self._limits = limits
        self._record_number = 0
        self._open: list[_OpenLine] = []
        self._skipping = False
        self._given_up = 0

    def read(self, *, file: TextFile, rows_maximum: int | None = None) -> bool:
        """Read the rows; returns False if it stopped at ``rows_maximum`` before the end."""
        waiting = b""
        first = True
        for piece in pieces(path=file.path):
            waiting += piece
            if first:
                waiting, first = waiting.removeprefix(_MARK), False
            cut = _cut(waiting)
            if cut:
                block, waiting = waiting[:cut], waiting[cut:]
                self._block(block)
            self._bound(waiting)
            if self._skipping:
                waiting = b""
            if rows_maximum is not None and self._table.row_count >= rows_maximum:
                return False
        if waiting and not self._skipping:
            self._block(waiting)
        while self._open:
            self._give_up_quote()
        return True

    def _bound(self, waiting: bytes) -> None:
        if len(waiting) > self._limits.row_bytes and not self._skipping:
            # The rest of this row is passed over until its line ends.
            while self._open:
                self._give_up_quote()
            self._too_large()
            self._skipping = True

    def _block(self, block: bytes) -> None:
        if self._skipping:
            _, ended, block = block.partition(b"\n")
            self._skipping = not ended
        if not self._open and b"\x00" not in block and self._whole_block(block):
            return
        lines = block.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            self._line(line)

    def _whole_block(self, block: bytes) -> bool:
        """Read a block in which every record is well; returns False, having done nothing, for another."""
        if self._copied_block(block):
            return True
        try:
            text = block.decode("utf-8")
            found = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True))
        except (UnicodeDecodeError, csv.Error):
            return False
        columns = self._columns
        skip = max(0, self._skip - self._record_number)
        rows = found[skip:]
        if any(len(record) != columns for record in rows if record):
            return False
        start = self._record_number + skip + 1
        if skip or not all(found) or not self._table.copy_block(block=block, first=start, count=len(rows)):
            numbered = [(number, *record) for number, record in enumerate(rows, start=start) if record]
            self._table.add_block(rows=numbered, count=len(numbered))
        self._record_number += len(found)
        return True

    def _copied_block(self, block: bytes) -> bool:
        """Copy a block without quotes in which every line has as many cells as the header."""
        if b'"' in block or self._record_number < self._skip:
            return False
        delimiter, others = self._delimiter.encode(), self._columns - 1
        lines = block.removesuffix(b"\n").split(b"\n")
        if others == 0 or any(line.count(delimiter) != others for line in lines) or not _is_utf8(block):
            return False
        if not self._table.copy_block(block=block, first=self._record_number + 1, count=len(lines)):
            return False
        self._record_number += len(lines)
        return True

    def _line(self, line: bytes) -> None:
        if len(line) > self._limits.row_bytes:
            while self._open:
                self._give_up_quote()
            self._too_large()
            return
        opened = _OpenLine(line, *self._decoded(line))
        if not self._open and '"' not in opened.text:
            self._record(opened.text, opened.found)
            return
        self._open.append(opened)
        if len(self._open) > 1 and '"' not in opened.text:
            self._bound_quote()
            return
        record = "\n".join(one.text for one in self._open)
        if not _quote_is_open(record, self._delimiter):
            found = [one for open_line in self._open for one in open_line.found]
            self._open.clear()
            self._record(record, found)
        else:
            self._bound_quote()

    def _bound_quote(self) -> None:
        lines = len(self._open)
        too_long = lines > self._limits.lines_in_quotes or self._given_up > _GIVEN_UP_MAXIMUM
        if too_long or sum(len(one.line) for one in self._open) > self._limits.row_bytes:
            self._give_up_quote()

    def _give_up_quote(self) -> None:
        """Tell of the row whose quote never closes, and read the lines it had swallowed as rows of their own."""
        first, *others = self._open
        self._open = []
        self._given_up += 1
        self._record_number += 1
        if self._record_number > self._skip:
            message = f"A quote is opened and never closed: {first.text[:80]!r}."
            self._table.refuse(row=self._record_number, code=IssueCode.QUOTE_NOT_CLOSED, message=message)
        for other in others:
            self._line(other.line)

    def _too_large(self) -> None:
        self._record_number += 1
        message = f"The row has more than {self._limits.row_bytes} bytes."
        self._table.refuse(row=self._record_number, code=IssueCode.ROW_TOO_LARGE, message=message)

    def _decoded(self, line: bytes) -> tuple[str, list[tuple[IssueCode, str]]]:
        found = []
        if b"\x00" in line:
            line = line.replace(b"\x00", b"")
            found.append((IssueCode.NUL_BYTES_REMOVED, "NUL bytes were removed from the row."))
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("windows-1252", "openaisle-latin1")
            message = "The row is not UTF-8 as the rest of the file; it was read as Windows-1252."
            found.append((IssueCode.ENCODING_BROKEN, message))
        return text, found

    def _record(self, text: str, found: list[tuple[IssueCode, str]]) -> None:
        self._record_number += 1
        text = text.removesuffix("\r")
        if self._record_number <= self._skip or not text.strip():
            return
        number = self._record_number
        values = _split(text, self._delimiter)
        for code, message in found:
            self._table.tell(row=number, code=code, message=message)
        if values is None:
            message = f"A cell has more than {self._limits.cell_characters} characters."
            self._table.refuse(row=number, code=IssueCode.CELL_TOO_LARGE, message=message)
            return
        # A spreadsheet fills rows up with empty cells; only what is said beyond the header is a mistake.
        while len(values) > self._columns and not values[-1].strip():
            values.pop()
        if len(values) > self._columns:
            message = f"The row has {len(values)} cells, the header {self._columns}."
            self._table.refuse(row=number, code=IssueCode.ROW_TOO_LONG, message=message)
            return
        if len(values) < self._columns:
            message = f"The row has {len(values)} cells, the header {self._columns}; the others were taken as empty."
            self._table.tell(row=number, code=IssueCode.ROW_TOO_SHORT, message=message)
            values += [""] * (self._columns - len(values))
        self._table.add(row=number, cells=values)


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cut(waiting: bytes) -> int:
    """Return where the last whole line ends, before a quote that is still open where that is near; 0 if nowhere."""
    cut = waiting.rfind(b"\n") + 1
    if waiting.count(b'"', 0, cut) % 2 == 0:
        return cut
    earlier = cut
    for _ in range(_CUTS_MAXIMUM):
        before = waiting.rfind(b"\n", 0, earlier - 1) + 1
        if before <= 0:
            break
        if waiting.count(b'"', before, cut) % 2 == 1:
            return before
        earlier = before
    return cut


def _split(text: str, delimiter: str) -> list[str] | None:
    """Return the cells of a record, None if a cell is larger than the engine reads."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader((text,), delimiter=delimiter))
    except (csv.Error, StopIteration):
        return None


def _quote_is_open(record: str, delimiter: str) -> bool:
    """Return whether a quoted cell has begun and not ended; a quote within an unquoted cell is just a character."""
    if record.count('"') % 2 == 0:
        return False
    position, length = 0, len(record)
    while position < length:
        if record[position] == '"':
            position = _after_quoted(record, position + 1)
            if position < 0:
                return True
        next_delimiter = record.find(delimiter, position)
        if next_delimiter < 0:
            return False
        position = next_delimiter + 1
    return False


def _after_quoted(record: str, position: int) -> int:
    """Return the position behind the quote that ends a quoted cell, -1 if none does."""
    while True:
        position = record.find('"', position)
        if position < 0:
            return -1
        if record[position + 1 : position + 2] != '"':
            return position + 1
        position += 2
