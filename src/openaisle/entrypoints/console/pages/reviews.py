"""The pages of the review queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from starlette.responses import Response

from openaisle.entrypoints.console.views.review_work import work_of
from openaisle.entrypoints.console.views.reviews import (
    LIST_HREF,
    Subject,
    entered_corrections,
    entered_questions,
    narrowing_of,
    review_page,
    reviews_page,
)
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.kernel.errors import OpenAisleError, TransitionRefused
from openaisle.reviews.decisions import Verdict
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.model import Decision, ReviewState
from openaisle.reviews.queries import ReviewQueries, ReviewTaskView
from openaisle.reviews.use_cases import Reviews

_ROWS = 50
_REASON_MAXIMUM = 1_000
_EARLIER = 8
_TICKED = "task."

DECISIONS = (
    (Decision.APPROVED.value, "Approve", "The facts are right as they stand; the findings are accepted."),
    (Decision.CORRECTED.value, "Correct", "Use the fields as corrected here; everything is checked again."),
    (Decision.REJECTED.value, "Reject", "It may not be sold. This ends the matter."),
    (Decision.SENT_BACK.value, "Send back", "The supplier is asked to mend it; the reason says what."),
)
_BY_A_PERSON = {value for value, _, _ in DECISIONS}


class SomeUndecided(TransitionRefused):
    """Of the tasks that were to be decided alike, some could not be; the others were."""

    code = "some-tasks-undecided"
    title = "Not every task could be decided"
    mend = "Open those that are still listed and decide them one by one."


class Subjects(Protocol):
    """Finds what review tasks of one kind are about."""

    async def subject(self, *, subject_id: str, at: datetime) -> Subject:
        """Return the subject with its facts; raises the room's own error if it is gone."""
        ...

    async def name(self, *, subject_id: str, at: datetime) -> str:
        """Return what a list calls the subject."""
        ...


class ReviewPages:
    """The list and the detail of review tasks, and the forms that claim and resolve them."""

    def __init__(
        self,
        *,
        queries: ReviewQueries,
        histories: ReviewHistories,
        use_cases: Reviews,
        subjects: Mapping[str, Subjects],
    ) -> None:
        """Take the room's queries and use cases, and by kind what finds the subjects."""
        self._queries = queries
        self._histories = histories
        self._use_cases = use_cases
        self._subjects = subjects

    async def listed(self, visit: Visit) -> Response:
        """Show the tasks in a state, those waiting longest first."""
        return await self._listed(visit)

    async def _listed(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        wanted = visit.asked(name="state")
        state = ReviewState(wanted) if wanted in set(ReviewState) else ReviewState.OPEN
        kind = visit.asked(name="kind") if visit.asked(name="kind") in self._subjects else ""
        after = visit.asked(name="after")
        narrowed = narrowing_of(asked=lambda name: visit.asked(name=name))
        listed = await self._queries.listed(
            at=visit.now,
            wanted=narrowed.filter(state=state, subject_kind=kind or None),
            order=narrowed.order,
            after=after or None,
            limit=_ROWS,
        )
        names = {}
        for task in listed.review_tasks:
            finder = self._subjects.get(task.subject_kind)
            if finder is not None and task.subject_id not in names:
                names[task.subject_id] = await finder.name(subject_id=task.subject_id, at=visit.now)
        page = reviews_page(
            listed=listed, state=state, subject_kind=kind, subjects=names, after=after, narrowed=narrowed
        )
        return visit.page(template="reviews", here="reviews", page=page, problem=problem)

    async def resolve_many(self, visit: Visit) -> Response:
        """Decide the tasks that were ticked, all alike; those that could not be decided are named."""
        try:
            told = await self._resolve_many(visit)
        except OpenAisleError as error:
            return await self._listed(visit, problem=error)
        if told:
            return await self._listed(visit, problem=told)
        return visit.sent_on(href=f"{LIST_HREF}?done=resolved-many")

    async def _resolve_many(self, visit: Visit) -> OpenAisleError | None:
        task_ids = [name.removeprefix(_TICKED) for name in visit.form if name.startswith(_TICKED)]
        if not task_ids:
            raise FieldMissing(detail="No task was ticked.")
        verdict = Verdict(decision=_decision_of(visit), reason=visit.required(name="reason", maximum=_REASON_MAXIMUM))
        outcomes = await self._use_cases.resolve_many(task_ids=task_ids, verdict=verdict, context=visit.context)
        refused = [outcome for outcome in outcomes if outcome.error is not None]
        if not refused:
            return None
        first = refused[0].error
        told = f"{len(outcomes) - len(refused)} of {len(outcomes)} tasks were decided. {first.detail if first else ''}"
        return SomeUndecided(detail=told)

    async def detail(self, visit: Visit) -> Response:
        """Show one task."""
        return await self._shown(visit)

    async def claim(self, visit: Visit) -> Response:
        """Put the task into the hands of who is signed in."""
        task_id = visit.path(name="task_id")
        try:
            await self._use_cases.claim(task_id=task_id, assignee=visit.session.subject_id, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{task_id}?done=claimed")

    async def assign(self, visit: Visit) -> Response:
        """Put the task into the hands of who is named."""
        task_id = visit.path(name="task_id")
        try:
            assignee = visit.required(name="assignee", maximum=100)
            await self._use_cases.claim(task_id=task_id, assignee=assignee, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{task_id}?done=assigned")

    async def release(self, visit: Visit) -> Response:
        """Put the task back for anybody."""
        task_id = visit.path(name="task_id")
        try:
            await self._use_cases.release(task_id=task_id, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{task_id}?done=released")

    async def note(self, visit: Visit) -> Response:
        """Write a note about the task."""
        task_id = visit.path(name="task_id")
        try:
            text = visit.required(name="note", maximum=_REASON_MAXIMUM)
            await self._use_cases.note(task_id=task_id, text=text, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{task_id}?done=noted")

    async def resolve(self, visit: Visit) -> Response:
        """End the task with the decision of the form; what is entered stays entered if it is refused."""
        try:
            await self._resolve(visit)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{visit.path(name='task_id')}?done=resolved")

    async def _resolve(self, visit: Visit) -> None:
        decision = _decision_of(visit)
        reason = visit.required(name="reason", maximum=_REASON_MAXIMUM)
        task = await self._queries.task(task_id=visit.path(name="task_id"), at=visit.now)
        subject = await self._subject(task=task, at=visit.now)
        corrections = entered_corrections(subject=subject, entered=visit.form)
        verdict = Verdict(
            decision=decision,
            reason=reason,
            corrections=corrections if decision is Decision.CORRECTED else {},
            questions=entered_questions(entered=visit.form) if decision is Decision.SENT_BACK else {},
        )
        # Whoever decides has taken the task: recorded, so that the trail is the same as through the API.
        await self._use_cases.resolve(task_id=task.task_id, verdict=verdict, context=visit.context, claiming=True)

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        task = await self._queries.task(task_id=visit.path(name="task_id"), at=visit.now)
        subject = await self._subject(task=task, at=visit.now)
        history = await self._histories.history(task_id=task.task_id, limit=_EARLIER)
        page = review_page(
            task=task,
            subject=subject,
            entered=visit.form,
            work=work_of(task=task, history=history, masked=subject.masked),
        )
        return visit.page(template="review", here="reviews", page=page, problem=problem, more={"decisions": DECISIONS})

    async def _subject(self, *, task: ReviewTaskView, at: datetime) -> Subject:
        finder = self._subjects.get(task.subject_kind)
        if finder is None:
            return Subject(name=task.subject_id)
        return await finder.subject(subject_id=task.subject_id, at=at)


def _decision_of(visit: Visit) -> Decision:
    chosen = visit.form.get("decision", "")
    if chosen not in _BY_A_PERSON:
        raise FieldMissing(detail="No decision was chosen.")
    return Decision(chosen)
