"""What is told of interchanges and suppliers' invoices; a supplier sees its own only."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import SupplierScope
from openaisle.kernel.table import Index, Table
from openaisle.orders.edi.invoices_in import SupplierInvoice
from openaisle.orders.edi.model import (
    Direction,
    EdiInterchange,
    InterchangeState,
    InterchangeUnknown,
    SetOutcome,
    SupplierInvoiceUnknown,
)
from openaisle.orders.edi.outgoing import OutgoingInterchanges
from openaisle.orders.edi.repository import (
    INTERCHANGES,
    INVOICES,
    interchange_key,
    invoice_key,
    supplier_interchanges_partition,
    supplier_invoices_partition,
)


class InterchangeView(msgspec.Struct, frozen=True, kw_only=True):
    """An interchange: which way it went, where it stands, and what became of each of its documents.

    ``text_kept`` tells whether its text can still be read. ``set_count`` may be larger than the number of ``sets``:
    of very many those are kept that have something to tell.
    """

    interchange_id: str
    supplier_id: str
    direction: Direction
    control_number: str
    group_number: str
    created_at: str
    state: InterchangeState
    file_name: str
    test: bool
    set_count: int
    sets: tuple[SetOutcome, ...]
    notes: tuple[str, ...]
    acknowledge_by: str | None
    overdue_since: str | None
    text_kept: bool


class InterchangePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of interchanges; ``next_after`` is what the next page is asked with, null on the last."""

    interchanges: list[InterchangeView]
    next_after: str | None


class SupplierInvoicePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of invoices; ``next_after`` is what the next page is asked with, null on the last."""

    invoices: list[SupplierInvoice]
    next_after: str | None


class EdiQueries:
    """The queries of interchanges and invoices. Without a ``scope`` it is the operator who asks."""

    def __init__(self, *, table: Table, outgoing: OutgoingInterchanges) -> None:
        """Take the table and what keeps texts."""
        self._table = table
        self._outgoing = outgoing

    async def interchanges(self, *, scope: SupplierScope, after: str | None, limit: int) -> InterchangePage:
        """Return a page of a supplier's interchanges both ways, the newest first."""
        page = await self._table.query(
            partition=supplier_interchanges_partition(supplier_id=scope.supplier_id),
            index=Index.FIRST,
            after=after,
            limit=limit,
            descending=True,
        )
        views = [interchange_view(interchange=INTERCHANGES.record(item.body)) for item in page.items]
        return InterchangePage(interchanges=views, next_after=page.cursor)

    async def interchange(self, *, interchange_id: str, scope: SupplierScope | None) -> InterchangeView:
        """Return an interchange; raises InterchangeUnknown, also for another supplier's."""
        return interchange_view(interchange=await self._interchange(interchange_id=interchange_id, scope=scope))

    async def text(self, *, interchange_id: str, scope: SupplierScope | None) -> tuple[str, str]:
        """Return the name and the text of an interchange; raises InterchangeUnknown or BlobMissing."""
        found = await self._interchange(interchange_id=interchange_id, scope=scope)
        return found.file_name, await self._outgoing.text(interchange=found)

    async def invoices(self, *, scope: SupplierScope, after: str | None, limit: int) -> SupplierInvoicePage:
        """Return a page of a supplier's invoices, the newest first."""
        page = await self._table.query(
            partition=supplier_invoices_partition(supplier_id=scope.supplier_id),
            index=Index.FIRST,
            after=after,
            limit=limit,
            descending=True,
        )
        return SupplierInvoicePage(invoices=[INVOICES.record(item.body) for item in page.items], next_after=page.cursor)

    async def invoice(self, *, invoice_id: str, scope: SupplierScope | None) -> SupplierInvoice:
        """Return an invoice; raises SupplierInvoiceUnknown, also for another supplier's."""
        item = await self._table.get(key=invoice_key(invoice_id=invoice_id))
        found = None if item is None else INVOICES.record(item.body)
        if found is None or (scope is not None and found.supplier_id != scope.supplier_id):
            raise SupplierInvoiceUnknown(detail=f"There is no invoice {invoice_id[:60]}.")
        return found

    async def _interchange(self, *, interchange_id: str, scope: SupplierScope | None) -> EdiInterchange:
        item = await self._table.get(key=interchange_key(interchange_id=interchange_id))
        found = None if item is None else INTERCHANGES.record(item.body)
        if found is None or (scope is not None and found.supplier_id != scope.supplier_id):
            raise InterchangeUnknown(detail=f"There is no interchange {interchange_id[:60]}.")
        return found


def interchange_view(*, interchange: EdiInterchange) -> InterchangeView:
    """Return an interchange as it is shown."""
    return InterchangeView(
        interchange_id=interchange.interchange_id,
        supplier_id=interchange.supplier_id,
        direction=interchange.direction,
        control_number=interchange.control_number,
        group_number=interchange.group_number,
        created_at=interchange.created_at,
        state=interchange.state,
        file_name=interchange.file_name,
        test=interchange.test,
        set_count=interchange.set_count,
        sets=interchange.sets,
        notes=interchange.notes,
        acknowledge_by=interchange.acknowledge_by or None,
        overdue_since=interchange.overdue_since or None,
        text_kept=bool(interchange.blob),
    )
