"""Events by cursor, for those who would rather ask than be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Principal
from openaisle.kernel.errors import Finding, OpenAisleError, RequestInvalid
from openaisle.kernel.stream import ChangeStream
from openaisle.webhooks.cloud_events import CloudEvent, OutgoingEvent, outgoing_events
from openaisle.webhooks.model import ALL_EVENTS, Place, may_be_told, require_known_types

# One call looks through so many changes at most, also if none of their events is for the caller.
_CHANGES_PER_CALL = 2_000
_CHANGES_PER_READ = 500
# Commits stand in the order in which they were made, which may differ a little from that of their moments.
_MOMENTS_DIFFER_BY = timedelta(minutes=1)
LATEST = "latest"


class EventsTrimmed(OpenAisleError):
    """Events behind this place are no longer kept: some of them are missing for good."""

    code = "events-trimmed"
    title = "The events asked for are no longer kept"
    status = 410
    mend = "Read what you keep anew by its own operations, then go on after the cursor named in detail."


class CursorInvalid(RequestInvalid):
    """That is not the identifier of an event, nor a cursor that was given."""

    code = "event-cursor-invalid"
    title = "That is no place among the events"
    mend = "Give next_after of an earlier answer, the id of an event, or leave it out."


class EventLogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in their order.

    ``next_after`` is always given: what comes later stands behind it. ``more`` tells whether there was more to look
    through already; a page may be empty and have more behind it.
    """

    events: list[CloudEvent]
    next_after: str
    more: bool


class EventLog:
    """Reads the stream for one party at a time, with the rules by which endpoints are told."""

    def __init__(self, *, stream: ChangeStream, known_event_types: frozenset[str] | None = None) -> None:
        """Take the stream; with ``known_event_types`` nobody waits for events that do not exist."""
        self._stream = stream
        self._known_event_types = known_event_types

    async def page(
        self, *, principal: Principal, after: str | None, event_types: Sequence[str] = (), limit: int = 100
    ) -> EventLogPage:
        """Return the next events that the principal may be told of.

        Without ``after`` it begins with the oldest that is kept; ``latest`` tells only where the end is. Raises
        EventsTrimmed, CursorInvalid, EventTypeUnknown.
        """
        if self._known_event_types is not None:
            require_known_types(event_types=event_types, known=self._known_event_types)
        if after == LATEST:
            end = Place(await self._stream.latest(), ALL_EVENTS)
            return EventLogPage(events=[], next_after=cursor_of(place=end), more=False)
        place = place_of(cursor=after) if after else Place(await self._stream.trimmed_through(), ALL_EVENTS)
        wanted = frozenset(event_types)
        found: list[CloudEvent] = []
        looked = 0
        while looked < _CHANGES_PER_CALL:
            changes = await self._stream.read(after=place.read_after, limit=_CHANGES_PER_READ)
            # Asked for after reading: what was dropped while it was read is noticed too.
            if after:
                await require_kept(stream=self._stream, place=place)
            if not changes:
                return EventLogPage(events=found, next_after=cursor_of(place=place), more=False)
            for change in changes:
                looked += 1
                for event in outgoing_events(change=change):
                    if event.place <= place or not _is_for(event, principal, wanted):
                        continue
                    if len(found) == limit:
                        return EventLogPage(events=found, next_after=cursor_of(place=place), more=True)
                    found.append(event.cloud_event)
                    place = event.place
                place = Place(change.sequence, ALL_EVENTS)
        return EventLogPage(events=found, next_after=cursor_of(place=place), more=True)


def _is_for(event: OutgoingEvent, principal: Principal, wanted: frozenset[str]) -> bool:
    return (not wanted or event.type in wanted) and may_be_told(
        role=principal.role,
        subject_id=principal.subject_id,
        storefront_id=event.storefront_id,
        supplier_id=event.supplier_id,
        event_type=event.type,
    )


def cursor_of(*, place: Place) -> str:
    """Return a place as a caller keeps it: of the form of an event's identifier."""
    return f"{place.sequence}-{min(place.number, ALL_EVENTS)}"


def place_of(*, cursor: str) -> Place:
    """Return the place that a cursor or an event's identifier names; raises CursorInvalid."""
    sequence, dash, number = cursor.partition("-")
    numbers = (sequence, number)
    if not dash or not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in numbers):
        finding = Finding(pointer="after", detail="is not a cursor", code=CursorInvalid.code)
        raise CursorInvalid(detail=f"{cursor[:40]!r} is not a cursor.", findings=[finding])
    return Place(int(sequence), min(int(number), ALL_EVENTS))


async def require_kept(*, stream: ChangeStream, place: Place) -> None:
    """Raise EventsTrimmed if changes behind ``place`` were dropped."""
    trimmed = await stream.trimmed_through()
    if trimmed and place.read_after < trimmed:
        oldest = cursor_of(place=Place(trimmed, ALL_EVENTS))
        raise EventsTrimmed(detail=f"What is kept begins after {oldest}.")


async def place_before(*, stream: ChangeStream, moment: datetime) -> Place:
    """Return a place in front of all that was committed at ``moment`` or later; raises EventsTrimmed.

    What is kept of the stream is halved until the first change of that time is found.
    """
    moment -= _MOMENTS_DIFFER_BY
    low, high = await stream.trimmed_through(), await stream.latest()
    first = await stream.read(after=low, limit=1)
    if low and first and first[0].at > moment:
        raise EventsTrimmed(detail=f"What is kept begins at {first[0].at.isoformat()}.")
    while high - low > 1:
        middle = (low + high) // 2
        changes = await stream.read(after=middle, limit=1)
        if not changes or changes[0].at >= moment:
            high = middle
        else:
            low = changes[0].sequence
    return Place(low, ALL_EVENTS)
