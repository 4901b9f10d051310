"""The review queue: the list, and one task with facts, findings and proposals side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

from openaisle.entrypoints.console.formats import actor_text, full_moment_text, sentence_text, words_text
from openaisle.entrypoints.console.views.common import Choice, Fact, Issue, Paging, paging_of
from openaisle.entrypoints.console.views.review_work import NO_WORK, ReviewWork
from openaisle.reviews import queries as room
from openaisle.reviews.model import CorrectionValue, Resolution, ReviewFinding, ReviewState

LIST_HREF = "/console/reviews"
KINDS = ("supplier", "product_submission", "product_rows")


class SubjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the rows that a task is about."""

    cells: tuple[str, ...]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a task is about: its name, its page, and its facts by the names that corrections use.

    Where it is many rows, ``facts`` are those of one of them, ``rows`` some of them under ``columns``, and ``told``
    says how many there are.
    """

    name: str
    href: str | None = None
    facts: Mapping[str, CorrectionValue] = {}
    masked: frozenset[str] = frozenset()
    told: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[SubjectRow, ...] = ()

    def place_of(self, name: str) -> int:
        """Return where a fact stands among the facts, so that fields keep the order of the application."""
        return list(self.facts).index(name) if name in self.facts else len(self.facts)


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task of the queue; ``late`` once it is overdue."""

    task_id: str
    subject_kind: str
    subject: str
    causes: str
    finding_count: int
    state: str
    assignee: str
    requested_at: datetime
    late: bool
    due_at: datetime | None = None
    escalated: bool = False
    four_eyes: bool = False


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """What else the list is narrowed to, and its order; empty where it does not matter."""

    cause: str = ""
    assignee: str = ""
    hours: str = ""
    overdue: str = ""
    sort: str = ""

    @property
    def order(self) -> room.Order | None:
        """The order that is asked for, if it is one."""
        return room.Order(self.sort) if self.sort in set(room.Order) else None

    def filter(self, *, state: ReviewState, subject_kind: str | None) -> room.Filter:
        """Return the filter for the queries."""
        return room.Filter(
            state=state,
            subject_kind=subject_kind,
            cause=self.cause or None,
            assignee=self.assignee or None,
            older_than_seconds=int(self.hours) * 3_600 if self.hours else None,
            overdue=True if self.overdue == "overdue" else None,
            escalated=True if self.overdue == "escalated" else None,
        )

    @property
    def query(self) -> str:
        """What it adds to an address, beginning with an ampersand."""
        return "".join(f"&{name}={quote(text)}" for name, text in msgspec.structs.asdict(self).items() if text)


NOT_NARROWED = Narrowing()


class ReviewsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of tasks in one state, of one kind of subject or all."""

    state: str
    subject_kind: str
    choices: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    tasks: tuple[ReviewRow, ...]
    paging: Paging
    narrowed: Narrowing = NOT_NARROWED
    may_decide: bool = True


class FieldUnderReview(msgspec.Struct, frozen=True, kw_only=True):
    """A fact a person may correct: its value, what was found about it, and what is proposed.

    A ``masked`` field is shown in part and asked for anew when it is corrected.
    """

    field: str
    label: str
    value: str
    masked: bool
    several_lines: bool
    issues: tuple[Issue, ...]
    proposal: str
    proposal_rule: str
    entered: str = ""
    question: str = ""


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to decide one task; ``doubtful`` fields have findings or proposals, ``others`` have none."""

    task_id: str
    subject_kind: str
    subject: str
    subject_href: str | None
    state: str
    assignee: str
    requested_at: datetime
    causes: tuple[str, ...]
    doubtful: tuple[FieldUnderReview, ...]
    others: tuple[FieldUnderReview, ...]
    correcting_others: bool
    other_issues: tuple[Issue, ...]
    facts: tuple[Fact, ...]
    outcome: tuple[Fact, ...]
    may_claim: bool
    may_resolve: bool
    reason_entered: str = ""
    decision_entered: str = ""
    work: ReviewWork = NO_WORK
    told: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[SubjectRow, ...] = ()


def narrowing_of(*, asked: Callable[[str], str]) -> Narrowing:
    """Return what the address narrows the list to; ``asked`` tells each parameter, empty if it is absent."""
    hours = asked("hours")
    return Narrowing(
        cause=asked("cause").strip()[:100],
        assignee=asked("assignee").strip()[:100],
        hours=hours if hours.isascii() and hours.isdigit() and len(hours) <= 5 else "",
        overdue=asked("overdue") if asked("overdue") in {"overdue", "escalated"} else "",
        sort=asked("sort") if asked("sort") in set(room.Order) else "",
    )


def reviews_page(
    *,
    listed: room.ReviewTaskPage,
    state: ReviewState,
    subject_kind: str,
    subjects: Mapping[str, str],
    after: str,
    narrowed: Narrowing = NOT_NARROWED,
) -> ReviewsPage:
    """Return the list of the tasks in a state; ``subjects`` are the names of what they are about, by identifier."""
    kind_part = f"&kind={subject_kind}" if subject_kind else ""
    return ReviewsPage(
        state=state.value,
        subject_kind=subject_kind,
        choices=tuple(
            Choice(
                label=sentence_text(code=one.value),
                href=f"{LIST_HREF}?state={one.value}{kind_part}{narrowed.query}",
                chosen=one is state,
            )
            for one in ReviewState
        ),
        kinds=tuple(
            Choice(
                label=sentence_text(code=kind) if kind else "All",
                href=f"{LIST_HREF}?state={state.value}" + (f"&kind={kind}" if kind else "") + narrowed.query,
                chosen=kind == subject_kind,
            )
            for kind in ("", *KINDS)
        ),
        tasks=tuple(_row(task=task, subjects=subjects) for task in listed.review_tasks),
        paging=paging_of(
            href=f"{LIST_HREF}?state={state.value}{kind_part}{narrowed.query}",
            after=after,
            next_after=listed.next_after,
        ),
        narrowed=narrowed,
        may_decide=state is not ReviewState.RESOLVED,
    )


def review_page(
    *, task: room.ReviewTaskView, subject: Subject, entered: Mapping[str, str], work: ReviewWork = NO_WORK
) -> ReviewPage:
    """Return the page of one task; ``entered`` holds the fields of a form that was sent and refused."""
    proposals = {proposal.field: proposal for proposal in task.proposals}
    issues: dict[str, list[Issue]] = {}
    for finding in task.findings:
        issues.setdefault(finding.field, []).append(_issue(finding=finding))
    named = set(subject.facts) | set(proposals)
    fields = []
    for name in sorted(named, key=lambda one: (one not in issues, one not in proposals, subject.place_of(one))):
        proposal = proposals.get(name)
        fields.append(
            FieldUnderReview(
                field=name,
                label=sentence_text(code=name),
                value=_text(subject.facts.get(name)),
                masked=name in subject.masked,
                several_lines=name.endswith("street_lines") or name == "description",
                issues=tuple(issues.get(name, ())),
                proposal=_text(proposal.after) if proposal is not None else "",
                proposal_rule=proposal.rule if proposal is not None else "",
                entered=entered.get(f"field.{name}", ""),
                question=entered.get(f"question.{name}", ""),
            )
        )
    resolved = task.state is ReviewState.RESOLVED
    return ReviewPage(
        task_id=task.task_id,
        subject_kind=task.subject_kind,
        subject=subject.name,
        subject_href=subject.href,
        state=task.state.value,
        assignee=task.assignee or "",
        requested_at=task.requested_at,
        causes=tuple(words_text(code=cause) for cause in task.causes),
        doubtful=tuple(field for field in fields if field.issues or field.proposal),
        correcting_others=any(field.entered for field in fields if not (field.issues or field.proposal)),
        others=tuple(field for field in fields if not (field.issues or field.proposal)),
        other_issues=tuple(issue for name, found in issues.items() if name not in named for issue in found),
        facts=(
            Fact(label="Task id", value=task.task_id, code=True),
            Fact(label="Assignee", value=task.assignee or "nobody yet"),
            Fact(label="Asked by", value=actor_text(actor=task.requested_by)),
        ),
        outcome=_outcome(resolution=task.resolution),
        may_claim=task.state is ReviewState.OPEN,
        may_resolve=not resolved,
        reason_entered=entered.get("reason", ""),
        decision_entered=entered.get("decision", ""),
        work=work,
        told=subject.told,
        columns=subject.columns,
        rows=subject.rows,
    )


def entered_questions(*, entered: Mapping[str, str]) -> dict[str, str]:
    """Return what the form asks the supplier, by field."""
    asked = {key.removeprefix("question."): text.strip()[:1_000] for key, text in entered.items()}
    return {field: text for field, text in asked.items() if text and f"question.{field}" in entered}


def entered_corrections(*, subject: Subject, entered: Mapping[str, str]) -> dict[str, CorrectionValue]:
    """Return the corrections of a form: each field that was filled with something other than it holds.

    A field that holds a whole number stays one, if the text is one; whether it fits is for the subject's room to say.
    """
    corrections: dict[str, CorrectionValue] = {}
    for key, text in entered.items():
        name = key.removeprefix("field.")
        given = text.replace("\r\n", "\n").strip()
        if name == key or not given:
            continue
        held = subject.facts.get(name)
        if given != _text(held):
            corrections[name] = int(given) if type(held) is int and _is_whole(given) else given
    return corrections


def _row(*, task: room.ReviewTaskView, subjects: Mapping[str, str]) -> ReviewRow:
    resolved = task.state is ReviewState.RESOLVED
    return ReviewRow(
        task_id=task.task_id,
        subject_kind=task.subject_kind,
        subject=subjects.get(task.subject_id, task.subject_id),
        causes=", ".join(words_text(code=cause) for cause in task.causes),
        finding_count=len(task.findings),
        state=task.state.value,
        assignee=task.assignee or "",
        requested_at=task.requested_at,
        late=task.overdue,
        due_at=None if resolved else (task.respond_by if task.state is ReviewState.OPEN else task.resolve_by),
        escalated=bool(task.escalations) and not resolved,
        four_eyes=task.four_eyes,
    )


def _issue(*, finding: ReviewFinding) -> Issue:
    return Issue(
        severity=finding.severity,
        code=finding.code,
        field=finding.field,
        message=finding.message,
        suggestion=finding.suggestion or "",
        evidence=tuple((words_text(code=name), text) for name, text in finding.evidence.items()),
    )


def _outcome(*, resolution: Resolution | None) -> tuple[Fact, ...]:
    if resolution is None:
        return ()
    return (
        Fact(label="Decision", value=words_text(code=resolution.decision.value)),
        Fact(label="Reason", value=resolution.reason),
        Fact(label="By", value=actor_text(actor=resolution.by)),
        Fact(label="At", value=full_moment_text(at=resolution.at)),
    )


def _text(value: CorrectionValue) -> str:
    return "" if value is None else str(value)


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()
