"""Where review tasks stand in the table."""

from __future__ import annotations

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.reviews.model import ReviewState, ReviewTask


def review_task_key(*, task_id: str) -> Key:
    """Access pattern: one task by its identifier (queries.ReviewQueries.task, every use case)."""
    return Key(f"REVIEW_TASK#{task_id}", "REVIEW_TASK")


def tasks_in_state(*, state: ReviewState) -> str:
    """Access pattern: the tasks in one state, the longest waiting first (queries.ReviewQueries.listed)."""
    return f"REVIEW_TASKS#{state.value}"


def tasks_of_kind(*, state: ReviewState, subject_kind: str) -> str:
    """Access pattern: the same about one kind of subject (queries.ReviewQueries.listed)."""
    return f"REVIEW_TASKS#{state.value}#{subject_kind}"


def _indexes(task: ReviewTask) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(task.requested_at)}#{task.task_id}"
    return (
        IndexEntry(Index.FIRST, tasks_in_state(state=task.state), sort),
        IndexEntry(Index.SECOND, tasks_of_kind(state=task.state, subject_kind=task.subject_kind), sort),
    )


REVIEW_TASKS = RecordType(
    kind="review_task",
    model=ReviewTask,
    key=lambda task: review_task_key(task_id=task.task_id),
    indexes=_indexes,
)
