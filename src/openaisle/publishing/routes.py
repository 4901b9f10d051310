"""The HTTP operations of search, changes and quality."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.catalog.model import ProductUnknown
from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.errors import NotFound
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.search import (
    HITS_MAXIMUM,
    QUERY_LENGTH_MAXIMUM,
    CursorOutdated,
    SearchQuery,
    SearchSort,
    SearchTooBroad,
)
from openaisle.kernel.texts import END, IDENTIFIER_PATTERN
from openaisle.publishing.quality import ProductQuality
from openaisle.publishing.queries import ProductChangesAnswer, PublishingQueries, SearchAnswer, SupplierQuality

READERS = frozenset({Role.OPERATOR, Role.STOREFRONT})
SUPPLIER_AND_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})
_TAG = "Products"
_DETAILED_MAXIMUM = 200


class SupplierQualityUnknown(NotFound):
    """A supplier asked for the quality of another one's products."""

    code = "supplier-quality-unknown"
    title = "No such supplier"


class ProductSearchQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for.

    ``q`` are words, a GTIN, a part number or a SKU; without it every product fits. ``category`` is a category's
    identifier or its path, and takes all below it. Storefronts find what can be shown; ``sellable`` false also finds
    what nobody can sell now. ``after`` is what the page before gave.
    """

    q: Annotated[str, Meta(max_length=QUERY_LENGTH_MAXIMUM)] = ""
    category: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    brand: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    supplier_id: Annotated[str, Meta(max_length=60, pattern=IDENTIFIER_PATTERN)] | None = None
    sellable: bool | None = None
    in_stock: bool = False
    sort: SearchSort = SearchSort.RELEVANCE
    after: Annotated[str, Meta(max_length=5, pattern=rf"^[0-9]+{END}")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class ProductChangesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes after which cursor (none: every product), how many, and whether with the products themselves."""

    after: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    details: bool = False
    limit: Annotated[int, Meta(ge=1, le=5_000)] = 200


def operations(*, queries: PublishingQueries) -> tuple[Operation, ...]:
    """Return the operations of search, changes and quality."""
    return (_search(queries=queries), _changes(queries=queries), *_quality(queries=queries))


def _search(*, queries: PublishingQueries) -> Operation:
    async def search_products(request: Request) -> Answer:
        asked: ProductSearchQuery = request.query
        is_operator = request.principal.role is Role.OPERATOR
        skip = int(asked.after or 0)
        query = SearchQuery(
            words=asked.q,
            brand=asked.brand,
            category=asked.category,
            supplier_id=asked.supplier_id,
            # A storefront shows shoppers what they can buy, unless it says otherwise; never what was withdrawn.
            sellable_only=not is_operator if asked.sellable is None else asked.sellable,
            active_only=not is_operator,
            in_stock_only=asked.in_stock,
            sort=asked.sort,
            skip=min(skip, HITS_MAXIMUM),
            limit=asked.limit,
        )
        return Answer(value=await queries.search(query=query, at=request.context.at))

    return Operation(
        method="GET",
        path="/v1/products/search",
        name="search_products",
        summary="Find products by words, identifiers, brand and category",
        description=(
            "The best fit first. Case, accents and the order of words do not matter, longer words also find what "
            "begins with them, and where no product has all words those with some are told (`relaxed`). Changes are "
            "found about a second after they are made. A page leads up to the first 1,000 hits."
        ),
        tag=_TAG,
        roles=READERS,
        handle=search_products,
        query=ProductSearchQuery,
        answer=SearchAnswer,
        errors=(SearchTooBroad,),
    )


def _changes(*, queries: PublishingQueries) -> Operation:
    async def list_product_changes(request: Request) -> Answer:
        asked: ProductChangesQuery = request.query
        limit = min(asked.limit, _DETAILED_MAXIMUM) if asked.details else asked.limit
        answer = await queries.changes(after=asked.after, limit=limit, details=asked.details, at=request.context.at)
        return Answer(value=answer)

    return Operation(
        method="GET",
        path="/v1/product-changes",
        name="list_product_changes",
        summary="Read which products changed since a cursor",
        description=(
            "Without `after` it tells of every product, so that following from the start gives the whole catalog. Each "
            "product comes once, at its latest change: `product` (facts), `offers` (terms), `stock`, or `removed`. Ask "
            "again with the `cursor` of the answer, at once while `has_more`. With `details` (pages of up to 200) the "
            "product comes along with its offers. The webhook event `product.changed` says when to ask."
        ),
        tag=_TAG,
        roles=READERS,
        handle=list_product_changes,
        query=ProductChangesQuery,
        answer=ProductChangesAnswer,
        errors=(CursorOutdated,),
    )


def _quality(*, queries: PublishingQueries) -> tuple[Operation, ...]:
    async def get_product_quality(request: Request) -> Answer:
        is_supplier = request.principal.role is Role.SUPPLIER
        scope = SupplierScope(supplier_id=request.principal.subject_id) if is_supplier else None
        quality = await queries.product_quality(
            product_id=request.path["product_id"], scope=scope, at=request.context.at
        )
        return Answer(value=quality)

    async def get_supplier_quality(request: Request) -> Answer:
        supplier_id = request.path["supplier_id"]
        if request.principal.role is Role.SUPPLIER and supplier_id != request.principal.subject_id:
            raise SupplierQualityUnknown(detail=f"There is no supplier {supplier_id[:40]}.")
        return Answer(value=await queries.supplier_quality(supplier_id=supplier_id))

    async def get_catalog_quality(_request: Request) -> Answer:
        return Answer(value=await queries.supplier_quality(supplier_id=None))

    return (
        Operation(
            method="GET",
            path="/v1/products/{product_id}/quality",
            name="get_product_quality",
            summary="Read how good a product's data is, part by part",
            description="A score from 0 to 100. A supplier reads it of the products that it offers.",
            tag=_TAG,
            roles=SUPPLIER_AND_OPERATOR,
            handle=get_product_quality,
            answer=ProductQuality,
            errors=(ProductUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/suppliers/{supplier_id}/product-quality",
            name="get_supplier_product_quality",
            summary="Read how good the data of a supplier's products is, and what is missing most",
            tag=_TAG,
            roles=SUPPLIER_AND_OPERATOR,
            handle=get_supplier_quality,
            answer=SupplierQuality,
            errors=(SupplierQualityUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/product-quality",
            name="get_catalog_quality",
            summary="Read how good the data of all products is, and what is missing most",
            tag=_TAG,
            roles=OPERATOR,
            handle=get_catalog_quality,
            answer=SupplierQuality,
        ),
    )
