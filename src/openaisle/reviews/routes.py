"""The HTTP operations of review tasks."""

from __future__ import annotations

from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.reviews.bodies import (
    BulkAnswer,
    BulkResolutionBody,
    BulkResult,
    ClaimBody,
    NoteBody,
    Problem,
    ResolutionBody,
    ReviewTaskFilter,
    verdict_of,
)
from openaisle.reviews.history import ReviewHistories, ReviewHistory
from openaisle.reviews.model import (
    CorrectionsMissing,
    CorrectionsUnexpected,
    NotesFull,
    QuestionsUnexpected,
    ReviewTaskMissing,
    ReviewTransitionRefused,
    SecondPersonNeeded,
)
from openaisle.reviews.queries import ReviewQueries, ReviewTaskPage, ReviewTaskView, view_of
from openaisle.reviews.use_cases import BulkOutcome, Reviews

_TAG = "Reviews"


class ReviewOperations:
    """The operations of this room, one method each."""

    def __init__(self, *, use_cases: Reviews, queries: ReviewQueries, histories: ReviewHistories) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries
        self._histories = histories

    async def listed(self, request: Request) -> Answer:
        """List tasks."""
        asked: ReviewTaskFilter = request.query
        page = await self._queries.listed(
            at=request.context.at, wanted=asked.wanted(), order=asked.sort, after=asked.after, limit=asked.limit
        )
        return Answer(value=page)

    async def one(self, request: Request) -> Answer:
        """Read one task."""
        return Answer(value=await self._queries.task(task_id=request.path["task_id"], at=request.context.at))

    async def history(self, request: Request) -> Answer:
        """Read what went before."""
        return Answer(value=await self._histories.history(task_id=request.path["task_id"]))

    async def claim(self, request: Request) -> Answer:
        """Put a task into somebody's hands."""
        body: ClaimBody = request.body
        task = await self._use_cases.claim(
            task_id=request.path["task_id"],
            assignee=body.assignee or request.principal.subject_id,
            context=request.context,
        )
        return Answer(value=view_of(task=task, at=request.context.at))

    async def release(self, request: Request) -> Answer:
        """Take a task out of anybody's hands."""
        task = await self._use_cases.release(task_id=request.path["task_id"], context=request.context)
        return Answer(value=view_of(task=task, at=request.context.at))

    async def note(self, request: Request) -> Answer:
        """Write a note."""
        body: NoteBody = request.body
        task = await self._use_cases.note(task_id=request.path["task_id"], text=body.text, context=request.context)
        return Answer(value=view_of(task=task, at=request.context.at))

    async def resolve(self, request: Request) -> Answer:
        """End a task with a decision."""
        task = await self._use_cases.resolve(
            task_id=request.path["task_id"], verdict=verdict_of(body=request.body), context=request.context
        )
        return Answer(value=view_of(task=task, at=request.context.at))

    async def resolve_many(self, request: Request) -> Answer:
        """End many tasks with the same decision."""
        body: BulkResolutionBody = request.body
        outcomes = await self._use_cases.resolve_many(
            task_ids=body.task_ids, verdict=verdict_of(body=body), context=request.context
        )
        return Answer(value=BulkAnswer(results=[_result(outcome) for outcome in outcomes]))


def _result(outcome: BulkOutcome) -> BulkResult:
    error = outcome.error
    if error is None:
        state = outcome.task.state if outcome.task is not None else None
        return BulkResult(task_id=outcome.task_id, status=200, state=state)
    problem = Problem(code=error.code, title=error.title, status=error.status, detail=error.detail)
    return BulkResult(task_id=outcome.task_id, status=error.status, problem=problem)


def operations(*, use_cases: Reviews, queries: ReviewQueries, histories: ReviewHistories) -> tuple[Operation, ...]:
    """Return the operations of this room."""
    handlers = ReviewOperations(use_cases=use_cases, queries=queries, histories=histories)
    return (*_reading(handlers), *_assigning(handlers), *_deciding(handlers))


def _reading(handlers: ReviewOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/v1/review-tasks",
            name="list_review_tasks",
            summary="List review tasks, the longest waiting first",
            description="Filters may be combined; a filtered page may hold fewer tasks although another follows.",
            tag=_TAG,
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
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.one,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing,),
        ),
        Operation(
            method="GET",
            path="/v1/review-tasks/{task_id}/history",
            name="get_review_history",
            summary="Read earlier tasks of the same subject and of the same cause",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.history,
            answer=ReviewHistory,
            errors=(ReviewTaskMissing,),
        ),
    )


def _assigning(handlers: ReviewOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/claim",
            name="claim_review_task",
            summary="Take a review task on, or give it to somebody",
            description="A task that somebody else has claimed may be taken over.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.claim,
            body=ClaimBody,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing, ReviewTransitionRefused),
        ),
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/release",
            name="release_review_task",
            summary="Put a review task back for anybody",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.release,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing, ReviewTransitionRefused),
        ),
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/notes",
            name="note_review_task",
            summary="Write a note about a review task",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.note,
            body=NoteBody,
            answer=ReviewTaskView,
            errors=(ReviewTaskMissing, NotesFull),
        ),
    )


def _deciding(handlers: ReviewOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/resolution",
            name="resolve_review_task",
            summary="Decide a review task",
            description=(
                "The corrected record runs through the same checks again. Of risky facts, such as a bank account, "
                "the first approval or correction leaves the task in state confirming until a second person "
                "decides the same."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.resolve,
            body=ResolutionBody,
            answer=ReviewTaskView,
            errors=(
                ReviewTaskMissing,
                ReviewTransitionRefused,
                SecondPersonNeeded,
                CorrectionsMissing,
                CorrectionsUnexpected,
                QuestionsUnexpected,
            ),
        ),
        Operation(
            method="POST",
            path="/v1/review-tasks/resolutions",
            name="resolve_review_tasks",
            summary="Decide many review tasks alike",
            description=(
                "Each task is decided by itself and has its own result; open ones are taken on. Sent again by the same "
                "caller it changes nothing more and answers the same."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.resolve_many,
            body=BulkResolutionBody,
            answer=BulkAnswer,
        ),
    )
