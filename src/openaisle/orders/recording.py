"""From what a storefront sent to the record of an order, and to what it is answered: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.times import sortable_time
from openaisle.orders.allocating.model import AllocationDecision, Share
from openaisle.orders.allocating.request import AllocationRequest, Destination, WantedLine
from openaisle.orders.commands import NewOrder, RequestedDelivery, ShipTo
from openaisle.orders.model import AllocationRecord, Order, OrderLine
from openaisle.orders.places import contact_place, ship_to_place
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState
from openaisle.orders.reasons import kept_reasons
from openaisle.orders.totals import net_unit_price_minor
from openaisle.orders.views import PlacedLine, PlacedOrder, PlacedPurchaseOrder

_ENCODER = msgspec.json.Encoder()
_ANY_DAY = RequestedDelivery()


def allocation_request(*, order: NewOrder, numbers: Sequence[int], at: datetime) -> AllocationRequest:
    """Return what the allocation engine is asked for an order that is to be placed."""
    requested = order.requested_delivery or _ANY_DAY
    return AllocationRequest(
        at=at,
        currency=order.currency,
        lines=tuple(
            WantedLine(
                line_number=number,
                quantity=line.quantity,
                offer_id=line.offer_id,
                net_price_minor=net_unit_price_minor(line=line, prices_include_tax=order.prices_include_tax),
            )
            for number, line in zip(numbers, order.lines, strict=True)
        ),
        destination=destination_of(ship_to=order.ship_to),
        not_before=requested.not_before,
        not_after=requested.not_after,
        shipping_option=order.shipping_option or "",
        shopper_age=order.shopper_age,
    )


def request_for_rest(
    *, order: Order, quantities: Sequence[tuple[int, int]], destination: Destination | None, at: datetime
) -> AllocationRequest:
    """Return what the engine is asked for the rest of an order: ``quantities`` by line number wait for a supplier."""
    by_number = {line.line_number: line for line in order.lines}
    return AllocationRequest(
        at=at,
        currency=order.currency,
        lines=tuple(
            WantedLine(
                line_number=number,
                quantity=quantity,
                net_price_minor=net_unit_price_minor(
                    line=by_number[number], prices_include_tax=order.prices_include_tax
                ),
            )
            for number, quantity in quantities
        ),
        destination=destination,
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        shipping_option=order.shipping_option,
        shopper_age=order.shopper_age,
    )


def destination_of(*, ship_to: ShipTo) -> Destination:
    """Return as much of an address as allocation needs."""
    return Destination(country=ship_to.country, postal_code=ship_to.postal_code, region=ship_to.region)


def order_record(
    *,
    order: NewOrder,
    order_id: str,
    storefront_id: str,
    numbers: Sequence[int],
    total_minor: int,
    decision: AllocationDecision,
    fingerprint: str,
    cipher: FieldCipher,
    at: datetime,
    correlation_id: str,
) -> Order:
    """Return the record of an order as it is placed; address and contact are encrypted."""
    moment = sortable_time(at)
    requested = order.requested_delivery or _ANY_DAY
    contact = ""
    if order.contact is not None:
        contact = cipher.encrypt(plaintext=_ENCODER.encode(order.contact), place=contact_place(order_id))
    return Order(
        order_id=order_id,
        storefront_id=storefront_id,
        reference=order.reference,
        currency=order.currency,
        total_minor=total_minor,
        placed_at=moment,
        ship_to=cipher.encrypt(plaintext=_ENCODER.encode(order.ship_to), place=ship_to_place(order_id)),
        lines=_order_lines(order=order, numbers=numbers, shares=decision.shares),
        allocations=(AllocationRecord(at=moment, cause="placed", lines=kept_reasons(lines=decision.lines)),),
        correlation_id=correlation_id,
        fingerprint=fingerprint,
        contact=contact,
        deliver_not_before=requested.not_before,
        deliver_not_after=requested.not_after,
        shipping_option=order.shipping_option or "",
        payment_reference=order.payment_reference or "",
        shopper_age=order.shopper_age,
        prices_include_tax=order.prices_include_tax,
    )


def placed_answer(*, record: Order, purchase_orders: Sequence[PurchaseOrder]) -> bytes:
    """Return the answer to a placed order.

    Of ``purchase_orders`` those count that were made with the order, as they were then: so the answer can be given
    again at any time.
    """
    first = [one for one in purchase_orders if one.created_at == record.placed_at]
    lines = [
        PlacedLine(
            line_number=line.line_number,
            product_id=line.product_id,
            offer_id=line.offer_id,
            supplier_id=purchase_order.supplier_id,
            purchase_order_id=purchase_order.purchase_order_id,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            shipping_minor=line.shipping_minor,
        )
        for purchase_order in first
        for line in purchase_order.lines
    ]
    lines.sort(key=lambda line: line.line_number)
    placed = PlacedOrder(
        order_id=record.order_id,
        reference=record.reference,
        currency=record.currency,
        placed_at=record.placed_at,
        total_minor=record.total_minor,
        lines=lines,
        purchase_orders=[
            PlacedPurchaseOrder(
                purchase_order_id=one.purchase_order_id,
                supplier_id=one.supplier_id,
                state=PurchaseOrderState.CREATED,
            )
            for one in first
        ],
    )
    return _ENCODER.encode(placed)


def _order_lines(*, order: NewOrder, numbers: Sequence[int], shares: Sequence[Share]) -> tuple[OrderLine, ...]:
    products = {share.line_number: share.candidate.offer.product_id for share in shares}
    return tuple(
        OrderLine(
            line_number=number,
            product_id=products[number],
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            shipping_minor=line.shipping_minor,
            offer_id=line.offer_id,
            tax_minor=line.tax_minor,
            discount_minor=line.discount_minor,
        )
        for number, line in zip(numbers, order.lines, strict=True)
    )
