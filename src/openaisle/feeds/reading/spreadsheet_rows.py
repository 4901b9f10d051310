"""A workbook becomes table ``raw``: one sheet of it, every cell as the text that a person reads in it."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal

from openaisle.catalog.issues import Issue, IssueCode, issue
from openaisle.feeds.reading.dialects import find_header
from openaisle.feeds.reading.model import (
    FileFormat,
    FileUnreadable,
    ReadFile,
    Reading,
    ReadingLimits,
)
from openaisle.feeds.reading.raw_table import RawTable, refuse_large_cells
from openaisle.feeds.reading.sheets import Repacked, SheetSize, repack
from openaisle.kernel.spreadsheets import Cell, Spreadsheet, SpreadsheetBroken, SpreadsheetReader

_SAMPLE_ROWS = 200
# Spreadsheets keep 15 digits of a number.
_EXACT_BELOW = 10**15
_LARGEST_TOLD = 10**400


def read_spreadsheet(
    *,
    reading: Reading,
    reader: SpreadsheetReader,
) -> ReadFile:
    """Make the tables of a workbook's first sheet that holds a table, or of the sheet hinted at."""
    workbench, source, limits, hints, rows_maximum = reading
    packed = repack(path=source.path, target=workbench.folder / "workbook.xlsx", limits=limits)
    try:
        with reader.open(path=packed.path) as book:
            sheet = _chosen(book=book, packed=packed, hint=hints.sheet)
            size = _bounded(packed.sizes.get(sheet), sheet=sheet, limits=limits)
            rows = _texts(book.rows(sheet=sheet))
            sample = list(itertools.islice(rows, _SAMPLE_ROWS))
            header = find_header(rows=_from_first(sample), has_header=hints.has_header, limits=limits)
            table = RawTable(workbench=workbench, limits=limits)
            try:
                complete = _fill(
                    table=table,
                    rows=itertools.chain(sample, rows),
                    columns=len(header.names),
                    skip=header.first_data_index,
                    rows_maximum=rows_maximum,
                )
                for row in size.error_rows:
                    if row > header.first_data_index:
                        message = "A cell of the row shows an error such as #N/A; it was taken as empty."
                        table.tell(row=row, code=IssueCode.CELL_IN_ERROR, message=message)
            finally:
                table.close()
    except SpreadsheetBroken as broken:
        raise FileUnreadable(code=IssueCode.DOCUMENT_BROKEN, message=broken.detail) from broken
    finally:
        packed.path.unlink(missing_ok=True)
    count = table.finish(columns=len(header.names))
    refused = refuse_large_cells(workbench=workbench, columns=len(header.names), limits=limits)
    return ReadFile(
        format=FileFormat.SPREADSHEET,
        headers=header.names,
        header_row=None if header.index is None else header.index + 1,
        row_count=count + table.unreadable_count,
        unreadable_count=table.unreadable_count + refused,
        packed_by=source.packed_by,
        sheet=sheet,
        issues=(*_file_issues(packed=packed, sheet=sheet), *header.issues),
        complete=complete,
    )


def cell_text(*, cell: Cell) -> tuple[str, bool]:
    """Return the text that a person reads in a cell, and whether it is a number that lost digits."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return number_text(number=cell), abs(cell) >= _EXACT_BELOW
    match cell:
        case None:
            text = ""
        case bool():
            text = "true" if cell else "false"
        case datetime.datetime():
            text = cell.isoformat(sep=" ").removesuffix(" 00:00:00")
        case datetime.date() | datetime.time():
            text = cell.isoformat()
        case _:
            text = str(cell)
    return text, False


def number_text(*, number: float) -> str:
    """Return a number with the 15 digits that spreadsheets keep, never as a power of ten."""
    if isinstance(number, int):
        return str(number) if abs(number) < _LARGEST_TOLD else ""
    if not math.isfinite(number):
        return ""
    if number.is_integer():
        return str(int(number))
    return f"{Decimal(f'{number:.15g}'):f}"


def _chosen(*, book: Spreadsheet, packed: Repacked, hint: str | None) -> str:
    visible = [sheet.name for sheet in book.sheets if not sheet.is_hidden]
    if hint is not None and hint in {sheet.name for sheet in book.sheets}:
        return hint
    tables = [name for name in visible if packed.sizes.get(name, SheetSize()).rows > 1]
    chosen = next(iter(tables or visible), None)
    if chosen is None:
        raise FileUnreadable(code=IssueCode.FILE_EMPTY, message="The workbook has no visible sheet.")
    return chosen


def _bounded(size: SheetSize | None, *, sheet: str, limits: ReadingLimits) -> SheetSize:
    if size is None:
        message = f"The workbook does not tell where its sheet {sheet[:60]!r} stands."
        raise FileUnreadable(code=IssueCode.DOCUMENT_BROKEN, message=message)
    if size.rows * size.columns > limits.spreadsheet_cells:
        message = (
            f"The sheet {sheet[:60]!r} reaches over {size.rows} rows and {size.columns} columns; "
            f"{limits.spreadsheet_cells} cells are allowed. Send it as CSV."
        )
        raise FileUnreadable(code=IssueCode.ROWS_TOO_MANY, message=message)
    return size


def _texts(rows: Iterator[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, list[str], bool]]:
    for number, cells in rows:
        texts, rounded = [], False
        for cell in cells:
            text, lost = cell_text(cell=cell)
            texts.append(text)
            rounded = rounded or lost
        yield number, texts, rounded


def _from_first(sample: Sequence[tuple[int, list[str], bool]]) -> list[list[str]]:
    """Return the sample with the rows above its first one as empty rows, so that an index tells a row's number."""
    above: list[list[str]] = [[]] * (sample[0][0] - 1 if sample else 0)
    return [*above, *(texts for _, texts, _ in sample)]


def _fill(
    *,
    table: RawTable,
    rows: Iterator[tuple[int, list[str], bool]],
    columns: int,
    skip: int,
    rows_maximum: int | None,
) -> bool:
    for number, texts, rounded in rows:
        if number <= skip or not any(text.strip() for text in texts):
            continue
        if rows_maximum is not None and table.row_count >= rows_maximum:
            return False
        while len(texts) > columns and not texts[-1].strip():
            texts.pop()
        if len(texts) > columns:
            message = f"The row has {len(texts)} cells, the header {columns}."
            table.refuse(row=number, code=IssueCode.ROW_TOO_LONG, message=message)
            continue
        if rounded:
            message = "A number of the row has more than 15 digits; the spreadsheet lost the last ones."
            table.tell(row=number, code=IssueCode.NUMBER_ROUNDED, message=message)
        table.add(row=number, cells=[*texts, *[""] * (columns - len(texts))])
    return True


def _file_issues(*, packed: Repacked, sheet: str) -> tuple[Issue, ...]:
    found = []
    if packed.has_macros:
        message = "The workbook holds macros; they were not looked at."
        found.append(issue(code=IssueCode.MACROS_IGNORED, field="", message=message))
    others = [name for name, size in packed.sizes.items() if name != sheet and size.rows > 1]
    if others:
        listed = ", ".join(repr(name[:60]) for name in others[:5])
        message = f"The sheet {sheet[:60]!r} was read; {len(others)} others were not: {listed}."
        found.append(issue(code=IssueCode.SHEETS_IGNORED, field="", message=message))
    return tuple(found)
