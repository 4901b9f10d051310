"""A feed goes through in portions: read the rows, register them with a report, record the progress.

Whatever kills a worker, a portion that runs again finds by the reports which of its rows are done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import msgspec

from openaisle.catalog.cells import Facts
from openaisle.catalog.events import FeedAdvanced, FeedApplied, FeedFailed
from openaisle.catalog.issues import Correction, Issue
from openaisle.catalog.model import (
    Feed,
    FeedCounts,
    FeedState,
    SubmissionFacts,
    Verdict,
    decide_feed_failed,
    decide_feed_progress,
)
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.reading import FeedReader, FeedRow, FeedUnreadable
from openaisle.catalog.report import FeedReport
from openaisle.catalog.repository import (
    FEED_REPORTS,
    FEEDS,
    REPORT_PREFIX,
    feed_blob_name,
    feed_key,
)
from openaisle.inventory.acceptance import Intake, intake
from openaisle.inventory.registrar import Registered, Registrar
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context
from openaisle.kernel.records import Event, decided_anew
from openaisle.kernel.table import Table, Write

ROWS_PER_CHUNK = 500
ROWS_PER_PORTION = 5_000
_PAUSED_READINGS_MAXIMUM = 4
# The first row after the header.
_FIRST_ROW = 2

_FINAL = frozenset({FeedState.APPLIED, FeedState.FAILED})


class PortionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a portion came to.

    ``due`` False: there is no progress to record, because the portion was done before or nobody can read the file.
    ``last`` says that the file has ended.
    """

    due: bool = True
    last: bool = False
    counts: FeedCounts = FeedCounts()
    in_review: list[str] = []
    issues: list[Issue] = []
    encoding: str | None = None
    delimiter: str | None = None


class FeedApplication:
    """Applies feeds portion by portion."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        queries: CatalogQueries,
        registrar: Registrar,
        rows_per_portion: int = ROWS_PER_PORTION,
    ) -> None:
        """Take the ports, what registers rows, and how many rows one portion has."""
        self._table = table
        self._blobs = blobs
        self._queries = queries
        self._registrar = registrar
        self._rows_per_portion = rows_per_portion
        # Only a worker that starts anew reads a file again from its beginning.
        self._paused: dict[str, _Reading] = {}

    async def apply_portion(self, *, feed_id: str, rows_done: int, context: Context) -> PortionOutcome:
        """Read, validate and apply the rows after the first ``rows_done``; a file no one can read fails the feed.

        A row counts as read once its report stands in the table; those that do are not applied again.
        """
        feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
        if feed.rows_done != rows_done or feed.state in _FINAL:
            # An event that comes again asks for a portion that is done.
            return PortionOutcome(due=False)
        portion = _Portion(done=await self._reports_from(feed_id=feed_id, row=rows_done + _FIRST_ROW))
        reading = await self._reading_of(feed=feed)
        reader = reading.reader
        try:
            await self._apply_rows(feed=feed, reading=reading, portion=portion, context=context)
        except FeedUnreadable as unreadable:
            await self._fail(feed_id=feed_id, issues=(*reader.issues, unreadable.issue), context=context)
            return PortionOutcome(due=False)
        if not portion.last:
            await self._pause(feed_id=feed_id, reading=reading)
        return PortionOutcome(
            last=portion.last,
            counts=portion.counts,
            in_review=portion.in_review,
            issues=list(reader.issues),
            encoding=reader.encoding,
            delimiter=reader.delimiter,
        )

    async def record_progress(
        self, *, feed_id: str, rows_done: int, outcome: PortionOutcome, context: Context
    ) -> FeedState:
        """Store the progress of a portion, with the event that starts the next; a progress stored before stays."""

        async def attempt() -> FeedState:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            feed = found.record
            if feed.rows_done != rows_done or feed.state in _FINAL:
                return feed.state
            changed = decide_feed_progress(
                feed=feed,
                counts=outcome.counts,
                issues=tuple(outcome.issues),
                encoding=outcome.encoding,
                delimiter=outcome.delimiter,
                last=outcome.last,
                at=context.at,
            )
            write = FEEDS.replace(changed, version=found.version, events=[_progress_event(changed)])
            await self._table.commit(writes=[write], context=context)
            return changed.state

        return await decided_anew(attempt)

    async def _reading_of(self, *, feed: Feed) -> _Reading:
        """Return the reading of a feed at its first row that is not applied: the paused one, or one from the start."""
        paused = self._paused.pop(feed.feed_id, None)
        if paused is not None:
            if paused.read == feed.rows_done:
                return paused
            await paused.rows.aclose()
        reader = FeedReader()
        reading = _Reading(reader=reader, rows=self._rows(feed=feed, reader=reader))
        while reading.read < feed.rows_done and await reading.next() is not None:
            pass
        return reading

    async def _pause(self, *, feed_id: str, reading: _Reading) -> None:
        self._paused[feed_id] = reading
        while len(self._paused) > _PAUSED_READINGS_MAXIMUM:
            oldest = next(iter(self._paused))
            await self._paused.pop(oldest).rows.aclose()

    async def _apply_rows(self, *, feed: Feed, reading: _Reading, portion: _Portion, context: Context) -> None:
        chunk: list[Intake] = []
        for count in range(1, self._rows_per_portion + 1):
            found = await reading.next()
            if found is None:
                portion.last = True
                break
            row, repeated = found
            if row.number not in portion.done_rows:
                chunk.append(_intake_of(feed=feed, row=row, repeated=repeated))
            if count % ROWS_PER_CHUNK == 0:
                await self._register(feed=feed, chunk=chunk, portion=portion, context=context)
                chunk = []
                # Between chunks others get their turn, even if nothing had to be written.
                await asyncio.sleep(0)
        await self._register(feed=feed, chunk=chunk, portion=portion, context=context)

    async def _register(self, *, feed: Feed, chunk: list[Intake], portion: _Portion, context: Context) -> None:
        if not chunk:
            return

        def report(rows: Sequence[Registered]) -> Write | None:
            if not any(one.writes or one.issues or one.corrections for one in rows):
                return None
            return FEED_REPORTS.create(_report(feed_id=feed.feed_id, rows=rows))

        registered = await self._registrar.register(table=chunk, context=context, addition=report)
        portion.add(counts=_counts(rows=registered), in_review=_in_review(rows=registered))

    async def _rows(self, *, feed: Feed, reader: FeedReader) -> AsyncGenerator[FeedRow, None]:
        async for piece in self._blobs.chunks(name=feed_blob_name(feed_id=feed.feed_id)):
            for row in reader.rows(chunk=piece):
                yield row
        for row in reader.last_rows():
            yield row

    async def _reports_from(self, *, feed_id: str, row: int) -> list[FeedReport]:
        """Return the reports on rows from ``row`` on: those of a portion that was broken off."""
        reports: list[FeedReport] = []
        after = None
        while True:
            page = await self._table.query(
                partition=feed_key(feed_id=feed_id).partition,
                sort_prefix=REPORT_PREFIX,
                after=after,
                limit=20,
                descending=True,
            )
            for item in page.items:
                report = FEED_REPORTS.record(item.body)
                if report.first_row < row:
                    return reports
                reports.append(report)
            if page.cursor is None:
                return reports
            after = page.cursor

    async def _fail(self, *, feed_id: str, issues: tuple[Issue, ...], context: Context) -> None:
        async def attempt() -> None:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            if found.record.state in _FINAL:
                return
            failed = decide_feed_failed(feed=found.record, issues=issues, at=context.at)
            event = FeedFailed(supplier_id=failed.supplier_id, feed_id=feed_id)
            write = FEEDS.replace(failed, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)


class _Reading:
    """The reading of one file: how many rows came, and which SKUs were among them."""

    def __init__(self, *, reader: FeedReader, rows: AsyncGenerator[FeedRow, None]) -> None:
        self.reader = reader
        self.rows = rows
        self.read = 0
        # A hash is enough: of half a million SKUs two that collide in 64 bits are not to be expected.
        self._seen: set[int] = set()

    async def next(self) -> tuple[FeedRow, bool] | None:
        """Return the next row and whether an earlier row had its SKU, or None at the end of the file."""
        row = await anext(self.rows, None)
        if row is None:
            return None
        self.read += 1
        sku = row.cells.get("supplier_sku", "").strip()
        if not sku:
            return row, False
        repeated = hash(sku) in self._seen
        self._seen.add(hash(sku))
        return row, repeated


class _Portion:
    """The sums of a portion while it is applied."""

    def __init__(self, *, done: Sequence[FeedReport]) -> None:
        self.done_rows = frozenset(row for report in done for row in report.rows)
        self.counts = FeedCounts()
        self.in_review: list[str] = []
        self.last = False
        for report in done:
            self.add(counts=report.counts, in_review=report.in_review)

    def add(self, *, counts: FeedCounts, in_review: Sequence[str]) -> None:
        self.counts += counts
        self.in_review += in_review


def _intake_of(*, feed: Feed, row: FeedRow, repeated: bool) -> Intake:
    facts = SubmissionFacts()
    issues = row.issues
    corrections: tuple[Correction, ...] = ()
    if row.cells:
        reading = Facts(row=row.number)
        facts = reading.read(cells=row.cells)
        issues, corrections = (*issues, *reading.issues), tuple(reading.corrections)
    return intake(
        supplier_id=feed.supplier_id,
        facts=facts,
        row=row.number,
        feed_id=feed.feed_id,
        issues=issues,
        corrections=corrections,
        repeated=repeated,
    )


def _report(*, feed_id: str, rows: Sequence[Registered]) -> FeedReport:
    numbers = tuple(one.taken.row for one in rows if one.taken.row is not None)
    return FeedReport(
        feed_id=feed_id,
        first_row=numbers[0],
        rows=numbers,
        counts=_counts(rows=rows),
        in_review=tuple(_in_review(rows=rows)),
        issues=tuple(issue for one in rows for issue in one.issues),
        corrections=tuple(correction for one in rows for correction in one.corrections),
    )


def _counts(*, rows: Sequence[Registered]) -> FeedCounts:
    verdicts = dict.fromkeys(Verdict, 0)
    new = 0
    for one in rows:
        verdicts[one.verdict] += 1
        new += one.new
    return FeedCounts(
        rows=len(rows),
        new=new,
        changed=verdicts[Verdict.ACCEPTED] + verdicts[Verdict.CORRECTED] - new,
        **{verdict.value: count for verdict, count in verdicts.items()},
    )


def _in_review(*, rows: Sequence[Registered]) -> list[str]:
    return [one.submission_id for one in rows if one.verdict is Verdict.IN_REVIEW and one.submission_id is not None]


def _progress_event(feed: Feed) -> Event:
    if feed.state is FeedState.APPLIED:
        return FeedApplied(
            supplier_id=feed.supplier_id,
            feed_id=feed.feed_id,
            rows=feed.counts.rows,
            rejected=feed.counts.rejected,
            in_review=feed.counts.in_review,
        )
    return FeedAdvanced(supplier_id=feed.supplier_id, feed_id=feed.feed_id, rows_done=feed.rows_done)
