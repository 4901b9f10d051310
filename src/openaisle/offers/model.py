"""An offer: its terms, its states, and why it may not be sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.catalog.model import ProductState
from openaisle.kernel.errors import NotFound, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier


class OfferState(StrEnum):
    """Whether the supplier (or the operator) wants the offer to be sold."""

    ACTIVE = "active"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


class Condition(StrEnum):
    """The condition of the goods."""

    NEW = "new"
    REFURBISHED = "refurbished"
    USED = "used"


class OfferUnknown(NotFound):
    """There is no offer of that identifier, or it belongs to another supplier."""

    code = "offer-unknown"
    title = "No such offer"


class OfferTransitionRefused(TransitionRefused):
    """The offer is not in a state that allows the command."""

    code = "offer-transition-refused"
    title = "The state of the offer does not allow this"


OFFER_TRANSITIONS: Mapping[OfferState, frozenset[OfferState]] = {
    OfferState.ACTIVE: frozenset({OfferState.PAUSED, OfferState.WITHDRAWN}),
    OfferState.PAUSED: frozenset({OfferState.ACTIVE, OfferState.WITHDRAWN}),
    # Withdrawn is for good: a new submission of the SKU changes the offer's terms and not its state.
    OfferState.WITHDRAWN: frozenset(),
}


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One supplier's terms for one product.

    ``product_state`` is the product's state as the offer was last told of it, so that selling needs no second
    read. ``facts_hash`` (SHA-256 of the accepted submission) tells an unchanged submission from a changed one;
    ``accepted_from`` names the feed row or submission that last changed the offer and ``accepted_as`` how.
    ``product_fixed`` says that a person parted the offer from the product that its facts name: later feeds leave it
    where it is. ``joined_from`` is the product that it came from when that was joined into this one.
    ``priced_at`` is when a quick feed last told the price; ``absent_from`` names the full feed that withdrew the offer
    by not naming it: a later feed that names it brings it back. ``hazardous`` and ``minimum_age`` (0: none) say
    who may send the goods, and to whom.
    """

    offer_id: str
    product_id: str
    supplier_id: str
    supplier_sku: str
    price_minor: int
    currency: str
    lead_time_days: int
    condition: Condition = Condition.NEW
    state: OfferState = OfferState.ACTIVE
    product_state: ProductState = ProductState.ACTIVE
    product_reference: str | None = None
    facts_hash: str = ""
    accepted_from: str = ""
    accepted_as: str = ""
    product_fixed: bool = False
    joined_from: str | None = None
    priced_at: datetime | None = None
    absent_from: str | None = None
    hazardous: bool = False
    minimum_age: int = 0
    created_at: datetime
    changed_at: datetime


def offer_identifier(*, supplier_id: str, supplier_sku: str) -> str:
    """Return the identifier of the one offer that a supplier has under a SKU of its own."""
    return derived_identifier(prefix="off", parts=(supplier_id, supplier_sku))


def decide_offer_state(*, offer: Offer, state: OfferState, at: datetime) -> Offer:
    """Return the offer in its new state, or the very same if it is in it already; raises OfferTransitionRefused."""
    if state is offer.state:
        return offer
    if state not in OFFER_TRANSITIONS[offer.state]:
        raise OfferTransitionRefused(detail=f"An offer that is {offer.state} cannot become {state}.")
    return msgspec.structs.replace(offer, state=state, changed_at=at)
