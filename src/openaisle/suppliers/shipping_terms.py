"""A supplier's shipping terms: where it ships to, how long that takes, when it works. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
MONDAY_TO_FRIDAY = (1, 2, 3, 4, 5)
# Beyond two years of days off in a row there is no working day to be promised.
_DAYS_LOOKED_AHEAD = 800
_OTHER_COUNTRY = 8
_CODE_LENGTH_COMPARED = 3


class ShippingTermsMissing(NotFound):
    """The supplier has stated no shipping terms: it ships everywhere, without limits."""

    code = "shipping-terms-missing"
    title = "The supplier has stated no shipping terms"
    mend = "Nothing needs to be done: without terms a supplier ships everywhere. PUT the terms to state limits."


class ShippingTermsInvalid(RequestInvalid):
    """Terms that contradict themselves, or name a time zone, day or hour that does not exist."""

    code = "shipping-terms-invalid"
    title = "The shipping terms cannot hold"
    mend = "Correct the places that findings name."


class OwnStockRefused(OpenAisleError):
    """A supplier called itself the operator's own stock; only the operator may say so."""

    code = "own-stock-refused"
    title = "Only the operator says whose stock is its own"
    status = 403
    mend = "Leave own_stock out, or have the operator set it."


class ShippingZone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where goods go, and how many working days of the carrier they take.

    An address belongs to the zone that names it most closely: by ``postal_prefixes``, else by ``regions``, else by
    ``countries``. Where a zone has prefixes or regions, they hold within its countries. ``options`` maps a shipping
    option to its days; the standard takes ``transit_days``.
    """

    countries: tuple[str, ...]
    regions: tuple[str, ...] = ()
    postal_prefixes: tuple[str, ...] = ()
    transit_days: int
    options: dict[str, int] = {}


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a location of the supplier's stock is."""

    country: str
    postal_code: str


class ShippingTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a supplier promises, and what it does not do.

    No ``zones``: it ships everywhere, as the operator's policy estimates. ``excluded`` are places that no zone
    reaches. ``cut_off`` is the hour in ``time_zone`` until which an order is worked on the same day.
    ``working_days`` and ``delivery_days`` count from 1 (Monday) to 7. ``daily_capacity`` is how many purchase orders
    it works on in a day. ``age_check`` says that its carriers look at the age at the door. ``own_stock`` marks the
    operator's own warehouse.
    """

    supplier_id: str
    zones: tuple[ShippingZone, ...] = ()
    excluded: tuple[ShippingZone, ...] = ()
    origins: dict[str, Origin] = {}
    time_zone: str = "UTC"
    cut_off: str | None = None
    working_days: tuple[int, ...] = MONDAY_TO_FRIDAY
    delivery_days: tuple[int, ...] = MONDAY_TO_FRIDAY
    holidays: tuple[str, ...] = ()
    processing_days: int = 0
    daily_capacity: int | None = None
    hazardous_goods: bool = True
    age_check: bool = False
    own_stock: bool = False


class Place(NamedTuple):
    """Where goods are to go; ``region`` and ``postal_code`` may be empty."""

    country: str
    region: str
    postal_code: str


class Calendar(NamedTuple):
    """When a supplier begins with an order placed now, and when it reaches the shopper."""

    begins_on: date
    ships_on: date
    delivered_on: date


def zone_of(*, terms: ShippingTerms, place: Place) -> ShippingZone | None:
    """Return the zone that names the place most closely, None if the supplier does not ship there."""
    if any(_closeness(zone=zone, place=place) for zone in terms.excluded):
        return None
    best, closeness = None, 0
    for zone in terms.zones:
        found = _closeness(zone=zone, place=place)
        # The first of equals holds, so that the order of the terms decides.
        if found > closeness:
            best, closeness = zone, found
    return best


def distance_of(*, origin: Origin | None, place: Place) -> int:
    """Return how far apart two places seem by their postal codes: 1 near to 4 far, 8 abroad, 0 unknown."""
    if origin is None or not place.country:
        return 0
    if origin.country != place.country:
        return _OTHER_COUNTRY
    mine, theirs = _plain(origin.postal_code), _plain(place.postal_code)
    if not mine or not theirs:
        return 0
    same = 0
    for one, other in zip(mine[:_CODE_LENGTH_COMPARED], theirs[:_CODE_LENGTH_COMPARED], strict=False):
        if one != other:
            break
        same += 1
    return _CODE_LENGTH_COMPARED + 1 - same


def calendar_of(*, terms: ShippingTerms, at: datetime, lead_time_days: int, transit_days: int) -> Calendar:
    """Return the days on which the supplier begins, ships, and the goods arrive, for an order placed ``at``.

    The longer of the offer's ``lead_time_days`` and the supplier's ``processing_days`` counts, in working days.
    """
    zone = zone_info(name=terms.time_zone)
    local = at.astimezone(zone)
    day = local.date()
    if terms.cut_off is not None and local.time() >= time.fromisoformat(terms.cut_off):
        day += timedelta(days=1)
    working_days = max(lead_time_days, terms.processing_days)
    return _calendar(
        day=day,
        working=terms.working_days,
        delivering=terms.delivery_days,
        holidays=terms.holidays,
        working_days=working_days,
        transit_days=transit_days,
    )


def require_valid_terms(*, terms: ShippingTerms) -> None:
    """Refuse terms that cannot hold; raises ShippingTermsInvalid, which names every mistake."""
    findings = []
    if terms.time_zone not in available_timezones():
        detail = f"{terms.time_zone!r} is no time zone; give one such as Europe/Berlin."
        findings.append(Finding(pointer="/time_zone", detail=detail, code="unknown"))
    for name, days in (("working_days", terms.working_days), ("delivery_days", terms.delivery_days)):
        if not days or len(set(days)) != len(days):
            detail = "Name at least one day, and each only once, from 1 (Monday) to 7."
            findings.append(Finding(pointer=f"/{name}", detail=detail, code="invalid"))
    for position, text in enumerate(terms.holidays):
        if not _is_day(text):
            detail = f"{text!r} is no day; write 2026-12-25."
            findings.append(Finding(pointer=f"/holidays/{position}", detail=detail, code="invalid"))
    if terms.excluded and not terms.zones:
        detail = "Say in zones where goods go before places are taken out of it."
        findings.append(Finding(pointer="/excluded", detail=detail, code="without_zones"))
    if findings:
        raise ShippingTermsInvalid(detail=" ".join(one.detail for one in findings), findings=findings)


@lru_cache(maxsize=1_024)
def zone_info(*, name: str) -> ZoneInfo:
    """Return a time zone that is known to exist."""
    return ZoneInfo(name)


@lru_cache(maxsize=16_384)
def _calendar(
    *,
    day: date,
    working: tuple[int, ...],
    delivering: tuple[int, ...],
    holidays: tuple[str, ...],
    working_days: int,
    transit_days: int,
) -> Calendar:
    begins_on = _on_or_after(day=day, days=working, holidays=holidays)
    ships_on = _later(day=begins_on, count=working_days, days=working, holidays=holidays)
    delivered_on = _later(day=ships_on, count=transit_days, days=delivering, holidays=holidays)
    return Calendar(begins_on, ships_on, delivered_on)


def _later(*, day: date, count: int, days: tuple[int, ...], holidays: tuple[str, ...]) -> date:
    for _ in range(count):
        day = _on_or_after(day=day + timedelta(days=1), days=days, holidays=holidays)
    return day


def _on_or_after(*, day: date, days: tuple[int, ...], holidays: tuple[str, ...]) -> date:
    for _ in range(_DAYS_LOOKED_AHEAD):
        if day.isoweekday() in days and day.isoformat() not in holidays:
            break
        day += timedelta(days=1)
    return day


def _closeness(*, zone: ShippingZone, place: Place) -> int:
    """Return 0 if the zone does not hold the place, else a number that is greater the closer it names it."""
    if place.country not in zone.countries:
        return 0
    if not zone.postal_prefixes and not zone.regions:
        return 1
    code = _plain(place.postal_code)
    lengths = [len(prefix) for one in zone.postal_prefixes if (prefix := _plain(one)) and code.startswith(prefix)]
    if lengths:
        return 2 + max(lengths)
    region = place.region.casefold().strip()
    return 2 if region and any(region == one.casefold().strip() for one in zone.regions) else 0


def _plain(code: str) -> str:
    return code.replace(" ", "").replace("-", "").upper()


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
