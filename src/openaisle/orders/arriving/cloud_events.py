"""CloudEvents 1.0 as they arrive over HTTP: structured, batched, or in binary form. Pure.

Source: CloudEvents 1.0.2, HTTP protocol binding and JSON event format (Cloud Native Computing Foundation).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import unquote

import msgspec

from openaisle.orders.arriving.model import MAXIMUM_EVENTS_PER_REQUEST, OrderEventsUnreadable

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
BINARY = "application/json"
_VERSION = "1.0"

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class ArrivedEvent(NamedTuple):
    """An event: who it is by source and identifier, what it says it is, and its data as JSON bytes.

    ``fault`` says why it is no event, if it is none; ``event_id`` is then its place in the batch.
    """

    event_id: str
    source: str
    type: str
    data: bytes
    fault: str = ""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    specversion: str
    id: _Text
    source: _Text
    type: _Text
    data: msgspec.Raw = msgspec.Raw(b"null")
    data_base64: str | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_BATCH = msgspec.json.Decoder(list[msgspec.Raw])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_events(*, content_type: str, headers: Mapping[str, str], content: bytes) -> list[ArrivedEvent]:
    """Return the events of a request, whose header names are in small letters; raises OrderEventsUnreadable.

    An event of a batch that is none loses no other.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == BATCHED:
        return _batch(content)
    if media_type == STRUCTURED:
        event = _structured(place="0", content=content)
    elif "ce-id" in headers:
        event = _binary(headers=headers, content=content)
    else:
        raise OrderEventsUnreadable(detail="The request has neither an envelope nor ce- headers.")
    if event.fault:
        raise OrderEventsUnreadable(detail=event.fault)
    return [event]


def _batch(content: bytes) -> list[ArrivedEvent]:
    try:
        envelopes = _BATCH.decode(content)
    except _UNREADABLE as error:
        raise OrderEventsUnreadable(detail=f"The batch is no JSON array: {str(error)[:200]}.") from None
    if len(envelopes) > MAXIMUM_EVENTS_PER_REQUEST:
        raise OrderEventsUnreadable(detail=f"A batch may hold {MAXIMUM_EVENTS_PER_REQUEST} events.")
    return [_structured(place=str(place), content=bytes(one)) for place, one in enumerate(envelopes)]


def _structured(*, place: str, content: bytes) -> ArrivedEvent:
    try:
        envelope = _ENVELOPE.decode(content)
        data = bytes(envelope.data)
        if envelope.data_base64 is not None:
            data = base64.b64decode(envelope.data_base64, validate=True)
    except _UNREADABLE as error:
        return _faulty(place=place, fault=f"The event cannot be read: {str(error)[:200]}.")
    except (binascii.Error, ValueError):
        return _faulty(place=place, fault="data_base64 is no base 64.")
    if envelope.specversion != _VERSION:
        return _faulty(place=place, fault=f"The specversion is {envelope.specversion[:20]!r}, not {_VERSION!r}.")
    return ArrivedEvent(envelope.id, envelope.source, envelope.type, data)


def _binary(*, headers: Mapping[str, str], content: bytes) -> ArrivedEvent:
    attributes: dict[str, Any] = {
        name: unquote(headers.get(f"ce-{name}", "")) for name in ("specversion", "id", "source", "type")
    }
    try:
        envelope = msgspec.convert(attributes, _Envelope)
    except msgspec.ValidationError as error:
        return _faulty(place="0", fault=f"The ce- headers make no event: {error}.")
    if envelope.specversion != _VERSION:
        return _faulty(place="0", fault=f"The ce-specversion is {envelope.specversion[:20]!r}, not {_VERSION!r}.")
    return ArrivedEvent(envelope.id, envelope.source, envelope.type, content)


def _faulty(*, place: str, fault: str) -> ArrivedEvent:
    return ArrivedEvent(place, "", "", b"", fault)
