"""What happens to review tasks."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from openaisle.kernel.records import Event
from openaisle.reviews.model import CorrectionValue, Decision


class ReviewOpened(Event, frozen=True, kw_only=True):
    """A person is asked to decide."""

    TYPE: ClassVar[str] = "review.opened"

    task_id: str
    subject_kind: str
    subject_id: str
    causes: tuple[str, ...]


class ReviewClaimed(Event, frozen=True, kw_only=True):
    """Somebody has taken the task on."""

    TYPE: ClassVar[str] = "review.claimed"

    task_id: str
    subject_kind: str
    subject_id: str
    assignee: str


class ReviewResolved(Event, frozen=True, kw_only=True):
    """A person has decided; the room of the subject acts on it.

    ``occasion`` is the one with which the review was asked for: a subject that has moved on since passes over it.
    What may be kept by nobody in clear, such as a tax id, stands in ``corrections`` sealed.
    """

    TYPE: ClassVar[str] = "review.resolved"

    task_id: str
    subject_kind: str
    subject_id: str
    occasion: str
    decision: Decision
    corrections: dict[str, CorrectionValue] = msgspec.field(default_factory=dict)
    reason: str
    by: str


class ReviewWithdrawn(Event, frozen=True, kw_only=True):
    """The subject changed, so the task ended without a person's decision."""

    TYPE: ClassVar[str] = "review.withdrawn"

    task_id: str
    subject_kind: str
    subject_id: str
