"""Earlier tasks: of the same subject, and of the same cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.table import Table
from openaisle.reviews.model import Resolution, ReviewState, ReviewTask, ReviewTaskMissing
from openaisle.reviews.repository import (
    REVIEW_LINKS,
    REVIEW_TASKS,
    review_task_key,
    tasks_of_cause,
    tasks_of_subject,
)

_PAGE = 100


class EarlierTask(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of another task: what it was about, and how it ended."""

    task_id: str
    subject_kind: str
    subject_id: str
    state: ReviewState
    causes: tuple[str, ...]
    requested_at: datetime
    resolution: Resolution | None


class ReviewHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The latest other tasks about the same subject, and of the first cause; the latest first."""

    task_id: str
    same_subject: list[EarlierTask]
    same_cause: list[EarlierTask]


class PastTasks(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks of a cause, the latest first; ``complete`` is false if there are more."""

    tasks: tuple[ReviewTask, ...]
    complete: bool


class ReviewHistories:
    """Finds tasks by what they have in common."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def history(self, *, task_id: str, limit: int = 20) -> ReviewHistory:
        """Return what went before a task, and what waits beside it; raises ReviewTaskMissing."""
        (task,) = await self._tasks(task_ids=[task_id]) or (None,)
        if task is None:
            raise ReviewTaskMissing(detail=f"There is no review task {task_id[:40]}.")
        subject = tasks_of_subject(subject_kind=task.subject_kind, subject_id=task.subject_id)
        same_subject = await self._linked(partition=subject, maximum=limit + 1)
        same_cause: list[ReviewTask] = []
        if task.causes:
            cause = tasks_of_cause(subject_kind=task.subject_kind, cause=task.causes[0])
            same_cause = list((await self._linked(partition=cause, maximum=limit + 1)).tasks)
        return ReviewHistory(
            task_id=task_id,
            same_subject=_told(same_subject.tasks, without=task_id, limit=limit),
            same_cause=_told(same_cause, without=task_id, limit=limit),
        )

    async def of_cause(self, *, subject_kind: str, cause: str, maximum: int) -> PastTasks:
        """Return the latest tasks of a cause, at most ``maximum``."""
        return await self._linked(partition=tasks_of_cause(subject_kind=subject_kind, cause=cause), maximum=maximum)

    async def _linked(self, *, partition: str, maximum: int) -> PastTasks:
        tasks: list[ReviewTask] = []
        after: str | None = None
        while len(tasks) < maximum:
            page = await self._table.query(
                partition=partition, after=after, limit=min(_PAGE, maximum - len(tasks)), descending=True
            )
            links = [REVIEW_LINKS.decode(item).record for item in page.items]
            tasks += await self._tasks(task_ids=[link.task_id for link in links])
            after = page.cursor
            if after is None:
                break
        return PastTasks(tasks=tuple(tasks), complete=after is None)

    async def _tasks(self, *, task_ids: Sequence[str]) -> list[ReviewTask]:
        items = await self._table.get_many(keys=[review_task_key(task_id=task_id) for task_id in task_ids])
        return [REVIEW_TASKS.decode(item).record for item in items if item is not None]


def _told(tasks: Sequence[ReviewTask], *, without: str, limit: int) -> list[EarlierTask]:
    return [
        EarlierTask(
            task_id=task.task_id,
            subject_kind=task.subject_kind,
            subject_id=task.subject_id,
            state=task.state,
            causes=task.causes,
            requested_at=task.requested_at,
            resolution=task.resolution,
        )
        for task in tasks
        if task.task_id != without
    ][:limit]
