"""Which suppliers have a name like another's: an index of comparable names, kept in memory and brought up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from rapidfuzz import fuzz, process

from openaisle.kernel.table import Index, Table
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.names import normalized_name
from openaisle.suppliers.repository import ALL_SUPPLIERS, SUPPLIERS, supplier_key

_RECENT = timedelta(seconds=1)
# Names change seldom, so that the whole index is built anew only now and then.
_WHOLE = timedelta(minutes=10)
_PAGE = 200
_LIKE_MAXIMUM = 20
_TRADING = frozenset({SupplierState.ACTIVE, SupplierState.SUSPENDED})


class SimilarName(msgspec.Struct, frozen=True, kw_only=True):
    """Another supplier whose legal name is alike, with the likeness in percent."""

    supplier_id: str
    legal_name: str
    likeness: float


class SimilarNames(Protocol):
    """Tells whose legal names are alike."""

    async def similar(
        self, *, name: str, country: str, minimum: float, except_supplier: str, at: datetime
    ) -> Sequence[SimilarName]:
        """Return the suppliers of a country that trade under a name at least ``minimum`` percent like this, best first.

        One that was activated less than a second before ``at`` may be missing.
        """
        ...


class TableSimilarNames:
    """The names of the suppliers in the table; implements SimilarNames. One for each process."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table
        self._turn = asyncio.Lock()
        self._names: dict[str, dict[str, str]] = {}
        self._known: set[str] = set()
        self._looked_at: datetime | None = None
        self._built_at: datetime | None = None

    async def similar(
        self, *, name: str, country: str, minimum: float, except_supplier: str, at: datetime
    ) -> Sequence[SimilarName]:
        """Return the suppliers of a country that trade under a name at least ``minimum`` percent like this."""
        async with self._turn:
            await self._refresh(at)
        wanted = normalized_name(name=name)
        like = process.extract(
            wanted, self._names.get(country, {}), scorer=fuzz.ratio, score_cutoff=minimum, limit=_LIKE_MAXIMUM
        )
        candidates = [supplier_id for _, _, supplier_id in like if supplier_id != except_supplier]
        if not candidates:
            return []
        # The index does not know states, and a name may have changed: the records decide.
        items = await self._table.get_many(keys=[supplier_key(supplier_id=one) for one in candidates])
        similar = []
        for item in items:
            supplier = SUPPLIERS.decode(item).record if item is not None else None
            if supplier is None or supplier.state not in _TRADING:
                continue
            legal_name = supplier.facts.legal_name
            likeness = fuzz.ratio(wanted, normalized_name(name=legal_name))
            if likeness >= minimum:
                similar.append(SimilarName(supplier_id=supplier.supplier_id, legal_name=legal_name, likeness=likeness))
        return sorted(similar, key=lambda one: -one.likeness)

    async def _refresh(self, at: datetime) -> None:
        if self._looked_at is not None and at - self._looked_at < _RECENT:
            return
        if self._built_at is None or at - self._built_at >= _WHOLE:
            self._names, self._known, self._built_at = {}, set(), at
        # The newest come first: up to the first known one, all are new.
        self._looked_at = at
        cursor: str | None = None
        found: dict[str, tuple[str, str]] = {}
        while True:
            page = await self._table.query(
                partition=ALL_SUPPLIERS, index=Index.FIRST, after=cursor, limit=_PAGE, descending=True
            )
            met = False
            for item in page.items:
                supplier = SUPPLIERS.decode(item).record
                met = met or supplier.supplier_id in self._known
                if not met:
                    found[supplier.supplier_id] = (supplier.facts.country, supplier.facts.legal_name)
            cursor = page.cursor
            if met or cursor is None:
                break
        for supplier_id, (country, legal_name) in found.items():
            self._names.setdefault(country, {})[supplier_id] = normalized_name(name=legal_name)
        self._known.update(found)
