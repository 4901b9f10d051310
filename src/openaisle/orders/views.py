"""What the API shows of orders and purchase orders."""

from __future__ import annotations

import msgspec

from openaisle.orders.allocating.model import Assessment
from openaisle.orders.caring.records import NoteVisibility, OrderHold
from openaisle.orders.commands import RequestedDelivery, ShipTo, ShopperContact
from openaisle.orders.disclosure import ShippingDestination
from openaisle.orders.model import OrderLineState
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrderState, ReplacedOffer
from openaisle.orders.shipping.views import ShipmentView
from openaisle.orders.totals import OrderTotals


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line, or a part of one that was split over several offers: who fills it."""

    line_number: int
    product_id: str
    offer_id: str
    supplier_id: str
    purchase_order_id: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int
    state: OrderLineState = OrderLineState.ALLOCATED


class PlacedPurchaseOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supplier's share of the order."""

    purchase_order_id: str
    supplier_id: str
    state: PurchaseOrderState


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a placed order; amounts in minor units of ``currency``."""

    order_id: str
    reference: str
    state: OrderLineState = OrderLineState.ALLOCATED
    currency: str
    placed_at: str
    total_minor: int
    lines: list[PlacedLine]
    purchase_orders: list[PlacedPurchaseOrder]


class LineQuantities(msgspec.Struct, frozen=True, kw_only=True):
    """How far the units of a line have come; delivered ones count as shipped, shipped ones as accepted."""

    canceled: int
    waiting: int
    allocated: int
    accepted: int
    shipped: int
    delivered: int


class FilledBy(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier that was asked to fill (a part of) a line, and what it answered."""

    purchase_order_id: str
    supplier_id: str
    offer_id: str
    location: str
    quantity: int
    answer: LineAnswer
    reason: str
    expected_ship_date: str | None


class OrderLineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its derived state; ``offer_id``, ``supplier_id`` and ``purchase_order_id`` of the latest share.

    ``total_minor`` is what the shopper paid for it in all. ``returned`` are the units that came back
    to the supplier; lists, which do not look for returns, leave it null.
    """

    line_number: int
    product_id: str
    offer_id: str | None
    supplier_id: str | None
    purchase_order_id: str | None
    quantity: int
    unit_price_minor: int
    shipping_minor: int
    tax_minor: int
    discount_minor: int
    total_minor: int
    state: OrderLineState
    quantities: LineQuantities
    filled_by: list[FilledBy]
    returned: int | None = None


class PurchaseOrderLineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a purchase order; ``answer`` is the supplier's.

    ``open_quantity`` is what is still to ship, ``ship_by`` by when. ``replaced`` is what was ordered where a
    substitute fills the line; ``consent_by`` by when one that is only proposed must be consented to.
    ``promised_on`` is the day on which the goods were promised to the shopper when the line was allocated.
    """

    line_number: int
    product_id: str
    offer_id: str
    supplier_sku: str
    location: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int
    answer: LineAnswer
    reason: str
    expected_ship_date: str | None
    canceled_quantity: int
    shipped_quantity: int
    delivered_quantity: int
    open_quantity: int
    withdrawn_quantity: int
    is_back_ordered: bool
    is_late: bool
    ship_by: str | None
    replaced: ReplacedOffer | None
    consent_by: str | None
    promised_on: str | None = None


class PurchaseOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order; ``ship_to`` and ``notes`` only where one is read alone and may be seen.

    ``destination`` is where the goods go, without whom they go to: what a supplier is told before it has accepted.
    """

    purchase_order_id: str
    order_id: str
    order_reference: str
    supplier_id: str
    currency: str
    state: PurchaseOrderState
    created_at: str
    acknowledge_by: str
    lines: list[PurchaseOrderLineView]
    shipments: list[ShipmentView]
    ship_to: ShipTo | None = None
    destination: ShippingDestination | None = None
    requested_delivery: RequestedDelivery | None = None
    shipping_option: str | None = None
    notes: list[OrderNoteView] | None = None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the order, who did it, and to which purchase order."""

    at: str
    actor: str
    action: str
    note: str = ""
    purchase_order_id: str | None = None


class LineReasons(msgspec.Struct, frozen=True, kw_only=True):
    """Why the engine filled a line as it did, candidate by candidate."""

    line_number: int
    fixed: bool
    unfilled: int
    candidates: list[Assessment]


class AllocationView(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the allocation engine with its reasons; ``cause`` is ``placed`` or what made it run again."""

    at: str
    cause: str
    lines: list[LineReasons]


class OrderNoteView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote about the order; ``text`` is null once it cannot be read any more."""

    note_id: str
    at: str
    actor: str
    visibility: NoteVisibility
    text: str | None


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list."""

    order_id: str
    storefront_id: str
    reference: str
    state: OrderLineState
    currency: str
    placed_at: str
    total_minor: int
    on_hold: bool
    lines: list[OrderLineView]
    purchase_orders: list[PlacedPurchaseOrder]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order whole: lines, purchase orders with shipments, the timeline, and why it was allocated so.

    ``hold`` is null unless the order waits; ``goodwill_minor`` is what the shopper was granted in all.
    """

    order_id: str
    storefront_id: str
    reference: str
    state: OrderLineState
    currency: str
    placed_at: str
    total_minor: int
    totals: OrderTotals
    ship_to: ShipTo
    contact: ShopperContact | None
    requested_delivery: RequestedDelivery | None
    shipping_option: str | None
    payment_reference: str | None
    hold: OrderHold | None
    goodwill_minor: int
    notes: list[OrderNoteView]
    lines: list[OrderLineView]
    purchase_orders: list[PurchaseOrderView]
    timeline: list[TimelineEntry]
    allocations: list[AllocationView]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of orders; ``next_after`` is what the next page is asked with, null on the last."""

    orders: list[OrderSummary]
    next_after: str | None


class PurchaseOrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of purchase orders; ``next_after`` is what the next page is asked with, null on the last."""

    purchase_orders: list[PurchaseOrderView]
    next_after: str | None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why one item of a batch was refused: the error's code, title and status, and what happened."""

    code: str
    title: str
    status: int
    detail: str


class ItemResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one item of a batch: ``status`` is the HTTP status that it would have had alone."""

    purchase_order_id: str
    status: int
    state: PurchaseOrderState | None = None
    problem: Problem | None = None


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One result per item, in the order of the items."""

    results: list[ItemResult]
