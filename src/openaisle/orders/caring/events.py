"""What customer service did to an order, as others are told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event
from openaisle.orders.events import LineQuantity, PurchaseOrderEvent


class OrderConfirmationRequested(Event, frozen=True, kw_only=True, gc=False):
    """The shopper is to get the confirmation of the order once more; the data are those of its ``order.placed``."""

    TYPE: ClassVar[str] = "order.confirmation_requested"

    order_id: str
    reference: str
    currency: str
    total_minor: int
    lines: tuple[LineQuantity, ...]


class OrderAddressChanged(Event, frozen=True, kw_only=True, gc=False):
    """What was not sent to suppliers yet goes to another address; read the order for it."""

    TYPE: ClassVar[str] = "order.address_changed"

    order_id: str
    purchase_order_ids: tuple[str, ...]


class OrderNoteAdded(Event, frozen=True, kw_only=True, gc=False):
    """Somebody wrote a note about the order; its text is in the order."""

    TYPE: ClassVar[str] = "order.note_added"

    order_id: str
    note_id: str
    visibility: str


class OrderHeld(Event, frozen=True, kw_only=True, gc=False):
    """The order waits: its purchase orders are brought to nobody. Unless released, it is canceled at ``until``."""

    TYPE: ClassVar[str] = "order.held"

    order_id: str
    reason: str
    until: str


class OrderReleased(Event, frozen=True, kw_only=True, gc=False):
    """The order waits no longer."""

    TYPE: ClassVar[str] = "order.released"

    order_id: str


class OrderGoodwillGranted(Event, frozen=True, kw_only=True, gc=False):
    """The shopper was granted an amount as goodwill; who holds the payment gives it back."""

    TYPE: ClassVar[str] = "order.goodwill_granted"

    order_id: str
    amount_minor: int
    currency: str
    reason: str


class PurchaseOrderHeld(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The purchase order waits with its order."""

    TYPE: ClassVar[str] = "purchase_order.held"


class PurchaseOrderReleased(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The purchase order waits to be brought to its supplier again."""

    TYPE: ClassVar[str] = "purchase_order.released"
