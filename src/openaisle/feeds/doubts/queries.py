"""Reading groups of doubtful rows; a supplier sees its own."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.catalog.model import SubmissionFacts
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.doubts.model import (
    SUBJECT_KIND,
    Doubt,
    DoubtedRow,
    GroupDecision,
    GroupState,
    ReviewGroup,
    ReviewGroupUnknown,
)
from openaisle.feeds.doubts.repository import DOUBTS, REVIEW_GROUPS, group_key
from openaisle.feeds.judging.tables import JUDGED_COLUMNS, facts_of
from openaisle.feeds.model import FeedCounts
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.repository import plan_blob_name
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.table import Table
from openaisle.kernel.tabular import Workbenches, quoted_text
from openaisle.reviews.model import review_task_id


class ReviewGroupView(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a supplier's feeds that wait for one decision, or got it.

    ``rows`` counts those of all ``feed_ids``; once a person has decided, ``rows_done`` grows up to it and ``counts``
    says what became of them. ``samples`` are the first rows of the newest feed. ``task_id`` is the review task.
    """

    group_id: str
    supplier_id: str
    state: GroupState
    task_id: str
    causes: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    rows: int
    rows_done: int
    counts: FeedCounts
    feed_ids: tuple[str, ...]
    samples: tuple[DoubtedRow, ...]
    decision: GroupDecision | None
    opened_at: datetime
    changed_at: datetime


class ReviewGroupList(msgspec.Struct, frozen=True, kw_only=True):
    """The groups in which rows of a feed wait, the largest first."""

    review_groups: list[ReviewGroupView]


class ReviewGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a group with its facts, as far as they were mended without a person."""

    feed_id: str
    row: int
    facts: SubmissionFacts


class ReviewGroupRowPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a group's rows, those of the newest feed; ``next_after`` is null on the last page."""

    rows: list[ReviewGroupRow]
    next_after: int | None


class ReviewGroupQueries:
    """The queries of groups; ``scope`` None is the operator's view."""

    def __init__(self, *, table: Table, blobs: Blobs, workbenches: Workbenches, feeds: FeedQueries) -> None:
        """Take the ports and the queries of feeds."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches
        self._feeds = feeds

    async def group(self, *, scope: SupplierScope | None, group_id: str) -> ReviewGroupView:
        """Return a group; raises ReviewGroupUnknown."""
        return _view(await self._group(scope=scope, group_id=group_id))

    async def of_feed(self, *, scope: SupplierScope | None, feed_id: str) -> ReviewGroupList:
        """Return the groups of a feed's rows; raises FeedUnknown."""
        feed = (await self._feeds.feed(scope=scope, feed_id=feed_id)).record
        items = await self._table.get_many(keys=[group_key(group_id=one) for one in feed.review_groups])
        groups = [REVIEW_GROUPS.record(item.body) for item in items if item is not None]
        return ReviewGroupList(review_groups=[_view(group) for group in groups])

    async def rows(self, *, scope: SupplierScope | None, group_id: str, after: int, limit: int) -> ReviewGroupRowPage:
        """Return a page of a group's rows, of the newest feed that brought some; raises ReviewGroupUnknown."""
        group = await self._group(scope=scope, group_id=group_id)
        part = group.parts[-1]
        name = plan_blob_name(feed_id=part.feed_id, attempt=part.attempt, part=DOUBTS)
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=[name]) as (workbench, paths):
            sql = (
                f"SELECT {', '.join(JUDGED_COLUMNS)} FROM read_parquet({quoted_text(str(paths[name]))})"
                f" WHERE signature = {quoted_text(group.signature)} AND row > {int(after)}"
                f" ORDER BY row LIMIT {int(limit) + 1}"
            )
            found = await on_thread(workbench, lambda: [row for rows in workbench.rows(sql=sql) for row in rows])
        rows = [ReviewGroupRow(feed_id=part.feed_id, row=row[0], facts=facts_of(row=row)) for row in found[:limit]]
        return ReviewGroupRowPage(rows=rows, next_after=rows[-1].row if len(found) > limit else None)

    async def _group(self, *, scope: SupplierScope | None, group_id: str) -> ReviewGroup:
        item = await self._table.get(key=group_key(group_id=group_id))
        group = REVIEW_GROUPS.record(item.body) if item is not None else None
        if group is None or (scope is not None and group.supplier_id != scope.supplier_id):
            raise ReviewGroupUnknown(detail=f"There is no group {group_id[:40]}.")
        return group


def _view(group: ReviewGroup) -> ReviewGroupView:
    return ReviewGroupView(
        group_id=group.group_id,
        supplier_id=group.supplier_id,
        state=group.state,
        task_id=review_task_id(subject_kind=SUBJECT_KIND, subject_id=group.group_id, occasion=group.group_id),
        causes=group.causes,
        doubts=group.doubts,
        rows=group.rows,
        rows_done=group.counts.rows,
        counts=group.counts,
        feed_ids=tuple(part.feed_id for part in group.parts),
        samples=group.samples,
        decision=group.decision,
        opened_at=group.opened_at,
        changed_at=group.changed_at,
    )
