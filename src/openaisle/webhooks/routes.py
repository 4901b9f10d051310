"""The HTTP operations of webhook endpoints."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.outbound import AddressRefused
from openaisle.kernel.texts import END
from openaisle.webhooks.model import (
    EndpointMissing,
    EndpointState,
    EndpointTransitionRefused,
    EventTypeUnknown,
    TooManyEndpoints,
)
from openaisle.webhooks.queries import WebhookEndpointPage, WebhookEndpointView, WebhookQueries
from openaisle.webhooks.use_cases import FreshEndpoint, WebhookEndpoints

_LISTENERS = frozenset({Role.OPERATOR, Role.STOREFRONT})
_PATH = "/v1/webhook-endpoints"
_MAILBOX = rf"^([^\s@<>(),:;\"\\\[\]]{{1,64}}@[^\s@<>(),:;\"\\\[\]]{{1,189}})?{END}"

EventType = Annotated[str, Meta(max_length=80, pattern=rf"^[a-z_]+\.[a-z_]+{END}")]


class WebhookEndpointBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where events shall go: ``url`` is https; no ``event_types`` means all; up to ``batch_size`` go in one call.

    ``notice_mail`` is a mailbox that is told when the endpoint is paused for its failures, and when it recovers.
    """

    url: Annotated[str, Meta(min_length=1, max_length=2_000)]
    event_types: Annotated[list[EventType], Meta(max_length=100)] = []
    batch_size: Annotated[int, Meta(ge=1, le=500)] = 1
    notice_mail: Annotated[str, Meta(max_length=254, pattern=_MAILBOX)] = ""


class WebhookStateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether events shall be sent, and why (shown while it is paused)."""

    state: EndpointState
    reason: Annotated[str, Meta(max_length=300)] = ""


class WebhookEndpointFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page to list."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class FreshSecret(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint's new ``signing_secret``: it is told only this once and can't be told again."""

    endpoint_id: str
    signing_secret: str


class WebhookOperations:
    """The operations of this room, one method each."""

    def __init__(self, *, use_cases: WebhookEndpoints, queries: WebhookQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries

    async def register(self, request: Request) -> Answer:
        """Register an endpoint."""
        body: WebhookEndpointBody = request.body
        fresh = await self._use_cases.register(
            url=body.url,
            event_types=body.event_types,
            batch_size=body.batch_size,
            notice_mail=body.notice_mail,
            context=request.context,
        )
        return Answer(value=_told(fresh))

    async def listed(self, request: Request) -> Answer:
        """List endpoints."""
        wanted: WebhookEndpointFilter = request.query
        page = await self._queries.listed(principal=request.principal, after=wanted.after, limit=wanted.limit)
        return Answer(value=page)

    async def one(self, request: Request) -> Answer:
        """Read one endpoint."""
        view = await self._queries.endpoint(endpoint_id=request.path["endpoint_id"], principal=request.principal)
        return Answer(value=view)

    async def set_state(self, request: Request) -> Answer:
        """Pause or resume an endpoint."""
        body: WebhookStateBody = request.body
        endpoint_id = request.path["endpoint_id"]
        await self._use_cases.set_state(
            endpoint_id=endpoint_id, state=body.state, reason=body.reason, context=request.context
        )
        return Answer(value=await self._queries.endpoint(endpoint_id=endpoint_id, principal=request.principal))

    async def change_secret(self, request: Request) -> Answer:
        """Make a new secret."""
        fresh = await self._use_cases.change_secret(endpoint_id=request.path["endpoint_id"], context=request.context)
        return Answer(value=_told(fresh))

    async def delete(self, request: Request) -> Answer:
        """Delete an endpoint."""
        await self._use_cases.delete(endpoint_id=request.path["endpoint_id"], context=request.context)
        return Answer(raw=b"")


def operations(*, use_cases: WebhookEndpoints, queries: WebhookQueries) -> tuple[Operation, ...]:
    """Return the operations of this room."""
    handlers = WebhookOperations(use_cases=use_cases, queries=queries)
    return (*_registration(handlers), *_care(handlers))


def _registration(handlers: WebhookOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path=_PATH,
            name="register_webhook_endpoint",
            summary="Register a webhook endpoint",
            description=(
                "From the answer on, each event is sent there in order, as a CloudEvent signed after Standard "
                "Webhooks, until it is taken. The answer holds the signing secret; it is told only this once."
            ),
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.register,
            body=WebhookEndpointBody,
            answer=FreshSecret,
            status=201,
            errors=(AddressRefused, EventTypeUnknown, TooManyEndpoints),
        ),
        Operation(
            method="GET",
            path=_PATH,
            name="list_webhook_endpoints",
            summary="List webhook endpoints",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.listed,
            query=WebhookEndpointFilter,
            answer=WebhookEndpointPage,
        ),
        Operation(
            method="GET",
            path=_PATH + "/{endpoint_id}",
            name="get_webhook_endpoint",
            summary="Get a webhook endpoint and how its deliveries go",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.one,
            answer=WebhookEndpointView,
            errors=(EndpointMissing,),
        ),
    )


def _care(handlers: WebhookOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path=_PATH + "/{endpoint_id}/state",
            name="set_webhook_endpoint_state",
            summary="Pause or resume a webhook endpoint",
            description="A paused endpoint keeps its place; resumed, it gets everything that happened meanwhile.",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.set_state,
            body=WebhookStateBody,
            answer=WebhookEndpointView,
            errors=(EndpointMissing, EndpointTransitionRefused),
        ),
        Operation(
            method="POST",
            path=_PATH + "/{endpoint_id}/signing-secret",
            name="change_webhook_secret",
            summary="Make a new signing secret",
            description="The secret before signs beside the new one for 24 hours.",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.change_secret,
            answer=FreshSecret,
            status=201,
            errors=(EndpointMissing,),
        ),
        Operation(
            method="DELETE",
            path=_PATH + "/{endpoint_id}",
            name="delete_webhook_endpoint",
            summary="Delete a webhook endpoint",
            tag="Webhooks",
            roles=_LISTENERS,
            handle=handlers.delete,
            status=204,
            errors=(EndpointMissing,),
        ),
    )


def _told(fresh: FreshEndpoint) -> FreshSecret:
    return FreshSecret(endpoint_id=fresh.endpoint.endpoint_id, signing_secret=fresh.signing_secret)
