"""Stock movements as writes of the kernel: several concurrent ones never overwrite each other.

Each keeps ``available = on_hand - reserved - safety_stock`` and is refused by the store itself, inside the commit, if
a number would fall below 0. Turn such a refusal into InsufficientStock with ``insufficient_stock``.
"""

from __future__ import annotations

from openaisle.inventory.model import InsufficientStock, QuantityInvalid
from openaisle.inventory.repository import stock_key
from openaisle.kernel.errors import Finding
from openaisle.kernel.table import Adjust, CommitRefused, RefusalReason

_AVAILABLE_NOT_NEGATIVE = {"available": 0}
_RESERVED_NOT_NEGATIVE = {"reserved": 0}
_HELD_NOT_NEGATIVE = {"reserved": 0, "held": 0}
_NEITHER_NEGATIVE = {"on_hand": 0, "reserved": 0}


def reserve(*, offer_id: str, location: str, quantity: int) -> Adjust:
    """Return the write that holds ``quantity`` for an order; refused if less is available."""
    _require_positive(quantity=quantity)
    return Adjust(
        key=stock_key(offer_id=offer_id, location=location),
        changes={"reserved": quantity, "available": -quantity},
        minimums=_AVAILABLE_NOT_NEGATIVE,
    )


def release(*, offer_id: str, location: str, quantity: int) -> Adjust:
    """Return the write that gives a reservation back; refused if less is reserved."""
    _require_positive(quantity=quantity)
    return Adjust(
        key=stock_key(offer_id=offer_id, location=location),
        changes={"reserved": -quantity, "available": quantity},
        minimums=_RESERVED_NOT_NEGATIVE,
    )


def ship(*, offer_id: str, location: str, quantity: int) -> Adjust:
    """Return the write that takes what was reserved out of stock; refused if less is reserved."""
    _require_positive(quantity=quantity)
    return Adjust(
        key=stock_key(offer_id=offer_id, location=location),
        changes={"on_hand": -quantity, "reserved": -quantity},
        minimums=_NEITHER_NEGATIVE,
    )


def receive(*, offer_id: str, location: str, quantity: int) -> Adjust:
    """Return the write that adds goods that arrived."""
    _require_positive(quantity=quantity)
    return Adjust(
        key=stock_key(offer_id=offer_id, location=location), changes={"on_hand": quantity, "available": quantity}
    )


def hold(*, offer_id: str, location: str, quantity: int) -> Adjust:
    """Return the write that holds ``quantity`` before there is an order; refused if less is available."""
    _require_positive(quantity=quantity)
    return Adjust(
        key=stock_key(offer_id=offer_id, location=location),
        changes={"reserved": quantity, "held": quantity, "available": -quantity},
        minimums=_AVAILABLE_NOT_NEGATIVE,
    )


def let_go(*, offer_id: str, location: str, quantity: int) -> Adjust:
    """Return the write that gives back what was held before there was an order; refused if less is held."""
    _require_positive(quantity=quantity)
    return Adjust(
        key=stock_key(offer_id=offer_id, location=location),
        changes={"reserved": -quantity, "held": -quantity, "available": quantity},
        minimums=_HELD_NOT_NEGATIVE,
    )


def insufficient_stock(*, refused: CommitRefused) -> InsufficientStock | None:
    """Return the error that a refused commit means if it was refused for want of stock, else None.

    Its findings name each offer and location that had too little.
    """
    short = [
        (refusal.key.partition.removeprefix("OFFER#"), refusal.key.sort.removeprefix("STOCK#"))
        for refusal in refused.refusals
        if refusal.reason is RefusalReason.MINIMUM and refusal.key.sort.startswith("STOCK#")
    ]
    if not short:
        return None
    findings = tuple(
        Finding(pointer="", detail=f"Offer {offer_id} has too little available at {location}.", code="no_stock")
        for offer_id, location in short
    )
    return InsufficientStock(detail=" ".join(finding.detail for finding in findings), findings=findings)


def _require_positive(*, quantity: int) -> None:
    # A movement of a negative quantity would be another movement that escapes its minimum.
    if quantity <= 0:
        raise QuantityInvalid(detail=f"A movement of {quantity} moves nothing.")
