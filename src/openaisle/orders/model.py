"""An order: its data, the states derived from its purchase orders, and the decisions that change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier
from openaisle.orders.allocating.model import LineDecision
from openaisle.orders.caring.records import OrderAction, OrderHold, OrderNote
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.shipping.policy import ShippingPolicy

_ORDER_PREFIX = "ord_"
_PURCHASE_ORDER_PREFIX = "po_"


class OrderPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decides about orders.

    ``attempts_maximum`` suppliers in a row may refuse a line before it is canceled. A line whose offer the
    storefront fixed is given to other offers of the same product only if ``reallocate_fixed_offers``.
    ``acknowledge_within_seconds`` holds for suppliers that have no connection of their own.
    With ``hand_over`` a person decides about lines that no supplier is left for, before they are canceled.
    """

    attempts_maximum: int = 3
    reallocate_fixed_offers: bool = True
    acknowledge_within_seconds: int = 86_400
    idempotency_hours: int = 48
    hand_over: bool = False
    shipping: ShippingPolicy = ShippingPolicy()


class OrderLineState(StrEnum):
    """Where an order or a line of it stands; derived from the purchase orders, never stored."""

    PLACED = "placed"
    ALLOCATED = "allocated"
    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELED = "canceled"


_PROGRESS = tuple(OrderLineState)


class OrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the shopper bought and paid; ``offer_id`` only where the storefront fixed it.

    ``tax_minor`` and ``discount_minor`` are those of the whole line with its shipping.
    """

    line_number: int
    product_id: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int = 0
    offer_id: str | None = None
    tax_minor: int = 0
    discount_minor: int = 0


class LineCancellation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many units of a line that will not come; ``cancellation_key`` recognizes a repeated request."""

    line_number: int
    quantity: int
    reason: str
    actor: str
    at: str
    cancellation_key: str = ""


class AllocationRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One run of the allocation engine for this order: when, why, and its reasons line by line."""

    at: str
    cause: str
    lines: tuple[LineDecision, ...]


class HandOverOutcome(StrEnum):
    """What became of lines that were handed over to a person; ``NONE`` while they wait for the decision."""

    NONE = ""
    OFFER_CHOSEN = "offer_chosen"
    TRIED_AGAIN = "tried_again"
    CANCELED = "canceled"


class HandedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """So many units of a line that a person decides about, and why nobody else could."""

    line_number: int
    quantity: int
    reason: str


class HandOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Lines that no supplier was left for, handed over to a person; ``number`` counts those of an order from 1."""

    number: int
    at: str
    lines: tuple[HandedLine, ...]
    outcome: HandOverOutcome = HandOverOutcome.NONE
    decided_at: str = ""
    decided_by: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was placed, how it was allocated and what of it was canceled; ``ship_to`` and ``contact`` are encrypted.

    It is not written anew while its purchase orders proceed: what they did is read from them. ``fingerprint`` is that
    of what was placed, so that the same order is recognized whatever road it comes by; it is empty for orders of old,
    and once the shopper's data are erased, which ``shopper_erased_at`` tells.
    """

    order_id: str
    storefront_id: str
    reference: str
    currency: str
    total_minor: int
    placed_at: str
    ship_to: str
    lines: tuple[OrderLine, ...]
    allocations: tuple[AllocationRecord, ...]
    cancellations: tuple[LineCancellation, ...] = ()
    correlation_id: str = ""
    fingerprint: str = ""
    contact: str = ""
    deliver_not_before: str | None = None
    deliver_not_after: str | None = None
    shipping_option: str = ""
    payment_reference: str = ""
    shopper_age: int | None = None
    prices_include_tax: bool = False
    hold: OrderHold | None = None
    notes: tuple[OrderNote, ...] = ()
    actions: tuple[OrderAction, ...] = ()
    handed_over: tuple[HandOver, ...] = ()
    shopper_erased_at: str = ""


class LineProgress(NamedTuple):
    """The quantities of one line over all its purchase orders.

    ``ordered = canceled + unallocated + allocated``, and
    ``delivered <= shipped <= accepted <= allocated``.
    """

    ordered: int
    canceled: int
    allocated: int
    accepted: int
    shipped: int
    delivered: int
    refusals: int

    @property
    def unallocated(self) -> int:
        """Return what waits for a supplier."""
        return self.ordered - self.canceled - self.allocated

    @property
    def state(self) -> OrderLineState:
        """Return the state that all units which are not canceled have reached."""
        wanted = self.ordered - self.canceled
        if not wanted:
            return OrderLineState.CANCELED
        if self.delivered == wanted:
            return OrderLineState.DELIVERED
        if self.shipped == wanted:
            return OrderLineState.SHIPPED
        if self.accepted == wanted:
            return OrderLineState.ACCEPTED
        return OrderLineState.ALLOCATED if self.allocated == wanted else OrderLineState.PLACED


class OrderUnknown(NotFound):
    """There is no order of that identifier, or it is another storefront's."""

    code = "order-unknown"
    title = "No such order"


class OrderLinesInvalid(RequestInvalid):
    """Lines that contradict themselves or each other."""

    code = "order-lines-invalid"
    title = "The lines do not make an order"
    mend = "Give each line either offer_id or product_id, and a line_number of its own or none at all."


class OrderTotalDiffers(RequestInvalid):
    """The total that the storefront states is not the sum of its lines."""

    code = "order-total-differs"
    title = "The total is not the sum of the lines"
    mend = (
        "Add up price times quantity, shipping and tax of each line and take off its discount; or leave the total out."
    )


class RequestedDeliveryInvalid(RequestInvalid):
    """The days within which the shopper wants the goods cannot be: no such day, the wrong way round, or past."""

    code = "requested-delivery-invalid"
    title = "Nothing can be delivered within those days"
    mend = "Send days such as 2026-11-30, not_before no later than not_after, and not_after not in the past."


class OrderOfferUnknown(RequestInvalid):
    """A line names an offer or product that nobody offers."""

    code = "order-offer-unknown"
    title = "There is no such offer"
    mend = "Read the product again; GET /v1/products/{product_id} lists its offers."


class OrderOfferNotSellable(OpenAisleError):
    """A line names an offer that is paused or withdrawn, or whose supplier or product is not active."""

    code = "order-offer-not-sellable"
    title = "The offer cannot be sold now"
    status = 409
    mend = "Choose another offer, or send product_id and let the engine choose."


class OrderNotDeliverable(OpenAisleError):
    """Nobody who has the goods brings them there, so soon, by that shipping option, or to that shopper."""

    code = "order-not-deliverable"
    title = "Nobody can deliver that there and then"
    status = 409
    mend = "Ask POST /v1/delivery-promises what can be delivered where and when, before the order is placed."


class OrderTooLarge(OpenAisleError):
    """The order touches more suppliers and stock levels than one commit may hold."""

    code = "order-too-large"
    title = "The order is larger than can be placed at once"
    status = 413
    mend = "Place it as two orders; up to 49 lines always fit."


class DuplicateReference(OpenAisleError):
    """The storefront has placed an order under this reference before."""

    code = "duplicate-reference"
    title = "That reference is taken"
    status = 409
    mend = "Read the order named in detail; use another reference for another order."


class IdempotencyKeyReused(RequestInvalid):
    """The Idempotency-Key was used before with another body."""

    code = "idempotency-key-reused"
    title = "That Idempotency-Key belongs to another request"
    mend = "Use a new key for a new request; repeat a request with exactly its body."


class CancellationRefused(TransitionRefused):
    """So much of a line is not left to cancel: it was shipped, or canceled before."""

    code = "cancellation-refused"
    title = "That can no longer be canceled"
    mend = "Cancel at most what findings say is left; what was shipped can only come back as a return."


def order_identifier(*, storefront_id: str, reference: str) -> str:
    """Return the identifier of the one order a storefront has under a reference."""
    return derived_identifier(prefix="ord", parts=(storefront_id, reference))


def purchase_order_identifier(*, order_id: str, number: int) -> str:
    """Return the identifier of an order's purchase order of that ``number``, counted from 1."""
    return f"{_PURCHASE_ORDER_PREFIX}{order_id.removeprefix(_ORDER_PREFIX)}_{number:02d}"


def line_progress(*, order: Order, purchase_orders: Iterable[PurchaseOrder]) -> dict[int, LineProgress]:
    """Return the quantities of each line, by line number."""
    allocated: dict[int, int] = {}
    accepted: dict[int, int] = {}
    shipped: dict[int, int] = {}
    delivered: dict[int, int] = {}
    refusals: dict[int, int] = {}
    for purchase_order in purchase_orders:
        for line in purchase_order.lines:
            number = line.line_number
            if not line.is_live or line.withdrawn_quantity:
                refusals[number] = refusals.get(number, 0) + 1
            if not line.is_live:
                continue
            wanted = line.wanted_quantity
            allocated[number] = allocated.get(number, 0) + wanted
            if line.answer.value == "accepted":
                accepted[number] = accepted.get(number, 0) + wanted
                shipped[number] = shipped.get(number, 0) + line.shipped_quantity
                delivered[number] = delivered.get(number, 0) + line.delivered_quantity
    canceled = canceled_quantities(order=order)
    return {
        line.line_number: LineProgress(
            ordered=line.quantity,
            canceled=canceled.get(line.line_number, 0),
            allocated=allocated.get(line.line_number, 0),
            accepted=accepted.get(line.line_number, 0),
            shipped=shipped.get(line.line_number, 0),
            delivered=delivered.get(line.line_number, 0),
            refusals=refusals.get(line.line_number, 0),
        )
        for line in order.lines
    }


def canceled_quantities(*, order: Order) -> dict[int, int]:
    """Return how much of each line is canceled; lines of which nothing is are absent."""
    canceled: dict[int, int] = {}
    for one in order.cancellations:
        canceled[one.line_number] = canceled.get(one.line_number, 0) + one.quantity
    return canceled


def order_state(*, progress: Mapping[int, LineProgress]) -> OrderLineState:
    """Return the state of the line that is furthest behind, canceled lines aside."""
    states = {one.state for one in progress.values()}
    living = [state for state in _PROGRESS if state in states and state is not OrderLineState.CANCELED]
    return living[0] if living else OrderLineState.CANCELED


def refused_offers(*, purchase_orders: Sequence[PurchaseOrder]) -> dict[int, frozenset[str]]:
    """Return for each line the offers that refused it or let it expire: they are not asked again."""
    refused: dict[int, set[str]] = {}
    for purchase_order in purchase_orders:
        for line in purchase_order.lines:
            if not line.is_live or line.withdrawn_quantity:
                refused.setdefault(line.line_number, set()).add(line.offer_id)
    return {number: frozenset(offers) for number, offers in refused.items()}


def unknown_order(*, order_id: str) -> OrderUnknown:
    """Return the error for an order that is not there or not the caller's; both look the same."""
    return OrderUnknown(detail=f"There is no order {order_id[:64]}.", findings=(_named(order_id),))


def _named(order_id: str) -> Finding:
    return Finding(pointer="order_id", detail=order_id[:64], code="unknown")
