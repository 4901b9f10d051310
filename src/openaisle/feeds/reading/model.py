"""What reading a file is told, and what it tells: limits, hints, and the facts of the file that was read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from openaisle.catalog.issues import Issue, IssueCode, issue
from openaisle.kernel.markup import MarkupReader
from openaisle.kernel.spreadsheets import SpreadsheetReader
from openaisle.kernel.tabular import Workbench

_MEBIBYTE = 1_048_576


class FileFormat(StrEnum):
    """How the rows are written."""

    DELIMITED = "delimited"
    SPREADSHEET = "spreadsheet"
    JSON_LINES = "json_lines"
    GOOGLE_XML = "google_xml"


class ReadingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The most that is read of one file. What goes beyond is refused with a reason, never cut off in silence."""

    file_bytes: int = 4_096 * _MEBIBYTE
    """Of the file as it came, and of what it unpacks to."""
    unpacked_ratio: int = 250
    """Unpacked bytes for each packed one, once the unpacked ones exceed ``free_unpacked_bytes``."""
    free_unpacked_bytes: int = 16 * _MEBIBYTE
    archive_depth: int = 2
    """A gzip within a zip has the depth 2."""
    archive_entries: int = 1_000
    rows: int = 20_000_000
    columns: int = 1_000
    row_bytes: int = 1_000_000
    cell_characters: int = 65_536
    lines_in_quotes: int = 200
    """An open quote may span lines, but one that swallows more than these was forgotten."""
    spreadsheet_cells: int = 6_000_000
    """Rows times columns of a sheet, the empty cells between others counted."""
    spreadsheet_unpacked_bytes: int = 768 * _MEBIBYTE


class ReadingHints(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a supplier's files beforehand; what is None is found out from the file."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool | None = None


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: table ``raw`` holds the rows, ``raw_issues`` what was found about single rows.

    ``headers`` are the names as the file writes them, one per column ``c0``, ``c1``, … of ``raw``; without a header
    (``header_row`` is None) they are ``column 1``, ``column 2``, …; records that name their own fields (JSON, XML)
    count as having a header in row 1. ``row_count`` counts the rows of the file below
    its header, ``unreadable_count`` those among them that are in ``raw_issues`` alone. ``fast`` tells that the engine
    read the file itself; ``complete`` is False for the first rows of a longer file.
    """

    format: FileFormat
    headers: tuple[str, ...]
    header_row: int | None
    row_count: int
    unreadable_count: int = 0
    packed_by: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    issues: tuple[Issue, ...] = ()
    fast: bool = False
    complete: bool = True


class FileUnreadable(Exception):
    """The file as a whole cannot be read as a feed; ``issue`` says why, and nothing of it may be applied."""

    def __init__(self, *, code: IssueCode, message: str) -> None:
        self.issue = issue(code=code, field="", message=message)
        super().__init__(message)


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes to read, after unpacking: ``path`` is the file itself or its unpacked copy."""

    path: Path
    packed_by: tuple[str, ...] = ()


class Reading(NamedTuple):
    """One file on its way into one workbench."""

    workbench: Workbench
    source: SourceFile
    limits: ReadingLimits
    hints: ReadingHints
    rows_maximum: int | None


class FileParsers(msgspec.Struct, frozen=True, kw_only=True):
    """What reads the formats that need a library; without one, files of its format are refused with the reason."""

    spreadsheets: SpreadsheetReader | None = None
    markup: MarkupReader | None = None


def column_name(*, index: int) -> str:
    """Return the name that the file's column of an index (from 0) has in table ``raw``."""
    return f"c{index}"


def nameless_headers(*, count: int) -> tuple[str, ...]:
    """Return the names of columns that the file does not name."""
    return tuple(f"column {number}" for number in range(1, count + 1))
