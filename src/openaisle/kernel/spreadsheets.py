"""The ports of spreadsheets: workbooks of strangers are read, workbooks for strangers are written."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from openaisle.kernel.errors import OpenAisleError

Cell = str | int | float | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class SpreadsheetBroken(OpenAisleError):
    """The workbook is not well-formed, or is protected by a password; detail tells."""

    code = "spreadsheet-broken"
    title = "The workbook cannot be read"
    status = 422
    mend = "Save the workbook anew as .xlsx, without a password, and send it again."


class SheetFacts(NamedTuple):
    """A sheet of a workbook: its name, and whether it is hidden."""

    name: str
    is_hidden: bool


class Spreadsheet(Protocol):
    """An open workbook."""

    @property
    def sheets(self) -> tuple[SheetFacts, ...]:
        """The sheets of cells, in the order of the workbook."""
        ...

    def rows(self, *, sheet: str) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield the rows of a sheet with their numbers (from 1), an empty cell as None or an empty text.

        Of formulas the values are given that the workbook keeps. The whole sheet is held in memory: its size must be
        known to be bounded. Raises SpreadsheetBroken.
        """
        ...


class SpreadsheetReader(Protocol):
    """Reads workbooks. Its methods block."""

    def open(self, *, path: Path) -> AbstractContextManager[Spreadsheet]:
        """Open a workbook; raises SpreadsheetBroken."""
        ...


class SheetColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column to write: its title, its width in characters, a note shown at the title, the values to choose from.

    ``tones`` colors the cells by their text: ``good``, ``warning`` or ``bad``.
    """

    title: str
    width: int = 18
    note: str = ""
    choices: tuple[str, ...] = ()
    tones: dict[str, str] = {}
    is_required: bool = False


class SheetToWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet to write: texts are written as texts and never become formulas or links, numbers as numbers."""

    name: str
    columns: tuple[SheetColumn, ...]
    rows: Iterable[Sequence[str | int | float | None]]


class SpreadsheetWriter(Protocol):
    """Writes workbooks. Its methods block."""

    def write(self, *, path: Path, sheets: Sequence[SheetToWrite]) -> tuple[int, ...]:
        """Write a workbook with constant memory, the titles frozen in the first row.

        Returns how many rows of each sheet were written: a sheet holds 1,048,575 below its titles, and what goes
        beyond is left out.
        """
        ...


def formula_safe(*, text: str) -> str:
    """Return a text that no spreadsheet runs as a formula when it opens a CSV file that holds it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
