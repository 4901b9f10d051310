"""The delivery log: what became of each call to an endpoint. Bounded by number and by age."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.webhooks.cloud_events import OutgoingEvent

KEPT_FOR = timedelta(days=7)
# Calls that were taken, that failed and of resends have a ring each, so that successes never push failures out.
ENTRIES_PER_RING = 1_000
_SHOWN_TYPES = 20
_SHOWN_ERROR_CHARACTERS = 300


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call to an endpoint, as the log keeps it.

    ``attempt`` counts from 1 for the same events. ``status`` is None where no answer came; ``error`` is empty where the
    call was taken. A call holds ``event_count`` events from the first to the last named.
    """

    endpoint_id: str
    entry: str
    at: datetime
    attempt: int
    status: int | None = None
    error: str = ""
    duration_milliseconds: int
    message_id: str
    event_count: int
    first_event_id: str
    last_event_id: str
    event_types: tuple[str, ...]
    resend_id: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the events were not taken."""
        return bool(self.error)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one call; ``error`` is empty if the events were taken, ``gone`` after 410."""

    at: datetime
    message_id: str
    duration_milliseconds: int
    status: int | None = None
    error: str = ""
    gone: bool = False
    retry_after_seconds: float | None = None


def attempt_of(
    *,
    endpoint_id: str,
    outcome: Outcome,
    events: Sequence[OutgoingEvent],
    attempt: int,
    number: int,
    resend_id: str | None = None,
) -> DeliveryAttempt:
    """Return the entry of a call; ``number`` counts the calls of its ring and so chooses which old entry goes."""
    if resend_id is not None:
        ring, number = "resent", number + zlib.crc32(resend_id.encode())
    else:
        ring = "failed" if outcome.error else "taken"
    return DeliveryAttempt(
        endpoint_id=endpoint_id,
        entry=f"{ring}-{number % ENTRIES_PER_RING:04}",
        at=outcome.at,
        attempt=attempt,
        status=outcome.status,
        error=outcome.error[:_SHOWN_ERROR_CHARACTERS],
        duration_milliseconds=outcome.duration_milliseconds,
        message_id=outcome.message_id,
        event_count=len(events),
        first_event_id=events[0].event_id,
        last_event_id=events[-1].event_id,
        event_types=tuple(sorted({event.type for event in events})[:_SHOWN_TYPES]),
        resend_id=resend_id,
    )


def log_of(*, endpoint_id: str, failed: bool) -> tuple[Index, str]:
    """Access pattern: an endpoint's log by time, whole or only what failed (log_queries.DeliveryLog)."""
    if failed:
        return Index.SECOND, f"WEBHOOK_LOG#{endpoint_id}#FAILED"
    return Index.FIRST, f"WEBHOOK_LOG#{endpoint_id}"


def _indexes(record: DeliveryAttempt) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(record.at)}#{record.entry}"
    partition = log_of(endpoint_id=record.endpoint_id, failed=False)
    if not record.failed:
        return (IndexEntry(*partition, sort),)
    return (IndexEntry(*partition, sort), IndexEntry(*log_of(endpoint_id=record.endpoint_id, failed=True), sort))


# Not streamed, as the place of an endpoint is not: an entry would itself be something to be delivered.
ATTEMPTS = RecordType(
    kind="webhook_delivery_attempt",
    model=DeliveryAttempt,
    key=lambda record: Key(f"WEBHOOK_ENDPOINT#{record.endpoint_id}", f"ATTEMPT#{record.entry}"),
    indexes=_indexes,
    expires_at=lambda record: int((record.at + KEPT_FOR).timestamp()),
    streamed=False,
)
