"""Reading returns and refunds; each caller sees its own, the operator all."""

from __future__ import annotations

from openaisle.kernel.context import Principal
from openaisle.kernel.table import Index, Table
from openaisle.returns.access import require_order, require_refund, require_return
from openaisle.returns.book import Books
from openaisle.returns.model import Return, unknown_return
from openaisle.returns.refund import RefundUnknown
from openaisle.returns.repository import (
    REFUNDS,
    RETURN_TOPIC,
    RETURNS,
    due_partition,
    refund_key,
    refunds_of_day_partition,
    return_key,
    storefront_returns_partition,
    supplier_returns_partition,
    unpaid_partition,
)
from openaisle.returns.views import (
    LabelLine,
    OrderReturnsView,
    RefundPage,
    RefundView,
    ReturnLabel,
    ReturnPage,
    ReturnView,
    order_returns_view,
    refund_view,
    return_view,
)
from openaisle.suppliers.contact import SupplierContacts


class ReturnQueries:
    """The queries of returns and refunds."""

    def __init__(self, *, table: Table, books: Books, contacts: SupplierContacts) -> None:
        """Take the table, the books of orders, and what knows where suppliers take goods back."""
        self._table = table
        self._books = books
        self._contacts = contacts

    async def of_order(self, *, order_id: str, principal: Principal) -> OrderReturnsView:
        """Return all that came back of an order; raises OrderUnknown, also for another storefront's."""
        book = await self._books.of_order(order_id=order_id)
        require_order(order=book.order, principal=principal)
        return order_returns_view(book)

    async def one(self, *, return_id: str, principal: Principal) -> ReturnView:
        """Return one return; raises ReturnUnknown."""
        return return_view(await self._record(return_id=return_id, principal=principal))

    async def label(self, *, return_id: str, principal: Principal) -> ReturnLabel:
        """Return what stands on the parcel; raises ReturnUnknown, also where no goods are awaited."""
        record = await self._record(return_id=return_id, principal=principal)
        contact = await self._contacts.contact(supplier_id=record.supplier_id)
        if contact is None or record.kept:
            raise unknown_return(return_id=return_id)
        return ReturnLabel(
            return_id=record.return_id,
            order_reference=record.order_reference,
            send_to=contact.returns_to,
            send_by=record.due_at if record.parcel is None else None,
            shipping_paid_by=record.lines[0].terms.shipping_paid_by,
            lines=[LabelLine(supplier_sku=line.supplier_sku, quantity=line.quantity) for line in record.lines],
        )

    async def of_supplier(
        self, *, supplier_id: str, after: str | None = None, limit: int = 100, descending: bool = True
    ) -> ReturnPage:
        """Return a page of a supplier's returns, the newest first."""
        partition = supplier_returns_partition(supplier_id=supplier_id)
        return await self._page(Index.FIRST, partition, after=after, limit=limit, descending=descending)

    async def of_storefront(
        self, *, storefront_id: str, after: str | None = None, limit: int = 100, descending: bool = True
    ) -> ReturnPage:
        """Return a page of a storefront's returns, the newest first."""
        partition = storefront_returns_partition(storefront_id=storefront_id)
        return await self._page(Index.SECOND, partition, after=after, limit=limit, descending=descending)

    async def open(self, *, after: str | None = None, limit: int = 100) -> ReturnPage:
        """Return a page of all open returns in which something comes due, what comes first in front."""
        partition = due_partition(topic=RETURN_TOPIC)
        return await self._page(Index.DUE, partition, after=after, limit=limit, descending=False)

    async def refund(self, *, refund_id: str, principal: Principal) -> RefundView:
        """Return one refund; raises RefundUnknown."""
        item = await self._table.get(key=refund_key(refund_id=refund_id))
        if item is None:
            raise RefundUnknown(detail=f"There is no refund {refund_id[:64]}.")
        refund = REFUNDS.record(item.body)
        require_refund(refund=refund, principal=principal)
        return refund_view(refund)

    async def unpaid_refunds(self, *, storefront_id: str, after: str | None = None, limit: int = 100) -> RefundPage:
        """Return a page of the refunds that a storefront has not paid, the oldest first."""
        return await self._refunds(Index.FIRST, unpaid_partition(storefront_id=storefront_id), after=after, limit=limit)

    async def refunds_of_day(self, *, day: str, after: str | None = None, limit: int = 100) -> RefundPage:
        """Return a page of all refunds asked for on ``day`` (``2026-11-23``, UTC), for the operator."""
        return await self._refunds(Index.SECOND, refunds_of_day_partition(day=day), after=after, limit=limit)

    async def _record(self, *, return_id: str, principal: Principal) -> Return:
        item = await self._table.get(key=return_key(return_id=return_id))
        if item is None:
            raise unknown_return(return_id=return_id)
        record = RETURNS.record(item.body)
        require_return(record=record, principal=principal)
        return record

    async def _page(
        self, index: Index, partition: str, *, after: str | None, limit: int, descending: bool
    ) -> ReturnPage:
        page = await self._table.query(
            partition=partition, index=index, after=after, limit=limit, descending=descending
        )
        shown = [return_view(RETURNS.record(item.body)) for item in page.items]
        return ReturnPage(returns=shown, next_after=page.cursor)

    async def _refunds(self, index: Index, partition: str, *, after: str | None, limit: int) -> RefundPage:
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit)
        shown = [refund_view(REFUNDS.record(item.body)) for item in page.items]
        return RefundPage(refunds=shown, next_after=page.cursor)
