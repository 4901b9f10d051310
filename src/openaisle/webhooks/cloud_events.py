"""The form in which an event leaves the house: CloudEvents 1.0 in JSON, alone or in a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.stream import Change
from openaisle.kernel.times import sortable_time
from openaisle.webhooks.model import Place

SINGLE_MEDIA_TYPE = "application/cloudevents+json"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
SOURCE = "/openaisle"


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The attributes of CloudEvents 1.0; ``id`` is unique within ``source`` and never changes."""

    specversion: str = "1.0"
    id: str
    source: str = SOURCE
    type: str
    subject: str
    time: str
    datacontenttype: str = "application/json"
    data: msgspec.Raw


class OutgoingEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event encoded once for all endpoints, with what is needed to decide who may see it."""

    place: Place
    event_id: str
    type: str
    storefront_id: str | None
    supplier_id: str | None
    at: datetime
    cloud_event: CloudEvent
    encoded: bytes


class _Audience(msgspec.Struct, gc=False):
    storefront_id: str | None = None
    supplier_id: str | None = None


_ENCODER = msgspec.json.Encoder()
_AUDIENCE = msgspec.json.Decoder(_Audience)


def outgoing_events(*, change: Change) -> list[OutgoingEvent]:
    """Return the events that a change states, in their order."""
    if not change.events:
        return []
    time = sortable_time(change.at)
    subject = change.key.partition.partition("#")[2] or change.key.partition
    found = []
    for number, event in enumerate(change.events, start=1):
        event_id = f"{change.sequence}-{number}"
        cloud_event = CloudEvent(id=event_id, type=event.type, subject=subject, time=time, data=event.data)
        audience = _AUDIENCE.decode(event.data)
        found.append(
            OutgoingEvent(
                place=Place(change.sequence, number),
                event_id=event_id,
                type=event.type,
                storefront_id=audience.storefront_id,
                supplier_id=audience.supplier_id,
                at=change.at,
                cloud_event=cloud_event,
                encoded=_ENCODER.encode(cloud_event),
            )
        )
    return found


def batch_body(*, events: Sequence[OutgoingEvent]) -> bytes:
    """Return the body of several events, a JSON array."""
    return b"[" + b",".join(event.encoded for event in events) + b"]"


def message_id(*, endpoint_id: str, events: Sequence[OutgoingEvent]) -> str:
    """Return the ``webhook-id`` of a call: the same events to the same endpoint always give the same."""
    first, last = events[0].event_id, events[-1].event_id
    return f"msg_{endpoint_id}_{first}" if len(events) == 1 else f"msg_{endpoint_id}_{first}_{last}"
