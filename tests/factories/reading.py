"""Files as suppliers send them, and what reading makes of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from openaisle.adapters.files.markup import DefusedMarkupReader
from openaisle.adapters.files.workbooks import CalamineReader
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.feeds.reading import FileParsers, FileUnreadable, ReadFile, ReadingHints, ReadingLimits, read_file

PARSERS = FileParsers(spreadsheets=CalamineReader(), markup=DefusedMarkupReader())


class Read(NamedTuple):
    """A file that was read: its rows by number, and what was found as (row, code)."""

    file: ReadFile
    rows: dict[int, tuple[str | None, ...]]
    found: list[tuple[int, str]]

    @property
    def codes(self) -> list[str]:
        return [issue.code.value for issue in self.file.issues]


def read_bytes(
    *,
    folder: Path,
    data: bytes,
    limits: ReadingLimits | None = None,
    hints: ReadingHints | None = None,
    rows_maximum: int | None = None,
) -> Read:
    path = folder / "feed.bin"
    path.write_bytes(data)
    return read_path(folder=folder, path=path, limits=limits, hints=hints, rows_maximum=rows_maximum)


def read_path(*, folder: Path, path: Path, limits: ReadingLimits | None = None, **options: Any) -> Read:
    workbenches = DuckWorkbenches(folder=folder / "scratch", memory_mebibytes=400, disk_mebibytes=2_000)
    with workbenches.open(files=[path]) as workbench:
        file = read_file(workbench=workbench, path=path, limits=limits or ReadingLimits(), parsers=PARSERS, **options)
        rows = {row[0]: row[1:] for page in workbench.rows(sql="SELECT * FROM raw ORDER BY row") for row in page}
        found = [
            (row[0], row[1])
            for page in workbench.rows(sql="SELECT row, code FROM raw_issues ORDER BY row, code")
            for row in page
        ]
    return Read(file, rows, found)


def refusal(*, folder: Path, data: bytes, limits: ReadingLimits | None = None) -> str:
    """Return the code of the issue for which a file is refused as a whole."""
    try:
        read = read_bytes(folder=folder, data=data, limits=limits)
    except FileUnreadable as refused:
        return refused.issue.code.value
    raise AssertionError(f"the file was read: {read.file}")


def zipped(*, files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def workbook(*, sheets: Mapping[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    """Return a workbook as a spreadsheet program writes it; texts that begin with = are formulas."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            elif not any(one.name not in hidden for one in book.worksheets()[:-1]):
                # A program shows this sheet first; the one it shows cannot be hidden.
                sheet.activate()
                sheet.set_first_sheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()


def with_part(*, data: bytes, name: str, part: bytes) -> bytes:
    """Return a workbook with a part more, or with the part replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    return zipped(files={**parts, name: part})
