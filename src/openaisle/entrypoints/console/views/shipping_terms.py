"""A supplier's shipping terms as people read them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from openaisle.entrypoints.console.formats import quantity_text
from openaisle.entrypoints.console.views.common import Fact
from openaisle.suppliers.shipping_terms import ShippingTerms, ShippingZone

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A zone may name hundreds of postal prefixes; the page says how many more there are.
_SHOWN_MAXIMUM = 12


class ZoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods go and how long they take; ``excluded`` where they do not go."""

    countries: str
    narrowed: str
    days: str
    excluded: bool = False


class ShippingTermsCard(msgspec.Struct, frozen=True, kw_only=True):
    """The terms; without zones goods go everywhere."""

    zones: tuple[ZoneRow, ...]
    facts: tuple[Fact, ...]
    own_stock: bool


def shipping_terms_card(*, terms: ShippingTerms | None) -> ShippingTermsCard | None:
    """Return the terms as a card, None where none are stated."""
    if terms is None:
        return None
    facts = [
        Fact(label="Cut-off", value=f"{terms.cut_off or 'none'} ({terms.time_zone})"),
        Fact(label="Works on", value=_weekdays(terms.working_days)),
        Fact(label="Delivers on", value=_weekdays(terms.delivery_days)),
        Fact(label="Holidays", value=_some(terms.holidays) or "none"),
        Fact(label="Processing", value=quantity_text(number=terms.processing_days, noun="working day")),
        Fact(label="Daily capacity", value=_capacity(terms.daily_capacity)),
        Fact(label="Hazardous goods", value="shipped" if terms.hazardous_goods else "not shipped"),
        Fact(label="Age at the door", value="checked" if terms.age_check else "not checked"),
    ]
    facts.extend(
        Fact(label=f"Ships from, {name}", value=f"{one.country} {one.postal_code}")
        for name, one in list(terms.origins.items())[:_SHOWN_MAXIMUM]
    )
    more = len(terms.origins) - _SHOWN_MAXIMUM
    if more > 0:
        facts.append(Fact(label="Ships from", value=quantity_text(number=more, noun="more location")))
    return ShippingTermsCard(
        zones=(
            *(_zone_row(zone, excluded=False) for zone in terms.zones),
            *(_zone_row(zone, excluded=True) for zone in terms.excluded),
        ),
        facts=tuple(facts),
        own_stock=terms.own_stock,
    )


def _zone_row(zone: ShippingZone, *, excluded: bool) -> ZoneRow:
    narrowed = []
    if zone.regions:
        narrowed.append(_some(zone.regions))
    if zone.postal_prefixes:
        narrowed.append(f"postal codes {_some(zone.postal_prefixes)}")
    days = [quantity_text(number=zone.transit_days, noun="day")]
    days.extend(f"{option} {quantity_text(number=count, noun='day')}" for option, count in zone.options.items())
    return ZoneRow(
        countries=_some(zone.countries),
        narrowed=" or ".join(narrowed),
        days="not shipped there" if excluded else ", ".join(days),
        excluded=excluded,
    )


def _capacity(capacity: int | None) -> str:
    return "no limit" if capacity is None else quantity_text(number=capacity, noun="purchase order")


def _weekdays(days: Iterable[int]) -> str:
    return ", ".join(_WEEKDAYS[day - 1] for day in sorted(days))


def _some(texts: tuple[str, ...]) -> str:
    shown = ", ".join(texts[:_SHOWN_MAXIMUM])
    more = len(texts) - _SHOWN_MAXIMUM
    return f"{shown} and {more} more" if more > 0 else shown
