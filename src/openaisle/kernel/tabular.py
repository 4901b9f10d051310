"""The port of tables with millions of rows: worked on as wholes, by SQL, outside Python's objects.

Rooms state their rules as SQL in DuckDB's dialect, one expression for all rows. A workbench is a private place for
one piece of work: it reads only the files it was opened with, and what it makes vanishes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from openaisle.kernel.errors import OpenAisleError

Row = tuple[Any, ...]


class WorkbenchFull(OpenAisleError):
    """The work needs more memory and disk than the workbench may use; nothing of it was kept."""

    code = "workbench-full"
    title = "The table is larger than this machine may work on"
    status = 413
    mend = "Split the file, or raise the memory that feeds may use."


class StatementFailed(OpenAisleError):
    """The engine refused a statement: a mistake of our code, or cells that no rule foresaw; detail tells."""

    code = "statement-failed"
    title = "The table could not be worked on"
    status = 500
    mend = "Report the detail; the file itself is kept."


class Workbench(Protocol):
    """One piece of work with tables. Its methods block: call them on a thread."""

    @property
    def folder(self) -> Path:
        """The scratch folder, removed at the end; files written here can be read by statements."""
        ...

    def run(self, *, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement that returns nothing; raises StatementFailed, WorkbenchFull."""
        ...

    def value(self, *, sql: str, parameters: Sequence[object] = ()) -> Any:  # noqa: ANN401
        """Return the first cell of the first row, None if there is no row."""
        ...

    def rows(self, *, sql: str, parameters: Sequence[object] = (), size: int = 10_000) -> Iterator[list[Row]]:
        """Yield the rows in lists of at most ``size``; other statements may run between two of them."""
        ...

    def columns(self, *, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns, in their order."""
        ...

    def append(self, *, table: str, rows: Sequence[Row]) -> None:
        """Append rows made by Python to a table, their cells in the order of its columns."""
        ...

    def interrupt(self) -> None:
        """Break off the statement that another thread runs; it raises StatementFailed."""
        ...


class Workbenches(Protocol):
    """Opens workbenches."""

    def open(self, *, files: Sequence[Path] = ()) -> AbstractContextManager[Workbench]:
        """Return a workbench that may read ``files`` and nothing else of the machine."""
        ...


def quoted_name(name: str) -> str:
    """Return a column's or table's name as SQL writes it, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
