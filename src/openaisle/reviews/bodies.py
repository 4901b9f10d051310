"""What callers send about review tasks, and what a bulk resolution answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.reviews.decisions import Verdict
from openaisle.reviews.model import Decision, ReviewState
from openaisle.reviews.queries import Filter, Order

FieldName = Annotated[str, Meta(min_length=1, max_length=100)]
FieldText = Annotated[str, Meta(max_length=4_000)]
Reason = Annotated[str, Meta(min_length=1, max_length=2_000)]
Question = Annotated[str, Meta(min_length=1, max_length=1_000)]
Corrections = Annotated[dict[FieldName, FieldText | int | bool | None], Meta(max_length=100)]
Questions = Annotated[dict[FieldName, Question], Meta(max_length=100)]
_YEAR_SECONDS = 31_536_000


class PersonsDecision(StrEnum):
    """What a person can decide."""

    APPROVED = "approved"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"


class ReviewTaskFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tasks to list, and in what order.

    ``cause`` is one of the task's codes; ``assignee`` whose hands it is in; ``unassigned`` wants what is in nobody's;
    ``older_than_seconds`` what was asked for longer ago; ``overdue`` what missed its next deadline; ``escalated`` what
    was flagged for it. ``sort`` is oldest, newest or due (of the 1,000 longest waiting, on one page).
    """

    state: ReviewState = ReviewState.OPEN
    subject_kind: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    cause: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    assignee: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    unassigned: bool = False
    older_than_seconds: Annotated[int, Meta(ge=0, le=10 * _YEAR_SECONDS)] | None = None
    overdue: bool | None = None
    escalated: bool | None = None
    sort: Order | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100

    def wanted(self) -> Filter:
        """Return the filter for the queries."""
        return Filter(
            state=self.state,
            subject_kind=self.subject_kind,
            cause=self.cause,
            assignee="" if self.unassigned else self.assignee,
            older_than_seconds=self.older_than_seconds,
            overdue=self.overdue,
            escalated=self.escalated,
        )


class ClaimBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Into whose hands the task goes; without an assignee, into the caller's."""

    assignee: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be remembered about the task."""

    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class ResolutionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision with its reason.

    ``corrections`` maps each field to its new value, for ``corrected`` only; ``questions`` each field to what the
    supplier is asked about it, for ``sent_back`` only.
    """

    decision: PersonsDecision
    reason: Reason
    corrections: Corrections = msgspec.field(default_factory=dict)
    questions: Questions = msgspec.field(default_factory=dict)


class BulkResolutionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision for many tasks; ``corrections`` and ``questions`` are the same for each."""

    task_ids: Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(min_length=1, max_length=500)]
    decision: PersonsDecision
    reason: Reason
    corrections: Corrections = msgspec.field(default_factory=dict)
    questions: Questions = msgspec.field(default_factory=dict)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why one task of a bulk was left as it was: the error's code, title and status, and what happened."""

    code: str
    title: str
    status: int
    detail: str


class BulkResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one task: ``status`` is the HTTP status that its resolution would have had alone."""

    task_id: str
    status: int
    state: ReviewState | None = None
    problem: Problem | None = None


class BulkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One result for each task, in the order in which they were named; one named twice is decided once."""

    results: list[BulkResult]


def verdict_of(*, body: ResolutionBody | BulkResolutionBody) -> Verdict:
    """Return the verdict that a body states."""
    return Verdict(
        decision=Decision(body.decision.value),
        reason=body.reason,
        corrections=body.corrections,
        questions=body.questions,
    )
