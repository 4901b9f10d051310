"""What happens to returns and refunds, as others are told of it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from openaisle.kernel.records import Event
from openaisle.orders.events import LineQuantity


class ReturnEvent(Event, frozen=True, kw_only=True, gc=False):
    """What all events of a return tell; ``lines`` are the units that this event is about."""

    return_id: str
    order_id: str
    purchase_order_id: str
    reference: str
    lines: tuple[LineQuantity, ...] = ()


class ReturnRequested(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """A shopper wants to send goods back."""

    TYPE: ClassVar[str] = "return.requested"


class ReturnAuthorized(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The goods may come back until ``send_by``; ``kept`` when they need not come back at all."""

    TYPE: ClassVar[str] = "return.authorized"

    send_by: str | None = None
    kept: bool = False


class ReturnRefusedEvent(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The goods may not come back, or nothing is refunded for them; ``reason`` says why."""

    TYPE: ClassVar[str] = "return.refused"

    reason: str


class ReturnSentBack(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The shopper has handed the parcel in."""

    TYPE: ClassVar[str] = "return.sent_back"

    carrier: str
    tracking_number: str


class ReturnReceived(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The supplier has the goods; ``complete`` when it expects no more, ``in_doubt`` when a person has to decide."""

    TYPE: ClassVar[str] = "return.received"

    complete: bool
    in_doubt: bool


class ReturnOverdue(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """A parcel was handed in long ago, and the supplier has not said that it came."""

    TYPE: ClassVar[str] = "return.overdue"


class ReturnRefunded(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The shopper has the money; the return is done."""

    TYPE: ClassVar[str] = "return.refunded"

    refund_id: str | None


class ReturnReplaced(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The same goods were ordered again for the shopper, as an order of its own."""

    TYPE: ClassVar[str] = "return.replaced"

    replacement_order_id: str


class ReturnExpired(ReturnEvent, frozen=True, kw_only=True, gc=False):
    """The goods did not come back in time."""

    TYPE: ClassVar[str] = "return.expired"


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What goes back for a line, in minor units; ``quantity`` units are settled by it for good."""

    line_number: int
    quantity: int
    goods_minor: int
    shipping_minor: int


class RefundEvent(Event, frozen=True, kw_only=True, gc=False):
    """What all events of a refund tell; amounts in minor units of ``currency``."""

    refund_id: str
    order_id: str
    order_reference: str
    amount_minor: int
    currency: str
    lines: tuple[RefundedLine, ...]


class RefundRequested(RefundEvent, frozen=True, kw_only=True, gc=False):
    """The storefront is asked to pay the shopper and to confirm it."""

    TYPE: ClassVar[str] = "refund.requested"

    purchase_order_id: str | None
    cause: str
    cause_id: str
    reason: str


class RefundPaid(RefundEvent, frozen=True, kw_only=True, gc=False):
    """The storefront has paid the shopper."""

    TYPE: ClassVar[str] = "refund.paid"

    payment_reference: str
    cause_id: str


class RefundFailed(RefundEvent, frozen=True, kw_only=True, gc=False):
    """The storefront cannot pay the shopper."""

    TYPE: ClassVar[str] = "refund.failed"

    reason: str
    cause_id: str


class RefundOverdue(RefundEvent, frozen=True, kw_only=True, gc=False):
    """The storefront has not said in time that it paid."""

    TYPE: ClassVar[str] = "refund.overdue"

    requested_at: str
