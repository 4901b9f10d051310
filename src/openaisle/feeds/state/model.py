"""The manifest: which tables together are what a supplier's feeds have said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec


class Family(StrEnum):
    """What an entry remembers: a row's facts and price, a quantity at a location, or a price told by itself."""

    FACTS = "facts"
    STOCK = "stock"
    PRICE = "price"


class StatePart(msgspec.Struct, frozen=True, kw_only=True):
    """A table of entries (``sku``, ``location``, ``value``, ``present``), as Parquet in the blob ``name``.

    An entry tells the hash of what was said last, or with ``value`` NULL that it is not known any more and the store
    must be asked. Of several parts the one with the latest ``at``, the moment of the word, wins.
    """

    family: Family
    name: str
    row_count: int
    at: datetime
    feed_id: str


class StateManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of one supplier's state; ``touched_through`` is up to where foreign changes are considered in them."""

    supplier_id: str
    parts: tuple[StatePart, ...] = ()
    touched_through: int = 0
    changed_at: datetime

    def of(self, family: Family) -> tuple[StatePart, ...]:
        """Return the parts of a family, the newest word last."""
        return tuple(sorted((one for one in self.parts if one.family is family), key=lambda one: (one.at, one.feed_id)))


def decide_appended(
    *,
    manifest: StateManifest,
    parts: Sequence[StatePart],
    merged: Sequence[StatePart],
    touched_through: int,
    at: datetime,
) -> StateManifest:
    """Return the manifest with new parts; those of ``merged`` are contained in them and go."""
    gone = {one.name for one in merged}
    kept = tuple(one for one in manifest.parts if one.name not in gone)
    known = {one.name for one in kept}
    return msgspec.structs.replace(
        manifest,
        parts=(*kept, *(one for one in parts if one.name not in known)),
        touched_through=max(manifest.touched_through, touched_through),
        changed_at=at,
    )
