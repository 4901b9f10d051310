"""From shares to purchase orders: who gets what of an order, and of its shipping charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from openaisle.kernel.table import Put
from openaisle.kernel.times import sortable_time
from openaisle.orders.allocating.model import Share
from openaisle.orders.events import PurchaseOrderCreated
from openaisle.orders.model import Order, purchase_order_identifier
from openaisle.orders.purchase_order import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    names_of,
    quantities_of,
)
from openaisle.orders.repository import PURCHASE_ORDERS
from openaisle.orders.shipping.deadlines import STANDARD, moment_to_remind, moment_to_ship
from openaisle.orders.shipping.policy import ShippingPolicy


def purchase_orders_of(
    *,
    order: Order,
    shares: Sequence[Share],
    shipping: Mapping[int, int],
    first_number: int,
    at: datetime,
    seconds: Mapping[str, int],
    policy: ShippingPolicy = STANDARD,
) -> list[PurchaseOrder]:
    """Return one purchase order per supplier, numbered from ``first_number``.

    A supplier that fills one line from two places gets a second purchase order, so that a line number is
    unique in each. ``shipping`` is each line's shipping charge in minor units, ``seconds`` how long each
    supplier may take to answer; ``policy`` tells when it is reminded and by when the lines must have left.
    """
    prices = {line.line_number: line.unit_price_minor for line in order.lines}
    charges = shipping_of_shares(shares=shares, shipping=shipping)
    parcels: dict[tuple[str, int], dict[int, PurchaseOrderLine]] = {}
    lead_days: dict[tuple[str, int], int] = {}
    for share, charge_minor in zip(shares, charges, strict=True):
        offer = share.candidate.offer
        number = share.line_number
        copy = 0
        while number in parcels.get((offer.supplier_id, copy), ()):
            copy += 1
        parcel = (offer.supplier_id, copy)
        lead_days[parcel] = max(lead_days.get(parcel, 0), offer.lead_time_days)
        parcels.setdefault(parcel, {})[number] = PurchaseOrderLine(
            line_number=number,
            product_id=offer.product_id,
            offer_id=offer.offer_id,
            supplier_sku=offer.supplier_sku,
            location=share.location,
            quantity=share.quantity,
            unit_price_minor=prices[number],
            shipping_minor=charge_minor,
            promised_on=share.delivered_on,
        )
    created_at = sortable_time(at)
    return [
        PurchaseOrder(
            purchase_order_id=purchase_order_identifier(order_id=order.order_id, number=first_number + position),
            order_id=order.order_id,
            storefront_id=order.storefront_id,
            order_reference=order.reference,
            supplier_id=supplier_id,
            currency=order.currency,
            state=PurchaseOrderState.CREATED,
            created_at=created_at,
            acknowledge_by=sortable_time(at + timedelta(seconds=seconds[supplier_id])),
            lines=tuple(lines.values()),
            shipping_option=order.shipping_option,
            deliver_not_before=order.deliver_not_before,
            deliver_not_after=order.deliver_not_after,
            remind_at=moment_to_remind(at=at, seconds=seconds[supplier_id], policy=policy),
            ship_by=moment_to_ship(
                at=at, seconds=seconds[supplier_id], lead_time_days=lead_days[supplier_id, copy], policy=policy
            ),
        )
        for position, ((supplier_id, copy), lines) in enumerate(parcels.items())
    ]


def shipping_of_shares(*, shares: Sequence[Share], shipping: Mapping[int, int]) -> list[int]:
    """Return each share's part of its line's shipping charge, by quantity; the first share takes what is left over."""
    if len({share.line_number for share in shares}) == len(shares):
        return [shipping[share.line_number] for share in shares]
    totals: dict[int, int] = {}
    for share in shares:
        totals[share.line_number] = totals.get(share.line_number, 0) + share.quantity
    charges = [shipping[share.line_number] * share.quantity // totals[share.line_number] for share in shares]
    for number, charge_minor in shipping.items():
        own = [position for position, share in enumerate(shares) if share.line_number == number]
        if own:
            charges[own[0]] += charge_minor - sum(charges[position] for position in own)
    return charges


def created(*, purchase_order: PurchaseOrder) -> Put:
    """Return the write that stores a new purchase order and tells of it."""
    event = PurchaseOrderCreated(**names_of(purchase_order), lines=quantities_of(purchase_order.lines))
    return PURCHASE_ORDERS.create(purchase_order, events=(event,))
