"""Purchase orders are answered, shipped, delivered, or expire: what suppliers, and the clock, do with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from openaisle.kernel.context import Context, Role, SupplierScope
from openaisle.kernel.errors import Finding, OpenAisleError, RequestInvalid
from openaisle.kernel.table import Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import (
    decide_acknowledgment,
    decide_consent,
    decide_expiry,
    decide_noted,
    decide_taken_back,
)
from openaisle.orders.answering import AcknowledgedAfterCancellation, BackOrderTooLate, PriceChanged
from openaisle.orders.changes import Outcome, PurchaseOrderChanges, Wish
from openaisle.orders.commands import (
    Acknowledgment,
    Consent,
    DeliveryItem,
    NewDelivery,
    NewShipment,
    ShipmentItem,
    Withdrawal,
)
from openaisle.orders.events import LineQuantity
from openaisle.orders.purchase_order import (
    PurchaseOrder,
    PurchaseOrderLineUnknown,
    ShippedAfterCancellation,
    ShippedBeforeAccepting,
    ShippedTooMuch,
    Step,
    unknown_purchase_order,
)
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key
from openaisle.orders.shipment import decide_delivery, decide_shipment
from openaisle.orders.shipping.deadlines import decide_lateness, decide_reminder
from openaisle.orders.shipping.policy import ShippingPolicy
from openaisle.orders.shipping.serials import SerialNumberTaken
from openaisle.orders.shipping.telling import told_contents
from openaisle.orders.substitutes import FindsOffers, Substitutes, answered_plainly, names_substitutes

REFUSED = "refused"
_NOTE_CHARACTERS = 300
# What a supplier may not do and tried: the operator sees it in the history.
_NOTED = (
    AcknowledgedAfterCancellation,
    BackOrderTooLate,
    PriceChanged,
    SerialNumberTaken,
    ShippedAfterCancellation,
    ShippedBeforeAccepting,
    ShippedTooMuch,
)
_HAS_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)


class DeliveryTimeInvalid(RequestInvalid):
    """``delivered_at`` is not a moment with a time zone, or it lies in the future."""

    code = "delivery-time-invalid"
    title = "That is not a moment of delivery"
    mend = "Send an RFC 3339 moment such as 2026-11-23T18:00:00Z that has passed, or leave it out."


class PurchaseOrderUseCases:
    """What suppliers, and the clock, do with purchase orders."""

    def __init__(self, *, table: Table, offers: FindsOffers, policy: ShippingPolicy | None = None) -> None:
        """Take the table, the offers that may be substitutes, and the operator's policy."""
        self._table = table
        self._changes = PurchaseOrderChanges(table=table)
        self._substitutes = Substitutes(offers=offers)
        self._policy = policy or ShippingPolicy()

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
        PurchaseOrderLineUnknown, SubstituteInvalid, ShipDateInvalid, InsufficientStock or AcknowledgmentRefused, which
        has a kind for each reason.
        """
        lines = acknowledgment.lines
        if names_substitutes(lines=lines):
            found = await self._found(purchase_order_id=purchase_order_id, scope=scope)
            answers = await self._substitutes.answered(purchase_order=found, lines=lines, at=context.at)
        else:
            answers = [answered_plainly(line=line) for line in lines]
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_acknowledgment(
                purchase_order=purchase_order, answers=answers, actor=actor, at=at, policy=self._policy
            )

        return await self._changed(wish=Wish(purchase_order_id, decide), context=context, scope=scope)

    async def consent(self, *, purchase_order_id: str, consent: Consent, context: Context) -> PurchaseOrder:
        """Record what the storefront of the order, or the operator, decides about proposed substitutes.

        Again the same changes nothing. Raises PurchaseOrderUnknown, PurchaseOrderLineUnknown or ConsentRefused.
        """
        decisions = {line.line_number: line.granted for line in consent.lines}
        principal, at = context.principal, sortable_time(context.at)
        if len(decisions) < len(consent.lines):
            raise PurchaseOrderLineUnknown(detail="A line is named twice.")

        def decide(purchase_order: PurchaseOrder) -> Step:
            if principal.role is Role.STOREFRONT and purchase_order.storefront_id != principal.subject_id:
                raise unknown_purchase_order(purchase_order_id=purchase_order_id)
            return decide_consent(
                purchase_order=purchase_order,
                decisions=decisions,
                reason=consent.reason,
                actor=principal.actor,
                at=at,
            )

        return await self._changes.change(wish=Wish(purchase_order_id, decide), context=context)

    async def withdraw(
        self,
        *,
        purchase_order_id: str,
        withdrawal: Withdrawal,
        key: str = "",
        context: Context,
        scope: SupplierScope | None,
    ) -> PurchaseOrder:
        """Record that the supplier cannot ship what it had accepted; the units go to another supplier.

        A repeated ``key`` (may be empty) changes nothing. Raises PurchaseOrderUnknown, PurchaseOrderLineUnknown or
        WithdrawalRefused.
        """
        quantities = {line.line_number: line.quantity for line in withdrawal.lines}
        if len(quantities) < len(withdrawal.lines):
            raise PurchaseOrderLineUnknown(detail="A line is named twice.")
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_taken_back(
                purchase_order=purchase_order,
                quantities=quantities,
                reason=withdrawal.reason,
                key=key,
                actor=actor,
                at=at,
            )

        return await self._changes.change(wish=Wish(purchase_order_id, decide), context=context, scope=scope)

    async def ship(
        self, *, purchase_order_id: str, shipment: NewShipment, context: Context, scope: SupplierScope | None
    ) -> PurchaseOrder:
        """Record a shipment that left; the same shipment again changes nothing.

        Raises PurchaseOrderUnknown, PurchaseOrderLineUnknown, PackagesInvalid, SerialNumbersInvalid,
        SerialNumberTaken, DeliveryDateInvalid, ShipmentDiffers or ShipmentRefused, which has a kind for each reason.
        """
        wish = self._shipping(purchase_order_id=purchase_order_id, shipment=shipment, context=context)
        return await self._changed(wish=wish, context=context, scope=scope)

    async def ship_many(
        self, *, shipments: Sequence[ShipmentItem], context: Context, scope: SupplierScope | None
    ) -> list[Outcome]:
        """Record many parcels, several purchase orders with one commit; returns an outcome per parcel, in order."""
        wishes = [
            self._shipping(purchase_order_id=one.purchase_order_id, shipment=one, context=context) for one in shipments
        ]
        outcomes = await self._changes.change_many(wishes=wishes, context=context, scope=scope)
        for wish, outcome in zip(wishes, outcomes, strict=True):
            await self._note(wish=wish, error=outcome.error, context=context, scope=scope)
        return outcomes

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
        """Remind suppliers whose time to answer is nearly over, and let expire what is over; others stay as they are.

        Proposed substitutes that nobody consented to in time are refused.
        """
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            expired = decide_expiry(purchase_order=purchase_order, actor=actor, at=at)
            if expired.purchase_order is not purchase_order:
                return expired
            return decide_reminder(purchase_order=purchase_order, actor=actor, at=at)

        wishes = [Wish(purchase_order_id, decide) for purchase_order_id in purchase_order_ids]
        return await self._changes.change_many(wishes=wishes, context=context)

    async def find_late(self, *, purchase_order_ids: Sequence[str], context: Context) -> list[Outcome]:
        """Note which lines should have left and which shipments should have arrived, each once."""
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_lateness(purchase_order=purchase_order, actor=actor, at=at)

        wishes = [Wish(purchase_order_id, decide) for purchase_order_id in purchase_order_ids]
        return await self._changes.change_many(wishes=wishes, context=context)

    async def _changed(self, *, wish: Wish, context: Context, scope: SupplierScope | None) -> PurchaseOrder:
        try:
            return await self._changes.change(wish=wish, context=context, scope=scope)
        except OpenAisleError as error:
            await self._note(wish=wish, error=error, context=context, scope=scope)
            raise

    async def _note(
        self, *, wish: Wish, error: OpenAisleError | None, context: Context, scope: SupplierScope | None
    ) -> None:
        """Write into the history what a supplier tried that nobody may do; nothing else of the record changes."""
        if not isinstance(error, _NOTED):
            return
        actor, at = context.principal.actor, sortable_time(context.at)
        note = f"{error.code}: {error.detail}"[:_NOTE_CHARACTERS]

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_noted(purchase_order=purchase_order, action=REFUSED, note=note, actor=actor, at=at)

        await self._changes.change_many(wishes=[Wish(wish.purchase_order_id, decide)], context=context, scope=scope)

    async def _found(self, *, purchase_order_id: str, scope: SupplierScope | None) -> PurchaseOrder:
        item = await self._table.get(key=purchase_order_key(purchase_order_id=purchase_order_id))
        found = None if item is None else PURCHASE_ORDERS.record(item.body)
        if found is None or (scope is not None and found.supplier_id != scope.supplier_id):
            raise unknown_purchase_order(purchase_order_id=purchase_order_id)
        return found

    def _shipping(self, *, purchase_order_id: str, shipment: NewShipment, context: Context) -> Wish:
        lines = [LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in shipment.lines]
        contents = told_contents(shipment=shipment)
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_shipment(
                purchase_order=purchase_order,
                carrier=shipment.carrier,
                tracking_number=shipment.tracking_number,
                lines=lines,
                actor=actor,
                at=at,
                contents=contents,
                policy=self._policy,
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
