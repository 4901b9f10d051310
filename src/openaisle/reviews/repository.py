"""Where review tasks stand in the table."""

from __future__ import annotations

import msgspec

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key, Write
from openaisle.kernel.times import sortable_time
from openaisle.reviews.model import ReviewState, ReviewTask

ESCALATION_TOPIC = "review-escalation"
"""Access pattern: the tasks whose next deadline has passed (workflow.escalation_timer)."""

_LINKED_CAUSES = 50


class ReviewLink(msgspec.Struct, frozen=True, kw_only=True):
    """Leads from a subject or a cause to a task, whatever became of it."""

    partition: str
    sort: str
    task_id: str


def review_task_key(*, task_id: str) -> Key:
    """Access pattern: one task by its identifier (queries.ReviewQueries.task, every use case)."""
    return Key(f"REVIEW_TASK#{task_id}", "REVIEW_TASK")


def tasks_in_state(*, state: ReviewState) -> str:
    """Access pattern: the tasks in one state, the longest waiting first (queries.ReviewQueries.listed)."""
    return f"REVIEW_TASKS#{state.value}"


def tasks_of_kind(*, state: ReviewState, subject_kind: str) -> str:
    """Access pattern: the same about one kind of subject (queries.ReviewQueries.listed)."""
    return f"REVIEW_TASKS#{state.value}#{subject_kind}"


def tasks_of_subject(*, subject_kind: str, subject_id: str) -> str:
    """Access pattern: every task about one subject, by age (history.ReviewHistories)."""
    return f"REVIEWS_OF_SUBJECT#{subject_kind}#{subject_id}"


def tasks_of_cause(*, subject_kind: str, cause: str) -> str:
    """Access pattern: every task of one cause, by age (history.ReviewHistories, testing rules, bulk resolutions)."""
    return f"REVIEWS_OF_CAUSE#{subject_kind}#{cause}"


def _sort(task: ReviewTask) -> str:
    return f"{sortable_time(task.requested_at)}#{task.task_id}"


def _indexes(task: ReviewTask) -> tuple[IndexEntry, ...]:
    sort = _sort(task)
    entries = (
        IndexEntry(Index.FIRST, tasks_in_state(state=task.state), sort),
        IndexEntry(Index.SECOND, tasks_of_kind(state=task.state, subject_kind=task.subject_kind), sort),
    )
    escalates_at = task.escalates_at
    if escalates_at is None:
        return entries
    return (*entries, due_entry(topic=ESCALATION_TOPIC, at=sortable_time(escalates_at), identifier=task.task_id))


REVIEW_TASKS = RecordType(
    kind="review_task",
    model=ReviewTask,
    key=lambda task: review_task_key(task_id=task.task_id),
    indexes=_indexes,
)
REVIEW_LINKS = RecordType(
    kind="review_link",
    model=ReviewLink,
    key=lambda link: Key(link.partition, link.sort),
    # A link says nothing that the task does not say, so nobody needs to be told of it.
    streamed=False,
)


def links_of(*, task: ReviewTask) -> list[Write]:
    """Return the writes that let a task be found by its subject and its causes; written once, when it is filed."""
    partitions = [tasks_of_subject(subject_kind=task.subject_kind, subject_id=task.subject_id)]
    causes = dict.fromkeys(task.causes[:_LINKED_CAUSES])
    partitions += [tasks_of_cause(subject_kind=task.subject_kind, cause=cause) for cause in causes]
    return [
        REVIEW_LINKS.store(ReviewLink(partition=partition, sort=_sort(task), task_id=task.task_id))
        for partition in partitions
    ]
