"""Products: the list, and one product with its offers, their stock, and why an offer cannot be sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from openaisle.catalog.model import Product
from openaisle.entrypoints.console.formats import count_text, full_moment_text, sentence_text, words_text
from openaisle.entrypoints.console.views.common import Fact, Paging
from openaisle.inventory.model import NotSellableReason, OfferWithStock
from openaisle.kernel.money import Money
from openaisle.kernel.search import COUNTED_MAXIMUM
from openaisle.publishing.quality import ProductQuality
from openaisle.publishing.queries import FoundProduct, SearchAnswer

LIST_HREF = "/console/products"
OBSTACLES = {
    NotSellableReason.OFFER_PAUSED: "The supplier paused the offer.",
    NotSellableReason.OFFER_WITHDRAWN: "The offer was withdrawn; a new submission brings it back.",
    NotSellableReason.SUPPLIER_NOT_ACTIVE: "The supplier is not active.",
    NotSellableReason.PRODUCT_NOT_ACTIVE: "The product is not active.",
    NotSellableReason.NO_STOCK: "Nothing is in stock.",
}


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a list; ``score`` is the quality of its data, told where it was found by search."""

    product_id: str
    title: str
    brand: str
    category: str
    identifier: str
    state: str
    score: int | None = None


class ProductsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the catalog, or of what was found by ``words``; ``summary`` says how much that is."""

    products: tuple[ProductRow, ...]
    paging: Paging
    words: str = ""
    summary: str = ""


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
    safety_stock: int
    available: int
    confirmed_at: datetime | None


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one product."""

    product_id: str
    title: str
    state: str
    description: str
    facts: tuple[Fact, ...]
    offers: tuple[OfferCard, ...]
    score: int
    quality: tuple[QualityRow, ...]


class QualityRow(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the quality of a product's data, with what would mend it."""

    title: str
    points: int
    maximum: int
    message: str
    suggestion: str


def product_page(
    *, product: Product, offers: Sequence[OfferWithStock], suppliers: Mapping[str, str], quality: ProductQuality
) -> ProductPage:
    """Return the page of one product; ``suppliers`` are names by identifier."""
    return ProductPage(
        product_id=product.product_id,
        title=product.title,
        state=product.state.value,
        description=product.description or "",
        facts=_facts(product=product),
        offers=tuple(_offer(joined=one, suppliers=suppliers) for one in offers),
        score=quality.score,
        quality=tuple(
            QualityRow(
                title=sentence_text(code=part.code),
                points=part.points,
                maximum=part.maximum,
                message=part.message,
                suggestion=part.suggestion or "",
            )
            for part in quality.parts
        ),
    )


def product_row(*, product: Product) -> ProductRow:
    """Return the product as a row of a list."""
    return ProductRow(
        product_id=product.product_id,
        title=product.title,
        brand=product.brand or "",
        category=product.category or "",
        identifier=product.gtin or product.product_reference or "",
        state=product.state.value,
    )


def found_row(*, found: FoundProduct) -> ProductRow:
    """Return a product that was found as a row of a list."""
    return msgspec.structs.replace(product_row(product=found.product), score=found.quality_score)


def found_summary(*, answer: SearchAnswer) -> str:
    """Return how much was found."""
    if not answer.total:
        return "Nothing was found."
    noun = "product" if answer.total == 1 else "products"
    most = "more than " if answer.total >= COUNTED_MAXIMUM else ""
    some = " with some of the words; none has all of them" if answer.relaxed else ""
    return f"{most}{count_text(number=answer.total)} {noun}{some}.".capitalize()


def search_href(*, words: str) -> str:
    """Return the address of what is found by words."""
    return f"{LIST_HREF}?q={quote(words, safe='')}"


def _facts(*, product: Product) -> tuple[Fact, ...]:
    sizes = (product.length_mm, product.width_mm, product.height_mm)
    size = " by ".join(count_text(number=one) for one in sizes if one is not None)
    weight = product.weight_grams
    return (
        Fact(label="GTIN", value=product.gtin or "", code=True),
        Fact(label="Reference", value=product.product_reference or "", code=True),
        Fact(label="Brand", value=product.brand or ""),
        Fact(label="Category", value=words_text(code=product.category or "")),
        Fact(label="Weight", value=f"{count_text(number=weight)} g" if weight is not None else ""),
        Fact(label="Size", value=f"{size} mm" if size else ""),
        *(Fact(label=sentence_text(code=name), value=value) for name, value in product.attributes.items()),
        Fact(label="Changed", value=full_moment_text(at=product.changed_at)),
        Fact(label="Product id", value=product.product_id, code=True),
    )


def _offer(*, joined: OfferWithStock, suppliers: Mapping[str, str]) -> OfferCard:
    offer = joined.offer
    return OfferCard(
        offer_id=offer.offer_id,
        supplier=suppliers.get(offer.supplier_id, offer.supplier_id),
        supplier_href=f"/console/suppliers/{offer.supplier_id}",
        supplier_sku=offer.supplier_sku,
        price=Money(amount_minor=offer.price_minor, currency=offer.currency),
        lead_time_days=offer.lead_time_days,
        condition=offer.condition.value,
        state=offer.state.value,
        stock=tuple(
            StockRow(
                location=level.location,
                on_hand=level.on_hand,
                reserved=level.reserved,
                safety_stock=level.safety_stock,
                available=max(0, level.available),
                confirmed_at=level.confirmed_at,
            )
            for level in joined.stock
        ),
        obstacle=" ".join(OBSTACLES[reason] for reason in joined.reasons),
    )
