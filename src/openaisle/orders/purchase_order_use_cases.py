"""Purchase orders are answered, shipped, delivered, or expire: what suppliers, and the clock, do with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.table import Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_acknowledgment, decide_expiry
from openaisle.orders.answering import AnsweredLine
from openaisle.orders.changes import Outcome, PurchaseOrderChanges, Wish
from openaisle.orders.commands import Acknowledgment, DeliveryItem, NewDelivery, NewShipment, ShipmentItem
from openaisle.orders.events import LineQuantity
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, Step
from openaisle.orders.shipment import decide_delivery, decide_shipment

_HAS_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)


class DeliveryTimeInvalid(RequestInvalid):
    """``delivered_at`` is not a moment with a time zone, or it lies in the future."""

    code = "delivery-time-invalid"
    title = "That is not a moment of delivery"
    mend = "Send an RFC 3339 moment such as 2026-11-23T18:00:00Z that has passed, or leave it out."


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
