"""The review queue: the list, and one task with facts, findings and proposals side by side."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.views.common import Choice, Fact, Issue, Paging


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task of the queue; ``late`` once it waits longer than a working day."""

    task_id: str
    subject_kind: str
    subject: str
    causes: str
    finding_count: int
    state: str
    assignee: str
    requested_at: datetime
    late: bool


class ReviewsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of tasks in one state, of one kind of subject or all."""

    state: str
    subject_kind: str
    choices: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    tasks: tuple[ReviewRow, ...]
    paging: Paging


class FieldUnderReview(msgspec.Struct, frozen=True, kw_only=True):
    """A fact a person may correct: its value, what was found about it, and what is proposed.

    A ``masked`` field is shown in part and asked for anew when it is corrected.
    """

    field: str
    label: str
    value: str
    masked: bool
    issues: tuple[Issue, ...]
    proposal: str
    proposal_rule: str
    entered: str = ""


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to decide one task."""

    task_id: str
    subject_kind: str
    subject: str
    subject_href: str | None
    state: str
    assignee: str
    requested_at: datetime
    causes: tuple[str, ...]
    fields: tuple[FieldUnderReview, ...]
    other_issues: tuple[Issue, ...]
    facts: tuple[Fact, ...]
    outcome: tuple[Fact, ...]
    may_claim: bool
    may_resolve: bool
    reason_entered: str = ""
    decision_entered: str = ""
