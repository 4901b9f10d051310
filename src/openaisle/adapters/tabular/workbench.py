"""A workbench of DuckDB: bounded in memory, threads and files, with its scratch folder."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from openaisle.kernel.tabular import Row, StatementFailed, WorkbenchFull

_THREADS = 2


class DuckWorkbenches:
    """Opens workbenches below one folder; implements the Workbenches port."""

    def __init__(self, *, folder: Path, memory_mebibytes: int, disk_mebibytes: int, threads: int = _THREADS) -> None:
        """Take the folder for scratch files and the most that one workbench may use of memory, disk and cores."""
        self._folder = folder
        self._memory_mebibytes = memory_mebibytes
        self._disk_mebibytes = disk_mebibytes
        self._threads = threads

    @contextlib.contextmanager
    def open(self, *, files: Sequence[Path] = ()) -> Iterator[DuckWorkbench]:
        """Return a workbench that may read ``files`` and its own scratch folder, and nothing else of the machine."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=self._folder))
        connection = duckdb.connect(
            config={
                "threads": self._threads,
                "memory_limit": f"{self._memory_mebibytes}MiB",
                "temp_directory": str(scratch / "spill"),
                "max_temp_directory_size": f"{self._disk_mebibytes}MiB",
                # Nothing is ever fetched from a network, and cells of strangers never name a file.
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"SET allowed_directories = ['{scratch}/']")
            listed = ", ".join(f"'{_literal(file)}'" for file in files)
            connection.execute(f"SET allowed_paths = [{listed}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield DuckWorkbench(connection=connection, folder=scratch)
        finally:
            connection.close()
            shutil.rmtree(scratch, ignore_errors=True)


class DuckWorkbench:
    """One connection to an engine of its own; implements the Workbench port."""

    def __init__(self, *, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        """Take the connection and the scratch folder that it may read and write."""
        self._connection = connection
        self._folder = folder

    @property
    def folder(self) -> Path:
        """The scratch folder."""
        return self._folder

    def run(self, *, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement that returns nothing; raises StatementFailed, WorkbenchFull."""
        with _translated():
            self._connection.execute(sql, list(parameters))

    def value(self, *, sql: str, parameters: Sequence[object] = ()) -> Any:  # noqa: ANN401
        """Return the first cell of the first row, None if there is no row."""
        with _translated():
            found = self._connection.execute(sql, list(parameters)).fetchmany(1)
        return found[0][0] if found else None

    def rows(self, *, sql: str, parameters: Sequence[object] = (), size: int = 10_000) -> Iterator[list[Row]]:
        """Yield the rows in lists of at most ``size``."""
        with _translated():
            cursor = self._connection.cursor()
            cursor.execute(sql, list(parameters))
        while True:
            with _translated():
                found = cursor.fetchmany(size)
            if not found:
                return
            yield found

    def columns(self, *, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns, in their order."""
        sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
        with _translated():
            return tuple(name for (name,) in self._connection.execute(sql, [table]).fetchall())

    def append(self, *, table: str, rows: Sequence[Row]) -> None:
        """Append rows made by Python to a table."""
        with _translated():
            appender = self._connection.appender(table)
            appender.append_rows(rows)
            appender.flush()

    def interrupt(self) -> None:
        """Break off the statement that another thread runs."""
        self._connection.interrupt()


def _literal(file: Path) -> str:
    return str(file).replace("'", "''")


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise WorkbenchFull(detail=_first_line(error)) from error
    except duckdb.Error as error:
        raise StatementFailed(detail=_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:500]
