"""Webhook endpoints: where events are sent, and how their deliveries go."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.views.common import Choice, Paging
from openaisle.webhooks.log_queries import DeliveryAttemptView, ResendView
from openaisle.webhooks.model import EndpointState
from openaisle.webhooks.queries import WebhookEndpointView

LIST_HREF = "/console/webhooks"


class EndpointCard(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint; ``trouble`` says why the last delivery failed, empty while all is well.

    ``gave_up_at`` is when it was paused for its failures, None once events were taken again.
    """

    endpoint_id: str
    url: str
    owner: str
    state: str
    told: str
    batch_size: int
    delivered_count: int
    last_delivered_at: datetime | None
    failing_since: datetime | None
    attempts: int
    next_attempt_at: datetime | None
    trouble: str
    href: str = LIST_HREF
    gave_up_at: datetime | None = None


class WebhookPage(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint with a page of its delivery log and its newest resends."""

    card: EndpointCard
    href: str
    calls: tuple[DeliveryAttemptView, ...]
    resends: tuple[ResendView, ...]
    choices: tuple[Choice, ...]
    paging: Paging


class WebhooksPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of endpoints."""

    endpoints: tuple[EndpointCard, ...]
    paging: Paging


def endpoint_card(*, view: WebhookEndpointView) -> EndpointCard:
    """Return the endpoint as it is listed."""
    delivery = view.delivery
    failing, paused = delivery.failing_since is not None, view.state is EndpointState.PAUSED
    return EndpointCard(
        endpoint_id=view.endpoint_id,
        url=view.url,
        owner=f"{view.owner_role.value} {view.owner_id}".strip(),
        state="failing" if failing and not paused else view.state.value,
        told=", ".join(view.event_types) or "every event",
        batch_size=view.batch_size,
        delivered_count=delivery.delivered_count,
        last_delivered_at=delivery.last_delivered_at,
        failing_since=None if paused else delivery.failing_since,
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at,
        trouble=(delivery.last_failure or "") if failing and not paused else view.reason,
        href=f"{LIST_HREF}/{view.endpoint_id}",
        gave_up_at=view.gave_up_at,
    )
