"""From records to what the API shows: states derived, timelines merged, reasons laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.orders.commands import RequestedDelivery, ShipTo, ShopperContact
from openaisle.orders.disclosure import ShippingDestination
from openaisle.orders.model import LineProgress, Order, line_progress, order_state
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.shipping.views import shipment_view
from openaisle.orders.totals import line_total_minor, totals_of
from openaisle.orders.views import (
    AllocationView,
    FilledBy,
    LineQuantities,
    LineReasons,
    OrderLineView,
    OrderNoteView,
    OrderSummary,
    OrderView,
    PlacedPurchaseOrder,
    PurchaseOrderLineView,
    PurchaseOrderView,
    TimelineEntry,
)


def order_summary(*, order: Order, purchase_orders: Sequence[PurchaseOrder]) -> OrderSummary:
    """Return an order as lists show it."""
    progress = line_progress(order=order, purchase_orders=purchase_orders)
    return OrderSummary(
        order_id=order.order_id,
        storefront_id=order.storefront_id,
        reference=order.reference,
        state=order_state(progress=progress),
        currency=order.currency,
        placed_at=order.placed_at,
        total_minor=order.total_minor,
        on_hold=order.hold is not None,
        lines=_lines(order=order, purchase_orders=purchase_orders, progress=progress),
        purchase_orders=[
            PlacedPurchaseOrder(purchase_order_id=one.purchase_order_id, supplier_id=one.supplier_id, state=one.state)
            for one in purchase_orders
        ],
    )


def order_view(
    *,
    order: Order,
    purchase_orders: Sequence[PurchaseOrder],
    ship_to: ShipTo,
    contact: ShopperContact | None,
    notes: list[OrderNoteView],
    returned: Mapping[int, int],
) -> OrderView:
    """Return an order whole; ``returned`` are the units that came back, by line number."""
    progress = line_progress(order=order, purchase_orders=purchase_orders)
    return OrderView(
        order_id=order.order_id,
        storefront_id=order.storefront_id,
        reference=order.reference,
        state=order_state(progress=progress),
        currency=order.currency,
        placed_at=order.placed_at,
        total_minor=order.total_minor,
        totals=totals_of(lines=order.lines, prices_include_tax=order.prices_include_tax),
        ship_to=ship_to,
        contact=contact,
        requested_delivery=_requested(not_before=order.deliver_not_before, not_after=order.deliver_not_after),
        shipping_option=order.shipping_option or None,
        payment_reference=order.payment_reference or None,
        hold=order.hold,
        goodwill_minor=sum(one.amount_minor for one in order.actions),
        notes=notes,
        lines=[
            msgspec.structs.replace(line, returned=returned.get(line.line_number, 0))
            for line in _lines(order=order, purchase_orders=purchase_orders, progress=progress)
        ],
        purchase_orders=[purchase_order_view(purchase_order=one, ship_to=None) for one in purchase_orders],
        timeline=_timeline(order=order, purchase_orders=purchase_orders),
        allocations=[
            AllocationView(
                at=record.at,
                cause=record.cause,
                lines=[
                    LineReasons(
                        line_number=line.line_number,
                        fixed=line.fixed,
                        unfilled=line.unfilled,
                        candidates=list(line.assessments),
                    )
                    for line in record.lines
                ],
            )
            for record in order.allocations
        ],
    )


def purchase_order_view(
    *,
    purchase_order: PurchaseOrder,
    ship_to: ShipTo | None,
    destination: ShippingDestination | None = None,
    notes: list[OrderNoteView] | None = None,
) -> PurchaseOrderView:
    """Return a purchase order as the API shows it."""
    return PurchaseOrderView(
        purchase_order_id=purchase_order.purchase_order_id,
        order_id=purchase_order.order_id,
        order_reference=purchase_order.order_reference,
        supplier_id=purchase_order.supplier_id,
        currency=purchase_order.currency,
        state=purchase_order.state,
        created_at=purchase_order.created_at,
        acknowledge_by=purchase_order.acknowledge_by,
        lines=[
            PurchaseOrderLineView(
                line_number=line.line_number,
                product_id=line.product_id,
                offer_id=line.offer_id,
                supplier_sku=line.supplier_sku,
                location=line.location,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                shipping_minor=line.shipping_minor,
                answer=line.answer,
                reason=line.reason,
                expected_ship_date=line.expected_ship_date,
                canceled_quantity=line.canceled_quantity,
                shipped_quantity=line.shipped_quantity,
                delivered_quantity=line.delivered_quantity,
                open_quantity=line.open_quantity,
                withdrawn_quantity=line.withdrawn_quantity,
                is_back_ordered=line.back_ordered,
                is_late=bool(line.late_at) and line.open_quantity > 0,
                ship_by=line.ship_by or purchase_order.ship_by or None,
                replaced=line.replaced,
                consent_by=line.consent_by or None,
                promised_on=line.promised_on,
            )
            for line in purchase_order.lines
        ],
        shipments=[shipment_view(shipment=one) for one in purchase_order.shipments],
        ship_to=ship_to,
        destination=destination,
        requested_delivery=_requested(
            not_before=purchase_order.deliver_not_before, not_after=purchase_order.deliver_not_after
        ),
        shipping_option=purchase_order.shipping_option or None,
        notes=notes,
    )


def _requested(*, not_before: str | None, not_after: str | None) -> RequestedDelivery | None:
    if not_before is None and not_after is None:
        return None
    return RequestedDelivery(not_before=not_before, not_after=not_after)


def _lines(
    *, order: Order, purchase_orders: Sequence[PurchaseOrder], progress: dict[int, LineProgress]
) -> list[OrderLineView]:
    filled: dict[int, list[FilledBy]] = {line.line_number: [] for line in order.lines}
    for purchase_order in purchase_orders:
        for line in purchase_order.lines:
            filled[line.line_number].append(
                FilledBy(
                    purchase_order_id=purchase_order.purchase_order_id,
                    supplier_id=purchase_order.supplier_id,
                    offer_id=line.offer_id,
                    location=line.location,
                    quantity=line.quantity,
                    answer=line.answer,
                    reason=line.reason,
                    expected_ship_date=line.expected_ship_date,
                )
            )
    shown = []
    for ordered in order.lines:
        number = ordered.line_number
        found = progress[number]
        latest = filled[number][-1] if filled[number] else None
        shown.append(
            OrderLineView(
                line_number=number,
                product_id=ordered.product_id,
                offer_id=latest.offer_id if latest else ordered.offer_id,
                supplier_id=latest.supplier_id if latest else None,
                purchase_order_id=latest.purchase_order_id if latest else None,
                quantity=ordered.quantity,
                unit_price_minor=ordered.unit_price_minor,
                shipping_minor=ordered.shipping_minor,
                tax_minor=ordered.tax_minor,
                discount_minor=ordered.discount_minor,
                total_minor=line_total_minor(line=ordered, prices_include_tax=order.prices_include_tax),
                state=found.state,
                quantities=LineQuantities(
                    canceled=found.canceled,
                    waiting=found.unallocated,
                    allocated=found.allocated,
                    accepted=found.accepted,
                    shipped=found.shipped,
                    delivered=found.delivered,
                ),
                filled_by=filled[number],
            )
        )
    return shown


def _timeline(*, order: Order, purchase_orders: Sequence[PurchaseOrder]) -> list[TimelineEntry]:
    entries = [TimelineEntry(at=order.placed_at, actor=f"storefront:{order.storefront_id}", action="placed")]
    entries.extend(
        TimelineEntry(at=record.at, actor="system:allocation", action="allocated", note=record.cause)
        for record in order.allocations
    )
    entries.extend(
        TimelineEntry(
            at=one.at,
            actor=one.actor,
            action="canceled",
            note=f"{one.quantity} of line {one.line_number}: {one.reason}",
        )
        for one in order.cancellations
    )
    entries.extend(TimelineEntry(at=one.at, actor=one.actor, action=one.action, note=one.note) for one in order.actions)
    entries.extend(
        TimelineEntry(at=one.at, actor=one.actor, action="note_added", note=one.visibility.value) for one in order.notes
    )
    for purchase_order in purchase_orders:
        identifier = purchase_order.purchase_order_id
        entries.append(
            TimelineEntry(
                at=purchase_order.created_at,
                actor="system:allocation",
                action="purchase_order_created",
                note=purchase_order.supplier_id,
                purchase_order_id=identifier,
            )
        )
        entries.extend(
            TimelineEntry(
                at=entry.at, actor=entry.actor, action=entry.action, note=entry.note, purchase_order_id=identifier
            )
            for entry in purchase_order.history
        )
    # Sorting keeps what happened in one moment in the order of its causes.
    entries.sort(key=lambda entry: entry.at)
    return entries
