"""The same file back: every row as it came, and beside it its verdict, what was found, and the corrected values."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.mapping.fields import ADDED_PREFIX
from openaisle.feeds.model import Feed, FeedState
from openaisle.feeds.queries import ALL_CORRECTIONS, ALL_ISSUES, ROWS, FeedQueries
from openaisle.feeds.reading import FileParsers, ReadFile, ReadingLimits, read_file
from openaisle.feeds.report import FeedCauses
from openaisle.feeds.repository import feed_blob_name, plan_blob_name
from openaisle.kernel.blobs import BlobMissing, Blobs
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.spreadsheets import SheetColumn, SheetToWrite, SpreadsheetWriter, formula_safe
from openaisle.kernel.tabular import Workbench, Workbenches, quoted_text

WORKBOOK_ROWS_MAXIMUM = 200_000
"""A workbook of more rows takes minutes to write, and few programs open it."""

_REPORT_BYTES_MAXIMUM = 8_000_000_000
_ENDED = frozenset({FeedState.APPLIED, FeedState.ROLLING_BACK, FeedState.ROLLED_BACK})
_CORRECTED_FIELDS_MAXIMUM = 60
_ROWS_PER_PORTION = 100_000
_PARTS = (ROWS, ALL_ISSUES, ALL_CORRECTIONS)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TONES = {"accepted": "good", "corrected": "good", "in_review": "warning", "rejected": "bad"}


class ReportFormat(StrEnum):
    """How the report is written."""

    CSV = "csv"
    XLSX = "xlsx"


class FeedReportNotReady(OpenAisleError):
    """The rows of the feed do not all have their verdict yet."""

    code = "feed-report-not-ready"
    title = "The report is not ready"
    status = 409
    mend = "Wait until the feed's state is applied; its issues and causes can be read before."


class ReportTooLong(OpenAisleError):
    """The feed has more rows than a workbook is written for."""

    code = "report-too-long"
    title = "The feed is too long for a workbook"
    status = 409
    mend = "Take the report as CSV; it has no limit."


class ReportFile(NamedTuple):
    """A report to send: what it is called, its media type and its bytes."""

    file_name: str
    media_type: str
    chunks: AsyncIterator[bytes]


class _Columns(NamedTuple):
    """The titles of the report, and the expression that each column's cells come from."""

    titles: tuple[str, ...]
    expressions: tuple[str, ...]


class FeedReportFiles:
    """Makes the report of an ended feed when it is first asked for, and keeps it beside the feed."""

    def __init__(
        self,
        *,
        blobs: Blobs,
        workbenches: Workbenches,
        queries: FeedQueries,
        parsers: FileParsers,
        writer: SpreadsheetWriter,
        limits: ReadingLimits | None = None,
    ) -> None:
        """Take the ports, the queries of feeds, and what reads and writes workbooks."""
        self._blobs = blobs
        self._workbenches = workbenches
        self._queries = queries
        self._parsers = parsers
        self._writer = writer
        self._limits = limits or ReadingLimits()
        # Each reads a whole file anew; the next waits instead of sharing the memory.
        self._turn = asyncio.Semaphore(1)

    async def report(self, *, scope: SupplierScope | None, feed_id: str, form: ReportFormat) -> ReportFile:
        """Return the report of a feed; raises FeedUnknown, FeedReportNotReady, ReportTooLong."""
        feed = (await self._queries.feed(scope=scope, feed_id=feed_id)).record
        if feed.plan is None or feed.state not in _ENDED:
            raise FeedReportNotReady(detail=f"The feed is {feed.state.value}; not every row has its verdict.")
        if form is ReportFormat.XLSX and feed.counts.rows > WORKBOOK_ROWS_MAXIMUM:
            raise ReportTooLong(
                detail=f"The feed has {feed.counts.rows:,} rows; a workbook is written for {WORKBOOK_ROWS_MAXIMUM:,}."
            )
        name = f"feeds/{feed_id}/{feed.plan.attempt}/report.{form.value}"
        async with self._turn:
            if not await self._stands(name):
                await self._make(feed=feed, form=form, name=name)
        return ReportFile(
            file_name=f"{_stem(feed=feed)}-report.{form.value}",
            media_type="text/csv; charset=utf-8" if form is ReportFormat.CSV else _XLSX_MEDIA_TYPE,
            chunks=self._blobs.chunks(name=name),
        )

    async def _stands(self, name: str) -> bool:
        try:
            async with self._blobs.as_file(name=name):
                return True
        except BlobMissing:
            return False

    async def _make(self, *, feed: Feed, form: ReportFormat, name: str) -> None:
        assert feed.plan is not None
        parts = {part: plan_blob_name(feed_id=feed.feed_id, attempt=feed.plan.attempt, part=part) for part in _PARTS}
        causes = await self._queries.causes(scope=None, feed_id=feed.feed_id)
        file_name = feed_blob_name(feed_id=feed.feed_id)
        names = [file_name, *parts.values()]
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=names) as (workbench, paths):
            files = {part: paths[one] for part, one in parts.items()}

            def work() -> tuple[bytes, list[Path]]:
                read = read_file(workbench=workbench, path=paths[file_name], limits=self._limits, parsers=self._parsers)
                columns = _prepared(workbench=workbench, read=read, files=files)
                if form is ReportFormat.CSV:
                    return _write_csv(workbench=workbench, columns=columns, delimiter=feed.delimiter or ",")
                return b"", [self._write_workbook(workbench=workbench, columns=columns, causes=causes)]

            head, written = await on_thread(workbench, work)
            await self._blobs.put(
                name=name, chunks=_joined(head=head, paths=written), maximum_bytes=_REPORT_BYTES_MAXIMUM
            )

    def _write_workbook(self, *, workbench: Workbench, columns: _Columns, causes: FeedCauses) -> Path:
        path = workbench.folder / "report.xlsx"
        widths = {_STATUS: 12, _FOUND: 60, _MENDED: 40}
        sheets = (
            SheetToWrite(
                name="Rows",
                columns=tuple(
                    SheetColumn(title=title, width=widths.get(title, 18), tones=_TONES if title == _STATUS else {})
                    for title in columns.titles
                ),
                rows=(
                    row
                    for portion in _portions(workbench=workbench)
                    for rows in workbench.rows(sql=_report_sql(columns=columns, portion=portion))
                    for row in rows
                ),
            ),
            SheetToWrite(
                name="Causes",
                columns=tuple(
                    SheetColumn(title=title, width=width, tones={"error": "bad", "warning": "warning"})
                    for title, width in (
                        ("Severity", 10),
                        ("Code", 24),
                        ("Field", 18),
                        ("Rows", 10),
                        ("First row", 10),
                        ("Example", 60),
                        ("What to do", 60),
                    )
                ),
                rows=[
                    (one.severity, one.code, one.field, one.count, one.first_row, one.example, one.suggestion or "")
                    for one in causes.issues
                ],
            ),
        )
        self._writer.write(path=path, sheets=sheets)
        return path


_XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STATUS = f"{ADDED_PREFIX}status"
_FOUND = f"{ADDED_PREFIX}found"
_MENDED = f"{ADDED_PREFIX}mended"


def _prepared(*, workbench: Workbench, read: ReadFile, files: Mapping[str, Path]) -> _Columns:
    """Make views of what is told of each row, and return the report's columns."""
    for part, path in files.items():
        workbench.run(sql=f"CREATE VIEW told_{part} AS SELECT * FROM read_parquet({quoted_text(str(path))})")
    workbench.run(
        sql="CREATE TABLE found AS SELECT row, string_agg(severity || ': ' || CASE WHEN field = '' THEN '' ELSE field"
        " || ': ' END || message || CASE WHEN suggestion IS NULL THEN '' ELSE ' ' || suggestion END, ' | ') AS text"
        f" FROM told_{ALL_ISSUES} GROUP BY row"
    )
    fields = [
        str(field)
        for rows in workbench.rows(
            sql=f"SELECT field FROM told_{ALL_CORRECTIONS} GROUP BY field ORDER BY count(*) DESC, field"
            f" LIMIT {_CORRECTED_FIELDS_MAXIMUM}"
        )
        for (field,) in rows
    ]
    values = [
        f"any_value(after) FILTER (WHERE field = {quoted_text(field)}) AS v{index}"
        for index, field in enumerate(fields)
    ]
    mended = "string_agg(field || ': ' || coalesce(before, '') || ' → ' || coalesce(after, ''), ' | ') AS text"
    workbench.run(
        sql=f"CREATE TABLE mended AS SELECT {', '.join(['row', mended, *values])}"
        f" FROM told_{ALL_CORRECTIONS} GROUP BY row"
    )
    cells = [(title, f"r.c{index}") for index, title in enumerate(read.headers)]
    corrected = [(f"{ADDED_PREFIX}{field}", f"m.v{index}") for index, field in enumerate(fields)]
    own = [(_STATUS, "t.verdict"), (_FOUND, "f.text"), (_MENDED, "m.text")]
    listed = [*own, *cells, *corrected]
    return _Columns(tuple(title for title, _ in listed), tuple(expression for _, expression in listed))


def _report_sql(*, columns: _Columns, portion: tuple[int, int]) -> str:
    """Return the query of the rows from the first to the last of a portion."""
    joins = {"r": "raw", "f": "found", "m": "mended"}
    joined = " ".join(
        f"LEFT JOIN (SELECT * FROM {table} WHERE row BETWEEN {portion[0]} AND {portion[1]}) {alias}"
        f" ON {alias}.row = t.row"
        for alias, table in joins.items()
    )
    # A row that could not be read stands in the report too, without its cells.
    return (
        f"SELECT {', '.join(columns.expressions)} FROM told_{ROWS} t {joined}"
        f" WHERE t.row BETWEEN {portion[0]} AND {portion[1]} ORDER BY t.row"
    )


def _portions(*, workbench: Workbench) -> Iterator[tuple[int, int]]:
    """Yield the first and the last row of each portion: wide rows are sorted a few at a time."""
    last = int(workbench.value(sql=f"SELECT max(row) FROM told_{ROWS}") or 0)
    for first in range(0, last + 1, _ROWS_PER_PORTION):
        yield first, first + _ROWS_PER_PORTION - 1


def _write_csv(*, workbench: Workbench, columns: _Columns, delimiter: str) -> tuple[bytes, list[Path]]:
    """Write the rows as CSV that no spreadsheet runs; returns the line of titles and the files of rows, in order."""
    safe = _Columns(columns.titles, tuple(_safe_sql(expression=one) for one in columns.expressions))
    options = f"FORMAT csv, HEADER false, DELIMITER {quoted_text(delimiter)}, QUOTE '\"', ESCAPE '\"'"
    paths = []
    for portion in _portions(workbench=workbench):
        path = workbench.folder / f"report-{portion[0]}.csv"
        sql = _report_sql(columns=safe, portion=portion)
        workbench.run(sql=f"COPY ({sql}) TO {quoted_text(str(path))} ({options})")
        paths.append(path)
    line = io.StringIO()
    titles: Sequence[str] = [formula_safe(text=title) for title in columns.titles]
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(titles)
    # Without the mark spreadsheets take the file for one of an old code page.
    return _BYTE_ORDER_MARK + line.getvalue().encode("utf-8", "replace"), paths


def _safe_sql(*, expression: str) -> str:
    """Return the expression with a quote before what a spreadsheet would run; numbers stay numbers."""
    return (
        rf"CASE WHEN regexp_matches({expression}, '^[=+\-@\t\r]')"
        rf" AND NOT regexp_full_match({expression}, '[+-]?[0-9]+([.,][0-9]+)?')"
        f" THEN '''' || {expression} ELSE {expression} END"
    )


async def _joined(*, head: bytes, paths: Sequence[Path]) -> AsyncIterator[bytes]:
    if head:
        yield head
    for path in paths:
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, 1 << 20):
                yield chunk


def _stem(*, feed: Feed) -> str:
    """Return a harmless name after the file's own, without its endings."""
    own = (feed.file_name or "feed").replace("\\", "/").rpartition("/")[2].partition(".")[0]
    return "".join(one for one in own if one.isascii() and (one.isalnum() or one in "-_ "))[:80].strip() or "feed"
