"""The writer of workbooks, loaded with the first that is written: most processes never write one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openaisle.kernel.spreadsheets import SheetToWrite


class DeferredXlsxWriter:
    """Makes the XlsxWriter when it is needed; implements the SpreadsheetWriter port."""

    def write(self, *, path: Path, sheets: Sequence[SheetToWrite]) -> tuple[int, ...]:
        """Write a workbook; returns how many rows of each sheet were written."""
        from openaisle.adapters.files.workbook_writer import XlsxWriter

        return XlsxWriter().write(path=path, sheets=sheets)
