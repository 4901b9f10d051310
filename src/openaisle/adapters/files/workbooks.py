"""Workbooks by calamine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import python_calamine

from openaisle.kernel.spreadsheets import Cell, SheetFacts, SpreadsheetBroken

_DETAIL_CHARACTERS = 200


class CalamineReader:
    """Implements the SpreadsheetReader port."""

    @contextlib.contextmanager
    def open(self, *, path: Path) -> Iterator[CalamineSpreadsheet]:
        """Open a workbook."""
        with _translated():
            book = python_calamine.CalamineWorkbook.from_path(path)
        try:
            yield CalamineSpreadsheet(book=book)
        finally:
            book.close()


class CalamineSpreadsheet:
    """Implements the Spreadsheet port."""

    def __init__(self, *, book: python_calamine.CalamineWorkbook) -> None:
        """Take the open workbook."""
        self._book = book

    @property
    def sheets(self) -> tuple[SheetFacts, ...]:
        """The sheets of cells."""
        return tuple(
            SheetFacts(name=sheet.name, is_hidden=sheet.visible != python_calamine.SheetVisibleEnum.Visible)
            for sheet in self._book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        )

    def rows(self, *, sheet: str) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield the rows of a sheet with their numbers."""
        with _translated():
            found = self._book.get_sheet_by_name(sheet)
            rows = found.iter_rows() if found.start is not None else iter(())
        yield from enumerate(rows, start=1)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except python_calamine.PasswordError as error:
        raise SpreadsheetBroken(detail="The workbook is protected by a password.") from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise SpreadsheetBroken(detail=str(error)[:_DETAIL_CHARACTERS]) from error
    except BaseException as error:
        # The library's own panics are no Exception; whatever else is none is not ours to hold up.
        if type(error).__name__ != "PanicException":
            raise
        raise SpreadsheetBroken(detail=str(error)[:_DETAIL_CHARACTERS]) from error
