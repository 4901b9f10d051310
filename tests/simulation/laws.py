"""What may become of an order and of a purchase order, said a second time and independently of the rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openaisle.kernel.table import StoredEvent
from openaisle.orders.model import Order
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderLine, PurchaseOrderState
from tests.simulation.loop import Violation

_S = PurchaseOrderState
FINAL_STATES = frozenset({_S.REJECTED, _S.EXPIRED, _S.CANCELED, _S.DELIVERED})

# Written down from docs/domain, not taken from the code that is on trial.
_MAY_FOLLOW = {
    "held": {"created", "canceled"},
    "created": {"held", "sent", "accepted", "partially_accepted", "rejected", "expired", "canceled"},
    "sent": {
        "accepted",
        "partially_accepted",
        "rejected",
        "expired",
        "canceled",
        "partially_shipped",
        "shipped",
        "delivered",
    },
    "accepted": {"partially_shipped", "shipped", "canceled", "partially_accepted", "rejected", "expired"},
    "partially_accepted": {"partially_shipped", "shipped", "canceled", "rejected", "expired"},
    "partially_shipped": {"shipped", "delivered"},
    "shipped": {"delivered"},
    "delivered": {"closed"},
}
_ENDED = {
    "purchase_order.rejected",
    "purchase_order.expired",
    "purchase_order.canceled",
    "purchase_order.withdrawn",
}
_TOLD_BY = {
    # Some lines were answered at once and others wait: the answer tells more than that it was sent.
    "sent": {"purchase_order.sent", "purchase_order.partially_accepted"},
    # Canceling what was not answered yet leaves only what was accepted.
    "accepted": {"purchase_order.accepted", "purchase_order.canceled"},
    # The last of several lines to end may end otherwise than the first; the state names the graver reason.
    "rejected": _ENDED,
    "expired": _ENDED,
    "canceled": _ENDED,
}
REFUSALS = frozenset({"rejected", "expired"})


def require(condition: bool, message: str) -> None:
    """Raise Violation unless the condition holds."""
    if not condition:
        raise Violation(message)


class Progress(NamedTuple):
    """The units of a line of an order, counted anew from the records."""

    ordered: int
    canceled: int
    allocated: int
    shipped: int
    delivered: int


def progress_of(*, order: Order, purchase_orders: Iterable[PurchaseOrder]) -> dict[int, Progress]:
    """Count the units of each line, by line number."""
    counted = {line.line_number: [line.quantity, 0, 0, 0, 0] for line in order.lines}
    for canceled in order.cancellations:
        counted[canceled.line_number][1] += canceled.quantity
    for purchase_order in purchase_orders:
        for line in purchase_order.lines:
            numbers = counted[line.line_number]
            if line.answer.value not in REFUSALS:
                numbers[2] += line.quantity - line.canceled_quantity
            numbers[3] += line.shipped_quantity
            numbers[4] += line.delivered_quantity
    return {number: Progress(*numbers) for number, numbers in counted.items()}


def order_went_well(*, before: Order, after: Order) -> None:
    """Check that of a placed order only its story grows."""
    name = after.order_id
    for field in ("storefront_id", "reference", "currency", "total_minor", "placed_at", "lines"):
        require(getattr(before, field) == getattr(after, field), f"{name}: {field} changed after it was placed")
    for field in ("allocations", "cancellations"):
        told, known = getattr(after, field), getattr(before, field)
        require(told[: len(known)] == known, f"{name}: {field} were rewritten")
    for canceled in after.cancellations[len(before.cancellations) :]:
        by_shopper = canceled.actor.startswith("storefront:")
        require(by_shopper or bool(canceled.reason), f"{name}: line {canceled.line_number} was canceled without why")


def purchase_order_went_well(
    *, before: PurchaseOrder | None, after: PurchaseOrder, events: Sequence[StoredEvent]
) -> None:
    """Check one step of a purchase order."""
    name = after.purchase_order_id
    types = {event.type for event in events}
    if before is None:
        require(after.state.value in {"created", "held"}, f"{name} begins as {after.state}")
        require("purchase_order.created" in types, f"{name} was made and nobody told")
    else:
        _require_lawful_step(before=before, after=after, types=types)
    for line in after.lines:
        _require_sound(name=name, line=line)
    shipped = {line.line_number: 0 for line in after.lines}
    for shipment in after.shipments:
        for part in shipment.lines:
            shipped[part.line_number] += part.quantity
    counted = {line.line_number: line.shipped_quantity for line in after.lines}
    require(shipped == counted, f"{name}: its parcels hold {shipped}, its lines say {counted}")


def _require_lawful_step(*, before: PurchaseOrder, after: PurchaseOrder, types: set[str]) -> None:
    name = after.purchase_order_id
    old, new = before.state.value, after.state.value
    if old != new:
        require(new in _MAY_FOLLOW.get(old, set()), f"{name} went from {old} to {new}")
        require(
            bool(types & _TOLD_BY.get(new, types)) or new not in _TOLD_BY,
            f"{name} became {new}, told were only {types}",
        )
    for field in ("order_id", "storefront_id", "supplier_id", "order_reference", "currency", "created_at"):
        require(getattr(before, field) == getattr(after, field), f"{name}: {field} changed")
    # The first notes of a long history may make room for later ones; what was done never does.
    done = [entry for entry in before.history if entry.action in {"acknowledged", "shipped", "delivered", "canceled"}]
    require(all(entry in after.history for entry in done), f"{name}: its history was rewritten")
    known = {line.line_number: line for line in before.lines}
    require([*known] == [line.line_number for line in after.lines], f"{name}: its lines changed")
    for line in after.lines:
        _require_lawful_line(name=name, before=known[line.line_number], after=line)


def _require_lawful_line(*, name: str, before: PurchaseOrderLine, after: PurchaseOrderLine) -> None:
    told = f"line {after.line_number} of {name}: from {before} to {after}"
    for field in ("quantity", "unit_price_minor", "shipping_minor"):
        require(getattr(before, field) == getattr(after, field), f"{field} changed: {told}")
    if before.replaced == after.replaced:
        # Only a substitute may fill a line with something else, or its refusal give back what was ordered.
        require(_goods_of(before) == _goods_of(after), f"the goods changed: {told}")
    else:
        require(before.answer.value in {"pending", "proposed"}, f"an answered line was replaced: {told}")
    for field in ("canceled_quantity", "shipped_quantity", "delivered_quantity"):
        require(getattr(before, field) <= getattr(after, field), f"{field} went back: {told}")
    if before.answer is not after.answer:
        require(before.answer.value in {"pending", "proposed"}, f"an answer was changed: {told}")
        require(before.quantity > before.canceled_quantity, f"a canceled line was answered: {told}")


def _goods_of(line: PurchaseOrderLine) -> tuple[str, str, str, str]:
    return line.product_id, line.offer_id, line.supplier_sku, line.location


def _require_sound(*, name: str, line: PurchaseOrderLine) -> None:
    told = f"line {line.line_number} of {name}: {line}"
    live = line.quantity - line.canceled_quantity
    require(0 <= line.delivered_quantity <= line.shipped_quantity <= live, f"quantities contradict: {told}")
    if line.shipped_quantity:
        require(line.answer.value == "accepted", f"shipped and not accepted: {told}")
