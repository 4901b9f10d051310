"""What callers send about the connection to a supplier, with the limits of each field."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.suppliers.bodies import Email, Url
from openaisle.suppliers.connection_settings import ConnectionSettings, QuietHours, Transport, require_coherent
from openaisle.suppliers.x12 import X12Settings


class ConnectionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and how the supplier is reached; times in seconds.

    Without a ``transport`` it is rest where an ``order_acceptance_url`` is given, else portal.
    """

    transport: Transport | None = None
    order_acceptance_url: Url | None = None
    inventory_url: Url | None = None
    cancellation_url: Url | None = None
    email: Email | None = None
    timeout_seconds: Annotated[int, Meta(ge=1, le=30)] = 5
    maximum_batch: Annotated[int, Meta(ge=1, le=500)] = 50
    acknowledge_within_seconds: Annotated[int, Meta(ge=1, le=2_592_000)] = 86_400
    inventory_freshness_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 60
    rate_limit_per_minute: Annotated[int, Meta(ge=1, le=60_000)] | None = None
    concurrency: Annotated[int, Meta(ge=1, le=16)] = 1
    attempts_maximum: Annotated[int, Meta(ge=1, le=100)] = 10
    quiet_hours: QuietHours | None = None
    share_contact: bool = True
    x12: X12Settings | None = None


def settings_of(*, body: ConnectionBody) -> ConnectionSettings:
    """Return the settings a connection is to have; raises ConnectionInvalid, X12SeparatorsInvalid."""
    given = {field: getattr(body, field) for field in ConnectionSettings.__struct_fields__ if field != "transport"}
    standard = Transport.PORTAL if body.order_acceptance_url is None else Transport.REST
    settings = ConnectionSettings(transport=body.transport or standard, **given)
    require_coherent(settings=settings)
    return settings
