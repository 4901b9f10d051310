"""Ship notices (856): which parcels left, with what of which purchase order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from openaisle.orders.edi.interchange import TransactionSet, body_of
from openaisle.orders.edi.reading import clean, is_single_unit, line_number_in, quantity_in, sku_in
from openaisle.orders.edi.syntax import Segment

_LEVELS_MAXIMUM = 10
_TRACKING_REFERENCES = frozenset({"CN", "2I", "TN"})
_TRACKING_MARKS = frozenset({"CP", "SI", "CA"})
# Carriers by their SCAC, as shoppers know them.
CARRIERS = {
    "UPSN": "UPS",
    "UPSS": "UPS",
    "UPSG": "UPS",
    "FDEG": "FedEx",
    "FDE": "FedEx",
    "FDXE": "FedEx",
    "FXFE": "FedEx",
    "USPS": "USPS",
    "DHLC": "DHL",
    "DHLE": "DHL",
    "DHEC": "DHL",
    "RMGB": "Royal Mail",
    "DPDL": "DPD",
    "LSHP": "LaserShip",
    "ONTC": "OnTrac",
}


class ParcelLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of a line in a parcel; ``quantity`` None where it is not a number of single pieces."""

    line_number: int | None
    supplier_sku: str
    quantity: int | None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What of one purchase order left in one parcel; without lines all that is left of it.

    ``tracked`` tells whether the tracking number is one: without it the number of the shipment stands in its place.
    """

    number: str
    carrier: str
    tracking_number: str
    tracked: bool
    serial_shipping_code: str
    lines: tuple[ParcelLine, ...]


class ShipNotice(msgspec.Struct, frozen=True, kw_only=True):
    """An 856: its purpose and number, and its parcels."""

    purpose: str
    number: str
    parcels: tuple[Parcel, ...]


class _Level(msgspec.Struct, kw_only=True):
    identifier: str
    parent: str
    kind: str
    segments: list[Segment]


def read_ship_notice(one: TransactionSet) -> ShipNotice:
    """Return what an 856 says."""
    purpose = number = ""
    levels: dict[str, _Level] = {}
    current: _Level | None = None
    for segment in body_of(one.segments):
        if segment.tag == "BSN":
            purpose, number = segment.at(1), clean(segment.at(2), 30)
        elif segment.tag == "HL":
            current = _Level(identifier=segment.at(1), parent=segment.at(2), kind=segment.at(3), segments=[])
            levels.setdefault(current.identifier, current)
        elif current is not None:
            current.segments.append(segment)
    return ShipNotice(purpose=purpose, number=number, parcels=tuple(_parcels(levels=levels, notice=number)))


def _parcels(*, levels: dict[str, _Level], notice: str) -> Iterator[Parcel]:
    gathered: dict[tuple[str, str, str], list[ParcelLine]] = {}
    facts: dict[tuple[str, str, str], tuple[str, bool, str]] = {}
    with_lines: set[str] = set()
    for level in levels.values():
        if level.kind == "I":
            path = _path(level=level, levels=levels)
            with_lines.update(each.identifier for each in path)
            _gather(path=path, notice=notice, gathered=gathered, facts=facts, line=_line(level))
    for level in levels.values():
        if level.kind == "O" and level.identifier not in with_lines:
            # An order without articles left whole.
            path = _path(level=level, levels=levels)
            _gather(path=path, notice=notice, gathered=gathered, facts=facts, line=None)
    for key, lines in gathered.items():
        number, tracking_number, _ = key
        carrier, tracked, serial_shipping_code = facts[key]
        yield Parcel(
            number=number,
            carrier=carrier,
            tracking_number=tracking_number,
            tracked=tracked,
            serial_shipping_code=serial_shipping_code,
            lines=tuple(lines),
        )


def _gather(
    *,
    path: Sequence[_Level],
    notice: str,
    gathered: dict[tuple[str, str, str], list[ParcelLine]],
    facts: dict[tuple[str, str, str], tuple[str, bool, str]],
    line: ParcelLine | None,
) -> None:
    number = _first(path, "PRF", 1)
    tracking = _tracking(path)
    box = next((each.identifier for each in path if each.kind == "P"), "")
    serial_shipping_code = _mark(path, frozenset({"GM"}))
    # Boxes without a tracking number of their own travel together under the shipment's.
    key = (number, tracking or notice, "" if tracking else box if serial_shipping_code else "")
    facts.setdefault(key, (_carrier(path), bool(tracking), serial_shipping_code))
    lines = gathered.setdefault(key, [])
    if line is not None:
        lines.append(line)


def _path(*, level: _Level, levels: dict[str, _Level]) -> list[_Level]:
    """Return a level and those above it, the nearest first."""
    path = [level]
    while path[-1].parent in levels and len(path) < _LEVELS_MAXIMUM:
        path.append(levels[path[-1].parent])
    return path


def _line(level: _Level) -> ParcelLine:
    article = next((one for one in level.segments if one.tag == "LIN"), Segment("LIN", ()))
    shipped = next((one for one in level.segments if one.tag == "SN1"), Segment("SN1", ()))
    number = line_number_in(shipped.at(1)) or line_number_in(article.at(1))
    return ParcelLine(
        line_number=number,
        supplier_sku=sku_in(segment=article, first=2),
        quantity=quantity_in(shipped.at(2)) if is_single_unit(shipped.at(3)) else None,
    )


def _first(path: Sequence[_Level], tag: str, position: int) -> str:
    return next((one.at(position) for each in path for one in each.segments if one.tag == tag), "")


def _tracking(path: Sequence[_Level]) -> str:
    for level in path:
        for segment in level.segments:
            if segment.tag == "MAN" and segment.at(1) in _TRACKING_MARKS:
                return clean(segment.at(2), 60)
            if segment.tag == "REF" and segment.at(1) in _TRACKING_REFERENCES:
                return clean(segment.at(2), 60)
    return ""


def _mark(path: Sequence[_Level], qualifiers: frozenset[str]) -> str:
    for level in path:
        for segment in level.segments:
            if segment.tag == "MAN" and segment.at(1) in qualifiers:
                return clean(segment.at(2), 48)
    return ""


def _carrier(path: Sequence[_Level]) -> str:
    code = _first(path, "TD5", 3).upper()
    return CARRIERS.get(code) or clean(_first(path, "TD5", 5), 35) or clean(code, 35) or "unknown"
