"""What can be sold: offers with their stock and the reasons against selling them, each by one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.model import ProductState
from openaisle.catalog.repository import PRODUCTS
from openaisle.inventory.model import OfferWithStock, StockLevel, reasons_against_selling
from openaisle.inventory.repository import STOCK_KIND, STOCK_LEVELS
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.table import Index, Item, Table
from openaisle.offers.model import Offer
from openaisle.offers.repository import (
    OFFER_KIND,
    OFFER_SHARDS,
    OFFERS,
    every_listing_partition,
    listing_partition,
    offer_partition,
    product_partition,
)
from openaisle.suppliers.queries import SupplierQueries

_PAGE_OF_ONE_PRODUCT = 1000


class ProductWithOffers(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is stored (``product``, JSON, None if there is none) and its offers with stock."""

    product: msgspec.Raw | None
    state: ProductState
    offers: tuple[OfferWithStock, ...]


class OfferListing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of offers with stock; ``next_after`` is what the next page is asked with, null on the last."""

    offers: tuple[OfferWithStock, ...]
    next_after: str | None


class InventoryQueries:
    """Offers joined with their stock."""

    def __init__(self, *, table: Table, suppliers: SupplierQueries) -> None:
        """Take the table and the queries that tell whether a supplier may sell."""
        self._table = table
        self._suppliers = suppliers

    async def sellable_offers(self, *, offer_ids: Iterable[str], at: datetime) -> dict[str, OfferWithStock]:
        """Return those of the offers that can be sold at ``at``, by identifier; one partition query each.

        An offer that is unknown or not sellable is absent; ``offers_with_stock`` gives the reasons.
        """
        found = await self.offers_with_stock(offer_ids=offer_ids, at=at)
        return {offer_id: offer for offer_id, offer in found.items() if not offer.reasons}

    async def offers_with_stock(self, *, offer_ids: Iterable[str], at: datetime) -> dict[str, OfferWithStock]:
        """Return the offers that exist, sellable or not, with the reasons against selling; one query each."""
        found = {}
        for offer_id in offer_ids:
            if offer_id not in found:
                page = await self._table.query(partition=offer_partition(offer_id=offer_id))
                joined = await self._joined(items=page.items, at=at, product_state=None)
                if joined:
                    found[offer_id] = joined[0]
        return found

    async def offers_of_product(self, *, product_id: str, at: datetime) -> list[OfferWithStock]:
        """Return all offers of a product, sellable or not, with the reasons against selling; one query."""
        return list((await self.product_with_offers(product_id=product_id, at=at)).offers)

    async def product_with_offers(self, *, product_id: str, at: datetime) -> ProductWithOffers:
        """Return a product with all its offers and their stock: the hot path of get product, one query."""
        partition = product_partition(product_id=product_id)
        page = await self._table.query(partition=partition, index=Index.FIRST, limit=_PAGE_OF_ONE_PRODUCT)
        items = page.items
        while page.cursor is not None:
            page = await self._table.query(
                partition=partition, index=Index.FIRST, limit=_PAGE_OF_ONE_PRODUCT, after=page.cursor
            )
            items = items + page.items
        # The product's item stands last: its sort key follows those of the offers.
        stored = items[-1] if items and items[-1].kind == PRODUCTS.kind else None
        state = _STATE_DECODER.decode(stored.body).state if stored else ProductState.WITHDRAWN
        offers = await self._joined(items=items, at=at, product_state=state)
        return ProductWithOffers(
            product=msgspec.Raw(stored.body) if stored else None, state=state, offers=tuple(offers)
        )

    async def list_supplier_offers(
        self, *, scope: SupplierScope, after: str | None, limit: int, at: datetime
    ) -> OfferListing:
        """Return a page of at most ``limit`` offers of one supplier."""
        return await self._listing(
            partition=listing_partition(supplier_id=scope.supplier_id),
            sort_prefix=f"{scope.supplier_id}#",
            after=after,
            limit=limit,
            at=at,
        )

    async def list_offers(self, *, after: str | None, limit: int, at: datetime) -> OfferListing:
        """Return a page of at most ``limit`` offers of all suppliers; for the operator and storefronts.

        A page may hold fewer offers than asked for, even none, and still not be the last.
        """
        shard, _, cursor = after.partition(".") if after else ("0", "", "")
        number = int(shard, 16) if len(shard) == 1 and shard in "0123456789abcdef" else OFFER_SHARDS
        while number < OFFER_SHARDS:
            listing = await self._listing(
                partition=every_listing_partition(shard=number),
                sort_prefix="",
                after=cursor or None,
                limit=limit,
                at=at,
            )
            if listing.next_after is not None:
                return OfferListing(offers=listing.offers, next_after=f"{number:x}.{listing.next_after}")
            number, cursor = number + 1, ""
            if listing.offers:
                return OfferListing(offers=listing.offers, next_after=f"{number:x}." if number < OFFER_SHARDS else None)
        return OfferListing(offers=(), next_after=None)

    async def _listing(
        self, *, partition: str, sort_prefix: str, after: str | None, limit: int, at: datetime
    ) -> OfferListing:
        page = await self._table.query(
            partition=partition, index=Index.SECOND, sort_prefix=sort_prefix, after=after, limit=limit
        )
        offers = await self._joined(items=page.items, at=at, product_state=None)
        if offers and page.cursor is not None:
            # The page may have ended between an offer and its stock; the next page passes over what is left of it.
            last = offers[-1].offer.offer_id
            whole = await self._table.query(partition=offer_partition(offer_id=last))
            offers[-1:] = await self._joined(items=whole.items, at=at, product_state=None)
        return OfferListing(offers=tuple(offers), next_after=page.cursor)

    async def _joined(
        self, *, items: Sequence[Item], at: datetime, product_state: ProductState | None
    ) -> list[OfferWithStock]:
        """Join offers with the stock levels that follow them; stock whose offer is not among them is passed over."""
        gathered: dict[str, tuple[Offer, list[StockLevel]]] = {}
        for item in items:
            if item.kind == OFFER_KIND:
                offer = OFFERS.record(item.body)
                gathered[offer.offer_id] = (offer, [])
            elif item.kind == STOCK_KIND:
                level = STOCK_LEVELS.record(item.body)
                if level.offer_id in gathered:
                    gathered[level.offer_id][1].append(level)
        joined = []
        for offer, levels in gathered.values():
            stock = tuple(levels)
            active = await self._suppliers.is_active(supplier_id=offer.supplier_id, at=at)
            reasons = reasons_against_selling(
                offer=offer,
                stock=stock,
                supplier_active=active,
                product_state=product_state or offer.product_state,
            )
            joined.append(OfferWithStock(offer=offer, stock=stock, reasons=reasons))
        return joined


class _StateOnly(msgspec.Struct):
    """A product of which only the state is read: the rest goes to the caller as it is stored."""

    state: ProductState = ProductState.ACTIVE


_STATE_DECODER = msgspec.json.Decoder(_StateOnly)
