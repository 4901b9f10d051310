"""Sending events again that were delivered before: one, or all since a moment. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, OpenAisleError
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.webhooks.attempts import Outcome
from openaisle.webhooks.model import Place, pause_seconds

MAXIMUM_OPEN_RESENDS = 5
MAXIMUM_RESENT_EVENTS = 10_000
# As many failures one after another, an hour and a half, end a resend: it can be asked for again.
MAXIMUM_ATTEMPTS = 8
KEPT_FOR = timedelta(days=30)
_SHOWN_REASON_CHARACTERS = 300


class ResendEventMissing(NotFound):
    """There is no such event, or the endpoint's owner may not be told of it."""

    code = "webhook-event-missing"
    title = "No such event"


class TooManyResends(OpenAisleError):
    """So many resends of the endpoint are not done yet that another would only wait."""

    code = "too-many-webhook-resends"
    title = "Too many resends of the endpoint are under way"
    status = 409
    mend = "Wait until one of those under way is done."


class ResendState(StrEnum):
    """Whether a resend is under way, is done, or was given up."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


class Resend(msgspec.Struct, frozen=True, kw_only=True):
    """An order to send events again: those behind ``place`` up to ``through``, from the moment ``since`` on.

    ``event_id`` is set where it is one event. ``goes_on_after`` is set where there were more events than one resend
    holds: what is left begins behind that event.
    """

    resend_id: str
    endpoint_id: str
    event_id: str | None = None
    since: datetime | None = None
    place: Place
    through: Place
    state: ResendState = ResendState.OPEN
    requested_by: str
    requested_at: datetime
    resent_count: int = 0
    calls: int = 0
    attempts: int = 0
    last_failure: str = ""
    next_attempt_at: datetime | None = None
    ended_at: datetime | None = None
    goes_on_after: str | None = None


def after_resent(*, resend: Resend, place: Place, count: int, last_event_id: str, at: datetime) -> Resend:
    """Return the resend after ``count`` events up to ``place`` were taken; it ends when it has sent its fill."""
    resent_count = resend.resent_count + count
    moved = msgspec.structs.replace(
        resend,
        place=place,
        resent_count=resent_count,
        calls=resend.calls + 1,
        attempts=0,
        next_attempt_at=None,
    )
    if place >= resend.through:
        return ended(resend=moved, at=at)
    if resent_count >= MAXIMUM_RESENT_EVENTS:
        return msgspec.structs.replace(ended(resend=moved, at=at), goes_on_after=last_event_id)
    return moved


def after_resend_failed(*, resend: Resend, outcome: Outcome, at: datetime) -> Resend:
    """Return the resend after a call that failed: it waits longer each time and is given up in the end."""
    attempts = resend.attempts + 1
    failed = msgspec.structs.replace(
        resend,
        calls=resend.calls + 1,
        attempts=attempts,
        last_failure=outcome.error[:_SHOWN_REASON_CHARACTERS],
        next_attempt_at=at + timedelta(seconds=pause_seconds(attempts=attempts, asked=outcome.retry_after_seconds)),
    )
    if attempts >= MAXIMUM_ATTEMPTS or outcome.gone:
        return given_up(resend=failed, reason=outcome.error, at=at)
    return failed


def ended(*, resend: Resend, at: datetime) -> Resend:
    """Return the resend as done."""
    return msgspec.structs.replace(resend, state=ResendState.DONE, next_attempt_at=None, ended_at=at)


def given_up(*, resend: Resend, reason: str, at: datetime) -> Resend:
    """Return the resend as given up for ``reason``."""
    shown = reason[:_SHOWN_REASON_CHARACTERS]
    return msgspec.structs.replace(
        resend, state=ResendState.FAILED, last_failure=shown, next_attempt_at=None, ended_at=at
    )


# Access pattern: every resend that is not done, oldest first (dispatcher.WebhookDispatcher).
OPEN_RESENDS = "WEBHOOK_RESENDS_OPEN"


def resend_key(*, endpoint_id: str, resend_id: str) -> Key:
    """Access pattern: one resend (resender.Resender)."""
    return Key(f"WEBHOOK_ENDPOINT#{endpoint_id}", f"RESEND#{resend_id}")


def resends_of(*, endpoint_id: str) -> str:
    """Access pattern: the resends of an endpoint by time (log_queries.DeliveryLog)."""
    return f"WEBHOOK_RESENDS#{endpoint_id}"


def _indexes(record: Resend) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(record.requested_at)}#{record.resend_id}"
    own = IndexEntry(Index.SECOND, resends_of(endpoint_id=record.endpoint_id), sort)
    if record.state is not ResendState.OPEN:
        return (own,)
    return (own, IndexEntry(Index.FIRST, OPEN_RESENDS, sort))


RESENDS = RecordType(
    kind="webhook_resend",
    model=Resend,
    key=lambda record: resend_key(endpoint_id=record.endpoint_id, resend_id=record.resend_id),
    indexes=_indexes,
    expires_at=lambda record: int((record.requested_at + KEPT_FOR).timestamp()),
    streamed=False,
)
