"""Stock levels and what can be sold: the invariant, and the decisions that keep it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.catalog.model import ProductState
from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid
from openaisle.offers.model import Offer, OfferState

MAXIMUM_ON_HAND = 1_000_000_000


class InsufficientStock(OpenAisleError):
    """Less is available than was asked for; nothing was reserved."""

    code = "insufficient-stock"
    title = "Not enough in stock"
    status = 409
    mend = "Ask for less, or choose another offer; GET /v1/inventory tells what is available."


class QuantityInvalid(RequestInvalid):
    """A quantity that nobody can have in stock: negative, or more than a thousand million."""

    code = "quantity-invalid"
    title = "That is not a quantity"
    mend = "Send a whole number from 0 to 1,000,000,000."


class StockLevelUnknown(NotFound):
    """Nothing was ever told of the offer at that location, or the offer belongs to another supplier."""

    code = "stock-level-unknown"
    title = "No such stock level"
    mend = "Tell what is on hand there first, with PUT /v1/stock-levels."


class NotSellableReason(StrEnum):
    """Why an offer cannot be sold right now."""

    OFFER_PAUSED = "offer_paused"
    OFFER_WITHDRAWN = "offer_withdrawn"
    SUPPLIER_NOT_ACTIVE = "supplier_not_active"
    PRODUCT_NOT_ACTIVE = "product_not_active"
    NO_STOCK = "no_stock"


class StockLevel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one supplier has of one offer at one location.

    ``available`` is always ``on_hand - reserved - safety_stock``; it is stored so that the store itself can refuse a
    reservation that would take it below 0. It is below 0 where ``safety_stock`` is more than is left. ``held`` is
    the part of ``reserved`` that reservations hold before an order. ``confirmed_at`` is when the supplier last told
    the number.
    """

    offer_id: str
    supplier_id: str
    product_id: str
    location: str
    on_hand: int
    reserved: int
    available: int
    confirmed_at: datetime
    held: int = 0
    safety_stock: int = 0


class OfferWithStock(msgspec.Struct, frozen=True, kw_only=True):
    """An offer, its stock levels (one per location), and every reason why it cannot be sold right now."""

    offer: Offer
    stock: tuple[StockLevel, ...]
    reasons: tuple[NotSellableReason, ...]

    @property
    def sellable(self) -> bool:
        """Return whether nothing stands against selling it."""
        return not self.reasons

    @property
    def available(self) -> int:
        """Return what all locations together have available."""
        # What one location lacks of its safety stock does not count against another.
        return sum(max(0, level.available) for level in self.stock)


class OnHandDecision(NamedTuple):
    """The stock level after a supplier told its number, and what did not fit."""

    stock: StockLevel
    findings: tuple[Finding, ...]


def new_stock_level(
    *,
    offer_id: str,
    supplier_id: str,
    product_id: str,
    location: str,
    on_hand: int,
    at: datetime,
    safety_stock: int = 0,
) -> StockLevel:
    """Return the first stock level of an offer at a location; raises QuantityInvalid."""
    _require_quantity(quantity=on_hand)
    _require_quantity(quantity=safety_stock)
    return StockLevel(
        offer_id=offer_id,
        supplier_id=supplier_id,
        product_id=product_id,
        location=location,
        on_hand=on_hand,
        reserved=0,
        available=on_hand - safety_stock,
        confirmed_at=at,
        safety_stock=safety_stock,
    )


def decide_on_hand(*, stock: StockLevel, on_hand: int, at: datetime) -> OnHandDecision:
    """Return the stock level with the number that the supplier told; raises QuantityInvalid.

    What is reserved was sold and must still leave: a number below it is stored as ``reserved``, so that nothing
    is available, and the finding says so. The caller must commit against the version it read.
    """
    _require_quantity(quantity=on_hand)
    findings: tuple[Finding, ...] = ()
    if on_hand < stock.reserved:
        detail = f"{stock.reserved} are reserved for orders, so {on_hand} on hand was stored as {stock.reserved}."
        findings = (Finding(pointer="/on_hand", detail=detail, code="on_hand_below_reserved"),)
        on_hand = stock.reserved
    changed = msgspec.structs.replace(
        stock,
        on_hand=on_hand,
        available=on_hand - stock.reserved - stock.safety_stock,
        confirmed_at=max(at, stock.confirmed_at),
    )
    return OnHandDecision(changed, findings)


def decide_safety_stock(*, stock: StockLevel, safety_stock: int) -> StockLevel:
    """Return the stock level below which nothing is sold from now on; raises QuantityInvalid.

    What is reserved stays reserved, also where it is part of the safety stock. The caller must commit against the
    version it read.
    """
    _require_quantity(quantity=safety_stock)
    available = stock.on_hand - stock.reserved - safety_stock
    return msgspec.structs.replace(stock, safety_stock=safety_stock, available=available)


def reasons_against_selling(
    *, offer: Offer, stock: tuple[StockLevel, ...], supplier_active: bool, product_state: ProductState
) -> tuple[NotSellableReason, ...]:
    """Return every reason why the offer cannot be sold, in the order of who can mend it; empty if it can."""
    reasons = []
    if offer.state is OfferState.PAUSED:
        reasons.append(NotSellableReason.OFFER_PAUSED)
    elif offer.state is OfferState.WITHDRAWN:
        reasons.append(NotSellableReason.OFFER_WITHDRAWN)
    if not supplier_active:
        reasons.append(NotSellableReason.SUPPLIER_NOT_ACTIVE)
    if product_state is not ProductState.ACTIVE:
        reasons.append(NotSellableReason.PRODUCT_NOT_ACTIVE)
    if not any(level.available > 0 for level in stock):
        reasons.append(NotSellableReason.NO_STOCK)
    return tuple(reasons)


def _require_quantity(*, quantity: int) -> None:
    if not 0 <= quantity <= MAXIMUM_ON_HAND:
        raise QuantityInvalid(detail=f"{quantity} is not between 0 and {MAXIMUM_ON_HAND}.")
