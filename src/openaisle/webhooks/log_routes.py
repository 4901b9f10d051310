"""The HTTP operations of the delivery log, of resends, and of events by cursor."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.context import Role
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.texts import END
from openaisle.webhooks.event_log import CursorInvalid, EventLog, EventLogPage, EventsTrimmed
from openaisle.webhooks.log_queries import DeliveryAttemptPage, DeliveryLog, ResendPage, ResendView, resend_view
from openaisle.webhooks.model import EndpointMissing, EventTypeUnknown
from openaisle.webhooks.resend_use_cases import WebhookResends
from openaisle.webhooks.resending import ResendEventMissing, TooManyResends

_LISTENERS = frozenset({Role.OPERATOR, Role.STOREFRONT})
_PARTIES = frozenset({Role.OPERATOR, Role.STOREFRONT, Role.SUPPLIER})
_PATH = "/v1/webhook-endpoints/{endpoint_id}"

EventId = Annotated[str, Meta(max_length=40, pattern=rf"^[0-9]{{1,18}}-[0-9]{{1,18}}{END}")]


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls to list: all, or those that ``failed``."""

    failed: bool = False
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ResendFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page to list."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ResendBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to send again: one event, or everything that the endpoint had ``since`` a moment."""

    event_id: EventId | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None


class EventFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events: behind ``after`` (none: from the oldest kept; ``latest``: from now on), of ``types``, by commas."""

    after: Annotated[str, Meta(max_length=40)] | None = None
    types: Annotated[str, Meta(max_length=4_000, pattern=rf"^([a-z_]+\.[a-z_]+(,[a-z_]+\.[a-z_]+)*)?{END}")] = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class WebhookLogOperations:
    """The operations, one method each."""

    def __init__(self, *, log: DeliveryLog, resends: WebhookResends, events: EventLog) -> None:
        """Take the use cases and queries."""
        self._log = log
        self._resends = resends
        self._events = events

    async def deliveries(self, request: Request) -> Answer:
        """List calls to an endpoint."""
        wanted: DeliveryFilter = request.query
        page = await self._log.deliveries(
            endpoint_id=request.path["endpoint_id"],
            principal=request.principal,
            failed=wanted.failed,
            after=wanted.after,
            limit=wanted.limit,
        )
        return Answer(value=page)

    async def resend(self, request: Request) -> Answer:
        """Have events sent again."""
        body: ResendBody = request.body
        resend = await self._resends.request(
            endpoint_id=request.path["endpoint_id"], event_id=body.event_id, since=body.since, context=request.context
        )
        return Answer(value=resend_view(resend=resend))

    async def resends(self, request: Request) -> Answer:
        """List resends."""
        wanted: ResendFilter = request.query
        page = await self._log.resends(
            endpoint_id=request.path["endpoint_id"],
            principal=request.principal,
            after=wanted.after,
            limit=wanted.limit,
        )
        return Answer(value=page)

    async def events(self, request: Request) -> Answer:
        """Read events by cursor."""
        wanted: EventFilter = request.query
        page = await self._events.page(
            principal=request.principal,
            after=wanted.after,
            event_types=[one for one in wanted.types.split(",") if one],
            limit=wanted.limit,
        )
        return Answer(value=page)


def log_operations(*, log: DeliveryLog, resends: WebhookResends, events: EventLog) -> tuple[Operation, ...]:
    """Return the operations."""
    handlers = WebhookLogOperations(log=log, resends=resends, events=events)
    return (*_of_endpoints(handlers), _of_events(handlers))


def _of_endpoints(handlers: WebhookLogOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path=_PATH + "/deliveries",
            name="list_webhook_deliveries",
            summary="List the calls to a webhook endpoint",
            description="Newest first, for seven days; of calls that were taken and that failed the last 1,000 each.",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.deliveries,
            query=DeliveryFilter,
            answer=DeliveryAttemptPage,
            errors=(EndpointMissing,),
        ),
        Operation(
            method="POST",
            path=_PATH + "/resends",
            name="resend_webhook_events",
            summary="Send events to a webhook endpoint again",
            description=(
                "One event by event_id, or all that the endpoint had since a moment, up to 10,000. They go beside new "
                "events, signed anew, with the header webhook-resend. The same asked again meanwhile is one."
            ),
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.resend,
            body=ResendBody,
            answer=ResendView,
            status=202,
            errors=(
                EndpointMissing,
                ResendEventMissing,
                EventsTrimmed,
                CursorInvalid,
                TooManyResends,
                RequestInvalid,
            ),
        ),
        Operation(
            method="GET",
            path=_PATH + "/resends",
            name="list_webhook_resends",
            summary="List the resends of a webhook endpoint",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.resends,
            query=ResendFilter,
            answer=ResendPage,
            errors=(EndpointMissing,),
        ),
    )


def _of_events(handlers: WebhookLogOperations) -> Operation:
    return Operation(
        method="GET",
        path="/v1/events",
        name="list_events",
        summary="Read events by cursor",
        description=(
            "What webhooks tell, for those who would rather ask: a storefront and a supplier read what concerns them, "
            "the operator all. Keep next_after and ask again with it; it is given also when nothing is left."
        ),
        tag="Webhooks",
        roles=_PARTIES,
        handle=handlers.events,
        query=EventFilter,
        answer=EventLogPage,
        errors=(EventsTrimmed, CursorInvalid, EventTypeUnknown),
    )
