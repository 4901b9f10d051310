"""Read webhook endpoints and how their deliveries go, without their secrets."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Principal, Role
from openaisle.kernel.table import Index, Table
from openaisle.webhooks.model import Delivery, EndpointMissing, EndpointState, WebhookEndpoint, owner_id_of
from openaisle.webhooks.repository import (
    ALL_ENDPOINTS,
    DELIVERIES,
    ENDPOINTS,
    delivery_key,
    endpoint_key,
    endpoints_of_owner,
)
from openaisle.webhooks.use_cases import may_reach


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """How the deliveries to an endpoint go.

    ``failing_since`` and ``next_attempt_at`` are null while all is well. ``last_failure`` stays after a recovery, so
    that it can be looked into.
    """

    delivered_count: int
    last_delivered_at: datetime | None
    last_event_id: str | None
    failing_since: datetime | None
    attempts: int
    last_failed_at: datetime | None
    last_failure: str | None
    next_attempt_at: datetime | None


class WebhookEndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as it may be shown; no ``event_types`` means all.

    ``gave_up_at`` is when it was paused for its failures, null once events were taken again. ``notice_mail`` tells
    whether a mailbox is told of both.
    """

    endpoint_id: str
    owner_role: Role
    owner_id: str
    url: str
    event_types: tuple[str, ...]
    batch_size: int
    state: EndpointState
    reason: str
    created_at: datetime
    active_since: datetime
    gave_up_at: datetime | None
    notice_mail: bool
    delivery: DeliveryView


class WebhookEndpointPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of endpoints, oldest first; ``next_after`` is null on the last page."""

    webhook_endpoints: list[WebhookEndpointView]
    next_after: str | None


class WebhookQueries:
    """The queries of webhook endpoints. A storefront sees its own, the operator all."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def endpoint(self, *, endpoint_id: str, principal: Principal) -> WebhookEndpointView:
        """Return one endpoint with its delivery; raises EndpointMissing."""
        keys = [endpoint_key(endpoint_id=endpoint_id), delivery_key(endpoint_id=endpoint_id)]
        found, delivery = await self._table.get_many(keys=keys)
        endpoint = ENDPOINTS.decode(found).record if found is not None else None
        if endpoint is None or delivery is None or not may_reach(endpoint=endpoint, principal=principal):
            raise EndpointMissing(detail=f"There is no webhook endpoint {endpoint_id[:40]}.")
        return view_of(endpoint=endpoint, delivery=DELIVERIES.decode(delivery).record)

    async def listed(self, *, principal: Principal, after: str | None = None, limit: int = 100) -> WebhookEndpointPage:
        """Return a page of the endpoints the principal may see."""
        if principal.role is Role.OPERATOR:
            index, partition = Index.FIRST, ALL_ENDPOINTS
        else:
            index = Index.SECOND
            partition = endpoints_of_owner(role=principal.role, owner_id=owner_id_of(principal=principal))
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit)
        endpoints = [ENDPOINTS.decode(item).record for item in page.items]
        keys = [delivery_key(endpoint_id=endpoint.endpoint_id) for endpoint in endpoints]
        deliveries = await self._table.get_many(keys=keys)
        return WebhookEndpointPage(
            webhook_endpoints=[
                view_of(endpoint=endpoint, delivery=DELIVERIES.decode(item).record)
                for endpoint, item in zip(endpoints, deliveries, strict=True)
                if item is not None
            ],
            next_after=page.cursor,
        )


def view_of(*, endpoint: WebhookEndpoint, delivery: Delivery) -> WebhookEndpointView:
    """Return what may be shown of an endpoint."""
    return WebhookEndpointView(
        endpoint_id=endpoint.endpoint_id,
        owner_role=endpoint.owner_role,
        owner_id=endpoint.owner_id,
        url=endpoint.url,
        event_types=endpoint.event_types,
        batch_size=endpoint.batch_size,
        state=endpoint.state,
        reason=endpoint.reason,
        created_at=endpoint.created_at,
        active_since=endpoint.active_since,
        gave_up_at=endpoint.gave_up_at,
        notice_mail=bool(endpoint.notice_mail),
        delivery=DeliveryView(
            delivered_count=delivery.delivered_count,
            last_delivered_at=delivery.last_delivered_at,
            last_event_id=delivery.last_event_id,
            failing_since=delivery.failing_since,
            attempts=delivery.attempts,
            last_failed_at=delivery.last_failed_at,
            last_failure=delivery.last_failure,
            next_attempt_at=delivery.next_attempt_at,
        ),
    )
