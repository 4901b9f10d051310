"""What a workbook's parts say before a library reads them: how large its sheets are, where cells show errors.

The parts that hold cells are unpacked within bounds and packed anew, so that nothing else of a stranger's workbook
(macros, pictures, links to other files) reaches the library, and nothing unpacks to more than was counted here.
"""

from __future__ import annotations

import html
import itertools
import re
import zipfile
from pathlib import Path
from typing import IO

import msgspec

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.containers import copy_entry, open_zip
from openaisle.feeds.reading.model import FileUnreadable, ReadingLimits

_PIECE_BYTES = 1_048_576
_ROW_BYTES_MAXIMUM = 16 * _PIECE_BYTES
_ERRORS_TOLD_MAXIMUM = 10_000
_LEFT_OUT = ("/media/", "/drawings/", "/externalLinks/", "/embeddings/", "/charts/", "/pivotCache/", "/comments")
_CELL = re.compile(rb"<(?:\w+:)?c(?:\s[^>]*)?>")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ERROR_CELL = re.compile(rb"\bt=[\"']e[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"']([0-9]{1,9})[\"']")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")


class SheetSize(msgspec.Struct, kw_only=True):
    """How far the cells of a sheet reach, and the rows in which some of them show an error."""

    rows: int = 0
    columns: int = 0
    error_rows: list[int] = []


class Repacked(msgspec.Struct, frozen=True, kw_only=True):
    """A workbook packed anew: ``sizes`` by the names of its sheets."""

    path: Path
    sizes: dict[str, SheetSize]
    has_macros: bool


def repack(*, path: Path, target: Path, limits: ReadingLimits) -> Repacked:
    """Pack a workbook anew without what is not needed to read its cells; raises FileUnreadable."""
    sizes: dict[str, SheetSize] = {}
    texts: dict[str, str] = {}
    room = limits.spreadsheet_unpacked_bytes
    with open_zip(path=path, limits=limits) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as clean:
        names = archive.namelist()
        if len(set(names)) != len(names):
            message = "The workbook holds two parts of the same name."
            raise FileUnreadable(code=IssueCode.DOCUMENT_BROKEN, message=message)
        for entry in archive.infolist():
            if not entry.filename.endswith((".xml", ".rels")) or any(part in entry.filename for part in _LEFT_OUT):
                continue
            with clean.open(entry.filename, "w", force_zip64=True) as opened:
                copied = _Looking(opened, is_sheet="/worksheets/" in entry.filename and entry.filename.endswith(".xml"))
                room -= copy_entry(archive=archive, entry=entry, target=copied, maximum_bytes=room, limits=limits)
            copied.finish()
            if copied.is_sheet:
                sizes[entry.filename] = copied.size
            elif entry.filename.endswith(("workbook.xml", "workbook.xml.rels")):
                texts[entry.filename.rpartition("/")[2]] = bytes(copied.start).decode("utf-8", "replace")
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return Repacked(path=target, sizes=_named(sizes, texts), has_macros=has_macros)


class _Looking:
    """Passes the bytes of a part on, and looks at the places of the cells in them."""

    def __init__(self, target: IO[bytes], *, is_sheet: bool) -> None:
        self._target = target
        self._waiting = b""
        self.is_sheet = is_sheet
        self.start = bytearray()
        self.size = SheetSize(error_rows=[])

    def write(self, piece: bytes) -> int:
        self._target.write(piece)
        if not self.is_sheet:
            if len(self.start) < _PIECE_BYTES:
                self.start += piece
            return len(piece)
        self._waiting += piece
        starts = [match.start() for match in _ROW.finditer(self._waiting)]
        if starts:
            self._look(starts)
            self._waiting = self._waiting[starts[-1] :]
        elif len(self._waiting) > _ROW_BYTES_MAXIMUM:
            raise FileUnreadable(code=IssueCode.FILE_TOO_LARGE, message="A row of the workbook is too large.")
        return len(piece)

    def finish(self) -> None:
        """Look at what is left when the part has ended."""
        if self.is_sheet:
            self._look([match.start() for match in _ROW.finditer(self._waiting)] + [len(self._waiting)])

    def _look(self, starts: list[int]) -> None:
        """Look at the rows that begin at ``starts``, except the last, which may not be whole."""
        for begin, end in itertools.pairwise(starts):
            self._look_at_row(self._waiting[begin:end])

    def _look_at_row(self, row: bytes) -> None:
        size = self.size
        size.rows += 1
        named = _ROW_NUMBER.match(row)
        if named:
            size.rows = max(size.rows, int(named[1]))
        cells = _CELL.findall(row)
        size.columns = max(size.columns, len(cells))
        places = _PLACE.findall(b" ".join(cells))
        if places:
            size.columns = max(size.columns, *map(_column_number, {letters for letters, _ in places}))
            size.rows = max(size.rows, *map(int, {digits for _, digits in places}))
        if b"e" in row and len(size.error_rows) < _ERRORS_TOLD_MAXIMUM and any(map(_ERROR_CELL.search, cells)):
            size.error_rows.append(size.rows)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _named(sizes: dict[str, SheetSize], texts: dict[str, str]) -> dict[str, SheetSize]:
    """Return the sizes by the names that the workbook gives its sheets."""
    relations = [dict(_ATTRIBUTE.findall(tag)) for tag in _RELATION.findall(texts.get("workbook.xml.rels", ""))]
    targets = {one.get("Id", ""): one.get("Target", "") for one in relations}
    named: dict[str, SheetSize] = {}
    for tag in _SHEET.findall(texts.get("workbook.xml", "")):
        attributes = dict(_ATTRIBUTE.findall(tag))
        relation = next((value for name, value in attributes.items() if name.endswith(":id")), "")
        target = targets.get(relation, "").rpartition("/")[2]
        size = next((size for name, size in sizes.items() if target and name.endswith("/" + target)), None)
        if size is not None and "name" in attributes:
            named[html.unescape(attributes["name"])] = size
    return named
