"""Read review tasks, with how long they have waited."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.table import Index, Table
from openaisle.reviews.model import (
    Resolution,
    ReviewFinding,
    ReviewProposal,
    ReviewState,
    ReviewTask,
    ReviewTaskMissing,
)
from openaisle.reviews.repository import REVIEW_TASKS, review_task_key, tasks_in_state, tasks_of_kind

_COUNTING_PAGE = 500


class ReviewTaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it is shown; ``age_seconds`` is the time it waited or waits for its resolution."""

    task_id: str
    subject_kind: str
    subject_id: str
    occasion: str
    state: ReviewState
    causes: tuple[str, ...]
    findings: tuple[ReviewFinding, ...]
    proposals: tuple[ReviewProposal, ...]
    requested_at: datetime
    requested_by: str
    assignee: str | None
    claimed_at: datetime | None
    resolution: Resolution | None
    age_seconds: int


class ReviewTaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, the longest waiting first; ``next_after`` is null on the last page."""

    review_tasks: list[ReviewTaskView]
    next_after: str | None


class ReviewCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks wait; a number equal to ``maximum`` means that many or more."""

    open: int
    claimed: int
    maximum: int
    oldest_requested_at: datetime | None


class ReviewQueries:
    """The queries of review tasks."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def task(self, *, task_id: str, at: datetime) -> ReviewTaskView:
        """Return one task; raises ReviewTaskMissing."""
        item = await self._table.get(key=review_task_key(task_id=task_id))
        if item is None:
            raise ReviewTaskMissing(detail=f"There is no review task {task_id[:40]}.")
        return view_of(task=REVIEW_TASKS.decode(item).record, at=at)

    async def listed(
        self,
        *,
        at: datetime,
        state: ReviewState = ReviewState.OPEN,
        subject_kind: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> ReviewTaskPage:
        """Return a page of the tasks in a state, of one kind of subject or all; those resolved last come first."""
        if subject_kind is None:
            index, partition = Index.FIRST, tasks_in_state(state=state)
        else:
            index, partition = Index.SECOND, tasks_of_kind(state=state, subject_kind=subject_kind)
        page = await self._table.query(
            partition=partition,
            index=index,
            after=after,
            limit=limit,
            descending=state is ReviewState.RESOLVED,
        )
        tasks = [view_of(task=REVIEW_TASKS.decode(item).record, at=at) for item in page.items]
        return ReviewTaskPage(review_tasks=tasks, next_after=page.cursor)

    async def counts(self, *, maximum: int = 1_000) -> ReviewCounts:
        """Return how many tasks wait, counting no further than ``maximum`` in each state."""
        open_count, oldest_open = await self._counted(state=ReviewState.OPEN, maximum=maximum)
        claimed_count, oldest_claimed = await self._counted(state=ReviewState.CLAIMED, maximum=maximum)
        moments = [moment for moment in (oldest_open, oldest_claimed) if moment is not None]
        return ReviewCounts(
            open=open_count,
            claimed=claimed_count,
            maximum=maximum,
            oldest_requested_at=min(moments, default=None),
        )

    async def _counted(self, *, state: ReviewState, maximum: int) -> tuple[int, datetime | None]:
        count, cursor, oldest = 0, None, None
        while count < maximum:
            page = await self._table.query(
                partition=tasks_in_state(state=state),
                index=Index.FIRST,
                after=cursor,
                limit=min(_COUNTING_PAGE, maximum - count),
            )
            if page.items and oldest is None:
                oldest = REVIEW_TASKS.decode(page.items[0]).record.requested_at
            count += len(page.items)
            cursor = page.cursor
            if cursor is None:
                break
        return count, oldest


def view_of(*, task: ReviewTask, at: datetime) -> ReviewTaskView:
    """Return the task as it is shown at a moment."""
    until = task.resolution.at if task.resolution is not None else at
    return ReviewTaskView(
        task_id=task.task_id,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        occasion=task.occasion,
        state=task.state,
        causes=task.causes,
        findings=task.findings,
        proposals=task.proposals,
        requested_at=task.requested_at,
        requested_by=task.requested_by,
        assignee=task.assignee,
        claimed_at=task.claimed_at,
        resolution=task.resolution,
        age_seconds=max(0, int((until - task.requested_at).total_seconds())),
    )
