"""Workbooks by XlsxWriter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from openaisle.kernel.spreadsheets import SheetToWrite

_ROWS_MAXIMUM = 1_048_575
_CELL_CHARACTERS_MAXIMUM = 32_767
_EXACT_BELOW = 10**15
_CHOICES_CHARACTERS_MAXIMUM = 255
_CHOICES_SHEET = "choices"
_TONES = {
    "good": {"font_color": "#0b5a2b", "bg_color": "#dcf5e4"},
    "warning": {"font_color": "#6b4700", "bg_color": "#fff1cf"},
    "bad": {"font_color": "#8a1020", "bg_color": "#fde0e2"},
}


class XlsxWriter:
    """Implements the SpreadsheetWriter port."""

    def write(self, *, path: Path, sheets: Sequence[SheetToWrite]) -> tuple[int, ...]:
        """Write a workbook."""
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        }
        with xlsxwriter.Workbook(path, options) as book:
            lists = _Choices(book)
            written = tuple(_write_sheet(book=book, sheet=sheet, lists=lists) for sheet in sheets)
            lists.write()
        return written


class _Choices:
    """The lists of values that are too long to stand in a cell's rule: they get a hidden sheet of their own."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._lists: list[tuple[str, ...]] = []

    def source(self, choices: tuple[str, ...]) -> list[str] | str:
        """Return what a rule refers to for its values."""
        if len(",".join(choices)) <= _CHOICES_CHARACTERS_MAXIMUM and not any("," in one for one in choices):
            return list(choices)
        if choices not in self._lists:
            self._lists.append(choices)
        column = xlsxwriter.utility.xl_col_to_name(self._lists.index(choices), col_abs=True)
        return f"={_CHOICES_SHEET}!{column}$1:{column}${len(choices)}"

    def write(self) -> None:
        """Write the hidden sheet if any list needs it."""
        if not self._lists:
            return
        sheet = self._book.add_worksheet(_CHOICES_SHEET)
        sheet.hide()
        for row in range(max(map(len, self._lists))):
            for column, choices in enumerate(self._lists):
                if row < len(choices):
                    sheet.write_string(row, column, choices[row])


def _write_sheet(*, book: xlsxwriter.Workbook, sheet: SheetToWrite, lists: _Choices) -> int:
    page = book.add_worksheet(sheet.name[:31])
    title = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    required = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#e8eefc"})
    # Cells of text keep what is typed: leading zeros, long numbers, dates.
    text = book.add_format({"num_format": "@"})
    tones = {tone: book.add_format(look) for tone, look in _TONES.items()}
    page.freeze_panes(1, 0)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, text)
        page.write_string(0, index, column.title, required if column.is_required else title)
        if column.note:
            page.write_comment(0, index, column.note[:_CELL_CHARACTERS_MAXIMUM])
        if column.choices:
            rule = {"validate": "list", "source": lists.source(column.choices), "error_type": "warning"}
            page.data_validation(1, index, _ROWS_MAXIMUM, index, rule)
    written = 0
    for row in sheet.rows:
        if written == _ROWS_MAXIMUM:
            break
        written += 1
        for index, cell in enumerate(row):
            column_tones = sheet.columns[index].tones if index < len(sheet.columns) else {}
            _write_cell(page, (written, index), cell, tones.get(column_tones.get(str(cell), ""), text))
    return written


def _write_cell(page: Worksheet, place: tuple[int, int], cell: str | float | None, look: Format) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str) or abs(cell) >= _EXACT_BELOW:
        page.write_string(*place, str(cell)[:_CELL_CHARACTERS_MAXIMUM], look)
    else:
        page.write_number(*place, cell, look)
