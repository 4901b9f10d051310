"""A purchase order: its data, its states, and what every decision about one needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding, NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.records import Event
from openaisle.orders.events import LineQuantity
from openaisle.orders.shipping.model import Shipment


class PurchaseOrderState(StrEnum):
    """Where a purchase order stands; one that is HELD is brought to nobody until its order is released."""

    HELD = "held"
    CREATED = "created"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELED = "canceled"


_S = PurchaseOrderState
_ANSWERED = frozenset({_S.ACCEPTED, _S.PARTIALLY_ACCEPTED, _S.REJECTED, _S.EXPIRED, _S.CANCELED})
_UNDER_WAY = frozenset({_S.PARTIALLY_SHIPPED, _S.SHIPPED, _S.DELIVERED})

TRANSITIONS: Mapping[PurchaseOrderState, frozenset[PurchaseOrderState]] = {
    _S.HELD: frozenset({_S.CREATED, _S.CANCELED}),
    _S.CREATED: _ANSWERED | {_S.SENT, _S.HELD},
    # A supplier that acknowledges line by line may ship the first lines before it has answered the last.
    _S.SENT: _ANSWERED | _UNDER_WAY,
    _S.ACCEPTED: _UNDER_WAY | {_S.CANCELED},
    _S.PARTIALLY_ACCEPTED: _UNDER_WAY | {_S.REJECTED, _S.EXPIRED, _S.CANCELED},
    _S.PARTIALLY_SHIPPED: frozenset({_S.SHIPPED, _S.DELIVERED}),
    _S.SHIPPED: frozenset({_S.DELIVERED}),
    _S.REJECTED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.DELIVERED: frozenset(),
    _S.CANCELED: frozenset(),
}

UNANSWERED = frozenset({_S.CREATED, _S.SENT})
OPEN = frozenset({_S.SENT, _S.ACCEPTED, _S.PARTIALLY_ACCEPTED, _S.PARTIALLY_SHIPPED, _S.SHIPPED})


class LineAnswer(StrEnum):
    """What the supplier answered for a line; EXPIRED when it did not in time.

    PROPOSED: it offers another product in its place and awaits consent, so the line is not answered yet.
    """

    PENDING = "pending"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


_REFUSED = (LineAnswer.REJECTED, LineAnswer.EXPIRED)
_OPEN_ANSWERS = (LineAnswer.PENDING, LineAnswer.PROPOSED)


class ReplacedOffer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a line was to be filled with before the supplier put a substitute in its place.

    ``offered_price_minor`` is the price of the substitute when it was offered; the shopper pays the price of the
    line all the same.
    """

    product_id: str
    offer_id: str
    supplier_sku: str
    location: str
    offered_price_minor: int


class PurchaseOrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many units of one offer from one location for one line of the order.

    ``ship_by`` is the moment the supplier promised for this line, if it named one, and ``late_at`` when it was found
    to have passed. ``withdrawn_quantity`` is that part of ``canceled_quantity`` which the supplier took back after it
    had accepted. ``replaced`` is what was ordered where a substitute fills the line; one that needs consent waits for
    it until ``consent_by``. ``promised_on`` is the day on which allocation promised the goods to the shopper.
    """

    line_number: int
    product_id: str
    offer_id: str
    supplier_sku: str
    location: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int = 0
    answer: LineAnswer = LineAnswer.PENDING
    reason: str = ""
    expected_ship_date: str | None = None
    canceled_quantity: int = 0
    shipped_quantity: int = 0
    delivered_quantity: int = 0
    back_ordered: bool = False
    ship_by: str = ""
    late_at: str = ""
    withdrawn_quantity: int = 0
    replaced: ReplacedOffer | None = None
    consent_by: str = ""
    promised_on: str | None = None

    @property
    def is_live(self) -> bool:
        """Return whether the supplier has this line to fill, or had and did."""
        return self.answer not in _REFUSED

    @property
    def wanted_quantity(self) -> int:
        """Return what the supplier is to ship in all: nothing of a line that it refused."""
        return 0 if self.answer in _REFUSED else self.quantity - self.canceled_quantity

    @property
    def open_quantity(self) -> int:
        """Return what is still to ship; just so much is reserved for the line."""
        return 0 if self.answer in _REFUSED else self.quantity - self.canceled_quantity - self.shipped_quantity


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who did what, when; ``lines`` are the quantities concerned, ``key`` recognizes a repeated request."""

    at: str
    actor: str
    action: str
    note: str = ""
    lines: tuple[LineQuantity, ...] = ()
    key: str = ""


class PurchaseOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One supplier's share of an order. Times are UTC texts that sort.

    ``remind_at`` is when the supplier is reminded to answer and ``reminded_at`` when it was. ``ship_by`` is when its
    lines must have left, unless the supplier promised a moment of its own for a line. Empty: there is no such moment.
    ``address_number`` counts the addresses that the order has had since. How the shopper wants the goods sent, and
    within which days, is as the order says it.
    """

    purchase_order_id: str
    order_id: str
    storefront_id: str
    order_reference: str
    supplier_id: str
    currency: str
    state: PurchaseOrderState
    created_at: str
    acknowledge_by: str
    lines: tuple[PurchaseOrderLine, ...]
    shipments: tuple[Shipment, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    remind_at: str = ""
    reminded_at: str = ""
    ship_by: str = ""
    address_number: int = 0
    shipping_option: str = ""
    deliver_not_before: str | None = None
    deliver_not_after: str | None = None


class MovementKind(StrEnum):
    """What happens to reserved stock."""

    RESERVE = "reserve"
    RELEASE = "release"
    SHIP = "ship"


class Movement(NamedTuple):
    """A movement of stock that must be committed together with the record that decided it."""

    kind: MovementKind
    offer_id: str
    location: str
    quantity: int


class SerialClaim(NamedTuple):
    """A serial number of one supplier's product, which may be shipped once, and the shipment that it leaves with."""

    supplier_id: str
    product_id: str
    serial_number: str
    purchase_order_id: str
    shipment_id: str


class Step(NamedTuple):
    """A decision: the purchase order after it, what others are told, what moves in stock, which serial numbers leave.

    A command that was already done gives the very record it was given, and nothing else.
    """

    purchase_order: PurchaseOrder
    events: tuple[Event, ...] = ()
    movements: tuple[Movement, ...] = ()
    claims: tuple[SerialClaim, ...] = ()


class PurchaseOrderUnknown(NotFound):
    """There is no purchase order of that identifier, or it is another supplier's."""

    code = "purchase-order-unknown"
    title = "No such purchase order"


class PurchaseOrderLineUnknown(RequestInvalid):
    """The purchase order has no line of that number."""

    code = "purchase-order-line-unknown"
    title = "The purchase order has no such line"
    mend = "Name lines by the line_number that the purchase order shows, each once."


class AcknowledgmentRefused(TransitionRefused):
    """The lines were answered otherwise before, expired, or are canceled."""

    code = "acknowledgment-refused"
    title = "The purchase order can no longer be answered so"


class ConsentRefused(TransitionRefused):
    """The line has no substitute that waits for consent, or it was decided otherwise."""

    code = "consent-refused"
    title = "There is no substitute to decide upon"


class WithdrawalRefused(TransitionRefused):
    """So much of the line is not accepted and left: it was shipped, canceled or never accepted."""

    code = "withdrawal-refused"
    title = "That cannot be taken back"
    mend = "Take back at most what is accepted and not shipped; reject a line that is not answered yet."


class ShipmentRefused(TransitionRefused):
    """The lines are not accepted, are canceled, or so much is not left to ship."""

    code = "shipment-refused"
    title = "The purchase order cannot be shipped so"
    mend = "Accept the lines first, and ship at most what is open of each; read the purchase order again."


class ShippedTooMuch(ShipmentRefused):
    """More is reported as shipped than was ordered and is left of the line."""

    code = "shipped-too-much"
    title = "More was shipped than was ordered"


class ShippedBeforeAccepting(ShipmentRefused):
    """A line is reported as shipped that the supplier has not accepted."""

    code = "shipped-before-accepting"
    title = "The line was not accepted before it was shipped"


class ShippedAfterCancellation(ShipmentRefused):
    """A line is reported as shipped of which everything was canceled before."""

    code = "shipped-after-cancellation"
    title = "That was canceled before it was shipped"
    mend = "Stop the parcel if you still can, and take it back: nobody waits for it."


class TrackingNumberInvalid(ShipmentRefused):
    """The tracking number cannot be one of its carrier, and the operator wants right ones."""

    code = "tracking-number-invalid"
    title = "No tracking number of that carrier looks so"
    mend = "Correct the tracking number or the carrier; the last digit is checked, too."


class ShipmentDiffers(TransitionRefused):
    """A shipment of that carrier and tracking number is known with other lines."""

    code = "shipment-differs"
    title = "That tracking number was reported with other lines"
    mend = "Report another parcel with its own tracking number."


class ShipmentUnknown(NotFound):
    """The purchase order has no such shipment."""

    code = "shipment-unknown"
    title = "No such shipment"


class DeliveryRefused(TransitionRefused):
    """Nothing has been shipped that could be delivered."""

    code = "delivery-refused"
    title = "Nothing was shipped yet"
    mend = "Report the shipment first."


def names_of(purchase_order: PurchaseOrder) -> dict[str, str]:
    """Return the identifiers that every event of a purchase order carries."""
    return {
        "order_id": purchase_order.order_id,
        "purchase_order_id": purchase_order.purchase_order_id,
        "storefront_id": purchase_order.storefront_id,
        "supplier_id": purchase_order.supplier_id,
    }


def state_of(*, lines: Iterable[PurchaseOrderLine], unanswered: PurchaseOrderState) -> PurchaseOrderState:
    """Return the state that the lines make; ``unanswered`` while a wanted line awaits its answer."""
    wanted = shipped = delivered = 0
    rejected = expired = False
    for line in lines:
        if line.answer in _OPEN_ANSWERS and line.open_quantity:
            return unanswered
        wanted += line.wanted_quantity
        shipped += line.shipped_quantity
        delivered += line.delivered_quantity
        rejected = rejected or line.answer is LineAnswer.REJECTED
        expired = expired or line.answer is LineAnswer.EXPIRED
    if not wanted:
        return _S.REJECTED if rejected else _S.EXPIRED if expired else _S.CANCELED
    if shipped:
        return _S.PARTIALLY_SHIPPED if shipped < wanted else _S.SHIPPED if delivered < wanted else _S.DELIVERED
    return _S.PARTIALLY_ACCEPTED if rejected or expired else _S.ACCEPTED


def changed_to(
    *,
    purchase_order: PurchaseOrder,
    lines: tuple[PurchaseOrderLine, ...],
    entry: HistoryEntry,
    refused: type[TransitionRefused],
    shipments: tuple[Shipment, ...] | None = None,
    unanswered: PurchaseOrderState | None = None,
) -> PurchaseOrder:
    """Return the purchase order with new lines and the state they make; raises ``refused`` if the table forbids it."""
    state = state_of(lines=lines, unanswered=unanswered or purchase_order.state)
    if state is not purchase_order.state and state not in TRANSITIONS[purchase_order.state]:
        raise refused(detail=f"{purchase_order.purchase_order_id} is {purchase_order.state}, it cannot become {state}.")
    return msgspec.structs.replace(
        purchase_order,
        state=state,
        lines=lines,
        shipments=purchase_order.shipments if shipments is None else shipments,
        history=(*purchase_order.history, entry),
    )


def lines_by_number(*, purchase_order: PurchaseOrder, numbers: Sequence[int]) -> dict[int, PurchaseOrderLine]:
    """Return all lines by their number; raises PurchaseOrderLineUnknown for a number unknown or named twice."""
    by_number = {line.line_number: line for line in purchase_order.lines}
    findings = []
    for position, number in enumerate(numbers):
        pointer = f"/lines/{position}/line_number"
        if number not in by_number:
            findings.append(Finding(pointer=pointer, detail=f"There is no line {number}.", code="unknown"))
        elif number in numbers[:position]:
            findings.append(Finding(pointer=pointer, detail=f"Line {number} is named twice.", code="repeated"))
    if findings:
        raise PurchaseOrderLineUnknown(detail=" ".join(one.detail for one in findings), findings=findings)
    return by_number


def quantities_of(lines: Iterable[PurchaseOrderLine]) -> tuple[LineQuantity, ...]:
    """Return what the lines want of the supplier, as events tell it."""
    return tuple(
        LineQuantity(line_number=line.line_number, quantity=line.wanted_quantity, offer_id=line.offer_id)
        for line in lines
        if line.wanted_quantity
    )


def unknown_purchase_order(*, purchase_order_id: str) -> PurchaseOrderUnknown:
    """Return the error for a purchase order that is not there or not the caller's; both look the same."""
    return PurchaseOrderUnknown(detail=f"There is no purchase order {purchase_order_id[:64]}.")
