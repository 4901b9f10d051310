"""What can be done with review tasks, decided. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import Finding, OpenAisleError
from openaisle.reviews.model import (
    NOTES_MAXIMUM,
    TRANSITIONS,
    Command,
    CorrectionsMissing,
    CorrectionsUnexpected,
    CorrectionValue,
    Decision,
    Escalation,
    Note,
    NotesFull,
    QuestionsUnexpected,
    Resolution,
    ReviewRequest,
    ReviewState,
    ReviewTask,
    ReviewTransitionRefused,
    SecondPersonNeeded,
)
from openaisle.reviews.policy import STANDARD_POLICY, ReviewPolicy

_SETTLING = frozenset({Decision.APPROVED, Decision.CORRECTED})


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decides about a task: ``corrections`` for corrected only, ``questions`` for sent_back only."""

    decision: Decision
    reason: str
    corrections: Mapping[str, CorrectionValue] = {}
    questions: Mapping[str, str] = {}


def opened_task(*, request: ReviewRequest, policy: ReviewPolicy = STANDARD_POLICY) -> ReviewTask:
    """Return the task a request asks for, with its deadlines and whether two people must look at it."""
    respond_by, resolve_by = policy.deadlines(causes=request.causes, asked_at=request.requested_at)
    risky = policy.risky_facts(subject_kind=request.subject_kind)
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
        respond_by=respond_by,
        resolve_by=resolve_by,
        escalation_grace_seconds=policy.escalation_grace_seconds,
        four_eyes=risky.covers_causes(causes=request.causes)
        or risky.covers_fields(fields=(one.field for one in request.findings if one.code in request.causes)),
    )


def decide_claimed(*, task: ReviewTask, assignee: str, context: Context) -> ReviewTask:
    """Put the task into somebody's hands; raises ReviewTransitionRefused."""
    state = _next_state(task=task, command=Command.CLAIM)
    return msgspec.structs.replace(
        task, state=state, assignee=assignee, assigned_by=context.principal.actor, claimed_at=context.at
    )


def decide_released(*, task: ReviewTask) -> ReviewTask:
    """Put the task back for anybody; raises ReviewTransitionRefused."""
    state = _next_state(task=task, command=Command.RELEASE)
    return msgspec.structs.replace(task, state=state, assignee=None, assigned_by=None, claimed_at=None)


def decide_resolved(
    *, task: ReviewTask, verdict: Verdict, context: Context, policy: ReviewPolicy = STANDARD_POLICY
) -> ReviewTask:
    """End the task with a person's decision, or let a second person confirm it where the facts are risky.

    A second person who decides the same ends it; one who corrects otherwise starts anew, and a third must confirm.
    Rejecting and sending back settle nothing, so one person is enough. Raises ReviewTransitionRefused,
    SecondPersonNeeded, CorrectionsMissing, CorrectionsUnexpected, QuestionsUnexpected.
    """
    _require_sense(verdict)
    made = Resolution(
        decision=verdict.decision,
        corrections=dict(verdict.corrections),
        reason=verdict.reason,
        by=context.principal.actor,
        at=context.at,
        before=_before(task=task, fields=verdict.corrections),
        questions=dict(verdict.questions),
    )
    risky = policy.risky_facts(subject_kind=task.subject_kind)
    two_needed = task.four_eyes or risky.covers_fields(fields=verdict.corrections)
    first = task.first_decision
    if verdict.decision not in _SETTLING or not (two_needed or first is not None):
        return _ended(task=task, command=Command.RESOLVE, resolution=made)
    if first is None or (first.decision, first.corrections) != (made.decision, made.corrections):
        state = _next_state(task=task, command=Command.PROPOSE)
        return msgspec.structs.replace(
            task, state=state, four_eyes=True, first_decision=made, assignee=None, assigned_by=None, claimed_at=None
        )
    if first.by == made.by:
        raise SecondPersonNeeded(detail=f"{made.by} has decided so already; somebody else must decide the same.")
    return _ended(task=task, command=Command.RESOLVE, resolution=msgspec.structs.replace(made, confirmed=first.by))


def decide_settled_by_rules(
    *, task: ReviewTask, verdict: Verdict, rules: tuple[str, ...], context: Context
) -> ReviewTask:
    """End a new task with what kept rules say; raises SecondPersonNeeded where a rule has no say."""
    _require_sense(verdict)
    if task.four_eyes or verdict.decision not in _SETTLING:
        raise SecondPersonNeeded(detail="Rules settle nothing that two people must look at, and reject nothing.")
    resolution = Resolution(
        decision=verdict.decision,
        corrections=dict(verdict.corrections),
        reason=verdict.reason,
        by=f"system:rule:{','.join(rules)}",
        at=context.at,
        before=_before(task=task, fields=verdict.corrections),
        rules=rules,
    )
    return msgspec.structs.replace(task, state=ReviewState.RESOLVED, resolution=resolution)


def decide_withdrawn(*, task: ReviewTask, reason: str, context: Context) -> ReviewTask:
    """End a task that has nothing left to decide; raises ReviewTransitionRefused if it is resolved."""
    resolution = Resolution(
        decision=Decision.WITHDRAWN, corrections={}, reason=reason, by=context.principal.actor, at=context.at
    )
    return _ended(task=task, command=Command.WITHDRAW, resolution=resolution)


def decide_noted(*, task: ReviewTask, text: str, context: Context) -> ReviewTask:
    """Write something down, whatever the state; raises NotesFull."""
    if len(task.notes) >= NOTES_MAXIMUM:
        raise NotesFull(detail=f"{task.task_id} holds {len(task.notes)} notes.")
    note = Note(text=text, by=context.principal.actor, at=context.at)
    return msgspec.structs.replace(task, notes=(*task.notes, note))


def decide_escalated(*, task: ReviewTask, context: Context) -> tuple[ReviewTask, Escalation] | None:
    """Note that the task's next deadline has passed; None if it has none, or if it is not due yet."""
    deadline, escalates_at = task.next_deadline, task.escalates_at
    if deadline is None or escalates_at is None or context.at < escalates_at:
        return None
    missed, due_at = deadline
    state = _next_state(task=task, command=Command.ESCALATE)
    escalation = Escalation(missed=missed, due_at=due_at, at=context.at)
    return msgspec.structs.replace(task, state=state, escalations=(*task.escalations, escalation)), escalation


def is_repeated(*, task: ReviewTask, verdict: Verdict, by: str) -> bool:
    """Return whether the task stands as the same person's same verdict left it: a request that was sent twice."""
    made = task.resolution if task.resolution is not None else task.first_decision
    return made is not None and (made.by, made.decision, made.reason, made.corrections, made.questions) == (
        by, verdict.decision, verdict.reason, dict(verdict.corrections), dict(verdict.questions),
    )  # fmt: skip


def _require_sense(verdict: Verdict) -> None:
    decision = verdict.decision
    if decision is Decision.CORRECTED and not verdict.corrections:
        raise _refused(CorrectionsMissing, "/corrections", "The decision is corrected, the corrections are empty.")
    if decision is not Decision.CORRECTED and verdict.corrections:
        told = f"The decision is {decision.value}, yet {len(verdict.corrections)} corrections were given."
        raise _refused(CorrectionsUnexpected, "/corrections", told)
    if decision is not Decision.SENT_BACK and verdict.questions:
        told = f"The decision is {decision.value}, yet {len(verdict.questions)} questions were given."
        raise _refused(QuestionsUnexpected, "/questions", told)


def _refused(error: type[OpenAisleError], pointer: str, detail: str) -> OpenAisleError:
    return error(detail=detail, findings=[Finding(pointer=pointer, detail="does not fit the decision")])


def _before(*, task: ReviewTask, fields: Mapping[str, CorrectionValue]) -> dict[str, CorrectionValue]:
    known: dict[str, CorrectionValue] = {
        finding.field: finding.value for finding in task.findings if finding.value is not None
    }
    known |= {proposal.field: proposal.before for proposal in task.proposals}
    return {field: known[field] for field in fields if field in known}


def _next_state(*, task: ReviewTask, command: Command) -> ReviewState:
    state = TRANSITIONS.get((task.state, command))
    if state is None:
        raise ReviewTransitionRefused(
            detail=f"{task.task_id} is {task.state.value}; the command {command.value} is not allowed then."
        )
    return state


def _ended(*, task: ReviewTask, command: Command, resolution: Resolution) -> ReviewTask:
    state = _next_state(task=task, command=command)
    return msgspec.structs.replace(task, state=state, resolution=resolution)
