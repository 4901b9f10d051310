"""Any file becomes table ``raw``: the one door of this room."""

from __future__ import annotations

from pathlib import Path

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.delimited import read_delimited
from openaisle.feeds.reading.model import FileUnreadable, ReadFile, ReadingHints, ReadingLimits, SourceFile
from openaisle.kernel.tabular import Workbench


def read_file(
    *,
    workbench: Workbench,
    path: Path,
    limits: ReadingLimits,
    hints: ReadingHints | None = None,
    rows_maximum: int | None = None,
) -> ReadFile:
    """Make the tables ``raw`` and ``raw_issues`` of a file, and return what is known of the file.

    ``rows_maximum`` asks for about the first rows only (a preview). The workbench must be allowed to read ``path``.
    Blocks; run it on a thread. Raises FileUnreadable, and what the workbench raises.
    """
    before = _signature(path)
    read = read_delimited(
        workbench=workbench,
        source=SourceFile(path=path),
        limits=limits,
        hints=hints or ReadingHints(),
        rows_maximum=rows_maximum,
    )
    if _signature(path) != before:
        message = "The file was replaced or written to while it was read."
        raise FileUnreadable(code=IssueCode.FILE_CHANGED, message=message)
    return read


def _signature(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
