"""Review tasks: their data, their states, and the decisions about them. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import Finding, NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier

CorrectionValue = str | int | bool | None
"""What a person may put into a field; None empties it."""


class ReviewState(StrEnum):
    """Where a task stands: waiting for anybody, in somebody's hands, or decided."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class Decision(StrEnum):
    """What a task ended with. ``WITHDRAWN`` is never a person's: the subject changed, so nothing is left to decide."""

    APPROVED = "approved"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"


class Command(StrEnum):
    """What can be done with a task."""

    CLAIM = "claim"
    RESOLVE = "resolve"
    WITHDRAW = "withdraw"


# A claimed task may be claimed by another person, so that an absence blocks nothing.
TRANSITIONS: Mapping[tuple[ReviewState, Command], ReviewState] = {
    (ReviewState.OPEN, Command.CLAIM): ReviewState.CLAIMED,
    (ReviewState.CLAIMED, Command.CLAIM): ReviewState.CLAIMED,
    (ReviewState.CLAIMED, Command.RESOLVE): ReviewState.RESOLVED,
    (ReviewState.OPEN, Command.WITHDRAW): ReviewState.RESOLVED,
    (ReviewState.CLAIMED, Command.WITHDRAW): ReviewState.RESOLVED,
}


class ReviewTransitionRefused(TransitionRefused):
    """The review task's state does not allow the command, such as resolving a task that nobody has claimed."""

    code = "review-transition-refused"
    title = "The state of the review task does not allow this"
    mend = "Claim an open task before resolving it; a resolved task stays resolved."


class ReviewTaskMissing(NotFound):
    """There is no review task of that identifier."""

    code = "review-task-missing"
    title = "No such review task"


class CorrectionsMissing(RequestInvalid):
    """A task was to be resolved as corrected, but no correction was given."""

    code = "corrections-missing"
    title = "No correction was given"
    mend = "Give in corrections at least one field with its new value, or choose another decision."


class CorrectionsUnexpected(RequestInvalid):
    """Corrections came with a decision that changes no facts, so it is unclear what is meant."""

    code = "corrections-unexpected"
    title = "Corrections fit only the decision corrected"
    mend = "Choose the decision corrected, or leave the corrections out."


class ReviewFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a person is asked: one thing found about one field of the subject.

    ``check`` is what found it, ``evidence`` what it went by, ``row`` the row of a feed.
    """

    field: str
    code: str
    severity: str
    message: str
    check: str | None = None
    suggestion: str | None = None
    row: int | None = None
    evidence: dict[str, str] = {}


class ReviewProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A mend that is not certain enough to be made without a person."""

    field: str
    before: CorrectionValue
    after: CorrectionValue
    rule: str


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """How a task ended: what was decided, by whom, when and why."""

    decision: Decision
    corrections: dict[str, CorrectionValue]
    reason: str
    by: str
    at: datetime


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a review, as it travels through the manual-verification queue."""

    task_id: str
    subject_kind: str
    subject_id: str
    occasion: str
    causes: tuple[str, ...]
    findings: tuple[ReviewFinding, ...]
    proposals: tuple[ReviewProposal, ...]
    requested_at: datetime
    requested_by: str
    correlation_id: str


class ReviewTask(msgspec.Struct, frozen=True, kw_only=True):
    """One decision that a person must make.

    ``subject_kind`` and ``subject_id`` name what it is about, ``occasion`` which version of it; ``causes`` are
    the codes by which tasks of one sort are found together.
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
    assignee: str | None = None
    claimed_at: datetime | None = None
    resolution: Resolution | None = None


def review_task_id(*, subject_kind: str, subject_id: str, occasion: str) -> str:
    """Return the identifier of the one task about this occasion of the subject, however often it is asked for."""
    return derived_identifier(prefix="tsk", parts=(subject_kind, subject_id, occasion))


def opened_task(*, request: ReviewRequest) -> ReviewTask:
    """Return the task a request asks for."""
    return ReviewTask(
        task_id=request.task_id,
        subject_kind=request.subject_kind,
        subject_id=request.subject_id,
        occasion=request.occasion,
        state=ReviewState.OPEN,
        causes=request.causes,
        findings=request.findings,
        proposals=request.proposals,
        requested_at=request.requested_at,
        requested_by=request.requested_by,
    )


def decide_claimed(*, task: ReviewTask, assignee: str, context: Context) -> ReviewTask:
    """Put the task into somebody's hands; raises ReviewTransitionRefused."""
    state = _next_state(task=task, command=Command.CLAIM)
    return msgspec.structs.replace(task, state=state, assignee=assignee, claimed_at=context.at)


def decide_resolved(
    *,
    task: ReviewTask,
    decision: Decision,
    corrections: Mapping[str, CorrectionValue],
    reason: str,
    context: Context,
) -> ReviewTask:
    """End the task with a person's decision.

    Raises ReviewTransitionRefused, CorrectionsMissing, CorrectionsUnexpected.
    """
    state = _next_state(task=task, command=Command.RESOLVE)
    pointer = "/corrections"
    if decision is Decision.CORRECTED and not corrections:
        raise CorrectionsMissing(
            detail="The decision is corrected, the corrections are empty.",
            findings=[Finding(pointer=pointer, detail="at least one field is needed")],
        )
    if decision is not Decision.CORRECTED and corrections:
        raise CorrectionsUnexpected(
            detail=f"The decision is {decision.value}, yet {len(corrections)} corrections were given.",
            findings=[Finding(pointer=pointer, detail="must be empty for this decision")],
        )
    return _ended(
        task=task, state=state, decision=decision, corrections=dict(corrections), reason=reason, context=context
    )


def decide_withdrawn(*, task: ReviewTask, reason: str, context: Context) -> ReviewTask:
    """End a task that has nothing left to decide; raises ReviewTransitionRefused if it is resolved."""
    state = _next_state(task=task, command=Command.WITHDRAW)
    return _ended(task=task, state=state, decision=Decision.WITHDRAWN, corrections={}, reason=reason, context=context)


def _next_state(*, task: ReviewTask, command: Command) -> ReviewState:
    state = TRANSITIONS.get((task.state, command))
    if state is None:
        raise ReviewTransitionRefused(
            detail=f"{task.task_id} is {task.state.value}; the command {command.value} is not allowed then."
        )
    return state


def _ended(
    *,
    task: ReviewTask,
    state: ReviewState,
    decision: Decision,
    corrections: dict[str, CorrectionValue],
    reason: str,
    context: Context,
) -> ReviewTask:
    resolution = Resolution(
        decision=decision,
        corrections=corrections,
        reason=reason,
        by=context.principal.actor,
        at=context.at,
    )
    return msgspec.structs.replace(task, state=state, resolution=resolution)
