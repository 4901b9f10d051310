"""What the API shows of incidents."""

from __future__ import annotations

from typing import Any

import msgspec

from openaisle.incidents.model import (
    Attachment,
    Audience,
    Incident,
    IncidentKind,
    IncidentNote,
    IncidentState,
    Party,
    Resolution,
)


class IncidentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An incident in a list; ``due_at`` is until when whose turn it is may answer."""

    incident_id: str
    reference: str
    order_id: str
    order_reference: str
    purchase_order_id: str | None
    supplier_id: str | None
    opened_by: Party
    kind: IncidentKind
    state: IncidentState
    line_numbers: list[int]
    opened_at: str
    changed_at: str
    due_at: str | None
    escalated: bool
    overdue: bool
    message_count: int
    resolution: Resolution | None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was said, as the reader may read it."""

    message_id: str
    at: str
    author: Party
    audience: Audience
    text: str


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was handed in."""

    attachment_id: str
    at: str
    author: Party
    audience: Audience
    file_name: str
    media_type: str
    byte_count: int


class IncidentView(IncidentSummary, frozen=True, kw_only=True):
    """An incident with what the reader may read of its thread; nothing is left of it once it is erased."""

    messages: list[MessageView]
    attachments: list[AttachmentView]
    history: list[IncidentNote]
    erased: bool


class IncidentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of incidents; ``next_after`` is what the next page is asked with, null on the last."""

    incidents: list[IncidentSummary]
    next_after: str | None


def incident_summary(record: Incident) -> IncidentSummary:
    """Return an incident as lists show it."""
    return IncidentSummary(**_facts(record))


def incident_view(
    *, record: Incident, messages: list[MessageView], attachments: list[AttachmentView], party: Party
) -> IncidentView:
    """Return an incident with its thread; what was done is told to everybody, who did it only to the operator."""
    history = [
        note if party is Party.OPERATOR else msgspec.structs.replace(note, actor=note.actor.partition(":")[0])
        for note in record.history
    ]
    return IncidentView(
        **_facts(record), messages=messages, attachments=attachments, history=history, erased=record.erased
    )


def attachment_view(attachment: Attachment) -> AttachmentView:
    """Return a file as the API shows it."""
    return AttachmentView(
        attachment_id=attachment.attachment_id,
        at=attachment.at,
        author=attachment.author,
        audience=attachment.audience,
        file_name=attachment.file_name,
        media_type=attachment.media_type,
        byte_count=attachment.byte_count,
    )


def _facts(record: Incident) -> dict[str, Any]:
    return {
        "incident_id": record.incident_id,
        "reference": record.reference,
        "order_id": record.order_id,
        "order_reference": record.order_reference,
        "purchase_order_id": record.purchase_order_id,
        "supplier_id": record.supplier_id,
        "opened_by": record.opened_by,
        "kind": record.kind,
        "state": record.state,
        "line_numbers": list(record.line_numbers),
        "opened_at": record.opened_at,
        "changed_at": record.changed_at,
        "due_at": record.due_at,
        "escalated": record.escalated,
        "overdue": record.overdue,
        "message_count": record.message_count,
        "resolution": record.resolution,
    }
