"""What happens to review tasks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from openaisle.kernel.records import Event
from openaisle.reviews.model import CorrectionValue, Decision, Missed


class ReviewOpened(Event, frozen=True, kw_only=True):
    """A person is asked to decide."""

    TYPE: ClassVar[str] = "review.opened"

    task_id: str
    subject_kind: str
    subject_id: str
    causes: tuple[str, ...]


class ReviewClaimed(Event, frozen=True, kw_only=True):
    """Somebody has taken the task on, or was given it."""

    TYPE: ClassVar[str] = "review.claimed"

    task_id: str
    subject_kind: str
    subject_id: str
    assignee: str


class ReviewReleased(Event, frozen=True, kw_only=True):
    """The task is in nobody's hands again."""

    TYPE: ClassVar[str] = "review.released"

    task_id: str
    subject_kind: str
    subject_id: str


class ReviewNoted(Event, frozen=True, kw_only=True):
    """Somebody wrote a note about the task."""

    TYPE: ClassVar[str] = "review.noted"

    task_id: str
    subject_kind: str
    subject_id: str
    by: str


class ReviewEscalated(Event, frozen=True, kw_only=True):
    """The task is overdue: nobody took it on (respond) or decided it (resolve) until ``due_at``."""

    TYPE: ClassVar[str] = "review.escalated"

    task_id: str
    subject_kind: str
    subject_id: str
    causes: tuple[str, ...]
    missed: Missed
    due_at: datetime
    assignee: str | None


class ReviewProposed(Event, frozen=True, kw_only=True):
    """The first of two people has decided about a risky fact; nothing is settled until a second decides the same."""

    TYPE: ClassVar[str] = "review.proposed"

    task_id: str
    subject_kind: str
    subject_id: str
    decision: Decision
    by: str


class ReviewResolved(Event, frozen=True, kw_only=True):
    """A person has decided, or a rule that a person kept; the room of the subject acts on it.

    ``occasion`` is the one with which the review was asked for: a subject that has moved on since passes over it.
    What may be kept by nobody in clear, such as a tax id, stands in ``corrections`` sealed.
    ``questions`` are what the supplier is asked, by field. ``rules`` are the kept rules that decided, if any did; then
    ``by`` names them too.
    """

    TYPE: ClassVar[str] = "review.resolved"

    task_id: str
    subject_kind: str
    subject_id: str
    occasion: str
    decision: Decision
    corrections: dict[str, CorrectionValue] = msgspec.field(default_factory=dict)
    questions: dict[str, str] = msgspec.field(default_factory=dict)
    reason: str
    by: str
    rules: tuple[str, ...] = ()

    def asked(self) -> str:
        """Return the reason with the questions below it, one a line, each named by its field."""
        return "\n".join((self.reason, *(f"{field}: {question}" for field, question in self.questions.items())))


class ReviewWithdrawn(Event, frozen=True, kw_only=True):
    """The subject changed, so the task ended without a person's decision."""

    TYPE: ClassVar[str] = "review.withdrawn"

    task_id: str
    subject_kind: str
    subject_id: str
