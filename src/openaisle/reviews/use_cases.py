"""Ask for reviews, file them as tasks, claim and resolve them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.queue import Queue
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, RefusalReason, Table
from openaisle.reviews.events import ReviewClaimed, ReviewOpened, ReviewResolved, ReviewWithdrawn
from openaisle.reviews.model import (
    CorrectionValue,
    Decision,
    ReviewFinding,
    ReviewProposal,
    ReviewRequest,
    ReviewState,
    ReviewTask,
    ReviewTaskMissing,
    decide_claimed,
    decide_resolved,
    decide_withdrawn,
    opened_task,
    review_task_id,
)
from openaisle.reviews.repository import REVIEW_TASKS, review_task_key


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


CorrectionsSeal = Callable[[str, Mapping[str, CorrectionValue]], SealedCorrections]
"""Takes the subject's identifier and corrections in clear, and seals those that may be kept by nobody in clear."""


class Reviews:
    """The use cases of review tasks."""

    def __init__(
        self,
        *,
        table: Table,
        queue: Queue,
        guards: Mapping[str, CorrectionsGuard] | None = None,
        seals: Mapping[str, CorrectionsSeal] | None = None,
    ) -> None:
        """Take the table of the tasks and the manual-verification queue through which they are asked for.

        ``guards`` maps a kind of subject to what refuses senseless corrections while the person still sees them,
        ``seals`` to what keeps secrets among them from being stored and told in clear.
        """
        self._table = table
        self._queue = queue
        self._guards = dict(guards or {})
        self._seals = dict(seals or {})

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
        """File the task that was asked for; one that is there already stays as it is."""
        task = opened_task(request=request)
        event = ReviewOpened(
            task_id=task.task_id, subject_kind=task.subject_kind, subject_id=task.subject_id, causes=task.causes
        )
        try:
            await self._table.commit(writes=[REVIEW_TASKS.create(task, events=[event])], context=context)
        except CommitRefused as refused:
            if any(refusal.reason is not RefusalReason.EXISTS for refusal in refused.refusals):
                raise

    async def withdraw(self, *, task_id: str, reason: str, context: Context) -> None:
        """End a task that has nothing left to decide; a resolved one stays as it is. Raises ReviewTaskMissing."""

        def decide(task: ReviewTask) -> tuple[ReviewTask, Event] | None:
            if task.state is ReviewState.RESOLVED:
                return None
            event = ReviewWithdrawn(task_id=task.task_id, subject_kind=task.subject_kind, subject_id=task.subject_id)
            return decide_withdrawn(task=task, reason=reason, context=context), event

        await self._decided(task_id=task_id, decide=decide, context=context)

    async def claim(self, *, task_id: str, assignee: str, context: Context) -> ReviewTask:
        """Put a task into somebody's hands; raises ReviewTaskMissing, ReviewTransitionRefused."""

        def decide(task: ReviewTask) -> tuple[ReviewTask, Event]:
            event = ReviewClaimed(
                task_id=task.task_id,
                subject_kind=task.subject_kind,
                subject_id=task.subject_id,
                assignee=assignee,
            )
            return decide_claimed(task=task, assignee=assignee, context=context), event

        return await self._decided(task_id=task_id, decide=decide, context=context)

    async def resolve(
        self,
        *,
        task_id: str,
        decision: Decision,
        corrections: Mapping[str, CorrectionValue],
        reason: str,
        context: Context,
    ) -> ReviewTask:
        """End a claimed task with a decision; the subject's room acts on the event review.resolved.

        Raises ReviewTaskMissing, ReviewTransitionRefused, CorrectionsMissing, CorrectionsUnexpected, and what the
        subject's room refuses corrections with.
        """

        def decide(task: ReviewTask) -> tuple[ReviewTask, Event]:
            guard = self._guards.get(task.subject_kind)
            if guard is not None:
                guard(corrections)
            seal = self._seals.get(task.subject_kind)
            told = shown = dict(corrections)
            if seal is not None:
                sealed = seal(task.subject_id, corrections)
                told, shown = sealed.told, sealed.shown
            resolved = decide_resolved(task=task, decision=decision, corrections=shown, reason=reason, context=context)
            event = ReviewResolved(
                task_id=task.task_id,
                subject_kind=task.subject_kind,
                subject_id=task.subject_id,
                occasion=task.occasion,
                decision=decision,
                corrections=told,
                reason=reason,
                by=context.principal.actor,
            )
            return resolved, event

        return await self._decided(task_id=task_id, decide=decide, context=context)

    async def _decided(
        self, *, task_id: str, decide: Callable[[ReviewTask], tuple[ReviewTask, Event] | None], context: Context
    ) -> ReviewTask:
        async def attempt() -> ReviewTask:
            found = await self._load(task_id=task_id)
            decided = decide(found.record)
            if decided is None:
                return found.record
            task, event = decided
            await self._table.commit(
                writes=[REVIEW_TASKS.replace(task, version=found.version, events=[event])], context=context
            )
            return task

        return await decided_anew(attempt)

    async def _load(self, *, task_id: str) -> Versioned[ReviewTask]:
        item = await self._table.get(key=review_task_key(task_id=task_id))
        if item is None:
            raise ReviewTaskMissing(detail=f"There is no review task {task_id[:40]}.")
        return REVIEW_TASKS.decode(item)
