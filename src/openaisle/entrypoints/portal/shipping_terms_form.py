"""The form of shipping terms: terms as fields, fields as terms, and every mistake beside its field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from openaisle.suppliers.shipping_terms import ShippingTerms, ShippingTermsInvalid, ShippingZone
from openaisle.suppliers.shipping_terms_routes import (
    Clock,
    CountryCode,
    Days,
    ExclusionBody,
    IsoDate,
    LocationName,
    OriginBody,
    PostalCode,
    Region,
    ShippingOption,
    ShippingTermsBody,
    ZoneBody,
)

CHECKED = "yes"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# How many of each the body of the API takes, and how many empty rows wait for more.
ROWS_MAXIMUM = {"zones": 50, "excluded": 20, "origins": 100}
_EMPTY_ROWS = 2
_COLUMNS = {
    "zones": ("countries", "regions", "postal_prefixes", "transit_days", "options"),
    "excluded": ("countries", "regions", "postal_prefixes"),
    "origins": ("name", "country", "postal_code"),
}
_COUNTRY = "Write a country with its two letters, such as DE."
_POSTAL_CODE = "Letters, digits, spaces and hyphens only, at most 12."
_DAYS = "Write whole days, 0 to 90."
_OPTIONS = "Write each option with its days, such as express = 1."
_MESSAGES: Mapping[object, str] = {
    CountryCode: _COUNTRY,
    Region: "A region has at most 100 letters.",
    PostalCode: _POSTAL_CODE,
    ShippingOption: _OPTIONS,
    Clock: "Write the hour as 14:30.",
    IsoDate: "Write each day as 2026-12-25, one a line.",
    LocationName: "A location has a name of at most 64 letters.",
}


class StatedTerms(NamedTuple):
    """What a form says; ``body`` is None where ``mistakes``, by the name of the field, forbid it."""

    body: ShippingTermsBody | None
    mistakes: dict[str, str]


def fields_of(*, terms: ShippingTerms) -> dict[str, str]:
    """Return the terms as the fields of the form hold them."""
    fields = {
        "time_zone": terms.time_zone,
        "cut_off": terms.cut_off or "",
        "holidays": "\n".join(terms.holidays),
        "processing_days": str(terms.processing_days),
        "daily_capacity": "" if terms.daily_capacity is None else str(terms.daily_capacity),
        "hazardous_goods": CHECKED if terms.hazardous_goods else "",
        "age_check": CHECKED if terms.age_check else "",
    }
    for name, days in (("working_days", terms.working_days), ("delivery_days", terms.delivery_days)):
        fields |= {f"{name}-{day}": CHECKED for day in days}
    for kind, zones in (("zones", terms.zones), ("excluded", terms.excluded)):
        for position, zone in enumerate(zones):
            fields |= {f"{kind}-{position}-{name}": text for name, text in _zone_fields(zone).items()}
    for position, (name, origin) in enumerate(terms.origins.items()):
        row = {"name": name, "country": origin.country, "postal_code": origin.postal_code}
        fields |= {f"origins-{position}-{column}": text for column, text in row.items()}
    return fields


def rows_of(*, fields: Mapping[str, str], kind: str) -> range:
    """Return the rows to draw: those that are filled in, and empty ones for more."""
    last = max((one for one in range(ROWS_MAXIMUM[kind]) if _row(fields, kind=kind, position=one)), default=-1)
    return range(min(last + 1 + _EMPTY_ROWS, ROWS_MAXIMUM[kind]))


def stated_terms(*, fields: Mapping[str, str]) -> StatedTerms:
    """Return what the fields say, with every mistake that a field alone shows."""
    read = _Reading(fields=fields)
    told: dict[str, Any] = {
        "zones": tuple(read.zones()),
        "excluded": tuple(read.excluded()),
        "origins": read.origins(),
        "time_zone": fields.get("time_zone", "").strip()[:64] or "UTC",
        "cut_off": read.hour("cut_off"),
        "working_days": read.weekdays("working_days"),
        "delivery_days": read.weekdays("delivery_days"),
        "holidays": read.many("holidays", kind=IsoDate, separators=r"[\s,;]+"),
        "processing_days": read.whole("processing_days", blank="0"),
        "daily_capacity": read.capacity(),
        "hazardous_goods": fields.get("hazardous_goods") == CHECKED,
        "age_check": fields.get("age_check") == CHECKED,
    }
    if read.mistakes:
        return StatedTerms(body=None, mistakes=read.mistakes)
    return StatedTerms(body=ShippingTermsBody(**told), mistakes={})


def mistakes_of(*, refused: ShippingTermsInvalid) -> dict[str, str]:
    """Return what the room found wrong, by the field it stands beside."""
    mistakes: dict[str, str] = {}
    for finding in refused.findings:
        name = finding.pointer.lstrip("/").partition("/")[0]
        name = f"{name}-0-countries" if name == "excluded" else name
        mistakes[name] = f"{mistakes[name]} {finding.detail}" if name in mistakes else finding.detail
    return mistakes


class _Reading:
    """Reads fields one by one and gathers what is wrong with each."""

    def __init__(self, *, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self.mistakes: dict[str, str] = {}

    def hour(self, name: str) -> str | None:
        text = self._fields.get(name, "").strip()
        return self._text(name, text=text, kind=Clock) if text else None

    def whole(self, name: str, *, blank: str = "") -> int:
        return self._whole(name, text=self._fields.get(name, "").strip() or blank, mistake=_DAYS)

    def many(self, name: str, *, kind: object, separators: str, most: int = 400) -> tuple[str, ...]:
        texts = [one.strip() for one in re.split(separators, self._fields.get(name, "")) if one.strip()]
        if len(texts) > most:
            self.mistakes[name] = f"Name at most {most}."
            return ()
        return tuple(self._text(name, text=one, kind=kind) for one in texts)

    def weekdays(self, name: str) -> tuple[int, ...]:
        return tuple(day for day in range(1, 8) if self._fields.get(f"{name}-{day}") == CHECKED)

    def capacity(self) -> int | None:
        text = self._fields.get("daily_capacity", "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) <= 7):
            self.mistakes["daily_capacity"] = "Write how many purchase orders in digits, or nothing for no limit."
            return None
        return int(text) if text else None

    def zones(self) -> list[ZoneBody]:
        zones = []
        for position in _filled(self._fields, kind="zones"):
            row = f"zones-{position}"
            days = self.whole(f"{row}-transit_days")
            options = self._options(f"{row}-options")
            zones.append(ZoneBody(**self._place(row), transit_days=days, options=options))
        return zones

    def excluded(self) -> list[ExclusionBody]:
        return [ExclusionBody(**self._place(f"excluded-{one}")) for one in _filled(self._fields, kind="excluded")]

    def origins(self) -> dict[str, OriginBody]:
        origins: dict[str, OriginBody] = {}
        for position in _filled(self._fields, kind="origins"):
            row = f"origins-{position}"
            # The name must be the stock's own to the letter, so nothing is cut off it but empty ends.
            name = self._text(f"{row}-name", text=self._fields.get(f"{row}-name", "").strip(), kind=LocationName)
            if name in origins:
                self.mistakes[f"{row}-name"] = "This location is named twice."
            country = self._fields.get(f"{row}-country", "").strip().upper()
            code = self._fields.get(f"{row}-postal_code", "").strip()
            origins[name] = OriginBody(
                country=self._text(f"{row}-country", text=country, kind=CountryCode),
                postal_code=self._text(f"{row}-postal_code", text=code, kind=PostalCode),
            )
        return origins

    def _place(self, row: str) -> dict[str, tuple[str, ...]]:
        name = f"{row}-countries"
        texts = re.split(r"[\s,;]+", self._fields.get(name, "").upper().strip())
        countries = tuple(self._text(name, text=one, kind=CountryCode) for one in texts[:251])
        if len(countries) > 250:
            self.mistakes[name] = "Name at most 250."
        return {
            "countries": countries,
            "regions": self.many(f"{row}-regions", kind=Region, separators=r"[\r\n]+", most=100),
            "postal_prefixes": self.many(f"{row}-postal_prefixes", kind=PostalCode, separators=r"[\r\n,;]+", most=500),
        }

    def _options(self, name: str) -> dict[str, int]:
        options: dict[str, int] = {}
        for one in self.many(name, kind=str, separators=r"[\r\n,;]+", most=10):
            option, _, days = (part.strip() for part in one.partition("="))
            self._text(name, text=option, kind=ShippingOption)
            options[option] = self._whole(name, text=days, mistake=_OPTIONS)
        return options

    def _text(self, name: str, *, text: str, kind: object) -> str:
        try:
            msgspec.convert(text, kind)
        except msgspec.ValidationError:
            self.mistakes[name] = _MESSAGES[kind]
        return text

    def _whole(self, name: str, *, text: str, mistake: str) -> int:
        try:
            return int(msgspec.convert(text, Days, strict=False))
        except msgspec.ValidationError:
            self.mistakes[name] = mistake
            return 0


def _zone_fields(zone: ShippingZone) -> dict[str, str]:
    return {
        "countries": ", ".join(zone.countries),
        "regions": "\n".join(zone.regions),
        "postal_prefixes": ", ".join(zone.postal_prefixes),
        "transit_days": str(zone.transit_days),
        "options": ", ".join(f"{option} = {days}" for option, days in zone.options.items()),
    }


def _row(fields: Mapping[str, str], *, kind: str, position: int) -> bool:
    return any(fields.get(f"{kind}-{position}-{column}", "").strip() for column in _COLUMNS[kind])


def _filled(fields: Mapping[str, str], *, kind: str) -> Sequence[int]:
    return [one for one in range(ROWS_MAXIMUM[kind]) if _row(fields, kind=kind, position=one)]
