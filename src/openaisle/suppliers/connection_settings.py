"""How a supplier is connected: by which road, how patiently and how fast. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.texts import END
from openaisle.suppliers.x12 import X12Settings, require_separators

_CLOCK_TIME = rf"^([01][0-9]|2[0-3]):[0-5][0-9]{END}"


class Transport(StrEnum):
    """The road by which purchase orders reach a supplier."""

    REST = "rest"
    WEBHOOK = "webhook"
    PORTAL = "portal"
    EMAIL = "email"
    FOLDER = "folder"
    X12 = "x12"


class ConnectionInvalid(RequestInvalid):
    """The settings of a connection do not fit together."""

    code = "connection-invalid"
    title = "The connection cannot work so"
    mend = "Give what the transport needs; docs/how-to/connect-a-supplier.md lists it."


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of each day in which the supplier is not called, by the clock of its time zone.

    ``ends`` may be earlier than ``starts``: then the hours last over midnight.
    """

    starts: Annotated[str, msgspec.Meta(pattern=_CLOCK_TIME, examples=["22:00"])]
    ends: Annotated[str, msgspec.Meta(pattern=_CLOCK_TIME, examples=["06:00"])]
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["Europe/Berlin"])] = "UTC"


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a supplier is reached; all times in seconds.

    ``order_acceptance_url`` is there for rest and webhook only; without ``email`` mails go to the supplier's own
    address. ``attempts_maximum`` is how often one purchase order that the supplier's system cannot take is tried
    before it is set aside for a person. Without ``share_contact`` the supplier gets neither the shopper's e-mail
    address nor telephone number.
    """

    order_acceptance_url: str | None = None
    inventory_url: str | None = None
    timeout_seconds: int = 5
    maximum_batch: int = 50
    acknowledge_within_seconds: int = 86_400
    inventory_freshness_seconds: int = 60
    # The records of earlier versions all have an address and no transport.
    transport: Transport = Transport.REST
    cancellation_url: str | None = None
    email: str | None = None
    rate_limit_per_minute: int | None = None
    concurrency: int = 1
    attempts_maximum: int = 10
    quiet_hours: QuietHours | None = None
    share_contact: bool = True
    x12: X12Settings | None = None


def require_coherent(*, settings: ConnectionSettings) -> None:
    """Raise ConnectionInvalid unless the transport has what it needs and the time zone is one.

    Raises X12SeparatorsInvalid as well.
    """
    findings = []
    if settings.transport in (Transport.REST, Transport.WEBHOOK) and settings.order_acceptance_url is None:
        detail = f"The transport {settings.transport} needs an address to send purchase orders to."
        findings.append(Finding(pointer="/order_acceptance_url", detail=detail, code="missing"))
    if settings.inventory_url is not None and settings.transport is not Transport.REST:
        detail = f"The Inventory API is asked over the transport rest only, not over {settings.transport}."
        findings.append(Finding(pointer="/inventory_url", detail=detail, code="not_used"))
    if settings.transport is Transport.X12 and settings.x12 is None:
        detail = "The transport x12 needs to know who the partners are."
        findings.append(Finding(pointer="/x12", detail=detail, code="missing"))
    if settings.quiet_hours is not None:
        hours = settings.quiet_hours
        try:
            ZoneInfo(hours.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            detail = f"{hours.time_zone!r} is not a time zone, such as 'Europe/Berlin'."
            findings.append(Finding(pointer="/quiet_hours/time_zone", detail=detail, code="unknown"))
        if hours.starts == hours.ends:
            detail = "Quiet hours that start when they end would last all day or never."
            findings.append(Finding(pointer="/quiet_hours/ends", detail=detail, code="empty"))
    if findings:
        raise ConnectionInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    if settings.x12 is not None:
        require_separators(settings=settings.x12)


def quiet_until(*, hours: QuietHours | None, at: datetime) -> datetime | None:
    """Return when the quiet hours end in which ``at`` lies, None outside of them."""
    if hours is None:
        return None
    local = at.astimezone(ZoneInfo(hours.time_zone))
    starts, ends = time.fromisoformat(hours.starts), time.fromisoformat(hours.ends)
    moment = local.time()
    over_midnight = ends < starts
    if not (moment >= starts or moment < ends if over_midnight else starts <= moment < ends):
        return None
    day = local.date() + timedelta(days=1) if over_midnight and moment >= starts else local.date()
    until = datetime.combine(day, ends, tzinfo=local.tzinfo).astimezone(at.tzinfo)
    # Where clocks are put forward an hour is missing, and an end in it may lie behind.
    return max(until, at + timedelta(seconds=1))
