"""Any file becomes table ``raw``: the one door of this room."""

from __future__ import annotations

from pathlib import Path

import msgspec

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.containers import Container, unpack
from openaisle.feeds.reading.delimited import read_delimited
from openaisle.feeds.reading.google_xml import read_google_xml
from openaisle.feeds.reading.json_rows import read_json
from openaisle.feeds.reading.model import (
    FileParsers,
    FileUnreadable,
    ReadFile,
    Reading,
    ReadingHints,
    ReadingLimits,
)
from openaisle.feeds.reading.raw_table import keep_first_rows
from openaisle.feeds.reading.spreadsheet_rows import read_spreadsheet
from openaisle.kernel.tabular import Workbench

_START_BYTES = 1_024
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_file(
    *,
    workbench: Workbench,
    path: Path,
    limits: ReadingLimits,
    hints: ReadingHints | None = None,
    parsers: FileParsers | None = None,
    rows_maximum: int | None = None,
) -> ReadFile:
    """Make the tables ``raw`` and ``raw_issues`` of a file, and return what is known of the file.

    ``rows_maximum`` asks for the first rows only (a preview). The workbench must be allowed to
    read ``path``. Blocks; run it on a thread. Raises FileUnreadable, and what the workbench raises.
    """
    before = _signature(path)
    source, container = unpack(path=path, folder=workbench.folder, limits=limits)
    reading = Reading(
        workbench=workbench,
        source=source,
        limits=limits,
        hints=hints or ReadingHints(),
        rows_maximum=rows_maximum,
    )
    read = _read(reading=reading, container=container, parsers=parsers or FileParsers())
    if _signature(path) != before:
        message = "The file was replaced or written to while it was read."
        raise FileUnreadable(code=IssueCode.FILE_CHANGED, message=message)
    if rows_maximum is not None and read.row_count > rows_maximum:
        rows, unreadable = keep_first_rows(workbench=workbench, count=rows_maximum)
        complete = read.complete and rows + unreadable == read.row_count
        read = msgspec.structs.replace(
            read, row_count=rows + unreadable, unreadable_count=unreadable, complete=complete
        )
    return read


def _read(*, reading: Reading, container: Container, parsers: FileParsers) -> ReadFile:
    if container is Container.SPREADSHEET:
        if parsers.spreadsheets is None:
            raise _unsupported("Workbooks are not read here.")
        return read_spreadsheet(reading=reading, reader=parsers.spreadsheets)
    start = _start(reading.source.path)
    if start[:1] == "<":
        if start[:14].lower().startswith(("<!doctype html", "<html")):
            raise _unsupported("The file is a web page.")
        if parsers.markup is None:
            raise _unsupported("XML is not read here.")
        return read_google_xml(reading=reading, reader=parsers.markup)
    if start[:1] == "{" or (start[:1] == "[" and start[1:].lstrip()[:1] in {"{", "]"}):
        return read_json(reading=reading)
    return read_delimited(reading=reading)


def _start(path: Path) -> str:
    """Return the first characters, enough to tell the formats of text apart in any encoding."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return start.replace(b"\x00", b"").decode("latin-1").lstrip()


def _unsupported(message: str) -> FileUnreadable:
    return FileUnreadable(code=IssueCode.FORMAT_UNSUPPORTED, message=message)


def _signature(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
