"""An order with its purchase orders: read together, and committed together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openaisle.kernel.context import Context, Role
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Table, Write
from openaisle.orders.cancellation import OrderStep
from openaisle.orders.model import Order, unknown_order
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.repository import (
    ORDER_KIND,
    ORDERS,
    PURCHASE_ORDER_KIND,
    PURCHASE_ORDERS,
    order_partition,
)
from openaisle.orders.sharing import created
from openaisle.orders.stock_writes import movement_writes, reservations_of

_WHOLE_ORDER = 1_000


class WholeOrder(NamedTuple):
    """An order and its purchase orders, as they were read."""

    order: Versioned[Order]
    purchase_orders: tuple[Versioned[PurchaseOrder], ...]

    @property
    def records(self) -> list[PurchaseOrder]:
        """The purchase orders without their versions."""
        return [one.record for one in self.purchase_orders]


class WholeOrders:
    """Reads whole orders and commits decisions about them."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def read(self, *, order_id: str, context: Context) -> WholeOrder:
        """Return an order that the caller may see; raises OrderUnknown, also for another storefront's."""
        page = await self._table.query(partition=order_partition(order_id=order_id), limit=_WHOLE_ORDER)
        orders = [ORDERS.decode(item) for item in page.items if item.kind == ORDER_KIND]
        principal = context.principal
        foreign = (
            principal.role is Role.STOREFRONT and orders and orders[0].record.storefront_id != principal.subject_id
        )
        if not orders or foreign:
            raise unknown_order(order_id=order_id)
        found = (PURCHASE_ORDERS.decode(item) for item in page.items if item.kind == PURCHASE_ORDER_KIND)
        return WholeOrder(orders[0], tuple(found))

    async def commit(
        self, *, found: WholeOrder, step: OrderStep, context: Context, further: Sequence[Write] = ()
    ) -> None:
        """Write a decision with everything that belongs to it and ``further`` writes; nothing if it changes nothing."""
        if step.order is found.order.record:
            return
        versions = {one.record.purchase_order_id: one.version for one in found.purchase_orders}
        writes: list[Write] = [ORDERS.replace(step.order, version=found.order.version, events=step.events)]
        for one in step.steps:
            version = versions[one.purchase_order.purchase_order_id]
            writes.append(PURCHASE_ORDERS.replace(one.purchase_order, version=version, events=one.events))
        writes.extend(created(purchase_order=one) for one in step.created)
        movements = [movement for one in step.steps for movement in one.movements]
        movements.extend(reservations_of(purchase_orders=step.created))
        writes.extend(movement_writes(movements=movements))
        writes.extend(further)
        await self._table.commit(writes=writes, context=context)
