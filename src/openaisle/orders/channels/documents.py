"""What is told to suppliers and what they answer, whatever the road: documents out, answers in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from openaisle.kernel.errors import OpenAisleError
from openaisle.orders.commands import RequestedDelivery, ShipTo
from openaisle.orders.disclosure import AddressBeforeAcceptance, ShippingDestination, disclosed_before
from openaisle.orders.purchase_order import PurchaseOrder

ItemT = TypeVar("ItemT")

# Objects nested without end are no DecodeError to msgspec, but as unreadable.
UNREADABLE = (msgspec.DecodeError, RecursionError)


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line as the supplier sees it; amounts in minor units of the document's currency."""

    line_number: int
    supplier_sku: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int


class PurchaseOrderDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order as it goes to the supplier; ``purchase_order_id`` is the idempotency key.

    ``ship_to`` is None where the supplier learns the address only once it has accepted; what it needs to decide
    stands in ``destination``. ``address_number`` counts the addresses that the order has had before: of two documents
    of one purchase order, the one with the higher number says where the goods go.
    """

    purchase_order_id: str
    order_reference: str
    created_at: str
    acknowledge_by: str
    currency: str
    ship_to: ShipTo | None
    destination: ShippingDestination
    lines: list[DocumentLine]
    address_number: int = 0
    requested_delivery: RequestedDelivery | None = None
    shipping_option: str | None = None


class CanceledLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What of a line is no longer wanted in all, and what still is to be shipped."""

    line_number: int
    supplier_sku: str
    canceled_quantity: int
    remaining_quantity: int


class CancellationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What is canceled of a purchase order by now, in all; so a later one replaces an earlier one.

    ``cancellation_id`` is the idempotency key. ``complete`` says that nothing of the purchase order is wanted.
    """

    cancellation_id: str
    purchase_order_id: str
    order_reference: str
    reason: str
    complete: bool
    lines: list[CanceledLine]


class Decision(StrEnum):
    """What a supplier answers to a purchase order at once."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PARTIAL = "partial"
    LATER = "later"
    # Of a line only: accepted, to leave by the day that is told.
    BACK_ORDERED = "back_ordered"


class LineDecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier answers for a line; a price it names is compared with ours, in minor units."""

    line_number: int
    decision: Decision
    reason: str | None = None
    unit_price_minor: int | None = None
    quantity: int | None = None
    expected_ship_date: str | None = None


class PurchaseOrderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier answers to a purchase order; fields that it adds are passed over."""

    purchase_order_id: str
    decision: Decision
    lines: list[LineDecisionAnswer] | None = None
    reason: str | None = None


class CancellationDecision(StrEnum):
    """What became of a cancellation at the supplier."""

    CANCELED = "canceled"
    TOO_LATE = "too_late"
    UNKNOWN = "unknown"
    # The road carries no answer: the supplier has been told, by mail or by a file.
    TOLD = "told"


class CancellationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier answers to a cancellation."""

    purchase_order_id: str
    decision: CancellationDecision
    reason: str | None = None


class StockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier has on hand of one SKU at one location."""

    supplier_sku: str
    on_hand: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
    location: str = "default"


class SupplierAnsweredBadly(OpenAisleError):
    """A supplier's system answered with an error, or with what is not an answer at all."""

    code = "supplier-answered-badly"
    title = "The supplier's system gave no usable answer"
    status = 502
    mend = "It is tried again by itself; show the supplier the reason if it stays."


class BatchUnprocessable(SupplierAnsweredBadly):
    """A supplier's system does not want what it was sent; a part of the batch may be the cause."""

    code = "batch-unprocessable"
    title = "The supplier's system refused the batch"


def each_readable(raw: Sequence[msgspec.Raw], decode: Callable[[msgspec.Raw], ItemT]) -> list[ItemT]:
    """Return what can be read; what cannot is passed over, so that it loses nothing but itself."""
    read = []
    for one in raw:
        try:
            read.append(decode(one))
        except UNREADABLE:
            continue
    return read


def document_of(
    *,
    purchase_order: PurchaseOrder,
    ship_to: ShipTo,
    share_contact: bool = True,
    rule: AddressBeforeAcceptance = AddressBeforeAcceptance.FULL,
) -> PurchaseOrderDocument:
    """Return the purchase order as the supplier gets it: the units that are still wanted of it.

    The ``rule`` says whether the address goes with it, or only where the goods go. Without ``share_contact`` the
    shopper's e-mail address and telephone number stay here.
    """
    told = disclosed_before(ship_to=ship_to, rule=rule, share_contact=share_contact)
    return PurchaseOrderDocument(
        purchase_order_id=purchase_order.purchase_order_id,
        order_reference=purchase_order.order_reference,
        created_at=purchase_order.created_at,
        acknowledge_by=purchase_order.acknowledge_by,
        currency=purchase_order.currency,
        ship_to=told.ship_to,
        destination=told.destination,
        lines=[
            DocumentLine(
                line_number=line.line_number,
                supplier_sku=line.supplier_sku,
                quantity=line.open_quantity,
                unit_price_minor=line.unit_price_minor,
                shipping_minor=line.shipping_minor,
            )
            for line in purchase_order.lines
            if line.open_quantity
        ],
        address_number=purchase_order.address_number,
        requested_delivery=_requested(purchase_order),
        shipping_option=purchase_order.shipping_option or None,
    )


def _requested(purchase_order: PurchaseOrder) -> RequestedDelivery | None:
    not_before, not_after = purchase_order.deliver_not_before, purchase_order.deliver_not_after
    if not_before is None and not_after is None:
        return None
    return RequestedDelivery(not_before=not_before, not_after=not_after)
