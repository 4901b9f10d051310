"""Reading offers alone; with their stock they are read through inventory.queries."""

from __future__ import annotations

from openaisle.kernel.context import SupplierScope
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Table
from openaisle.offers.model import Offer, OfferUnknown
from openaisle.offers.repository import OFFERS, offer_key


class OfferQueries:
    """Offers by identifier."""

    def __init__(self, *, table: Table) -> None:
        """Take the table in which offers stand."""
        self._table = table

    async def offer(self, *, offer_id: str) -> Versioned[Offer]:
        """Return an offer with its version; raises OfferUnknown."""
        item = await self._table.get(key=offer_key(offer_id=offer_id))
        if item is None:
            raise OfferUnknown(detail=f"There is no offer {offer_id[:40]}.")
        return OFFERS.decode(item)

    async def offer_of_supplier(self, *, scope: SupplierScope, offer_id: str) -> Versioned[Offer]:
        """Return an offer of the supplier with its version; raises OfferUnknown, also for another supplier's."""
        found = await self.offer(offer_id=offer_id)
        if found.record.supplier_id != scope.supplier_id:
            raise OfferUnknown(detail=f"There is no offer {offer_id[:40]}.")
        return found

    async def offers_of(self, *, offer_ids: list[str]) -> dict[str, Versioned[Offer]]:
        """Return the offers that exist, by identifier, with one read of many keys."""
        items = await self._table.get_many(keys=[offer_key(offer_id=offer_id) for offer_id in offer_ids])
        return {
            offer_id: OFFERS.decode(item) for offer_id, item in zip(offer_ids, items, strict=True) if item is not None
        }
