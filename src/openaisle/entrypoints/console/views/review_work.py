"""What stands beside one review task: notes, deadlines, earlier tasks, and what can be kept as a rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.entrypoints.console.formats import actor_text, sentence_text, words_text
from openaisle.entrypoints.console.views.common import FieldChange, HistoryEntry
from openaisle.reviews.history import EarlierTask, ReviewHistory
from openaisle.reviews.model import Decision, Resolution, ReviewFinding, ReviewState
from openaisle.reviews.queries import ReviewTaskView


class EarlierRow(msgspec.Struct, frozen=True, kw_only=True):
    """Another task of the same subject or cause."""

    href: str
    title: str
    state: str
    told: str
    at: datetime


class KeepableFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding whose decision can become a rule, what the rule would do, and the pattern that is proposed for it."""

    code: str
    field: str
    label: str
    value: str
    outcome: str
    pattern: str = ""
    is_wildcard: bool = False


class ReviewWork(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a task; ``waiting_for`` tells what the first of two people decided."""

    due_at: datetime | None = None
    overdue: bool = False
    escalated: str = ""
    four_eyes: bool = False
    waiting_for: str = ""
    proposed: tuple[FieldChange, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    questions: tuple[tuple[str, str], ...] = ()
    notes: tuple[HistoryEntry, ...] = ()
    same_subject: tuple[EarlierRow, ...] = ()
    same_cause: tuple[EarlierRow, ...] = ()
    keepable: tuple[KeepableFinding, ...] = ()
    may_release: bool = False
    may_assign: bool = False


NO_WORK = ReviewWork()


def work_of(*, task: ReviewTaskView, history: ReviewHistory, masked: frozenset[str] = frozenset()) -> ReviewWork:
    """Return what stands beside a task; of ``masked`` fields it is only told that they were corrected."""
    resolved = task.state is ReviewState.RESOLVED
    first, made = task.first_decision, task.resolution
    waiting_for = ""
    if task.state is ReviewState.CONFIRMING and first is not None:
        waiting_for = f"{actor_text(actor=first.by)} {words_text(code=first.decision.value)} it: {first.reason}"
    return ReviewWork(
        due_at=None if resolved else _due(task),
        overdue=task.overdue,
        escalated="; ".join(f"nobody {_MISSED[one.missed.value]} in time" for one in task.escalations),
        four_eyes=task.four_eyes,
        waiting_for=waiting_for,
        proposed=_changes(first, masked=masked) if waiting_for else (),
        changes=_changes(made, masked=masked),
        questions=tuple((sentence_text(code=field), asked) for field, asked in made.questions.items()) if made else (),
        notes=tuple(HistoryEntry(at=note.at, title=note.text, actor=actor_text(actor=note.by)) for note in task.notes),
        same_subject=_rows(history.same_subject),
        same_cause=_rows(history.same_cause),
        keepable=_keepable(task),
        may_release=task.assignee is not None and not resolved,
        may_assign=not resolved,
    )


_MISSED = {"respond": "took it on", "resolve": "decided it"}


def _due(task: ReviewTaskView) -> datetime | None:
    return task.respond_by if task.state is ReviewState.OPEN else task.resolve_by


def _changes(resolution: Resolution | None, *, masked: frozenset[str]) -> tuple[FieldChange, ...]:
    if resolution is None:
        return ()
    return tuple(
        FieldChange(
            field=field,
            before=_text(resolution.before.get(field)),
            after="given anew" if field in masked else _text(value),
        )
        for field, value in resolution.corrections.items()
    )


def _rows(earlier: Sequence[EarlierTask]) -> tuple[EarlierRow, ...]:
    return tuple(
        EarlierRow(
            href=f"/console/reviews/{task.task_id}",
            title=", ".join(words_text(code=cause) for cause in task.causes) or "no cause",
            state=task.resolution.decision.value if task.resolution is not None else task.state.value,
            told=f"{actor_text(actor=task.resolution.by)}: {task.resolution.reason}" if task.resolution else "",
            at=task.resolution.at if task.resolution is not None else task.requested_at,
        )
        for task in earlier
    )


def _pattern(finding: ReviewFinding) -> str:
    """Return the wildcards that all rows of a group fit, if they have a character of their own."""
    pattern = finding.evidence.get("values", "")
    return pattern if pattern != finding.value and pattern.strip("*? ") else ""


def _keepable(task: ReviewTaskView) -> tuple[KeepableFinding, ...]:
    made = task.resolution
    if made is None or made.rules or task.four_eyes or made.decision not in {Decision.APPROVED, Decision.CORRECTED}:
        return ()
    found: dict[tuple[str, str], ReviewFinding] = {
        (finding.code, finding.field): finding
        for finding in task.findings
        if finding.code in task.causes and finding.value is not None
    }
    return tuple(
        KeepableFinding(
            code=finding.code,
            field=finding.field,
            label=f"{sentence_text(code=finding.field)}: {words_text(code=finding.code)}",
            value=finding.value or "",
            outcome=f"becomes “{_text(made.corrections[finding.field])}”"
            if finding.field in made.corrections
            else "is approved",
            pattern=_pattern(finding) or finding.value or "",
            is_wildcard=bool(_pattern(finding)),
        )
        for finding in found.values()
        if made.decision is Decision.APPROVED or finding.field in made.corrections
    )


def _text(value: str | int | bool | None) -> str:  # noqa: FBT001 - a correction may be any of these
    return "" if value is None else str(value)
