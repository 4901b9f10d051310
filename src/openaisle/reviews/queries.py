"""Read review tasks, with how long they have waited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.table import Index, Page, Table
from openaisle.kernel.times import sortable_time
from openaisle.reviews.model import (
    Escalation,
    Note,
    Resolution,
    ReviewFinding,
    ReviewProposal,
    ReviewState,
    ReviewTask,
    ReviewTaskMissing,
)
from openaisle.reviews.repository import REVIEW_TASKS, review_task_key, tasks_in_state, tasks_of_kind

_COUNTING_PAGE = 500
_LOOKS_MAXIMUM = 20
_SORTED_MAXIMUM = 1_000


class Order(StrEnum):
    """In what order tasks are listed."""

    OLDEST = "oldest"
    NEWEST = "newest"
    DUE = "due"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks are wanted; what is None does not matter. ``assignee`` empty wants what nobody has taken on."""

    state: ReviewState = ReviewState.OPEN
    subject_kind: str | None = None
    cause: str | None = None
    assignee: str | None = None
    older_than_seconds: int | None = None
    overdue: bool | None = None
    escalated: bool | None = None

    def wants(self, *, task: ReviewTask, at: datetime) -> bool:
        """Return whether the task passes, but for state, kind and age, which the index answers."""
        return (
            (self.cause is None or self.cause in task.causes)
            and (self.assignee is None or self.assignee == (task.assignee or ""))
            and (self.overdue is None or self.overdue == task.is_overdue(at=at))
            and (self.escalated is None or self.escalated == bool(task.escalations))
        )


EVERY_OPEN = Filter()


class ReviewTaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it is shown.

    ``age_seconds`` is the time it waited or waits for its resolution; ``overdue`` says that somebody should have taken
    it on by ``respond_by``, or decided it by ``resolve_by``. ``first_decision`` waits for a second person.
    """

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
    assigned_by: str | None = None
    respond_by: datetime | None = None
    resolve_by: datetime | None = None
    overdue: bool = False
    escalations: tuple[Escalation, ...] = ()
    four_eyes: bool = False
    first_decision: Resolution | None = None
    notes: tuple[Note, ...] = ()


class ReviewTaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks; ``next_after`` is null on the last page.

    A filtered page may hold fewer tasks than were asked for although another follows.
    """

    review_tasks: list[ReviewTaskView]
    next_after: str | None


class ReviewCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks wait; a number equal to ``maximum`` means that many or more."""

    open: int
    claimed: int
    maximum: int
    oldest_requested_at: datetime | None
    confirming: int = 0


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
        wanted: Filter = EVERY_OPEN,
        order: Order | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> ReviewTaskPage:
        """Return a page of the tasks that are wanted.

        Without an ``order`` those waiting longest come first, and those resolved last. By due moment only the 1,000
        longest waiting are sorted, on one page.
        """
        if order is Order.DUE:
            return await self._by_due(at=at, wanted=wanted, limit=limit)
        descending = order is Order.NEWEST or (order is None and wanted.state is ReviewState.RESOLVED)
        tasks: list[ReviewTask] = []
        for _ in range(_LOOKS_MAXIMUM):
            page = await self._page(at=at, wanted=wanted, after=after, limit=limit - len(tasks), descending=descending)
            found = (REVIEW_TASKS.decode(item).record for item in page.items)
            tasks += [task for task in found if wanted.wants(task=task, at=at)]
            after = page.cursor
            # Ever smaller looks for the last few would cost more than a page that is not quite full.
            if after is None or 2 * len(tasks) >= limit:
                break
        return ReviewTaskPage(review_tasks=[view_of(task=task, at=at) for task in tasks], next_after=after)

    async def waiting(self, *, at: datetime, wanted: Filter, maximum: int) -> AsyncIterator[ReviewTask]:
        """Yield the tasks that are wanted, the longest waiting first, looking at no more than ``maximum``."""
        after, looked_at = None, 0
        while looked_at < maximum:
            limit = min(_COUNTING_PAGE, maximum - looked_at)
            page = await self._page(at=at, wanted=wanted, after=after, limit=limit, descending=False)
            for item in page.items:
                task = REVIEW_TASKS.decode(item).record
                if wanted.wants(task=task, at=at):
                    yield task
            looked_at += len(page.items)
            after = page.cursor
            if after is None:
                break

    async def _by_due(self, *, at: datetime, wanted: Filter, limit: int) -> ReviewTaskPage:
        tasks = [task async for task in self.waiting(at=at, wanted=wanted, maximum=_SORTED_MAXIMUM)]
        tasks.sort(key=lambda task: (task.next_deadline or (None, task.resolve_by or task.requested_at))[1])
        return ReviewTaskPage(review_tasks=[view_of(task=task, at=at) for task in tasks[:limit]], next_after=None)

    async def _page(self, *, at: datetime, wanted: Filter, after: str | None, limit: int, descending: bool) -> Page:
        if wanted.subject_kind is None:
            index, partition = Index.FIRST, tasks_in_state(state=wanted.state)
        else:
            index, partition = Index.SECOND, tasks_of_kind(state=wanted.state, subject_kind=wanted.subject_kind)
        asked_until = None
        if wanted.older_than_seconds is not None:
            asked_until = sortable_time(at - timedelta(seconds=wanted.older_than_seconds))
        return await self._table.query(
            partition=partition,
            index=index,
            sort_through=asked_until,
            after=after,
            limit=limit,
            descending=descending,
        )

    async def counts(self, *, maximum: int = 1_000) -> ReviewCounts:
        """Return how many tasks wait, counting no further than ``maximum`` in each state."""
        open_count, oldest_open = await self._counted(state=ReviewState.OPEN, maximum=maximum)
        claimed_count, oldest_claimed = await self._counted(state=ReviewState.CLAIMED, maximum=maximum)
        confirming_count, oldest_confirming = await self._counted(state=ReviewState.CONFIRMING, maximum=maximum)
        moments = [moment for moment in (oldest_open, oldest_claimed, oldest_confirming) if moment is not None]
        return ReviewCounts(
            open=open_count,
            claimed=claimed_count,
            confirming=confirming_count,
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
        assigned_by=task.assigned_by,
        respond_by=task.respond_by,
        resolve_by=task.resolve_by,
        overdue=task.is_overdue(at=at),
        escalations=task.escalations,
        four_eyes=task.four_eyes,
        first_decision=task.first_decision,
        notes=task.notes,
    )
