"""How offers and their stock are shown over HTTP: the stored record without what is only ours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from openaisle.catalog.model import Product
from openaisle.inventory.model import NotSellableReason, OfferWithStock, StockLevel
from openaisle.offers.model import Condition, OfferState


class LocationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One location's stock of an offer.

    ``available`` is what is on hand, less what is reserved and less ``safety_stock``, and never shown below 0;
    ``held`` is the part of ``reserved`` that reservations hold before an order.
    """

    location: str
    on_hand: int
    reserved: int
    available: int
    confirmed_at: datetime
    held: int = 0
    safety_stock: int = 0


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """An offer with its stock; ``reasons`` says why it cannot be sold, and is empty if it can."""

    offer_id: str
    product_id: str
    product_reference: str | None
    supplier_id: str
    supplier_sku: str
    price_minor: int
    currency: str
    lead_time_days: int
    condition: Condition
    state: OfferState
    sellable: bool
    reasons: tuple[NotSellableReason, ...]
    available: int
    locations: list[LocationView]


class OfferListView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of offers; ``next_after`` asks for the next page and is null on the last."""

    offers: list[OfferView]
    next_after: str | None


class ProductAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its offers and what they together have available."""

    product: Product
    available: int
    offers: list[OfferView]


class StoredProductAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """ProductAnswer with the product as the bytes that are stored, so that nothing is decoded to be encoded again."""

    product: msgspec.Raw
    available: int
    offers: list[OfferView]


class InventoryView(msgspec.Struct, frozen=True, kw_only=True):
    """What is in stock of one offer."""

    offer_id: str
    supplier_id: str
    supplier_sku: str
    product_id: str
    sellable: bool
    reasons: tuple[NotSellableReason, ...]
    available: int
    locations: list[LocationView]


class InventoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The stock of the offers that were asked for; those that do not exist are absent."""

    inventory: list[InventoryView]


def offer_view(*, joined: OfferWithStock) -> OfferView:
    """Return an offer with its stock as it is shown."""
    offer = joined.offer
    return OfferView(
        offer_id=offer.offer_id,
        product_id=offer.product_id,
        product_reference=offer.product_reference,
        supplier_id=offer.supplier_id,
        supplier_sku=offer.supplier_sku,
        price_minor=offer.price_minor,
        currency=offer.currency,
        lead_time_days=offer.lead_time_days,
        condition=offer.condition,
        state=offer.state,
        sellable=not joined.reasons,
        reasons=joined.reasons,
        available=joined.available,
        locations=location_views(stock=joined.stock),
    )


def inventory_view(*, joined: OfferWithStock) -> InventoryView:
    """Return the stock of an offer as it is shown."""
    offer = joined.offer
    return InventoryView(
        offer_id=offer.offer_id,
        supplier_id=offer.supplier_id,
        supplier_sku=offer.supplier_sku,
        product_id=offer.product_id,
        sellable=not joined.reasons,
        reasons=joined.reasons,
        available=joined.available,
        locations=location_views(stock=joined.stock),
    )


def location_views(*, stock: Iterable[StockLevel]) -> list[LocationView]:
    """Return the stock levels of one offer as they are shown."""
    return [
        LocationView(
            location=level.location,
            on_hand=level.on_hand,
            reserved=level.reserved,
            available=max(0, level.available),
            confirmed_at=level.confirmed_at,
            held=level.held,
            safety_stock=level.safety_stock,
        )
        for level in stock
    ]
