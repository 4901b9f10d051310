"""Orders are placed, canceled and allocated again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.context import Context, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import Finding
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, RefusalReason, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.allocating.engine import allocate
from openaisle.orders.allocating.request import WantedLine
from openaisle.orders.allocating.strategy import DEFAULT_STRATEGY, AllocationStrategy
from openaisle.orders.cancellation import (
    OrderStep,
    Unfilled,
    decide_allocated_again,
    decide_cancellation,
    unfilled_lines,
)
from openaisle.orders.commands import (
    Cancellation,
    NewOrder,
)
from openaisle.orders.connections import SupplierConnections, acknowledgment_seconds
from openaisle.orders.model import CancellationRefused, Order, OrderPolicy, refused_offers, unknown_order
from openaisle.orders.placement import PlacementAnswer, PlaceOrder
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
_ALLOCATIONS_AT_ONCE = 16


class OrderUseCases:
    """What storefronts and the marketplace itself do with orders."""

    def __init__(
        self,
        *,
        table: Table,
        inventory: InventoryQueries,
        suppliers: SupplierConnections,
        cipher: FieldCipher,
        policy: OrderPolicy | None = None,
        strategy: AllocationStrategy = DEFAULT_STRATEGY,
    ) -> None:
        """Take the ports, the operator's ``policy`` and the ``strategy`` of the allocation."""
        self._table = table
        self._inventory = inventory
        self._suppliers = suppliers
        self._policy = policy or OrderPolicy()
        self._strategy = strategy
        self._placing = PlaceOrder(
            table=table,
            inventory=inventory,
            suppliers=suppliers,
            cipher=cipher,
            policy=self._policy,
            strategy=strategy,
        )

    async def place(self, *, order: NewOrder, key: str, context: Context) -> PlacementAnswer:
        """Place an order under an Idempotency-Key; see PlaceOrder.place for what it raises."""
        return await self._placing.place(order=order, key=key, context=context)

    async def cancel(self, *, order_id: str, cancellation: Cancellation, key: str, context: Context) -> None:
        """Cancel units that are not shipped; a repeated ``key`` (may be empty) changes nothing.

        Raises OrderUnknown or CancellationRefused.
        """
        quantities = _wanted_quantities(cancellation)

        async def attempt() -> None:
            found, purchase_orders = await self._whole(order_id=order_id, context=context)
            step = decide_cancellation(
                order=found.record,
                purchase_orders=[one.record for one in purchase_orders],
                quantities=quantities,
                reason=cancellation.reason,
                cancellation_key=key,
                actor=context.principal.actor,
                at=sortable_time(context.at),
            )
            await self._commit(found=found, purchase_orders=purchase_orders, step=step, context=context)

        await decided_anew(attempt)

    async def allocate_again(self, *, order_ids: Sequence[str], context: Context) -> None:
        """Give whatever waits for a supplier to the next one, or cancel it with notice; idempotent."""
        for start in range(0, len(order_ids), _ALLOCATIONS_AT_ONCE):
            part = order_ids[start : start + _ALLOCATIONS_AT_ONCE]
            # Side by side, so that their commits share a trip to the disk.
            await asyncio.gather(*(self._allocate_again(order_id=order_id, context=context) for order_id in part))

    async def _allocate_again(self, *, order_id: str, context: Context) -> None:
        async def attempt() -> bool:
            found, purchase_orders = await self._whole(order_id=order_id, context=context)
            records = [one.record for one in purchase_orders]
            unfilled = unfilled_lines(
                order=found.record,
                purchase_orders=records,
                attempts_maximum=self._policy.attempts_maximum,
                reallocate_fixed_offers=self._policy.reallocate_fixed_offers,
            )
            if not unfilled.to_allocate and not unfilled.to_give_up:
                return True
            step = await self._allocated(order=found.record, records=records, unfilled=unfilled, context=context)
            try:
                await self._commit(found=found, purchase_orders=purchase_orders, step=step, context=context)
            except CommitRefused as refused:
                # Somebody else took the stock: with what is left now the engine decides otherwise.
                if any(one.reason is RefusalReason.MINIMUM for one in refused.refusals):
                    return False
                raise
            return True

        while not await decided_anew(attempt):
            pass

    async def _allocated(
        self, *, order: Order, records: Sequence[PurchaseOrder], unfilled: Unfilled, context: Context
    ) -> OrderStep:
        wanted = [WantedLine(line_number=number, quantity=left) for number, left in unfilled.to_allocate.items()]
        products = {line.line_number: line.product_id for line in order.lines}
        candidates: dict[int, Sequence[OfferWithStock]] = {
            line.line_number: await self._inventory.offers_of_product(
                product_id=products[line.line_number], at=context.at
            )
            for line in wanted
        }
        decision = allocate(
            lines=wanted,
            candidates=candidates,
            currency=order.currency,
            excluded=refused_offers(purchase_orders=records),
            strategy=self._strategy,
        )
        seconds = await acknowledgment_seconds(
            suppliers=self._suppliers,
            supplier_ids={share.candidate.offer.supplier_id for share in decision.shares},
            default_seconds=self._policy.acknowledge_within_seconds,
            at=context.at,
        )
        return decide_allocated_again(
            order=order,
            purchase_orders=records,
            unfilled=unfilled,
            decision=decision,
            seconds=seconds,
            actor=context.principal.actor,
            at=context.at,
        )

    async def _whole(
        self, *, order_id: str, context: Context
    ) -> tuple[Versioned[Order], list[Versioned[PurchaseOrder]]]:
        page = await self._table.query(partition=order_partition(order_id=order_id), limit=_WHOLE_ORDER)
        orders = [ORDERS.decode(item) for item in page.items if item.kind == ORDER_KIND]
        principal = context.principal
        foreign = (
            principal.role is Role.STOREFRONT and orders and orders[0].record.storefront_id != principal.subject_id
        )
        if not orders or foreign:
            raise unknown_order(order_id=order_id)
        purchase_orders = [PURCHASE_ORDERS.decode(item) for item in page.items if item.kind == PURCHASE_ORDER_KIND]
        return orders[0], purchase_orders

    async def _commit(
        self,
        *,
        found: Versioned[Order],
        purchase_orders: Sequence[Versioned[PurchaseOrder]],
        step: OrderStep,
        context: Context,
    ) -> None:
        if step.order is found.record:
            return
        versions = {one.record.purchase_order_id: one.version for one in purchase_orders}
        writes: list[Write] = [ORDERS.replace(step.order, version=found.version, events=step.events)]
        for one in step.steps:
            version = versions[one.purchase_order.purchase_order_id]
            writes.append(PURCHASE_ORDERS.replace(one.purchase_order, version=version, events=one.events))
        writes.extend(created(purchase_order=one) for one in step.created)
        movements = [movement for one in step.steps for movement in one.movements]
        movements.extend(reservations_of(purchase_orders=step.created))
        writes.extend(movement_writes(movements=movements))
        await self._table.commit(writes=writes, context=context)


def _wanted_quantities(cancellation: Cancellation) -> dict[int, int] | None:
    if not cancellation.lines:
        return None
    quantities: dict[int, int] = {}
    for position, line in enumerate(cancellation.lines):
        if line.line_number in quantities:
            pointer = f"/lines/{position}/line_number"
            finding = Finding(pointer=pointer, detail=f"Line {line.line_number} is named twice.", code="repeated")
            raise CancellationRefused(detail=finding.detail, findings=(finding,))
        quantities[line.line_number] = line.quantity
    return quantities
