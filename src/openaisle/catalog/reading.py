"""The bytes of a feed become rows: any of some encodings and delimiters, bounded memory, no row lost.

Pure and incremental: bytes go in as they come, rows come out. Whatever is wrong with a row is told beside the row;
only what makes the whole file unreadable ends the reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from openaisle.catalog.cells import known_field
from openaisle.catalog.issues import Issue, IssueCode, issue

MAXIMUM_COLUMNS = 200
MAXIMUM_CELL_CHARACTERS = 65_536
MAXIMUM_ROW_BYTES = 1_000_000
# An open quote may span lines, but one that swallows this many was forgotten.
MAXIMUM_LINES_IN_QUOTES = 200
_DETECTION_BYTES = 65_536
_DELIMITERS = (",", ";", "\t", "|")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row: its number in the file (the header is 1, blank lines are not counted), its cells, what was found."""

    number: int
    cells: dict[str, str]
    issues: tuple[Issue, ...] = ()


class FeedUnreadable(Exception):
    """The file as a whole cannot be read as a feed; ``issue`` says why."""

    def __init__(self, *, issue: Issue) -> None:
        self.issue = issue
        super().__init__(issue.message)


class _OpenLine(NamedTuple):
    """A line within a quoted cell that has not ended yet: as it came, and as it was read."""

    line: bytes
    text: str
    issues: list[Issue]


class FeedReader:
    """Reads one feed; ``issues`` are those of the file as a whole."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.encoding: str | None = None
        self.delimiter: str | None = None
        self._waiting = b""
        self._open: list[_OpenLine] = []
        self._skipping = False
        self._columns: list[str | None] = []
        self._row_number = 0

    def rows(self, *, chunk: bytes) -> Iterator[FeedRow]:
        """Yield the rows that are complete with another piece of the file; raises FeedUnreadable."""
        self._waiting += chunk
        if self.encoding is None:
            if len(self._waiting) < _DETECTION_BYTES:
                return
            self._detect()
        yield from self._complete_rows()

    def last_rows(self) -> Iterator[FeedRow]:
        """Yield what is left when the file has ended; raises FeedUnreadable."""
        if self.encoding is None:
            self._detect()
        yield from self._complete_rows()
        if self._waiting and not self._skipping:
            line, self._waiting = self._waiting, b""
            yield from self._line(line)
        while self._open:
            yield from self._give_up_quote()
        if self._row_number == 0:
            raise FeedUnreadable(issue=_issue(IssueCode.FILE_EMPTY, "The file holds no row."))

    def _detect(self) -> None:
        start = self._waiting[:_DETECTION_BYTES]
        if start.startswith(_WIDE_MARKS) or (start and start.count(0) > len(start) // 3):
            raise FeedUnreadable(issue=_issue(IssueCode.ENCODING_UNSUPPORTED, "The file looks like UTF-16 or binary."))
        if start.startswith(_BYTE_ORDER_MARK):
            self.encoding = "utf-8-sig"
            self._waiting = self._waiting[len(_BYTE_ORDER_MARK) :]
            return
        try:
            # The piece may end within a character: up to three bytes of it may be missing.
            start.decode("utf-8")
            self.encoding = "utf-8"
        except UnicodeDecodeError as error:
            cut = error.start >= len(start) - 3 and len(self._waiting) >= _DETECTION_BYTES
            self.encoding = "utf-8" if cut else "windows-1252"
        if self.encoding != "utf-8":
            self.issues.append(_issue(IssueCode.ENCODING_GUESSED, "The file is not UTF-8; Windows-1252 was assumed."))

    def _complete_rows(self) -> Iterator[FeedRow]:
        *lines, rest = self._waiting.split(b"\n")
        if b"\r" in rest and not lines:
            # Old files end their lines with a carriage return alone.
            *lines, rest = self._waiting.split(b"\r")
        self._waiting = rest
        for line in lines:
            if self._skipping:
                # The end of the row that was too large.
                self._skipping = False
                continue
            yield from self._line(line)
        if len(self._waiting) > MAXIMUM_ROW_BYTES:
            if not self._skipping:
                yield from self._too_large()
            self._skipping = True
            self._waiting = b""

    def _too_large(self) -> Iterator[FeedRow]:
        message = f"The row has more than {MAXIMUM_ROW_BYTES} bytes."
        if not self._columns:
            code = IssueCode.COLUMNS_TOO_MANY
            raise FeedUnreadable(issue=_issue(code, f"The header has more than {MAXIMUM_ROW_BYTES} bytes."))
        while self._open:
            yield from self._give_up_quote()
        self._row_number += 1
        yield FeedRow(
            number=self._row_number, cells={}, issues=(_issue(IssueCode.ROW_TOO_LARGE, message, self._row_number),)
        )

    def _line(self, line: bytes) -> Iterator[FeedRow]:
        if len(line) > MAXIMUM_ROW_BYTES:
            yield from self._too_large()
            return
        text, issues = self._decoded(line)
        if not self._open and '"' not in text:
            yield from self._record(text, issues)
            return
        self._open.append(_OpenLine(line, text, issues))
        record = "\n".join(one.text for one in self._open)
        if not _quote_is_open(record, self.delimiter or ","):
            found = [one for open_line in self._open for one in open_line.issues]
            self._open.clear()
            yield from self._record(record, found)
        elif len(self._open) > MAXIMUM_LINES_IN_QUOTES or len(record) > MAXIMUM_ROW_BYTES:
            yield from self._give_up_quote()

    def _give_up_quote(self) -> Iterator[FeedRow]:
        """Report the row whose quote never closes, and read the lines it had swallowed as rows of their own."""
        first, *others = self._open
        self._open = []
        if self._columns:
            self._row_number += 1
            message = f"A quote is opened and never closed: {first.text[:80]!r}."
            yield FeedRow(
                number=self._row_number,
                cells={},
                issues=(_issue(IssueCode.QUOTE_NOT_CLOSED, message, self._row_number),),
            )
        else:
            raise FeedUnreadable(issue=_issue(IssueCode.QUOTE_NOT_CLOSED, "A quote in the header is never closed."))
        for other in others:
            yield from self._line(other.line)

    @property
    def _codec(self) -> str:
        return "utf-8" if self.encoding in {"utf-8", "utf-8-sig"} else "windows-1252"

    def _decoded(self, line: bytes) -> tuple[str, list[Issue]]:
        issues: list[Issue] = []
        row = self._row_number + 1
        if line.endswith(b"\r"):
            line = line[:-1]
        if b"\x00" in line:
            line = line.replace(b"\x00", b"")
            issues.append(_issue(IssueCode.NUL_BYTES_REMOVED, "NUL bytes were removed from the row.", row))
        try:
            text = line.decode(self._codec)
        except UnicodeDecodeError:
            # Windows-1252 leaves five bytes undefined, Latin-1 none.
            text = line.decode("latin-1")
            message = f"The row is not {self.encoding}; it was read as Latin-1."
            issues.append(_issue(IssueCode.ENCODING_BROKEN, message, row))
        return text, issues

    def _record(self, text: str, issues: list[Issue]) -> Iterator[FeedRow]:
        if not text.strip():
            return
        self._row_number += 1
        if not self._columns:
            self._read_header(text)
            return
        cells, found = self._cells(text)
        if issues or found:
            found = [msgspec.structs.replace(one, row=self._row_number) for one in (*issues, *found)]
        yield FeedRow(number=self._row_number, cells=cells, issues=tuple(found))

    def _cells(self, text: str) -> tuple[dict[str, str], list[Issue]]:
        columns = self._columns
        values = _split(text, self.delimiter or ",")
        if values is None:
            return {}, [_issue(IssueCode.CELL_TOO_LARGE, "A cell is too large to be read.")]
        issues = []
        # A spreadsheet fills rows up with empty cells; only what is said beyond the header is a mistake.
        while len(values) > len(columns) and not values[-1].strip():
            values.pop()
        if len(values) > len(columns):
            message = f"The row has {len(values)} cells, the header {len(columns)}."
            return {}, [_issue(IssueCode.ROW_TOO_LONG, message)]
        if len(values) < len(columns):
            message = f"The row has {len(values)} cells, the header {len(columns)}; the others were taken as empty."
            issues.append(_issue(IssueCode.ROW_TOO_SHORT, message))
        cells = {}
        for column, value in zip(columns, values, strict=False):
            if len(value) > MAXIMUM_CELL_CHARACTERS:
                message = f"A cell has {len(value)} characters; {MAXIMUM_CELL_CHARACTERS} are allowed."
                return {}, [*issues, _issue(IssueCode.CELL_TOO_LARGE, message)]
            if column is not None:
                cells[column] = value
        return cells, issues

    def _read_header(self, text: str) -> None:
        delimiter, names = max(
            ((delimiter, _split(text, delimiter) or []) for delimiter in _DELIMITERS),
            key=lambda tried: sum(known_field(header=name) is not None for name in tried[1][: MAXIMUM_COLUMNS + 1]),
        )
        if len(names) > MAXIMUM_COLUMNS:
            message = f"The header has {len(names)} columns; {MAXIMUM_COLUMNS} are allowed."
            raise FeedUnreadable(issue=_issue(IssueCode.COLUMNS_TOO_MANY, message))
        fields = [field for field in (known_field(header=name) for name in names) if field is not None]
        if len(fields) < 2 or not {"supplier_sku", "title"} & set(fields):
            shown = ", ".join(name[:40] for name in names[:10])
            message = f"The first row names no column that is known: {shown!r}."
            raise FeedUnreadable(issue=_issue(IssueCode.HEADER_MISSING, message))
        self.delimiter = delimiter
        columns: list[str | None] = []
        for name in names:
            field = known_field(header=name)
            if field is None:
                if name.strip():
                    self.issues.append(_issue(IssueCode.COLUMN_UNKNOWN, f"The column {name[:80]!r} was not read."))
            elif field in columns:
                message = f"The column {name[:80]!r} means {field}, which stands further left already."
                self.issues.append(_issue(IssueCode.HEADER_REPEATED, message))
                field = None
            columns.append(field)
        self._columns = columns


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


def _issue(code: IssueCode, message: str, row: int | None = None) -> Issue:
    return issue(code=code, field="", message=message, row=row)
