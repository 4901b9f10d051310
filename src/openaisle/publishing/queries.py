"""Reading what is published: products found by words, what changed, and how good their data is."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.catalog.model import Product, ProductUnknown
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.views import OfferView, offer_view
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.search import Aspect, FacetValue, SearchIndex, SearchQuery
from openaisle.publishing.documents import PublishedProduct, read_published
from openaisle.publishing.quality import PARTS, ProductQuality, product_quality
from openaisle.publishing.standards import StandardsInForce

FIFTHS = ("0-19", "20-39", "40-59", "60-79", "80-100")


class FoundProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that was found, with the terms of its cheapest sellable offer and how good its data is.

    ``fit`` orders hits by relevance; it means nothing beyond one search.
    """

    product: Product
    fit: float
    price_minor: int | None
    currency: str | None
    available: int
    offer_count: int
    quality_score: int


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was found; ``next_after`` asks for the next page and is null on the last.

    ``total`` counts up to 10,000. ``relaxed`` says that nothing has all words, so that these have some of them. The
    facets (first page only) name the brands and categories that most hits have.
    """

    products: list[FoundProduct]
    total: int
    relaxed: bool
    brands: tuple[FacetValue, ...]
    categories: tuple[FacetValue, ...]
    next_after: str | None


class ProductChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product that changed and what of it; with ``details`` also the product as it is by now, with its offers."""

    product_id: str
    aspects: tuple[Aspect, ...]
    product: Product | None = None
    available: int | None = None
    offers: list[OfferView] | None = None


class ProductChangesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in their order. ``cursor`` is what the next request asks with, also when there are none yet."""

    changes: list[ProductChange]
    cursor: str
    has_more: bool


class QualityShortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the score and how many products fall short in it."""

    code: str
    products: int


class QualityFifth(msgspec.Struct, frozen=True, kw_only=True):
    """A range of scores and how many products have one of them."""

    scores: str
    products: int


class SupplierQuality(msgspec.Struct, frozen=True, kw_only=True):
    """How good the data of a supplier's active products is: the mean score, its spread, and what is missing most."""

    supplier_id: str | None
    products: int
    score: int
    distribution: list[QualityFifth]
    shortfalls: list[QualityShortfall]


class PublishingQueries:
    """The queries of what is published."""

    def __init__(
        self,
        *,
        index: SearchIndex,
        inventory: InventoryQueries,
        standards: StandardsInForce,
        taxonomy: TaxonomyQueries,
    ) -> None:
        """Take the index, the queries of products with their offers, and what is asked of products."""
        self._index = index
        self._inventory = inventory
        self._standards = standards
        self._taxonomy = taxonomy

    async def search(self, *, query: SearchQuery, at: datetime) -> SearchAnswer:
        """Find products; a category may be told by its identifier or its path. Raises SearchTooBroad."""
        if query.category is not None:
            category = (await self._taxonomy.tree()).find(text=query.category)
            query = query if category is None else msgspec.structs.replace(query, category=category.text)
        result = await self._index.search(query=query)
        standards = await self._standards.standards()
        shown = []
        for hit in result.hits:
            found = await self._published(hit.product_id, at)
            # The index may be a moment behind: what is gone, or not to be shown any more, is passed over.
            if found is None or (query.active_only and not found.is_shown):
                continue
            if query.sellable_only and found.best is None:
                continue
            quality = product_quality(product=found.product, asked=standards.of(product=found.product))
            shown.append(_found(found=found, fit=hit.fit, score=quality.score))
        behind = query.skip + len(result.hits)
        has_more = bool(result.hits) and behind < result.total and len(result.hits) == query.limit
        return SearchAnswer(
            products=shown,
            total=result.total,
            relaxed=result.relaxed,
            brands=result.brands,
            categories=result.categories,
            next_after=str(behind) if has_more else None,
        )

    async def changes(self, *, after: str | None, limit: int, details: bool, at: datetime) -> ProductChangesAnswer:
        """Return what changed after a cursor; raises CursorOutdated."""
        page = await self._index.changes(after=after, limit=limit)
        changes = []
        for one in page.changes:
            change = ProductChange(product_id=one.product_id, aspects=one.aspects)
            changes.append(await self._detailed(change, at) if details else change)
        return ProductChangesAnswer(changes=changes, cursor=page.cursor, has_more=page.has_more)

    async def product_quality(self, *, product_id: str, scope: SupplierScope | None, at: datetime) -> ProductQuality:
        """Return the quality of a product; a supplier reads it of what it offers. Raises ProductUnknown."""
        found = await self._published(product_id, at)
        if found is None or (scope is not None and not _offers(found, scope)):
            raise ProductUnknown(detail=f"There is no product {product_id[:40]}.")
        standards = await self._standards.standards()
        return product_quality(product=found.product, asked=standards.of(product=found.product))

    async def supplier_quality(self, *, supplier_id: str | None) -> SupplierQuality:
        """Return the quality of the products that a supplier offers (None: of all products)."""
        totals = await self._index.quality(supplier_id=supplier_id, parts=len(PARTS))
        shortfalls = [
            QualityShortfall(code=code, products=count)
            for code, count in zip(PARTS, totals.shortfalls, strict=True)
            if count
        ]
        return SupplierQuality(
            supplier_id=supplier_id,
            products=totals.products,
            score=round(totals.score_sum / totals.products) if totals.products else 0,
            distribution=[
                QualityFifth(scores=scores, products=count) for scores, count in zip(FIFTHS, totals.fifths, strict=True)
            ],
            shortfalls=sorted(shortfalls, key=lambda one: -one.products),
        )

    async def _published(self, product_id: str, at: datetime) -> PublishedProduct | None:
        return await read_published(inventory=self._inventory, product_id=product_id, at=at)

    async def _detailed(self, change: ProductChange, at: datetime) -> ProductChange:
        found = await self._published(change.product_id, at)
        if found is None:
            return change
        return msgspec.structs.replace(
            change,
            product=found.product,
            available=found.available,
            offers=[offer_view(joined=one) for one in found.offers],
        )


def _found(*, found: PublishedProduct, fit: float, score: int) -> FoundProduct:
    best = found.best
    return FoundProduct(
        product=found.product,
        fit=fit,
        price_minor=best.offer.price_minor if best else None,
        currency=best.offer.currency if best else None,
        available=found.available,
        offer_count=len(found.offers),
        quality_score=score,
    )


def _offers(found: PublishedProduct, scope: SupplierScope) -> bool:
    return any(one.offer.supplier_id == scope.supplier_id for one in found.offers)
