"""A product with its offers, as it is published: read from the table, and made into a document of the index."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.model import Product, ProductState
from openaisle.inventory.model import NotSellableReason, OfferWithStock
from openaisle.inventory.queries import InventoryQueries, ProductWithOffers
from openaisle.kernel.search import OfferPlace, SearchDocument
from openaisle.publishing.quality import quality_marks
from openaisle.publishing.standards import Standards

_PRODUCT = msgspec.json.Decoder(Product)
_ENCODER = msgspec.json.Encoder()
_DETAILS_LENGTH_MAXIMUM = 2_000


class PublishedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its offers; ``stored`` is its record as it stands in the table."""

    product: Product
    stored: msgspec.Raw
    offers: tuple[OfferWithStock, ...]

    @property
    def is_shown(self) -> bool:
        """Return whether the product itself may be shown: active, and not joined into another."""
        return self.product.state is ProductState.ACTIVE and self.product.merged_into is None

    @property
    def best(self) -> OfferWithStock | None:
        """Return the cheapest offer that can be sold, None if none can."""
        sellable = [one for one in self.offers if one.sellable]
        return min(sellable, key=lambda one: (one.offer.price_minor, one.offer.offer_id), default=None)

    @property
    def available(self) -> int:
        """Return what all sellable offers together have."""
        return sum(one.available for one in self.offers if one.sellable)


def published(*, found: ProductWithOffers) -> PublishedProduct | None:
    """Return the product of an answer of the table, None if there is none."""
    if found.product is None:
        return None
    return PublishedProduct(product=_PRODUCT.decode(found.product), stored=found.product, offers=found.offers)


async def read_published(*, inventory: InventoryQueries, product_id: str, at: datetime) -> PublishedProduct | None:
    """Return a product with its offers as they stand in the table, None if there is none; one query."""
    return published(found=await inventory.product_with_offers(product_id=product_id, at=at))


def search_document(*, found: PublishedProduct, standards: Standards) -> SearchDocument:
    """Return what the index shall know of a product."""
    product, best = found.product, found.best
    score, shortfalls = quality_marks(product=product, asked=standards.of(product=product))
    return SearchDocument(
        product_id=product.product_id,
        title=product.title,
        brand=product.brand or "",
        part_number=product.part_number or "",
        category=product.category or "",
        keywords=_keywords(product=product, offers=found.offers),
        details=" ".join(product.attributes.values())[:_DETAILS_LENGTH_MAXIMUM],
        description=product.description or "",
        is_active=found.is_shown,
        is_sellable=found.is_shown and best is not None,
        price_minor=best.offer.price_minor if best else None,
        currency=best.offer.currency if best else "",
        available=found.available,
        score=score,
        shortfalls=shortfalls,
        offers=tuple(OfferPlace(one.offer.offer_id, one.offer.supplier_id) for one in found.offers),
        product_digest=_digest(found.stored),
        offers_digest=_digest(_ENCODER.encode([_terms(one) for one in found.offers])),
        stock_digest=_digest(_ENCODER.encode([_stock(one) for one in found.offers])),
    )


def _keywords(*, product: Product, offers: Sequence[OfferWithStock]) -> tuple[str, ...]:
    gtin = product.gtin or ""
    named = (gtin, gtin.lstrip("0"), product.part_number, product.product_reference, product.variant_group)
    skus = (one.offer.supplier_sku for one in offers)
    return tuple(dict.fromkeys(text for text in (*named, *skus) if text))


def _terms(joined: OfferWithStock) -> list[object]:
    offer = joined.offer
    # What is out of stock is the stock's news, not the offer's.
    reasons = [one for one in joined.reasons if one is not NotSellableReason.NO_STOCK]
    return [
        offer.offer_id,
        offer.price_minor,
        offer.currency,
        offer.lead_time_days,
        offer.condition,
        offer.state,
        reasons,
    ]


def _stock(joined: OfferWithStock) -> list[object]:
    return [[level.offer_id, level.location, level.available] for level in joined.stock]


def _digest(content: bytes | msgspec.Raw) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()
