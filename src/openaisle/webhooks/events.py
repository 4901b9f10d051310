"""What happens to webhook endpoints."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class WebhookEndpointRegistered(Event, frozen=True, kw_only=True):
    """An address was registered and hears of everything from here on."""

    TYPE: ClassVar[str] = "webhook_endpoint.registered"

    endpoint_id: str
    url: str


class WebhookEndpointPaused(Event, frozen=True, kw_only=True):
    """Nothing more is sent to the endpoint, for ``reason``; it keeps its place.

    ``gave_up`` tells that it failed for too long, or is gone, and that nobody asked for the pause.
    """

    TYPE: ClassVar[str] = "webhook_endpoint.paused"

    endpoint_id: str
    reason: str
    gave_up: bool = False


class WebhookEndpointRecovered(Event, frozen=True, kw_only=True):
    """An endpoint that had been paused for its failures took events again."""

    TYPE: ClassVar[str] = "webhook_endpoint.recovered"

    endpoint_id: str


class WebhookEndpointResumed(Event, frozen=True, kw_only=True):
    """Events are sent again, from where it was paused."""

    TYPE: ClassVar[str] = "webhook_endpoint.resumed"

    endpoint_id: str


class WebhookEndpointDeleted(Event, frozen=True, kw_only=True):
    """The endpoint is gone."""

    TYPE: ClassVar[str] = "webhook_endpoint.deleted"

    endpoint_id: str


class WebhookSecretChanged(Event, frozen=True, kw_only=True):
    """The endpoint has a new signing secret; the one before signs beside it for a day."""

    TYPE: ClassVar[str] = "webhook_endpoint.secret_changed"

    endpoint_id: str
