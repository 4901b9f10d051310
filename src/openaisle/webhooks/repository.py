"""Where webhook endpoints and their deliveries stand in the table."""

from __future__ import annotations

from openaisle.kernel.context import Role
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.webhooks.model import Delivery, WebhookEndpoint

# Access pattern: every endpoint, oldest first (dispatcher.WebhookDispatcher, queries for the operator).
ALL_ENDPOINTS = "WEBHOOK_ENDPOINTS"


def endpoint_key(*, endpoint_id: str) -> Key:
    """Access pattern: one endpoint (use_cases.WebhookEndpoints, queries.WebhookQueries)."""
    return Key(f"WEBHOOK_ENDPOINT#{endpoint_id}", "ENDPOINT")


def delivery_key(*, endpoint_id: str) -> Key:
    """Access pattern: how far an endpoint has come (dispatcher, queries.WebhookQueries)."""
    return Key(f"WEBHOOK_ENDPOINT#{endpoint_id}", "DELIVERY")


def endpoints_of_owner(*, role: Role, owner_id: str) -> str:
    """Access pattern: the endpoints of one storefront, oldest first (queries.WebhookQueries.listed)."""
    return f"WEBHOOK_ENDPOINTS#{role.value}#{owner_id}"


def _indexes(record: WebhookEndpoint) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(record.created_at)}#{record.endpoint_id}"
    return (
        IndexEntry(Index.FIRST, ALL_ENDPOINTS, sort),
        IndexEntry(Index.SECOND, endpoints_of_owner(role=record.owner_role, owner_id=record.owner_id), sort),
    )


ENDPOINTS = RecordType(
    kind="webhook_endpoint",
    model=WebhookEndpoint,
    key=lambda record: endpoint_key(endpoint_id=record.endpoint_id),
    indexes=_indexes,
)

# Not streamed: it is a consumer's position in the stream, and would otherwise keep the stream moving for ever.
DELIVERIES = RecordType(
    kind="webhook_delivery",
    model=Delivery,
    key=lambda record: delivery_key(endpoint_id=record.endpoint_id),
    streamed=False,
)
