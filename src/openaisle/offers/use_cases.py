"""What may be done with offers beside accepting submissions about them (inventory/acceptance.py)."""

from __future__ import annotations

from openaisle.kernel.context import Context, Role, SupplierScope
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table
from openaisle.offers.events import OfferStateChanged
from openaisle.offers.model import Offer, OfferState, decide_offer_state
from openaisle.offers.queries import OfferQueries
from openaisle.offers.repository import OFFERS


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

    async def _offer(self, *, offer_id: str, context: Context) -> Versioned[Offer]:
        if context.principal.role is Role.SUPPLIER:
            scope = SupplierScope(supplier_id=context.principal.subject_id)
            return await self._queries.offer_of_supplier(scope=scope, offer_id=offer_id)
        return await self._queries.offer(offer_id=offer_id)
