"""Which delimiter parts the cells of a text file, and which of its first rows names the columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from openaisle.catalog.cells import known_field
from openaisle.catalog.issues import Issue, IssueCode, Severity, issue
from openaisle.feeds.reading.model import FileUnreadable, ReadingLimits, nameless_headers

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 200
_ROWS_ABOVE_HEADER = 20
_NAME_CHARACTERS = 120
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_VALUE = re.compile(r"[^\w]{0,3}[+-]?\d[\d.,'\s]*(?:e[+-]?\d+)?\s*(?:[^\w\s]{1,3}|[A-Za-z]{1,3}|%)?", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://|www\.|[^\s@]+@[^\s@]+\.\w", re.IGNORECASE)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the columns: ``index`` is that of their record (from 0), None if no record names them."""

    names: tuple[str, ...]
    index: int | None
    issues: tuple[Issue, ...] = ()

    @property
    def first_data_index(self) -> int:
        """The index of the first record below the header."""
        return 0 if self.index is None else self.index + 1


def detect_delimiter(*, sample: str) -> str:
    """Return the delimiter that parts the sample's records most evenly; a comma if none does."""
    told = _SEPARATOR_LINE.fullmatch(sample.partition("\n")[0].strip())
    if told:
        return told[1]
    scored = [(_evenness(records(sample=sample, delimiter=one)), one) for one in _DELIMITERS]
    return max(scored, key=lambda pair: pair[0])[1]


def records(*, sample: str, delimiter: str) -> list[list[str]]:
    """Return the first records of a sample, blank ones as empty lists; what cannot be parted is left out."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            found.append(record)
            if len(found) >= _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return found


def find_header(*, rows: Sequence[Sequence[str]], has_header: bool | None, limits: ReadingLimits) -> Header:
    """Return the header among the first rows of a file; raises FileUnreadable."""
    filled = [len(_trimmed(row)) for row in rows]
    width = Counter(one for one in filled if one).most_common(1)
    if not width:
        raise FileUnreadable(code=IssueCode.FILE_EMPTY, message="The file holds no row.")
    widest = max(filled)
    if widest > limits.columns and filled[_candidate(rows, filled, width[0][0])] > limits.columns:
        message = f"The file has {widest} columns; {limits.columns} are allowed."
        raise FileUnreadable(code=IssueCode.COLUMNS_TOO_MANY, message=message)
    index = _candidate(rows, filled, width[0][0])
    names = _trimmed(rows[index])
    named = has_header if has_header is not None else _are_names(names)
    if not named:
        message = "No row names the columns; they were numbered."
        told = issue(code=IssueCode.HEADER_MISSING, field="", message=message, severity=Severity.WARNING)
        count = max(one for one, _ in Counter(filled).most_common(1)) or width[0][0]
        return Header(names=nameless_headers(count=count), index=None, issues=(told,))
    issues = []
    if index:
        message = f"The columns are named in row {index + 1}; what stands above was skipped."
        issues.append(issue(code=IssueCode.ROWS_BEFORE_HEADER, field="", message=message))
    names = [name.replace("\x00", "").strip().removeprefix("\ufeff") for name in names]
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            message = f"{count} columns are named {name[:80]!r}."
            issues.append(issue(code=IssueCode.HEADER_REPEATED, field=name[:80], message=message))
    return Header(names=tuple(names), index=index, issues=tuple(issues))


def _trimmed(row: Sequence[str]) -> list[str]:
    """Return the cells without the empty ones at the end, which spreadsheets add."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _candidate(rows: Sequence[Sequence[str]], filled: Sequence[int], width: int) -> int:
    """Return the index of the row that names the columns if any does."""
    known = [sum(known_field(header=cell) is not None for cell in row) for row in rows[:_ROWS_ABOVE_HEADER]]
    if max(known) >= 2:
        return known.index(max(known))
    for index, count in enumerate(filled[:_ROWS_ABOVE_HEADER]):
        if count and sum(bool(cell.strip()) for cell in rows[index]) * 2 > width:
            return index
    return next(index for index, count in enumerate(filled) if count)


def _are_names(cells: Sequence[str]) -> bool:
    if sum(known_field(header=cell) is not None for cell in cells) >= 2:
        return True
    return all(len(cell) <= _NAME_CHARACTERS and not _is_value(cell.strip()) for cell in cells) and any(
        any(character.isalpha() for character in cell) for cell in cells
    )


def _is_value(cell: str) -> bool:
    return bool(cell) and (_VALUE.fullmatch(cell) is not None or _ADDRESS.match(cell) is not None)


def _evenness(found: Sequence[Sequence[str]]) -> float:
    counts = [len(record) for record in found if any(cell.strip() for cell in record)]
    if not counts:
        return 0.0
    width, often = Counter(counts).most_common(1)[0]
    # A row of names as wide as the others speaks for a delimiter more than many cells do: texts hold commas too.
    named = found[_candidate(found, [len(_trimmed(record)) for record in found], width)]
    return (width - 1) * (often / len(counts)) * (3.0 if len(named) == width and _are_names(named) else 0.5)
