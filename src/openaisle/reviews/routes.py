"""The HTTP operations of review tasks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.reviews.model import (
    CorrectionsMissing,
    CorrectionsUnexpected,
    Decision,
    ReviewState,
    ReviewTaskMissing,
    ReviewTransitionRefused,
)
from openaisle.reviews.queries import ReviewQueries, ReviewTaskPage, ReviewTaskView, view_of
from openaisle.reviews.use_cases import Reviews

FieldName = Annotated[str, Meta(min_length=1, max_length=100)]
FieldText = Annotated[str, Meta(max_length=4_000)]


class PersonsDecision(StrEnum):
    """What a person can decide."""

    APPROVED = "approved"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"


class ReviewTaskFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tasks to list: those in ``state``, of one kind of subject or of all."""

    state: ReviewState = ReviewState.OPEN
    subject_kind: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ClaimBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Into whose hands the task goes."""

    assignee: Annotated[str, Meta(min_length=1, max_length=100)]


class ResolutionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision with its reason; ``corrections`` maps each field to its new value, for ``corrected`` only."""

    decision: PersonsDecision
    reason: Annotated[str, Meta(min_length=1, max_length=2_000)]
    corrections: Annotated[dict[FieldName, FieldText | int | bool | None], Meta(max_length=100)] = msgspec.field(
        default_factory=dict
    )


class ReviewOperations:
    """The operations of this room, one method each."""

    def __init__(self, *, use_cases: Reviews, queries: ReviewQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries

    async def listed(self, request: Request) -> Answer:
        """List tasks."""
        wanted: ReviewTaskFilter = request.query
        page = await self._queries.listed(
            at=request.context.at,
            state=wanted.state,
            subject_kind=wanted.subject_kind,
            after=wanted.after,
            limit=wanted.limit,
        )
        return Answer(value=page)

    async def one(self, request: Request) -> Answer:
        """Read one task."""
        return Answer(value=await self._queries.task(task_id=request.path["task_id"], at=request.context.at))

    async def claim(self, request: Request) -> Answer:
        """Put a task into somebody's hands."""
        body: ClaimBody = request.body
        task = await self._use_cases.claim(
            task_id=request.path["task_id"], assignee=body.assignee, context=request.context
        )
        return Answer(value=view_of(task=task, at=request.context.at))

    async def resolve(self, request: Request) -> Answer:
        """End a task with a decision."""
        body: ResolutionBody = request.body
        task = await self._use_cases.resolve(
            task_id=request.path["task_id"],
            decision=Decision(body.decision.value),
            corrections=body.corrections,
            reason=body.reason,
            context=request.context,
        )
        return Answer(value=view_of(task=task, at=request.context.at))


def operations(*, use_cases: Reviews, queries: ReviewQueries) -> tuple[Operation, ...]:
    """Return the operations of this room."""
    handlers = ReviewOperations(use_cases=use_cases, queries=queries)
    return (
        Operation(
            method="GET",
            path="/v1/review-tasks",
            name="list_review_tasks",
            summary="List review tasks, the longest waiting first",
            tag="Reviews",
            roles=OPERATOR,
            handle=handlers.listed,
            query=ReviewTaskFilter,
            answer=ReviewTaskPage,
        ),
        Operation(
            method="GET",
            path="/v1/review-tasks/{task_id}",
            name="get_review_task",
            summary="Read a review task",
            tag="Reviews",
            roles=OPERATOR,
            handle=handlers.one,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing,),
        ),
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/claim",
            name="claim_review_task",
            summary="Take a review task on",
            description="A task that somebody else has claimed may be taken over.",
            tag="Reviews",
            roles=OPERATOR,
            handle=handlers.claim,
            body=ClaimBody,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing, ReviewTransitionRefused),
        ),
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/resolution",
            name="resolve_review_task",
            summary="Decide a review task",
            description="The corrected record runs through the same checks again.",
            tag="Reviews",
            roles=OPERATOR,
            handle=handlers.resolve,
            body=ResolutionBody,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing, ReviewTransitionRefused, CorrectionsMissing, CorrectionsUnexpected),
        ),
    )
