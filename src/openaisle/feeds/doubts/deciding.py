"""What a person decided about a group is done to its rows: in portions, each of which may run twice."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.catalog.issues import Correction
from openaisle.feeds.applying.reports import counts_of, report_of
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.doubts.events import ReviewGroupDecided, ReviewGroupSettled
from openaisle.feeds.doubts.model import (
    GroupDecision,
    GroupPart,
    GroupState,
    ReviewGroup,
    corrected_facts,
    decide_decided,
    decide_part,
)
from openaisle.feeds.doubts.repository import DOUBTS, REVIEW_GROUPS, group_key
from openaisle.feeds.doubts.telling import DoubtReports
from openaisle.feeds.judging.tables import PLANNED_COLUMNS, facts_of
from openaisle.feeds.model import Feed, FeedCounts, FeedState, decide_batch_reserved, decide_reviewed
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.repository import FEED_REPORTS, FEEDS, plan_blob_name
from openaisle.inventory.acceptance import Intake
from openaisle.inventory.packing import Registered
from openaisle.inventory.registrar import Registrar
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.errors import NotFound
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import Item, Table, Write
from openaisle.kernel.tabular import Row, Workbenches, quoted_text
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision

ROWS_PER_PORTION = 2_000
PORTIONS_AT_ONCE = 10
_APPLYING = frozenset({Decision.APPROVED, Decision.CORRECTED})
_CORRECTIONS = msgspec.json.Decoder(list[Correction])


class ReviewGroupDecisions:
    """Takes decisions about groups, and does what they say."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        workbenches: Workbenches,
        feeds: FeedQueries,
        registrar: Registrar,
        rows_per_portion: int = ROWS_PER_PORTION,
    ) -> None:
        """Take the ports, the queries of feeds, what registers rows, and how many rows a portion has."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches
        self._feeds = feeds
        self._registrar = registrar
        self._rows_per_portion = rows_per_portion
        self._reports = DoubtReports(table=table, blobs=blobs, workbenches=workbenches)

    async def decide(self, *, resolved: ReviewResolved, context: Context) -> None:
        """Take a decision; a group that waits for none any more is left alone."""

        async def attempt() -> None:
            found = await self._group(group_id=resolved.subject_id)
            if found is None or found.record.state is not GroupState.OPEN:
                return
            decision = GroupDecision(
                task_id=resolved.task_id,
                decision=resolved.decision,
                corrections=dict(resolved.corrections),
                reason=resolved.asked()[:2_000],
                by=resolved.by,
                at=context.at,
            )
            group = decide_decided(group=found.record, decision=decision)
            event = ReviewGroupDecided(
                supplier_id=group.supplier_id,
                group_id=group.group_id,
                decision=decision.decision.value,
                rows=group.rows,
            )
            write = REVIEW_GROUPS.replace(group, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)

    async def go_on(self, *, group_id: str, context: Context) -> bool:
        """Apply the next portions of a decided group; returns whether more are left."""
        for _ in range(PORTIONS_AT_ONCE):
            found = await self._group(group_id=group_id)
            part = found.record.next_part if found is not None and found.record.state is GroupState.DECIDED else None
            if found is None or part is None:
                return False
            feed = await self._feed(feed_id=part.feed_id)
            if feed is None or feed.record.state is not FeedState.APPLIED:
                # Who took the feed back did not want its doubtful rows either.
                await self._pass_over(found=found, part=part, context=context)
            elif found.record.decision is None or found.record.decision.decision not in _APPLYING:
                await self._refuse(found=found, part=part, feed=feed, context=context)
            elif part.batch is None:
                await self._reserve(found=found, part=part, feed=feed, context=context)
            else:
                await self._apply(found=found, part=part, feed=feed.record, context=context)
        return True

    async def _pass_over(self, *, found: Versioned[ReviewGroup], part: GroupPart, context: Context) -> None:
        done = msgspec.structs.replace(part, finished=True)
        counts = FeedCounts(rows=part.rows, in_review=part.rows)
        await self._commit(found=found, part=done, counts=counts, context=context)

    async def _reserve(
        self, *, found: Versioned[ReviewGroup], part: GroupPart, feed: Versioned[Feed], context: Context
    ) -> None:
        changed, batch = decide_batch_reserved(feed=feed.record, at=context.at)
        reserved = msgspec.structs.replace(part, batch=batch, batches=(*part.batches, batch))
        beside = [FEEDS.replace(changed, version=feed.version)]
        await self._commit(found=found, part=reserved, counts=FeedCounts(), context=context, beside=beside)

    async def _refuse(
        self, *, found: Versioned[ReviewGroup], part: GroupPart, feed: Versioned[Feed], context: Context
    ) -> None:
        counts = FeedCounts(rows=part.rows, rejected=part.rows)
        done = msgspec.structs.replace(part, finished=True)
        await self._reports.tell(group=found.record, part=done, feed=feed.record)
        changed = decide_reviewed(feed=feed.record, counts=counts, at=context.at)
        beside = [FEEDS.replace(changed, version=feed.version)]
        await self._commit(found=found, part=done, counts=counts, context=context, beside=beside)

    async def _apply(self, *, found: Versioned[ReviewGroup], part: GroupPart, feed: Feed, context: Context) -> None:
        """Register the next rows; those whose report stands are done already."""
        assert part.batch is not None
        group, batch = found.record, part.batch
        rows = await self._rows(group=group, part=part)
        counts = FeedCounts()
        done: set[int] = set()
        for report in await self._reports.of_batch(feed_id=part.feed_id, batch=batch):
            done.update(report.rows)
            counts += report.counts
        table = [_intake_of(group=group, feed=feed, row=row) for row in rows if row[0] not in done]
        if table:

            def report_on(registered: Sequence[Registered], before: Sequence[Item]) -> Write:
                return FEED_REPORTS.create(report_of(feed_id=part.feed_id, batch=batch, rows=registered, before=before))

            # What the rows say was said when the feed came, whenever it was decided. Another name than that of feeds
            # tells the supplier's state that somebody else changed these offers.
            saying = system_context(name="reviews", at=feed.received_at, correlation_id=feed.feed_id)
            counts += counts_of(rows=await self._registrar.register(table=table, context=saying, addition=report_on))
        finished = len(rows) < self._rows_per_portion
        through = rows[-1][0] if rows else part.done_through
        progressed = msgspec.structs.replace(part, done_through=through, batch=None, finished=finished)
        if finished:
            await self._reports.tell(group=group, part=progressed, feed=feed)

        async def attempt() -> None:
            latest = await self._feed(feed_id=part.feed_id)
            beside: list[Write] = []
            if latest is not None and latest.record.state is FeedState.APPLIED:
                changed = decide_reviewed(feed=latest.record, counts=counts, at=context.at)
                beside = [FEEDS.replace(changed, version=latest.version)]
            await self._commit(found=found, part=progressed, counts=counts, context=context, beside=beside)

        await decided_anew(attempt)

    async def _commit(
        self,
        *,
        found: Versioned[ReviewGroup],
        part: GroupPart,
        counts: FeedCounts,
        context: Context,
        beside: Sequence[Write] = (),
    ) -> None:
        group = decide_part(group=found.record, part=part, counts=counts, at=context.at)
        events: list[Event] = []
        if group.state is GroupState.SETTLED:
            events = [
                ReviewGroupSettled(
                    supplier_id=group.supplier_id,
                    group_id=group.group_id,
                    accepted=group.counts.accepted,
                    corrected=group.counts.corrected,
                    unchanged=group.counts.unchanged,
                    rejected=group.counts.rejected,
                )
            ]
        write = REVIEW_GROUPS.replace(group, version=found.version, events=events)
        await self._table.commit(writes=[write, *beside], context=context)

    async def _rows(self, *, group: ReviewGroup, part: GroupPart) -> list[Row]:
        name = plan_blob_name(feed_id=part.feed_id, attempt=part.attempt, part=DOUBTS)
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=[name]) as (workbench, paths):
            sql = (
                f"SELECT {', '.join(PLANNED_COLUMNS)}, mends FROM read_parquet({quoted_text(str(paths[name]))})"
                f" WHERE signature = {quoted_text(group.signature)} AND row > {int(part.done_through)}"
                f" ORDER BY row LIMIT {int(self._rows_per_portion)}"
            )
            return await on_thread(workbench, lambda: [row for rows in workbench.rows(sql=sql) for row in rows])

    async def _group(self, *, group_id: str) -> Versioned[ReviewGroup] | None:
        item = await self._table.get(key=group_key(group_id=group_id))
        return REVIEW_GROUPS.decode(item) if item is not None else None

    async def _feed(self, *, feed_id: str) -> Versioned[Feed] | None:
        try:
            return await self._feeds.feed(scope=None, feed_id=feed_id)
        except NotFound:
            return None


def _intake_of(*, group: ReviewGroup, feed: Feed, row: Row) -> Intake:
    assert group.decision is not None
    cells = dict(zip(PLANNED_COLUMNS, row[:-1], strict=True))
    number, mends = cells["row"], row[-1]
    made = [
        msgspec.structs.replace(one, row=number) for one in (_CORRECTIONS.decode(mends) if mends is not None else ())
    ]
    facts, own = corrected_facts(
        facts=facts_of(row=row[:-1]), corrections=group.decision.corrections, by=group.decision.by
    )
    return Intake(
        supplier_id=group.supplier_id,
        facts=facts,
        facts_hash=cells["facts_hash"],
        offer_id=cells["offer_id"],
        row=number,
        feed_id=feed.feed_id,
        corrections=(*made, *(msgspec.structs.replace(one, row=number) for one in own)),
        settled=True,
    )
