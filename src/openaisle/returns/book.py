"""All that came back of one order: read together, so that no unit and no cent goes back twice."""

from __future__ import annotations

from typing import NamedTuple

from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Table
from openaisle.orders.model import Order
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.queries import OrderQueries
from openaisle.returns.model import Return, ReturnsTooMany, unknown_return
from openaisle.returns.refund import LineAccount, Refund, RefundUnknown, accounts_of
from openaisle.returns.repository import (
    REFUND_KIND,
    REFUNDS,
    RETURN_KIND,
    RETURNS,
    number_of,
    order_of,
    refund_key,
    return_key,
    returns_partition,
)

_RETURNS_MAXIMUM = 90
_REFUNDS_MAXIMUM = 300
_WHOLE_BOOK = 1_000


class Book(NamedTuple):
    """An order with its returns and refunds, as they were read."""

    order: Order
    purchase_orders: list[PurchaseOrder]
    returns: dict[str, Versioned[Return]]
    refunds: dict[str, Versioned[Refund]]

    @property
    def accounts(self) -> dict[int, LineAccount]:
        """What was paid for each line and went back of it, by line number."""
        refunds = [one.record for one in self.refunds.values()]
        return accounts_of(order=self.order, purchase_orders=self.purchase_orders, refunds=refunds)

    @property
    def return_records(self) -> list[Return]:
        """The returns, the first one first."""
        return [one.record for one in self.returns.values()]

    def next_return_number(self) -> int:
        """Return the number of the next return; raises ReturnsTooMany."""
        return _next(list(self.returns), maximum=_RETURNS_MAXIMUM)

    def next_refund_number(self) -> int:
        """Return the number of the next refund; raises ReturnsTooMany."""
        return _next(list(self.refunds), maximum=_REFUNDS_MAXIMUM)

    def one(self, *, return_id: str) -> Versioned[Return]:
        """Return one return; raises ReturnUnknown."""
        if return_id not in self.returns:
            raise unknown_return(return_id=return_id)
        return self.returns[return_id]

    def refund(self, *, refund_id: str) -> Versioned[Refund]:
        """Return one refund; raises RefundUnknown."""
        if refund_id not in self.refunds:
            raise RefundUnknown(detail=f"There is no refund {refund_id[:64]}.")
        return self.refunds[refund_id]


class Books:
    """Reads the books of orders."""

    def __init__(self, *, table: Table, orders: OrderQueries) -> None:
        """Take the table and the queries of orders."""
        self._table = table
        self._orders = orders

    async def of_order(self, *, order_id: str) -> Book:
        """Return the book of an order; raises OrderUnknown."""
        returns: dict[str, Versioned[Return]] = {}
        refunds: dict[str, Versioned[Refund]] = {}
        # The order is read after its book: what was shipped meanwhile can only be more.
        page = await self._table.query(partition=returns_partition(order_id=order_id), limit=_WHOLE_BOOK)
        for item in page.items:
            if item.kind == RETURN_KIND:
                found = RETURNS.decode(item)
                returns[found.record.return_id] = found
            elif item.kind == REFUND_KIND:
                refund = REFUNDS.decode(item)
                refunds[refund.record.refund_id] = refund
        order, purchase_orders = await self._orders.whole(order_id=order_id)
        return Book(order, purchase_orders, returns, refunds)

    async def of_return(self, *, return_id: str) -> Book:
        """Return the book that a return stands in; raises ReturnUnknown."""
        key = return_key(return_id=return_id)
        if await self._table.get(key=key) is None:
            raise unknown_return(return_id=return_id)
        return await self.of_order(order_id=order_of(key))

    async def of_refund(self, *, refund_id: str) -> Book:
        """Return the book that a refund stands in; raises RefundUnknown."""
        key = refund_key(refund_id=refund_id)
        if await self._table.get(key=key) is None:
            raise RefundUnknown(detail=f"There is no refund {refund_id[:64]}.")
        return await self.of_order(order_id=order_of(key))


def _next(identifiers: list[str], *, maximum: int) -> int:
    if len(identifiers) >= maximum:
        raise ReturnsTooMany(detail=f"The order has {len(identifiers)} of them; no more are kept.")
    return max((number_of(one) for one in identifiers), default=0) + 1
