"""Reading mappings; a supplier's queries cannot be written without its scope."""

from __future__ import annotations

import msgspec

from openaisle.feeds.mapping.model import MappingUnknown, SupplierMapping
from openaisle.feeds.mapping.repository import LINKS, MAPPINGS, link_key, mapping_key, mappings_of_supplier
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Table


class MappingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of mappings, the last changed first; ``next_after`` is null on the last page."""

    mappings: list[SupplierMapping]
    next_after: str | None


class MappingQueries:
    """The queries of mappings; ``scope`` None is the operator's or the marketplace's own view."""

    def __init__(self, *, table: Table) -> None:
        """Take the table in which mappings stand."""
        self._table = table

    async def mapping(self, *, scope: SupplierScope | None, mapping_id: str) -> Versioned[SupplierMapping]:
        """Return a mapping with its version; raises MappingUnknown."""
        item = await self._table.get(key=mapping_key(mapping_id=mapping_id))
        found = MAPPINGS.decode(item) if item is not None else None
        if found is None or (scope is not None and found.record.supplier_id != scope.supplier_id):
            raise MappingUnknown(detail=f"There is no mapping {mapping_id[:60]}.")
        return found

    async def mapping_of_feed(self, *, feed_id: str) -> Versioned[SupplierMapping] | None:
        """Return the mapping by which a feed is read, None before it was read or after it was forgotten."""
        item = await self._table.get(key=link_key(feed_id=feed_id))
        if item is None:
            return None
        found = await self._table.get(key=mapping_key(mapping_id=LINKS.decode(item).record.mapping_id))
        return MAPPINGS.decode(found) if found is not None else None

    async def list_mappings(self, *, scope: SupplierScope, after: str | None, limit: int) -> MappingPage:
        """Return a page of a supplier's mappings."""
        page = await self._table.query(
            partition=mappings_of_supplier(supplier_id=scope.supplier_id),
            index=Index.FIRST,
            after=after,
            limit=limit,
            descending=True,
        )
        return MappingPage(mappings=[MAPPINGS.decode(item).record for item in page.items], next_after=page.cursor)
