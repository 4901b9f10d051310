"""The HTTP operations on what can be sold: products with offers, offers with stock, stock levels."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.catalog.model import Product, ProductUnknown, shown_to_supplier
from openaisle.inventory.model import OfferWithStock, QuantityInvalid, StockLevelUnknown
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.use_cases import StockRow, StockRowResult, StockUseCases
from openaisle.inventory.views import (
    InventoryAnswer,
    LocationView,
    OfferListView,
    ProductAnswer,
    StoredProductAnswer,
    inventory_view,
    location_views,
    offer_view,
)
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.texts import END
from openaisle.offers.model import OfferUnknown

READERS = frozenset({Role.STOREFRONT, Role.OPERATOR, Role.SUPPLIER})
MAXIMUM_STOCK_ROWS = 500

Location = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=rf"^[A-Za-z0-9._:-]+{END}")]
SupplierSku = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

_ENCODER = msgspec.json.Encoder()
_PRODUCT_DECODER = msgspec.json.Decoder(Product)


class StockLevelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the supplier has on hand of one SKU at one location; ``safety_stock`` of it is never sold.

    Without ``safety_stock`` what was set before stays.
    """

    supplier_sku: SupplierSku
    location: Location = "default"
    on_hand: int
    safety_stock: int | None = None


class SafetyStockBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is never sold of the offer at the location; 0 sells everything."""

    location: Location = "default"
    safety_stock: int


class StockLevelsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 500 stock levels."""

    stock_levels: Annotated[list[StockLevelBody], msgspec.Meta(min_length=1, max_length=MAXIMUM_STOCK_ROWS)]


class StockLevelsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each row, in the order of the request."""

    results: list[StockRowResult]


class InventoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which offers: one identifier, or several with commas between."""

    offer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class OfferListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which offers; ``supplier_id`` is the operator's and storefront's to choose."""

    supplier_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


def operations(*, use_cases: StockUseCases, queries: InventoryQueries) -> tuple[Operation, ...]:
    """Return the operations on products with offers, offers with stock, and stock levels."""
    return (
        _product(queries=queries),
        *_offers(queries=queries),
        _writing(use_cases=use_cases),
        _keeping(use_cases=use_cases),
    )


def _writing(*, use_cases: StockUseCases) -> Operation:
    async def set_stock_levels(request: Request) -> Answer:
        body: StockLevelsBody = request.body
        rows = [
            StockRow(
                supplier_sku=row.supplier_sku,
                location=row.location,
                on_hand=row.on_hand,
                safety_stock=row.safety_stock,
            )
            for row in body.stock_levels
        ]
        scope = SupplierScope(supplier_id=request.principal.subject_id)
        results = await use_cases.set_on_hand(scope=scope, rows=rows, context=request.context)
        return Answer(value=StockLevelsAnswer(results=results))

    return Operation(
        method="PUT",
        path="/v1/stock-levels",
        name="set_stock_levels",
        summary="Tell what is on hand",
        description="Each row has its own result; a bad row never loses another.",
        tag="Inventory",
        roles=frozenset({Role.SUPPLIER}),
        handle=set_stock_levels,
        body=StockLevelsBody,
        answer=StockLevelsAnswer,
    )


def _keeping(*, use_cases: StockUseCases) -> Operation:
    async def set_safety_stock(request: Request) -> Answer:
        body: SafetyStockBody = request.body
        principal = request.principal
        own = principal.role is Role.SUPPLIER
        level = await use_cases.set_safety_stock(
            offer_id=request.path["offer_id"],
            location=body.location,
            safety_stock=body.safety_stock,
            scope=SupplierScope(supplier_id=principal.subject_id) if own else None,
            context=request.context,
        )
        return Answer(value=location_views(stock=(level,))[0])

    return Operation(
        method="PUT",
        path="/v1/offers/{offer_id}/safety-stock",
        name="set_safety_stock",
        summary="Set what is never sold of an offer at a location",
        description="What is reserved already stays reserved. The supplier's later stock levels and feeds keep it.",
        tag="Inventory",
        roles=frozenset({Role.SUPPLIER, Role.OPERATOR}),
        handle=set_safety_stock,
        body=SafetyStockBody,
        answer=LocationView,
        errors=(StockLevelUnknown, QuantityInvalid, ChangedMeanwhile),
    )


def _product(*, queries: InventoryQueries) -> Operation:
    async def get_product(request: Request) -> Answer:
        found = await queries.product_with_offers(product_id=request.path["product_id"], at=request.context.at)
        if found.product is None:
            raise ProductUnknown(detail=f"There is no product {request.path['product_id'][:40]}.")
        offers = [offer_view(joined=one) for one in found.offers if _may_see(principal=request.principal, joined=one)]
        available = sum(offer.available for offer in offers if offer.sellable)
        if request.principal.role is Role.SUPPLIER:
            product = _PRODUCT_DECODER.decode(found.product)
            shown = shown_to_supplier(product=product, supplier_id=request.principal.subject_id)
            return Answer(value=ProductAnswer(product=shown, available=available, offers=offers))
        answer = StoredProductAnswer(product=found.product, available=available, offers=offers)
        return Answer(raw=_ENCODER.encode(answer))

    return Operation(
        method="GET",
        path="/v1/products/{product_id}",
        name="get_product",
        summary="Read a product with its offers and stock",
        description="A supplier sees only its own offers of the product, and not which other supplier made it known.",
        tag="Products",
        roles=READERS,
        handle=get_product,
        answer=ProductAnswer,
        errors=(ProductUnknown,),
    )


def _offers(*, queries: InventoryQueries) -> tuple[Operation, ...]:
    async def list_offers(request: Request) -> Answer:
        query: OfferListQuery = request.query
        own = request.principal.role is Role.SUPPLIER
        supplier_id = request.principal.subject_id if own else query.supplier_id
        if supplier_id is not None:
            listing = await queries.list_supplier_offers(
                scope=SupplierScope(supplier_id=supplier_id),
                after=query.after,
                limit=query.limit,
                at=request.context.at,
            )
        else:
            listing = await queries.list_offers(after=query.after, limit=query.limit, at=request.context.at)
        offers = [offer_view(joined=one) for one in listing.offers]
        return Answer(value=OfferListView(offers=offers, next_after=listing.next_after))

    async def get_inventory(request: Request) -> Answer:
        query: InventoryQuery = request.query
        found = await queries.offers_with_stock(offer_ids=query.offer_id.split(","), at=request.context.at)
        shown = [one for one in found.values() if _may_see(principal=request.principal, joined=one)]
        if not shown:
            raise OfferUnknown(detail=f"There is no offer {query.offer_id[:80]}.")
        return Answer(value=InventoryAnswer(inventory=[inventory_view(joined=one) for one in shown]))

    return (
        Operation(
            method="GET",
            path="/v1/offers",
            name="list_offers",
            summary="List offers with their stock",
            description="A supplier sees its own. A page may be short; the last one has `next_after` null.",
            tag="Offers",
            roles=READERS,
            handle=list_offers,
            query=OfferListQuery,
            answer=OfferListView,
        ),
        Operation(
            method="GET",
            path="/v1/inventory",
            name="get_inventory",
            summary="Read what is in stock of offers",
            tag="Inventory",
            roles=READERS,
            handle=get_inventory,
            query=InventoryQuery,
            answer=InventoryAnswer,
            errors=(OfferUnknown,),
        ),
    )


def _may_see(*, principal: Principal, joined: OfferWithStock) -> bool:
    return principal.role is not Role.SUPPLIER or joined.offer.supplier_id == principal.subject_id
