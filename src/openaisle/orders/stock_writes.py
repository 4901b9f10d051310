"""Movements of stock as writes of one commit: one per stock level, however many lines move it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from openaisle.inventory import movements as inventory_movements
from openaisle.kernel.table import Adjust, Key
from openaisle.orders.purchase_order import Movement, MovementKind, PurchaseOrder

_WRITES: dict[MovementKind, Callable[..., Adjust]] = {
    MovementKind.RESERVE: inventory_movements.reserve,
    MovementKind.RELEASE: inventory_movements.release,
    MovementKind.SHIP: inventory_movements.ship,
}


def reservations_of(*, purchase_orders: Iterable[PurchaseOrder]) -> list[Movement]:
    """Return the movements that reserve what new purchase orders want."""
    return [
        Movement(MovementKind.RESERVE, line.offer_id, line.location, line.quantity)
        for purchase_order in purchase_orders
        for line in purchase_order.lines
    ]


def movement_writes(*, movements: Iterable[Movement]) -> list[Adjust]:
    """Return the writes of the movements; those of one stock level become one write with the sum of both.

    The stricter minimum of each attribute is kept, so no sum passes where a part alone would not.
    """
    merged: dict[Key, Adjust] = {}
    for kind, offer_id, location, quantity in movements:
        write = _WRITES[kind](offer_id=offer_id, location=location, quantity=quantity)
        known = merged.get(write.key)
        merged[write.key] = write if known is None else _sum(known, write)
    return list(merged.values())


def without_held(*, writes: Iterable[Adjust], held: Mapping[tuple[str, str], int]) -> list[Adjust]:
    """Return the writes of an order that uses what is ``held`` of each offer at each location, all of it.

    A stock level that is left with as much available as it has is not asked whether that is enough.
    """
    merged = {write.key: write for write in writes}
    for (offer_id, location), quantity in held.items():
        let_go = inventory_movements.let_go(offer_id=offer_id, location=location, quantity=quantity)
        known = merged.get(let_go.key)
        both = let_go if known is None else _sum(known, let_go)
        if both.changes["available"] >= 0:
            minimums = {name: minimum for name, minimum in both.minimums.items() if name != "available"}
            both = Adjust(key=both.key, changes=both.changes, minimums=minimums)
        merged[both.key] = both
    return list(merged.values())


def _sum(first: Adjust, second: Adjust) -> Adjust:
    changes = dict(first.changes)
    for attribute, amount in second.changes.items():
        changes[attribute] = changes.get(attribute, 0) + amount
    minimums = dict(first.minimums)
    for attribute, minimum in second.minimums.items():
        minimums[attribute] = max(minimums.get(attribute, minimum), minimum)
    return Adjust(key=first.key, changes=changes, minimums=minimums)
