"""Products: the list, and one product with its offers, their stock, and why an offer cannot be sold."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.views.common import Fact, Paging
from openaisle.kernel.money import Money


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a list."""

    product_id: str
    title: str
    brand: str
    category: str
    identifier: str
    state: str


class ProductsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the catalog."""

    products: tuple[ProductRow, ...]
    paging: Paging


class OfferCard(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's offer; ``obstacle`` says why it cannot be sold, empty while it can."""

    offer_id: str
    supplier: str
    supplier_href: str
    supplier_sku: str
    price: Money
    lead_time_days: int
    condition: str
    state: str
    stock: tuple[StockRow, ...]
    obstacle: str


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer has at one location."""

    location: str
    on_hand: int
    reserved: int
    available: int
    confirmed_at: datetime | None


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one product."""

    product_id: str
    title: str
    state: str
    facts: tuple[Fact, ...]
    offers: tuple[OfferCard, ...]
