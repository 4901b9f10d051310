"""What may be done with offers beside accepting submissions about them (inventory/acceptance.py)."""

from __future__ import annotations

import msgspec

from openaisle.catalog.model import ProductState
from openaisle.kernel.context import Context, Role, SupplierScope
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Index, Table
from openaisle.offers.events import OfferStateChanged
from openaisle.offers.model import Offer, OfferState, decide_offer_state
from openaisle.offers.queries import OfferQueries
from openaisle.offers.repository import OFFER_KIND, OFFERS, listing_partition, product_partition


class OfferUseCases:
    """Pauses, withdraws and resumes offers."""

    def __init__(self, *, table: Table, queries: OfferQueries) -> None:
        """Take the table and the queries over it."""
        self._table = table
        self._queries = queries

    async def set_state(self, *, offer_id: str, state: OfferState, context: Context) -> Offer:
        """Set an offer active, paused or withdrawn; a supplier only its own.

        Raises OfferUnknown and OfferTransitionRefused; asking for the state it has changes nothing.
        """

        async def attempt() -> Offer:
            found = await self._offer(offer_id=offer_id, context=context)
            changed = decide_offer_state(offer=found.record, state=state, at=context.at)
            if changed is found.record:
                return changed
            event = OfferStateChanged(
                supplier_id=changed.supplier_id,
                offer_id=offer_id,
                product_id=changed.product_id,
                state=changed.state.value,
            )
            await self._table.commit(
                writes=[OFFERS.replace(changed, version=found.version, events=[event])], context=context
            )
            return changed

        return await decided_anew(attempt)

    async def withdraw_all(self, *, supplier_id: str, context: Context) -> None:
        """Withdraw every offer of a supplier that has left; orders placed before are finished all the same."""
        after = None
        while True:
            page = await self._table.query(
                partition=listing_partition(supplier_id=supplier_id),
                index=Index.SECOND,
                sort_prefix=f"{supplier_id}#",
                after=after,
            )
            for item in page.items:
                if item.kind == OFFER_KIND:
                    offer_id = OFFERS.record(item.body).offer_id
                    await self.set_state(offer_id=offer_id, state=OfferState.WITHDRAWN, context=context)
            if page.cursor is None:
                return
            after = page.cursor

    async def follow_product(self, *, product_id: str, product_state: ProductState, context: Context) -> None:
        """Tell every offer of a product the state that the product has taken on."""
        after = None
        while True:
            page = await self._table.query(
                partition=product_partition(product_id=product_id), index=Index.FIRST, after=after
            )
            for item in page.items:
                if item.kind == OFFER_KIND:
                    offer_id = OFFERS.record(item.body).offer_id
                    await self._tell(offer_id=offer_id, product_state=product_state, context=context)
            if page.cursor is None:
                return
            after = page.cursor

    async def _tell(self, *, offer_id: str, product_state: ProductState, context: Context) -> None:
        async def attempt() -> None:
            found = await self._queries.offer(offer_id=offer_id)
            if found.record.product_state is product_state:
                return
            changed = msgspec.structs.replace(found.record, product_state=product_state)
            await self._table.commit(writes=[OFFERS.replace(changed, version=found.version)], context=context)

        await decided_anew(attempt)

    async def _offer(self, *, offer_id: str, context: Context) -> Versioned[Offer]:
        if context.principal.role is Role.SUPPLIER:
            scope = SupplierScope(supplier_id=context.principal.subject_id)
            return await self._queries.offer_of_supplier(scope=scope, offer_id=offer_id)
        return await self._queries.offer(offer_id=offer_id)
