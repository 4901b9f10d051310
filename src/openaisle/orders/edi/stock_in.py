"""Stock levels (846): how much of which SKU a supplier has where. Pure."""

from __future__ import annotations

import re

import msgspec

from openaisle.orders.edi.interchange import TransactionSet, body_of
from openaisle.orders.edi.reading import is_single_unit, quantity_in, sku_in
from openaisle.orders.edi.syntax import Segment

_LOCATION_PARTIES = frozenset({"WH", "SF", "LC"})
_NOT_IN_LOCATIONS = re.compile(r"[^A-Za-z0-9._:-]+")
# What is on hand says most; what is available to sell is taken where a supplier tells nothing else.
_QUANTITIES = ("17", "02", "33", "38")


class ReportedStock(msgspec.Struct, frozen=True, kw_only=True):
    """What is on hand of an SKU at a location; ``on_hand`` None where it is not a number of single pieces."""

    supplier_sku: str
    location: str
    on_hand: int | None


def read_stock(one: TransactionSet) -> list[ReportedStock]:
    """Return what an 846 says, an SKU and location per entry, in its order."""
    found: list[ReportedStock] = []
    header_location = "default"
    article: Segment | None = None
    location = ""
    quantities: dict[str, int | None] = {}

    def close() -> None:
        if article is not None:
            told = next((quantities[code] for code in _QUANTITIES if code in quantities), None)
            sku = sku_in(segment=article, first=2)
            found.append(ReportedStock(supplier_sku=sku, location=location or header_location, on_hand=told))

    for segment in body_of(one.segments):
        if segment.tag == "LIN":
            close()
            article, location, quantities = segment, "", {}
        elif segment.tag == "N1" and segment.at(1) in _LOCATION_PARTIES:
            named = location_of(segment.at(4) or segment.at(2))
            if article is None:
                header_location = named
            elif location and location != named and quantities:
                # The same article at its next location.
                close()
                location, quantities = named, {}
            else:
                location = named
        elif segment.tag == "QTY" and article is not None:
            unit = segment.at(3)
            quantities[segment.at(1)] = quantity_in(segment.at(2)) if is_single_unit(unit) else None
    close()
    return found


def location_of(text: str) -> str:
    """Return the name of a location as stock levels have it."""
    return _NOT_IN_LOCATIONS.sub("-", text).strip("-")[:60] or "default"
