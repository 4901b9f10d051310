"""What happens to offers."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class OfferRegistered(Event, frozen=True, kw_only=True):
    """An accepted submission made a new offer."""

    TYPE: ClassVar[str] = "offer.registered"

    offer_id: str
    product_id: str
    price_minor: int
    currency: str


class OfferChanged(Event, frozen=True, kw_only=True):
    """An accepted submission changed the terms of an offer or the facts of its product."""

    TYPE: ClassVar[str] = "offer.changed"

    offer_id: str
    product_id: str
    price_minor: int
    currency: str


class OfferStateChanged(Event, frozen=True, kw_only=True):
    """An offer was set active, paused or withdrawn."""

    TYPE: ClassVar[str] = "offer.state_changed"

    offer_id: str
    product_id: str
    state: str
