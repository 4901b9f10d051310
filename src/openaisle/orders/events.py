"""What happens to orders and purchase orders, as others are told of it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from openaisle.kernel.records import Event


class LineQuantity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many units of one order line; ``offer_id`` where the offer matters."""

    line_number: int
    quantity: int
    offer_id: str | None = None


class OrderPlaced(Event, frozen=True, kw_only=True, gc=False):
    """An order was taken: its stock is reserved and its purchase orders are made."""

    TYPE: ClassVar[str] = "order.placed"

    order_id: str
    reference: str
    currency: str
    total_minor: int
    lines: tuple[LineQuantity, ...]


class OrderAllocated(Event, frozen=True, kw_only=True, gc=False):
    """Lines that a supplier refused were given to other offers."""

    TYPE: ClassVar[str] = "order.allocated"

    order_id: str
    lines: tuple[LineQuantity, ...]
    purchase_order_ids: tuple[str, ...]


class OrderUnallocatable(Event, frozen=True, kw_only=True, gc=False):
    """No supplier is left for these lines; they are canceled."""

    TYPE: ClassVar[str] = "order.unallocatable"

    order_id: str
    lines: tuple[LineQuantity, ...]


class OrderHandedOver(Event, frozen=True, kw_only=True, gc=False):
    """No supplier is left for these lines; a person decides about them."""

    TYPE: ClassVar[str] = "order.handed_over"

    order_id: str
    number: int
    lines: tuple[LineQuantity, ...]


class OrderHandOverEnded(Event, frozen=True, kw_only=True, gc=False):
    """It is decided what becomes of lines that were handed over: offer_chosen, tried_again or canceled."""

    TYPE: ClassVar[str] = "order.hand_over_ended"

    order_id: str
    number: int
    outcome: str


class OrderShopperErased(Event, frozen=True, kw_only=True, gc=False):
    """What the order told of its shopper is erased; who keeps more of it, such as a storefront, may follow."""

    TYPE: ClassVar[str] = "order.shopper_erased"

    order_id: str
    reference: str


class OrderLineCanceled(Event, frozen=True, kw_only=True, gc=False):
    """So many units of a line will not come, for ``reason``; ``canceled_by`` says who decided it."""

    TYPE: ClassVar[str] = "order.line_canceled"

    order_id: str
    line_number: int
    quantity: int
    reason: str
    canceled_by: str


class PurchaseOrderEvent(Event, frozen=True, kw_only=True, gc=False):
    """What all events of a purchase order tell; ``lines`` are the quantities that this event is about."""

    order_id: str
    purchase_order_id: str
    lines: tuple[LineQuantity, ...] = ()


class PurchaseOrderCreated(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """A supplier's share of an order was decided; it waits to be brought to the supplier."""

    TYPE: ClassVar[str] = "purchase_order.created"


class PurchaseOrderSent(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier has the purchase order and will answer later."""

    TYPE: ClassVar[str] = "purchase_order.sent"


class PurchaseOrderAccepted(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier will ship every line."""

    TYPE: ClassVar[str] = "purchase_order.accepted"


class PurchaseOrderPartiallyAccepted(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier will ship some lines; ``refused`` are those that it will not."""

    TYPE: ClassVar[str] = "purchase_order.partially_accepted"

    refused: tuple[LineQuantity, ...] = ()
    reason: str = ""


class PurchaseOrderRejected(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier will ship nothing of it."""

    TYPE: ClassVar[str] = "purchase_order.rejected"

    reason: str = ""


class PurchaseOrderExpired(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier did not answer these lines in time."""

    TYPE: ClassVar[str] = "purchase_order.expired"


class PackageNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A box of a shipment, as it is announced; 0 and empty stand for what the supplier did not tell."""

    package_number: int
    tracking_number: str = ""
    sscc: str = ""
    weight_grams: int = 0
    lines: tuple[LineQuantity, ...] = ()


class PurchaseOrderShipped(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """A shipment left: the advance ship notice; ``complete`` when nothing of the purchase order is left to ship.

    ``tracking_state`` is missing, unverified, invalid or verified; ``tracking_url`` is where the shopper follows it.
    """

    TYPE: ClassVar[str] = "purchase_order.shipped"

    shipment_id: str
    carrier: str
    tracking_number: str
    complete: bool
    tracking_state: str = "unverified"
    tracking_url: str | None = None
    service: str = ""
    deliver_by: str = ""
    packages: tuple[PackageNotice, ...] = ()


class PurchaseOrderDelivered(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """Shipments reached the shopper; ``complete`` when everything of the purchase order did."""

    TYPE: ClassVar[str] = "purchase_order.delivered"

    shipment_ids: tuple[str, ...]
    complete: bool


class PurchaseOrderCanceled(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """These units are no longer wanted from the supplier; ``complete`` when nothing is."""

    TYPE: ClassVar[str] = "purchase_order.canceled"

    complete: bool
    reason: str = ""


class LineDate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """So many units of a line that leave later, by ``expected_ship_date``."""

    line_number: int
    quantity: int
    expected_ship_date: str


class LineSubstitute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many units of a line and what fills them in place of what was ordered.

    ``unit_price_minor`` is what the shopper pays, as before; ``offered_price_minor`` what the substitute costs where it
    is offered by itself, so that a shop may give a difference back.
    """

    line_number: int
    quantity: int
    product_id: str
    offer_id: str
    replaced_product_id: str
    replaced_offer_id: str
    unit_price_minor: int
    offered_price_minor: int


class PurchaseOrderReminded(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The time to answer these lines is nearly over."""

    TYPE: ClassVar[str] = "purchase_order.reminded"

    acknowledge_by: str


class PurchaseOrderBackOrdered(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier accepted these lines and ships them later than agreed."""

    TYPE: ClassVar[str] = "purchase_order.back_ordered"

    dates: tuple[LineDate, ...]


class PurchaseOrderSubstituteProposed(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier offers another product for these lines; the storefront or the operator consents or refuses."""

    TYPE: ClassVar[str] = "purchase_order.substitute_proposed"

    substitutes: tuple[LineSubstitute, ...]
    consent_by: str


class PurchaseOrderSubstituted(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """These lines are filled with something else than was ordered."""

    TYPE: ClassVar[str] = "purchase_order.substituted"

    substitutes: tuple[LineSubstitute, ...]


class PurchaseOrderWithdrawn(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier cannot ship units that it had accepted; they go to another supplier."""

    TYPE: ClassVar[str] = "purchase_order.withdrawn"

    complete: bool
    reason: str = ""


class PurchaseOrderLate(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """These lines should have left by ``ship_by`` and have not."""

    TYPE: ClassVar[str] = "purchase_order.late"

    ship_by: str


class PurchaseOrderDeliveryLate(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """A shipment should have arrived by ``deliver_by``, and nobody told that it did."""

    TYPE: ClassVar[str] = "purchase_order.delivery_late"

    shipment_id: str
    deliver_by: str


class PurchaseOrderShipmentLost(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """A shipment is so late that it counts as lost; if it arrives after all, that is told as usual."""

    TYPE: ClassVar[str] = "purchase_order.shipment_lost"

    shipment_id: str
    carrier: str
    tracking_number: str
