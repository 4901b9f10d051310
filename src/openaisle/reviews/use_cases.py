"""Ask for reviews, file them as tasks, claim and resolve them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.queue import Queue
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, RefusalReason, Table, Write
from openaisle.reviews.decisions import (
    Verdict,
    decide_claimed,
    decide_escalated,
    decide_noted,
    decide_released,
    decide_resolved,
    decide_settled_by_rules,
    decide_withdrawn,
    is_repeated,
    opened_task,
)
from openaisle.reviews.events import (
    ReviewClaimed,
    ReviewEscalated,
    ReviewNoted,
    ReviewOpened,
    ReviewProposed,
    ReviewReleased,
    ReviewResolved,
    ReviewWithdrawn,
)
from openaisle.reviews.model import (
    CorrectionValue,
    ReviewFinding,
    ReviewProposal,
    ReviewRequest,
    ReviewState,
    ReviewTask,
    ReviewTaskMissing,
    review_task_id,
)
from openaisle.reviews.policy import STANDARD_POLICY, ReviewPolicy
from openaisle.reviews.repository import REVIEW_TASKS, links_of, review_task_key
from openaisle.reviews.rules.rulebook import Rulebook

_RESOLVED_AT_ONCE = 20


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be committed for one command: the task, what happened, and what is written beside it."""

    task: ReviewTask
    events: tuple[Event, ...]
    beside: tuple[Write, ...] = ()


class BulkOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one task of a bulk resolution: the task as it is now, or the error that left it as it was."""

    task_id: str
    task: ReviewTask | None = None
    error: OpenAisleError | None = None


class WithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, tag="withdrawal", tag_field="message"):
    """A request to end a task without a decision, as it travels through the queue behind the task's own request."""

    task_id: str
    reason: str
    requested_at: datetime
    requested_by: str
    correlation_id: str


class FilingRequest(msgspec.Struct, frozen=True, kw_only=True, tag="filing", tag_field="message"):
    """A request to file a task, as it travels through the queue."""

    request: ReviewRequest


QueueMessage = FilingRequest | WithdrawalRequest
_ENCODER = msgspec.json.Encoder()

CorrectionsGuard = Callable[[Mapping[str, CorrectionValue]], None]
"""Raises a RequestInvalid of the subject's room if its subject has no such fields or they can't hold these values."""


class SealedCorrections(msgspec.Struct, frozen=True, kw_only=True):
    """Corrections without secrets in clear: ``shown`` is kept with the task, ``told`` to the subject's room."""

    shown: dict[str, CorrectionValue]
    told: dict[str, CorrectionValue]


CorrectionsSeal = Callable[[str, Mapping[str, CorrectionValue], Context], Awaitable[SealedCorrections]]
"""Takes the subject's identifier and corrections in clear, and seals those that may be kept by nobody in clear.
What is shown of two is the same only if they are: a second person confirms the one by the other."""


class Reviews:
    """The use cases of review tasks."""

    def __init__(
        self,
        *,
        table: Table,
        queue: Queue,
        guards: Mapping[str, CorrectionsGuard] | None = None,
        seals: Mapping[str, CorrectionsSeal] | None = None,
        policy: ReviewPolicy = STANDARD_POLICY,
    ) -> None:
        """Take the table of the tasks and the manual-verification queue through which they are asked for.

        ``guards`` maps a kind of subject to what refuses senseless corrections while the person still sees them,
        ``seals`` to what keeps secrets among them from being stored and told in clear.
        ``policy`` says how soon tasks are due, and what two people must look at.
        """
        self._table = table
        self._queue = queue
        self._guards = dict(guards or {})
        self._seals = dict(seals or {})
        self._policy = policy
        self._rulebook = Rulebook(table=table, ruled_elsewhere=policy.ruled_elsewhere)

    async def request(
        self,
        *,
        subject_kind: str,
        subject_id: str,
        occasion: str,
        causes: Sequence[str],
        findings: Sequence[ReviewFinding],
        proposals: Sequence[ReviewProposal],
        context: Context,
    ) -> str:
        """Ask a person to decide; return the identifier of the task that will be filed.

        ``occasion`` tells apart the times at which one subject needs a decision (its revision, say): asked twice for
        one occasion, one task is filed, and a task that was resolved for it stays resolved.
        """
        task_id = review_task_id(subject_kind=subject_kind, subject_id=subject_id, occasion=occasion)
        request = ReviewRequest(
            task_id=task_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            occasion=occasion,
            causes=tuple(causes),
            findings=tuple(findings),
            proposals=tuple(proposals),
            requested_at=context.at,
            requested_by=context.principal.actor,
            correlation_id=context.correlation_id,
        )
        await self._queue.send(bodies=[_ENCODER.encode(FilingRequest(request=request))], now=context.at)
        return task_id

    async def request_withdrawal(self, *, task_id: str, reason: str, context: Context) -> None:
        """Ask that a task ends without a decision, because its subject has changed; it may not be filed yet."""
        withdrawal = WithdrawalRequest(
            task_id=task_id,
            reason=reason,
            requested_at=context.at,
            requested_by=context.principal.actor,
            correlation_id=context.correlation_id,
        )
        await self._queue.send(bodies=[_ENCODER.encode(withdrawal)], now=context.at)

    async def file(self, *, request: ReviewRequest, context: Context) -> None:
        """File the task that was asked for; one that is there already stays as it is.

        If active rules settle every finding for which a person is asked, their decision is recorded at once, and told
        by the same event as a person's.
        """
        task = opened_task(request=request, policy=self._policy)

        async def attempt() -> None:
            if await self._table.get(key=review_task_key(task_id=task.task_id)) is not None:
                return
            step = await self._settled_by_rules(task=task, context=context) or Step(task=task, events=(_opened(task),))
            try:
                await self._table.commit(
                    writes=[
                        REVIEW_TASKS.create(step.task, events=step.events),
                        *links_of(task=task),
                        *step.beside,
                    ],
                    context=context,
                )
            except CommitRefused as refused:
                filed = review_task_key(task_id=task.task_id)
                if not any(one.key == filed and one.reason is RefusalReason.EXISTS for one in refused.refusals):
                    raise

        await decided_anew(attempt)

    async def _settled_by_rules(self, *, task: ReviewTask, context: Context) -> Step | None:
        found = await self._rulebook.settlement(task=task, context=context)
        if found is None:
            return None
        verdict = found.settlement.verdict
        try:
            self._guard(task=task, verdict=verdict)
        except OpenAisleError:
            # What the subject's room would refuse from a person it refuses from a rule: a person looks.
            return None
        settled = decide_settled_by_rules(task=task, verdict=verdict, rules=found.rule_ids, context=context)
        return Step(task=settled, events=(_opened(task), *_outcome(task=settled)), beside=found.writes)

    async def withdraw(self, *, task_id: str, reason: str, context: Context) -> None:
        """End a task that has nothing left to decide; a resolved one stays as it is. Raises ReviewTaskMissing."""

        async def decide(task: ReviewTask) -> Step | None:
            if task.state is ReviewState.RESOLVED:
                return None
            event = ReviewWithdrawn(task_id=task.task_id, subject_kind=task.subject_kind, subject_id=task.subject_id)
            return Step(task=decide_withdrawn(task=task, reason=reason, context=context), events=(event,))

        await self._decided(task_id=task_id, decide=decide, context=context)

    async def claim(self, *, task_id: str, assignee: str, context: Context) -> ReviewTask:
        """Put a task into somebody's hands; raises ReviewTaskMissing, ReviewTransitionRefused."""

        async def decide(task: ReviewTask) -> Step:
            return _claimed(task=task, assignee=assignee, context=context)

        return await self._decided(task_id=task_id, decide=decide, context=context)

    async def release(self, *, task_id: str, context: Context) -> ReviewTask:
        """Take a task out of anybody's hands; raises ReviewTaskMissing, ReviewTransitionRefused."""

        async def decide(task: ReviewTask) -> Step:
            event = ReviewReleased(task_id=task_id, subject_kind=task.subject_kind, subject_id=task.subject_id)
            return Step(task=decide_released(task=task), events=(event,))

        return await self._decided(task_id=task_id, decide=decide, context=context)

    async def note(self, *, task_id: str, text: str, context: Context) -> ReviewTask:
        """Write a note about a task, in whatever state it is; raises ReviewTaskMissing, NotesFull."""

        async def decide(task: ReviewTask) -> Step:
            event = ReviewNoted(
                task_id=task_id,
                subject_kind=task.subject_kind,
                subject_id=task.subject_id,
                by=context.principal.actor,
            )
            return Step(task=decide_noted(task=task, text=text, context=context), events=(event,))

        return await self._decided(task_id=task_id, decide=decide, context=context)

    async def escalate(self, *, task_id: str, context: Context) -> None:
        """Flag a task whose next deadline has passed; done twice, it is flagged once. Raises ReviewTaskMissing."""

        async def decide(task: ReviewTask) -> Step | None:
            escalated = decide_escalated(task=task, context=context)
            if escalated is None:
                return None
            flagged, escalation = escalated
            event = ReviewEscalated(
                task_id=task_id,
                subject_kind=task.subject_kind,
                subject_id=task.subject_id,
                causes=task.causes,
                missed=escalation.missed,
                due_at=escalation.due_at,
                assignee=task.assignee,
            )
            return Step(task=flagged, events=(event,))

        await self._decided(task_id=task_id, decide=decide, context=context)

    async def resolve(self, *, task_id: str, verdict: Verdict, context: Context, claiming: bool = False) -> ReviewTask:
        """End a task with a decision; the subject's room acts on the event review.resolved.

        Of risky facts the first person's decision only proposes; the second one's, if it is the same, ends the task.
        With ``claiming`` an open task is taken on in the same commit, else it must be claimed before. Raises
        ReviewTaskMissing, ReviewTransitionRefused, SecondPersonNeeded, CorrectionsMissing, CorrectionsUnexpected,
        QuestionsUnexpected, and what the subject's room refuses corrections with.
        """

        async def decide(task: ReviewTask) -> Step:
            return await self._resolved(task=task, verdict=verdict, claiming=claiming, context=context)

        return await self._decided(task_id=task_id, decide=decide, context=context)

    async def resolve_many(self, *, task_ids: Sequence[str], verdict: Verdict, context: Context) -> list[BulkOutcome]:
        """Decide many tasks alike, each by itself; open ones are taken on. Sent twice, nothing more happens."""

        async def decide(task: ReviewTask) -> Step | None:
            if is_repeated(task=task, verdict=verdict, by=context.principal.actor):
                return None
            return await self._resolved(task=task, verdict=verdict, claiming=True, context=context)

        async def one(task_id: str) -> BulkOutcome:
            try:
                task = await self._decided(task_id=task_id, decide=decide, context=context)
            except OpenAisleError as error:
                return BulkOutcome(task_id=task_id, error=error)
            return BulkOutcome(task_id=task_id, task=task)

        outcomes: list[BulkOutcome] = []
        wanted = list(dict.fromkeys(task_ids))
        for start in range(0, len(wanted), _RESOLVED_AT_ONCE):
            outcomes += await asyncio.gather(*map(one, wanted[start : start + _RESOLVED_AT_ONCE]))
        return outcomes

    async def _resolved(self, *, task: ReviewTask, verdict: Verdict, claiming: bool, context: Context) -> Step:
        self._guard(task=task, verdict=verdict)
        told = verdict.corrections
        seal = self._seals.get(task.subject_kind)
        if seal is not None:
            sealed = await seal(task.subject_id, verdict.corrections, context)
            told, verdict = sealed.told, msgspec.structs.replace(verdict, corrections=sealed.shown)
        claimed: tuple[Event, ...] = ()
        if claiming and task.state is ReviewState.OPEN:
            step = _claimed(task=task, assignee=context.principal.subject_id, context=context)
            task, claimed = step.task, step.events
        resolved = decide_resolved(task=task, verdict=verdict, context=context, policy=self._policy)
        if resolved.resolution is None:
            return Step(task=resolved, events=(*claimed, *_outcome(task=resolved, told=told)))
        writes, overturned = await self._rulebook.overturned(task=resolved, context=context)
        events = (*claimed, *_outcome(task=resolved, told=told), *overturned)
        return Step(task=resolved, events=events, beside=tuple(writes))

    def _guard(self, *, task: ReviewTask, verdict: Verdict) -> None:
        guard = self._guards.get(task.subject_kind)
        if guard is not None:
            guard(verdict.corrections)

    async def _decided(
        self, *, task_id: str, decide: Callable[[ReviewTask], Awaitable[Step | None]], context: Context
    ) -> ReviewTask:
        async def attempt() -> ReviewTask:
            found = await self._load(task_id=task_id)
            step = await decide(found.record)
            if step is None:
                return found.record
            write = REVIEW_TASKS.replace(step.task, version=found.version, events=step.events)
            await self._table.commit(writes=[write, *step.beside], context=context)
            return step.task

        return await decided_anew(attempt)

    async def _load(self, *, task_id: str) -> Versioned[ReviewTask]:
        item = await self._table.get(key=review_task_key(task_id=task_id))
        if item is None:
            raise ReviewTaskMissing(detail=f"There is no review task {task_id[:40]}.")
        return REVIEW_TASKS.decode(item)


def _opened(task: ReviewTask) -> ReviewOpened:
    return ReviewOpened(
        task_id=task.task_id, subject_kind=task.subject_kind, subject_id=task.subject_id, causes=task.causes
    )


def _claimed(*, task: ReviewTask, assignee: str, context: Context) -> Step:
    event = ReviewClaimed(
        task_id=task.task_id, subject_kind=task.subject_kind, subject_id=task.subject_id, assignee=assignee
    )
    return Step(task=decide_claimed(task=task, assignee=assignee, context=context), events=(event,))


def _outcome(*, task: ReviewTask, told: Mapping[str, CorrectionValue] | None = None) -> tuple[Event, ...]:
    if task.resolution is not None:
        made = task.resolution
        return (
            ReviewResolved(
                task_id=task.task_id,
                subject_kind=task.subject_kind,
                subject_id=task.subject_id,
                occasion=task.occasion,
                decision=made.decision,
                corrections=made.corrections if told is None else dict(told),
                questions=made.questions,
                reason=made.reason,
                by=made.by,
                rules=made.rules,
            ),
        )
    if task.first_decision is None:
        return ()
    return (
        ReviewProposed(
            task_id=task.task_id,
            subject_kind=task.subject_kind,
            subject_id=task.subject_id,
            decision=task.first_decision.decision,
            by=task.first_decision.by,
        ),
    )
