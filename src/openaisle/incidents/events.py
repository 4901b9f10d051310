"""What happens to incidents, as others are told of it: that something was said, never what."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class IncidentEvent(Event, frozen=True, kw_only=True, gc=False):
    """What all events of an incident tell."""

    incident_id: str
    order_id: str
    order_reference: str
    purchase_order_id: str | None
    kind: str
    state: str


class IncidentOpened(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """Something went wrong with an order; ``opened_by`` tells who says so."""

    TYPE: ClassVar[str] = "incident.opened"

    opened_by: str
    due_at: str | None


class IncidentMessageAdded(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """Somebody said something; whom it is not for is not told of it."""

    TYPE: ClassVar[str] = "incident.message_added"

    message_id: str
    author: str
    audience: str
    due_at: str | None


class IncidentFileAdded(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """Somebody handed a file in."""

    TYPE: ClassVar[str] = "incident.file_added"

    attachment_id: str
    author: str
    audience: str


class IncidentEscalated(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """The operator decides from now on, because somebody asked for it or a deadline has passed."""

    TYPE: ClassVar[str] = "incident.escalated"

    reason: str


class IncidentOverdue(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """The operator has not decided in time."""

    TYPE: ClassVar[str] = "incident.overdue"


class IncidentResolved(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """The incident is settled; the refund that belongs to it, if any, is asked for by an event of its own."""

    TYPE: ClassVar[str] = "incident.resolved"

    outcome: str
    refund_id: str | None
    refund_minor: int


class IncidentReopened(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """The shopper objects to how it was settled."""

    TYPE: ClassVar[str] = "incident.reopened"


class IncidentClosed(IncidentEvent, frozen=True, kw_only=True, gc=False):
    """Nobody objected in time."""

    TYPE: ClassVar[str] = "incident.closed"
