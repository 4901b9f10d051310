"""Orders are placed, canceled and allocated again; purchase orders are answered, shipped, delivered, or expire."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.context import Context, Role, SupplierScope
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, RefusalReason, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import AnsweredLine, decide_acknowledgment, decide_expiry
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
from openaisle.orders.changes import Outcome, PurchaseOrderChanges, Wish
from openaisle.orders.commands import (
    Acknowledgment,
    Cancellation,
    DeliveryItem,
    NewDelivery,
    NewOrder,
    NewShipment,
    ShipmentItem,
)
from openaisle.orders.connections import SupplierConnections, acknowledgment_seconds
from openaisle.orders.events import LineQuantity
from openaisle.orders.model import CancellationRefused, Order, OrderPolicy, refused_offers, unknown_order
from openaisle.orders.placement import PlacementAnswer, PlaceOrder
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, Step
from openaisle.orders.repository import (
    ORDER_KIND,
    ORDERS,
    PURCHASE_ORDER_KIND,
    PURCHASE_ORDERS,
    order_partition,
)
from openaisle.orders.sharing import created
from openaisle.orders.shipment import decide_delivery, decide_shipment
from openaisle.orders.stock_writes import movement_writes, reservations_of

_WHOLE_ORDER = 1_000
_ALLOCATIONS_AT_ONCE = 16
_HAS_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)


class DeliveryTimeInvalid(RequestInvalid):
    """``delivered_at`` is not a moment with a time zone, or it lies in the future."""

    code = "delivery-time-invalid"
    title = "That is not a moment of delivery"
    mend = "Send an RFC 3339 moment such as 2026-11-23T18:00:00Z that has passed, or leave it out."


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


class PurchaseOrderUseCases:
    """What suppliers, and the clock, do with purchase orders."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._changes = PurchaseOrderChanges(table=table)

    async def acknowledge(
        self,
        *,
        purchase_order_id: str,
        acknowledgment: Acknowledgment,
        context: Context,
        scope: SupplierScope | None,
    ) -> PurchaseOrder:
        """Record the supplier's answers line by line; the same answers again change nothing.

        With a ``scope`` only that supplier's purchase orders are known. Raises PurchaseOrderUnknown,
        PurchaseOrderLineUnknown or AcknowledgmentRefused.
        """
        answers = [
            AnsweredLine(line.line_number, LineAnswer(line.decision.value), line.reason, line.expected_ship_date)
            for line in acknowledgment.lines
        ]
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_acknowledgment(purchase_order=purchase_order, answers=answers, actor=actor, at=at)

        return await self._changes.change(wish=Wish(purchase_order_id, decide), context=context, scope=scope)

    async def ship(
        self, *, purchase_order_id: str, shipment: NewShipment, context: Context, scope: SupplierScope | None
    ) -> PurchaseOrder:
        """Record a parcel that left; the same parcel again changes nothing.

        Raises PurchaseOrderUnknown, PurchaseOrderLineUnknown, ShipmentRefused or ShipmentDiffers.
        """
        wish = _shipping(purchase_order_id=purchase_order_id, shipment=shipment, context=context)
        return await self._changes.change(wish=wish, context=context, scope=scope)

    async def ship_many(
        self, *, shipments: Sequence[ShipmentItem], context: Context, scope: SupplierScope | None
    ) -> list[Outcome]:
        """Record many parcels, several purchase orders with one commit; returns an outcome per parcel, in order."""
        wishes = [
            _shipping(purchase_order_id=one.purchase_order_id, shipment=one, context=context) for one in shipments
        ]
        return await self._changes.change_many(wishes=wishes, context=context, scope=scope)

    async def deliver(
        self, *, purchase_order_id: str, delivery: NewDelivery, context: Context, scope: SupplierScope | None
    ) -> PurchaseOrder:
        """Record that shipments reached the shopper; again changes nothing.

        Raises PurchaseOrderUnknown, ShipmentUnknown, DeliveryRefused or DeliveryTimeInvalid.
        """
        wish = _delivering(purchase_order_id=purchase_order_id, delivery=delivery, context=context)
        return await self._changes.change(wish=wish, context=context, scope=scope)

    async def deliver_many(
        self, *, deliveries: Sequence[DeliveryItem], context: Context, scope: SupplierScope | None
    ) -> list[Outcome]:
        """Record many deliveries, several purchase orders with one commit; an outcome per delivery, in order."""
        wishes = [
            _delivering(purchase_order_id=one.purchase_order_id, delivery=one, context=context) for one in deliveries
        ]
        return await self._changes.change_many(wishes=wishes, context=context, scope=scope)

    async def expire(self, *, purchase_order_ids: Sequence[str], context: Context) -> list[Outcome]:
        """Let purchase orders expire whose deadline has passed unanswered; others stay as they are."""
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_expiry(purchase_order=purchase_order, actor=actor, at=at)

        wishes = [Wish(purchase_order_id, decide) for purchase_order_id in purchase_order_ids]
        return await self._changes.change_many(wishes=wishes, context=context)


def _shipping(*, purchase_order_id: str, shipment: NewShipment, context: Context) -> Wish:
    lines = [LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in shipment.lines]
    actor, at = context.principal.actor, sortable_time(context.at)

    def decide(purchase_order: PurchaseOrder) -> Step:
        return decide_shipment(
            purchase_order=purchase_order,
            carrier=shipment.carrier,
            tracking_number=shipment.tracking_number,
            lines=lines,
            actor=actor,
            at=at,
        )

    return Wish(purchase_order_id, decide)


def _delivering(*, purchase_order_id: str, delivery: NewDelivery, context: Context) -> Wish:
    actor, at = context.principal.actor, sortable_time(context.at)

    def decide(purchase_order: PurchaseOrder) -> Step:
        return decide_delivery(
            purchase_order=purchase_order,
            shipment_id=delivery.shipment_id,
            delivered_at=_moment(text=delivery.delivered_at, context=context),
            actor=actor,
            at=at,
        )

    return Wish(purchase_order_id, decide)


def _moment(*, text: str | None, context: Context) -> str:
    if text is None:
        return sortable_time(context.at)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC) if _HAS_ZONE.search(text) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment > context.at:
        finding = Finding(pointer="/delivered_at", detail=f"{text!r} is not a moment that has passed.", code="invalid")
        raise DeliveryTimeInvalid(detail="delivered_at cannot be used.", findings=(finding,))
    return sortable_time(moment)


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
