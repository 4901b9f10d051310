"""Webhook endpoints, how far each has come, and the decisions about both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid, TransitionRefused
from openaisle.kernel.records import EVERY_STOREFRONT

MAXIMUM_ENDPOINTS_PER_OWNER = 50
OLD_SECRET_HOURS = 24
GIVES_UP_AFTER = timedelta(days=3)

# Quick at first, for a receiver that is being restarted; then seldom, for one that is being mended.
PAUSES_SECONDS = (2, 5, 15, 60, 300, 900, 1_800, 3_600)
_SHOWN_REASON_CHARACTERS = 300


class EndpointMissing(NotFound):
    """There is no such endpoint, or it belongs to somebody else."""

    code = "webhook-endpoint-missing"
    title = "No such webhook endpoint"


class TooManyEndpoints(OpenAisleError):
    """One owner wants more endpoints than anybody needs."""

    code = "too-many-webhook-endpoints"
    title = "There are too many webhook endpoints"
    status = 409
    mend = "Delete an endpoint that is no longer used."


class EventTypeUnknown(RequestInvalid):
    """An endpoint asks for events that do not exist, and would wait for them in vain."""

    code = "event-type-unknown"
    title = "There is no such type of event"
    mend = "Take the types from the list of events in the reference."


class EndpointTransitionRefused(TransitionRefused):
    """The endpoint is already in the state asked for."""

    code = "webhook-endpoint-transition-refused"


class EndpointState(StrEnum):
    """Whether events are sent; a paused endpoint keeps its place and loses nothing."""

    ACTIVE = "active"
    PAUSED = "paused"


TRANSITIONS: dict[EndpointState, frozenset[EndpointState]] = {
    EndpointState.ACTIVE: frozenset({EndpointState.PAUSED}),
    EndpointState.PAUSED: frozenset({EndpointState.ACTIVE}),
}


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signing secret, encrypted; ``valid_until`` is set once a newer one has been made."""

    ciphertext: str
    valid_until: datetime | None = None


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An address that wants to hear of events.

    ``owner_id`` is the storefront; the operator's endpoints hear of everything. No ``event_types`` means all.
    ``batch_size`` above 1 asks for several events in one call. ``active_since`` is when it was last (re)started,
    ``reason`` why it is paused. ``gave_up_at`` is when it was paused for failing too long, None once a delivery was
    taken again. ``notice_mail`` is the encrypted mailbox that is told of both, empty where there is none.
    """

    endpoint_id: str
    owner_role: Role
    owner_id: str
    url: str
    event_types: tuple[str, ...]
    batch_size: int
    secrets: tuple[SealedSecret, ...]
    state: EndpointState
    reason: str
    created_at: datetime
    active_since: datetime
    gave_up_at: datetime | None = None
    notice_mail: str = ""

    def may_see(self, *, storefront_id: str | None) -> bool:
        """Return whether the owner may be told of an event that concerns ``storefront_id``."""
        return may_be_told(role=self.owner_role, subject_id=self.owner_id, storefront_id=storefront_id)

    def wants(self, *, event_type: str) -> bool:
        """Return whether the endpoint asked for events of this type."""
        return not self.event_types or event_type in self.event_types


# What a supplier may be told of itself. The rest, such as why it is being reviewed, names it and is not for it.
SUPPLIER_FAMILIES = frozenset(
    {
        "edi_interchange",
        "feed",
        "incident",
        "offer",
        "product_submission",
        "purchase_order",
        "return",
        "scorecard",
        "supplier_invoice",
    }
)
SUPPLIER_TYPES = frozenset(
    {
        "supplier.activated",
        "supplier.connected",
        "supplier.shipping_terms_changed",
        "supplier.notice_given",
        "supplier.notice_withdrawn",
        "supplier.reinstated",
        "supplier.suspended",
    }
)


def may_be_told(
    *, role: Role, subject_id: str, storefront_id: str | None, supplier_id: str | None = None, event_type: str = ""
) -> bool:
    """Return whether a party may be told of an event that concerns this storefront and this supplier."""
    if role is Role.OPERATOR:
        return True
    if role is Role.STOREFRONT:
        return storefront_id is not None and storefront_id in {subject_id, EVERY_STOREFRONT}
    if role is not Role.SUPPLIER or supplier_id is None or supplier_id != subject_id:
        return False
    return event_type in SUPPLIER_TYPES or event_type.partition(".")[0] in SUPPLIER_FAMILIES


class Place(NamedTuple):
    """A place in the stream: up to the event ``number`` (from 1) of the change ``sequence``, included."""

    sequence: int
    number: int

    @property
    def read_after(self) -> int:
        """The sequence after which the stream is to be read to go on from here."""
        return self.sequence if self.number >= ALL_EVENTS else self.sequence - 1


# A place with this number stands behind all events of its change.
ALL_EVENTS = 1_000_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How far an endpoint has come and how it goes; written by the dispatcher alone.

    Everything up to ``place`` was delivered or did not concern it. ``attempts`` counts failures since
    ``failing_since``; after them the next try is at ``next_attempt_at``. ``taken_calls`` and ``failed_calls`` count all
    calls, and so number the entries of the delivery log.
    """

    endpoint_id: str
    place: Place
    delivered_count: int = 0
    last_delivered_at: datetime | None = None
    last_event_id: str | None = None
    failing_since: datetime | None = None
    attempts: int = 0
    last_failed_at: datetime | None = None
    last_failure: str | None = None
    next_attempt_at: datetime | None = None
    taken_calls: int = 0
    failed_calls: int = 0


def decide_registered(
    *,
    endpoint_id: str,
    url: str,
    event_types: Sequence[str],
    batch_size: int,
    sealed_secret: str,
    place: Place,
    endpoint_count: int,
    context: Context,
    notice_mail: str = "",
) -> tuple[WebhookEndpoint, Delivery]:
    """Return a new endpoint that hears of everything after ``place``; raises TooManyEndpoints."""
    if endpoint_count >= MAXIMUM_ENDPOINTS_PER_OWNER:
        raise TooManyEndpoints(detail=f"There are {endpoint_count} endpoints already.")
    endpoint = WebhookEndpoint(
        endpoint_id=endpoint_id,
        owner_role=context.principal.role,
        owner_id=owner_id_of(principal=context.principal),
        url=url,
        event_types=tuple(sorted(set(event_types))),
        batch_size=batch_size,
        secrets=(SealedSecret(ciphertext=sealed_secret),),
        state=EndpointState.ACTIVE,
        reason="",
        created_at=context.at,
        active_since=context.at,
        notice_mail=notice_mail,
    )
    return endpoint, Delivery(endpoint_id=endpoint_id, place=place)


def owner_id_of(*, principal: Principal) -> str:
    """Return whose endpoints the principal registers: a storefront's own; the operator's staff share theirs."""
    return principal.subject_id if principal.role is Role.STOREFRONT else "operator"


def require_known_types(*, event_types: Sequence[str], known: frozenset[str]) -> None:
    """Raise EventTypeUnknown for the first type that no event has."""
    findings = [
        Finding(pointer=f"/event_types/{number}", detail=f"There is no event {name}.", code=EventTypeUnknown.code)
        for number, name in enumerate(event_types)
        if name not in known
    ]
    if findings:
        raise EventTypeUnknown(detail=findings[0].detail, findings=findings)


def decide_state(
    *, endpoint: WebhookEndpoint, state: EndpointState, reason: str, at: datetime, gave_up: bool = False
) -> WebhookEndpoint:
    """Return the endpoint paused (for ``reason``) or active again; raises EndpointTransitionRefused.

    ``gave_up`` says that it is paused because it failed, and not because somebody wishes it.
    """
    if state not in TRANSITIONS[endpoint.state]:
        raise EndpointTransitionRefused(detail=f"The endpoint is {endpoint.state.value} already.")
    if state is EndpointState.PAUSED:
        shown = reason[:_SHOWN_REASON_CHARACTERS]
        gave_up_at = at if gave_up else endpoint.gave_up_at
        return msgspec.structs.replace(endpoint, state=state, reason=shown, gave_up_at=gave_up_at)
    return msgspec.structs.replace(endpoint, state=state, reason="", active_since=at)


def decide_new_secret(*, endpoint: WebhookEndpoint, sealed_secret: str, at: datetime) -> WebhookEndpoint:
    """Return the endpoint with a new secret; the one before goes on signing beside it for a day."""
    newest = endpoint.secrets[0]
    old = msgspec.structs.replace(newest, valid_until=at + timedelta(hours=OLD_SECRET_HOURS))
    return msgspec.structs.replace(endpoint, secrets=(SealedSecret(ciphertext=sealed_secret), old))


def valid_secrets(*, endpoint: WebhookEndpoint, at: datetime) -> tuple[SealedSecret, ...]:
    """Return the secrets that sign at ``at``, the newest first."""
    return tuple(secret for secret in endpoint.secrets if secret.valid_until is None or at < secret.valid_until)


def after_delivered(*, delivery: Delivery, place: Place, count: int, last_event_id: str, at: datetime) -> Delivery:
    """Return the delivery after ``count`` events up to ``place`` were taken."""
    return Delivery(
        endpoint_id=delivery.endpoint_id,
        place=place,
        delivered_count=delivery.delivered_count + count,
        last_delivered_at=at,
        last_event_id=last_event_id,
        last_failed_at=delivery.last_failed_at,
        last_failure=delivery.last_failure,
        taken_calls=delivery.taken_calls + 1,
        failed_calls=delivery.failed_calls,
    )


def pause_seconds(*, attempts: int, asked: float | None) -> int:
    """Return how long to wait after so many failures; the receiver may ask for more, up to an hour."""
    pause = PAUSES_SECONDS[min(attempts, len(PAUSES_SECONDS)) - 1]
    return pause if asked is None else max(pause, min(int(asked), PAUSES_SECONDS[-1]))


def after_failed(
    *, delivery: Delivery, active_since: datetime, reason: str, retry_after_seconds: float | None, at: datetime
) -> Delivery:
    """Return the delivery after a try that failed for ``reason``; the receiver may ask for a longer pause."""
    # What failed before the endpoint was started anew is no reason to give up on it now.
    is_new_trouble = delivery.failing_since is None or delivery.failing_since < active_since
    attempts = 1 if is_new_trouble else delivery.attempts + 1
    pause = pause_seconds(attempts=attempts, asked=retry_after_seconds)
    return msgspec.structs.replace(
        delivery,
        failing_since=at if is_new_trouble else delivery.failing_since,
        attempts=attempts,
        last_failed_at=at,
        last_failure=reason[:_SHOWN_REASON_CHARACTERS],
        next_attempt_at=at + timedelta(seconds=pause),
        failed_calls=delivery.failed_calls + 1,
    )


def due_at(*, delivery: Delivery, active_since: datetime) -> datetime | None:
    """Return when the next try is due, None if at once; an endpoint started anew does not wait out old pauses."""
    started_anew = delivery.last_failed_at is not None and delivery.last_failed_at < active_since
    return None if started_anew else delivery.next_attempt_at


def gives_up(*, delivery: Delivery, at: datetime) -> bool:
    """Return whether the endpoint has failed for so long that it is to be paused."""
    return delivery.failing_since is not None and at - delivery.failing_since >= GIVES_UP_AFTER
