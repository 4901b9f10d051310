"""Applying: batch by batch what the plan says goes into the store, each commit with the report on its rows.

Whatever kills a worker, a batch that runs again finds by its reports which of its rows are done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter

import msgspec

from openaisle.catalog.issues import Correction, CorrectionRule, Issue, Severity
from openaisle.catalog.model import Verdict
from openaisle.feeds.applying.bodies import Made, make_items
from openaisle.feeds.applying.planning import (
    PLAN,
    PLAN_COLUMNS,
    REMOVED,
    SLOW_CORRECTIONS,
    SLOW_ISSUES,
    quoted_list,
)
from openaisle.feeds.applying.registering import Registering, Removal
from openaisle.feeds.applying.reports import counts_of, report_of
from openaisle.feeds.applying.terms_registrar import TermsRegistrar
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.events import FeedRowsApplied
from openaisle.feeds.judging.tables import facts_of
from openaisle.feeds.model import Feed, FeedCounts, FeedPlan, FeedState, decide_progress
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.report import FeedReport
from openaisle.feeds.repository import (
    FEED_REPORTS,
    FEEDS,
    batch_prefix,
    feed_key,
    feed_report_key,
    plan_blob_name,
)
from openaisle.inventory.acceptance import Intake
from openaisle.inventory.packing import Registered
from openaisle.inventory.prejudged import Judged
from openaisle.inventory.registrar import Registrar
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.bulk import BulkTable
from openaisle.kernel.context import Context
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import CommitRefused, Item, Table, Write
from openaisle.kernel.tabular import Row, Workbench, Workbenches, quoted_text

BATCHES_PER_STEP = 16
SECONDS_PER_RECORD = 1.0
_BATCHES_READ = 8
_BULK_TRIES = 6
_WHOLE_BATCH = 0


class StepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a step came to; ``due`` False: there is no progress to record.

    ``counts`` are those since ``batches_before``, up to which the progress is recorded: a long step does so itself.
    """

    due: bool = True
    batches_before: int = 0
    batches_done: int = 0
    counts: FeedCounts = FeedCounts()


class _Sums:
    """The sums of a step since its progress was last recorded."""

    def __init__(self) -> None:
        self.counts = FeedCounts()

    def add(self, *, counts: FeedCounts) -> None:
        self.counts += counts

    def taken(self) -> FeedCounts:
        """Return the sums and begin anew."""
        counts, self.counts = self.counts, FeedCounts()
        return counts


class _Plan:
    """The tables of a plan, as queries of one batch."""

    def __init__(self, *, workbench: Workbench, sources: Mapping[str, str]) -> None:
        self.workbench = workbench
        self._sources = sources
        self._ahead: dict[tuple[str, str], tuple[range, dict[int, list[Row]]]] = {}

    def source(self, *, batch: int) -> str:
        """Return the query of a batch's rows of the plan, as a source in brackets."""
        return f"(SELECT * FROM {self._sources[PLAN]} WHERE batch = {int(batch)})"

    async def rows(self, *, sql: str) -> list[Row]:
        return await on_thread(self.workbench, lambda: [row for rows in self.workbench.rows(sql=sql) for row in rows])

    async def of_batch(self, *, part: str, columns: str, batch: int) -> list[Row]:
        """Return the rows of a batch in their order; small batches are read several at once, as a query costs more."""
        batches, found = self._ahead.get((part, columns), (range(0), {}))
        if batch not in batches:
            batches, found = range(batch, batch + _BATCHES_READ), {}
            among = f"batch BETWEEN {batches[0]} AND {batches[-1]}"
            sql = f"SELECT batch, {columns} FROM {self._sources[part]} WHERE {among}"
            for number, *cells in await self.rows(sql=sql):
                found.setdefault(number, []).append(tuple(cells))
            self._ahead[part, columns] = (batches, found)
        return found.get(batch, [])


class _Ahead:
    """Makes the bodies of the next batch while the store takes those of this one."""

    def __init__(self, *, feed: Feed, tables: _Plan, last: int, context: Context) -> None:
        self._feed = feed
        self._tables = tables
        self._last = last
        self._context = context
        self._under_way: dict[int, asyncio.Task[Made]] = {}

    async def made(self, *, batch: int) -> Made:
        """Return the rows of a batch with their items, and begin with those of the next."""
        own = self._under_way.pop(batch, None) or asyncio.create_task(self._make(batch))
        made = await own
        if batch + 1 < self._last and batch + 1 not in self._under_way:
            self._under_way[batch + 1] = asyncio.create_task(self._make(batch + 1))
        return made

    async def close(self) -> None:
        """See what is under way end: the workbench must not be closed while a thread works with it."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _make(self, batch: int) -> Made:
        return await self.without(batch=batch, rows=())

    async def without(self, *, batch: int, rows: Collection[int]) -> Made:
        """Return what a batch makes without some of its rows."""
        source = self._tables.source(batch=batch)
        if rows:
            source = f"(SELECT * FROM {source} WHERE row NOT IN ({quoted_list(numbers=sorted(rows))}))"
        workbench, supplier_id, at = self._tables.workbench, self._feed.supplier_id, self._context.at
        return await on_thread(
            workbench, lambda: make_items(workbench=workbench, source=source, supplier_id=supplier_id, at=at)
        )


class FeedApplication:
    """Applies a planned feed, some batches a step."""

    def __init__(
        self,
        *,
        table: Table,
        bulk: BulkTable,
        blobs: Blobs,
        workbenches: Workbenches,
        queries: FeedQueries,
        registrar: Registrar,
        terms: TermsRegistrar,
        batches_per_step: int = BATCHES_PER_STEP,
    ) -> None:
        """Take the ports, what registers rows of either kind, and how many batches one step applies."""
        self._table = table
        self._bulk = bulk
        self._blobs = blobs
        self._workbenches = workbenches
        self._queries = queries
        self._registering = Registering(table=table, registrar=registrar, terms=terms)
        self._batches_per_step = batches_per_step

    async def apply(self, *, feed_id: str, batches_done: int, context: Context) -> StepOutcome:
        """Apply the next batches after the first ``batches_done``; rows whose report stands are not applied again."""
        feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
        plan = feed.plan
        if plan is None or feed.state is not FeedState.APPLYING or feed.batches_done != batches_done:
            return StepOutcome(due=False)
        last = min(batches_done + self._batches_per_step, plan.batches)
        sums = _Sums()
        names = {
            part: plan_blob_name(feed_id=feed_id, attempt=plan.attempt, part=part)
            for part in (PLAN, SLOW_ISSUES, SLOW_CORRECTIONS, REMOVED)
        }
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=list(names.values())) as (
            workbench,
            paths,
        ):
            sources = {part: f"read_parquet({quoted_text(str(paths[name]))})" for part, name in names.items()}
            tables = _Plan(workbench=workbench, sources=sources)
            ahead = _Ahead(feed=feed, tables=tables, last=min(last, plan.fast_batches), context=context)
            recorded, since = batches_done, time.monotonic()
            try:
                for batch in range(batches_done, last):
                    await self._apply_batch(
                        feed=feed, plan=plan, tables=tables, ahead=ahead, batch=batch, sums=sums, context=context
                    )
                    if batch + 1 == last or time.monotonic() - since < SECONDS_PER_RECORD:
                        continue
                    outcome = StepOutcome(batches_before=recorded, batches_done=batch + 1, counts=sums.taken())
                    standing = await self.record_progress(feed_id=feed_id, outcome=outcome, context=context)
                    if standing.state is not FeedState.APPLYING or standing.batches_done != batch + 1:
                        return StepOutcome(due=False)
                    recorded, since = batch + 1, time.monotonic()
            finally:
                await ahead.close()
        return StepOutcome(batches_before=recorded, batches_done=last, counts=sums.taken())

    async def record_progress(self, *, feed_id: str, outcome: StepOutcome, context: Context) -> Feed:
        """Store the progress of a step and return the feed; what is stored already stays as it is."""

        async def attempt() -> Feed:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            feed = found.record
            if feed.state is not FeedState.APPLYING or feed.batches_done != outcome.batches_before or not outcome.due:
                return feed
            changed = decide_progress(
                feed=feed, batches_done=outcome.batches_done, counts=outcome.counts, at=context.at
            )
            await self._table.commit(writes=[FEEDS.replace(changed, version=found.version)], context=context)
            return changed

        return await decided_anew(attempt)

    async def _apply_batch(
        self,
        *,
        feed: Feed,
        plan: FeedPlan,
        tables: _Plan,
        ahead: _Ahead,
        batch: int,
        sums: _Sums,
        context: Context,
    ) -> None:
        if batch < plan.fast_batches:
            await self._apply_fast(feed=feed, tables=tables, ahead=ahead, batch=batch, sums=sums, context=context)
            return
        rows = await tables.of_batch(part=PLAN, columns=", ".join(PLAN_COLUMNS), batch=batch)
        if rows:
            rows = sorted(rows, key=itemgetter(1))
            await self._apply_slow(feed=feed, tables=tables, batch=batch, rows=rows, sums=sums, context=context)
            return
        skus = [sku for (sku,) in await tables.of_batch(part=REMOVED, columns="sku", batch=batch)]
        removal = Removal(feed=feed, batch=batch, skus=tuple(skus))
        sums.add(counts=await self._registering.remove(removal=removal, context=context))

    async def _apply_fast(
        self, *, feed: Feed, tables: _Plan, ahead: _Ahead, batch: int, sums: _Sums, context: Context
    ) -> None:
        report = await self._report(feed_id=feed.feed_id, batch=batch)
        if report is None:
            report = await self._create(feed=feed, ahead=ahead, batch=batch, context=context)
        sums.add(counts=report.counts)
        if report.deferred:
            rows = await self._plan_rows(tables=tables, batch=batch, only=report.deferred)
            await self._apply_slow(feed=feed, tables=tables, batch=batch, rows=rows, sums=sums, context=context)

    async def _create(self, *, feed: Feed, ahead: _Ahead, batch: int, context: Context) -> FeedReport:
        """Create what a batch makes, but for rows whose offer or product exists: these are left for the slow way."""
        made = await ahead.made(batch=batch)
        deferred: set[int] = set()
        for _ in range(_BULK_TRIES):
            report = _bulk_report(feed=feed, batch=batch, rows=made.rows, deferred=deferred)
            product_ids = tuple(product_id for _, _, product_id, _ in made.rows)
            event = FeedRowsApplied(
                supplier_id=feed.supplier_id, feed_id=feed.feed_id, part=batch, product_ids=product_ids
            )
            write = FEED_REPORTS.create(report, events=[event])
            try:
                taken = await self._bulk.create(
                    items=made.items,
                    writes=[msgspec.structs.replace(write, streamed=True)],
                    context=context,
                )
            except CommitRefused:
                # Another worker has applied the batch meanwhile.
                standing = await self._report(feed_id=feed.feed_id, batch=batch)
                if standing is None:
                    raise
                return standing
            if not taken:
                return report
            deferred |= made.rows_of(taken=taken)
            made = await ahead.without(batch=batch, rows=deferred)
        raise ChangedMeanwhile(detail=f"Other writers kept taking what batch {batch} of feed {feed.feed_id} makes.")

    async def _apply_slow(
        self, *, feed: Feed, tables: _Plan, batch: int, rows: Sequence[Row], sums: _Sums, context: Context
    ) -> None:
        done: set[int] = set()
        for report in await self._reports(feed_id=feed.feed_id, batch=batch):
            done.update(report.rows)
            if report.first_row != _WHOLE_BATCH:
                sums.add(counts=report.counts)
        left = [row for row in rows if row[1] not in done]
        if not left:
            return
        issues, corrections = await self._findings(tables=tables, batch=batch)
        table = [
            _intake_of(
                feed=feed,
                row=row,
                issues=tuple(issues.get(row[1], ())),
                corrections=tuple(corrections.get(row[1], ())),
            )
            for row in left
        ]

        def report_on(registered: Sequence[Registered], before: Sequence[Item]) -> Write:
            return FEED_REPORTS.create(report_of(feed_id=feed.feed_id, batch=batch, rows=registered, before=before))

        registered = await self._registering.register(feed=feed, table=table, context=context, addition=report_on)
        sums.add(counts=counts_of(rows=registered))

    async def _plan_rows(self, *, tables: _Plan, batch: int, only: Sequence[int] = ()) -> list[Row]:
        chosen = f" WHERE row IN ({quoted_list(numbers=only)})" if only else ""
        columns = ", ".join(PLAN_COLUMNS)
        return await tables.rows(sql=f"SELECT {columns} FROM {tables.source(batch=batch)}{chosen} ORDER BY row")

    async def _findings(
        self, *, tables: _Plan, batch: int
    ) -> tuple[dict[int, list[Issue]], dict[int, list[Correction]]]:
        issues: dict[int, list[Issue]] = {}
        columns = "row, field, code, severity, message, suggestion"
        for row, field, code, severity, message, suggestion in await tables.of_batch(
            part=SLOW_ISSUES, columns=columns, batch=batch
        ):
            found = Issue(
                row=row,
                field=field,
                code=code,
                severity=Severity(severity),
                message=message,
                suggestion=suggestion,
            )
            issues.setdefault(row, []).append(found)
        corrections: dict[int, list[Correction]] = {}
        for row, field, before, after, rule, who in await tables.of_batch(
            part=SLOW_CORRECTIONS, columns="row, field, before, after, rule, who", batch=batch
        ):
            mended = Correction(row=row, field=field, before=before, after=after, rule=CorrectionRule(rule), who=who)
            corrections.setdefault(row, []).append(mended)
        return issues, corrections

    async def _report(self, *, feed_id: str, batch: int) -> FeedReport | None:
        item = await self._table.get(key=feed_report_key(feed_id=feed_id, batch=batch, first_row=_WHOLE_BATCH))
        return FEED_REPORTS.record(item.body) if item is not None else None

    async def _reports(self, *, feed_id: str, batch: int) -> list[FeedReport]:
        reports: list[FeedReport] = []
        after = None
        while True:
            page = await self._table.query(
                partition=feed_key(feed_id=feed_id).partition,
                sort_prefix=batch_prefix(batch=batch),
                after=after,
                limit=50,
            )
            reports += [FEED_REPORTS.record(item.body) for item in page.items]
            if page.cursor is None:
                return reports
            after = page.cursor


def _bulk_report(*, feed: Feed, batch: int, rows: Sequence[Row], deferred: set[int]) -> FeedReport:
    corrected = sum(row[1] == Verdict.CORRECTED for row in rows)
    counts = FeedCounts(rows=len(rows), accepted=len(rows) - corrected, corrected=corrected, new=len(rows))
    return FeedReport(
        feed_id=feed.feed_id,
        batch=batch,
        first_row=_WHOLE_BATCH,
        rows=(),
        counts=counts,
        deferred=tuple(sorted(deferred)),
    )


def _intake_of(*, feed: Feed, row: Row, issues: tuple[Issue, ...], corrections: tuple[Correction, ...]) -> Intake:
    facts = facts_of(row=row[1:])
    cells = dict(zip(PLAN_COLUMNS, row, strict=True))
    doubted = cells["verdict"] == Verdict.IN_REVIEW
    corrected = cells["verdict"] == Verdict.CORRECTED
    return Intake(
        supplier_id=feed.supplier_id,
        facts=facts,
        facts_hash=cells["facts_hash"],
        offer_id=cells["offer_id"],
        row=cells["row"],
        feed_id=feed.feed_id,
        judged=Judged(facts=facts, issues=issues, corrections=corrections, doubted=doubted, corrected=corrected),
    )
