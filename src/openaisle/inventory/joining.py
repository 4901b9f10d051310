"""Joining products that are one, parting offers that are of two, and undoing either: by a person or a certain match.

A join is one small commit; the offers, of which there may be many, follow in commits of their own. Between the two
nothing is lost: whoever registers an offer of the joined product is sent on to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.merging.errors import OffersNotOfProduct, ProductNotJoined, ProductsCannotBeJoined
from openaisle.catalog.merging.events import ProductJoined, ProductJoinUndone, ProductParted
from openaisle.catalog.merging.model import (
    OPERATOR_SOURCE,
    Contribution,
    merged,
    original_contribution,
)
from openaisle.catalog.merging.repository import (
    CONTRIBUTIONS,
    JOINS,
    SOURCES_MAXIMUM,
    ProductJoin,
    contributions_to,
    join_key,
    kept_merge_rule,
)
from openaisle.catalog.model import Product
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import PRODUCTS
from openaisle.inventory.repository import STOCK_LEVELS, STOCK_PREFIX
from openaisle.kernel.context import Context
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Index, Table, Write
from openaisle.offers.events import OfferChanged
from openaisle.offers.model import Offer
from openaisle.offers.repository import OFFER_KIND, OFFERS, offer_key, offer_partition, product_partition

_LOCATIONS_MAXIMUM = 90


class ProductJoins:
    """Joins and parts products."""

    def __init__(self, *, table: Table, queries: CatalogQueries) -> None:
        """Take the table and the queries of the catalog."""
        self._table = table
        self._queries = queries

    async def join(self, *, product_id: str, into: str, reason: str, context: Context) -> Product:
        """Join a product into another; returns the other. Raises ProductUnknown and ProductsCannotBeJoined.

        Its facts become contributions to the other; its offers follow (``move_offers``). Asking again changes nothing.
        """

        async def attempt() -> Product:
            one = await self._queries.product(product_id=product_id)
            other = await self._queries.product(product_id=into)
            if one.record.merged_into == into:
                return other.record
            _require_joinable(one=one.record, other=other.record)
            after, writes = await self._combined(one=one, other=other, at=context.at)
            earlier = await self._table.get(key=join_key(product_id=product_id))
            join = ProductJoin(
                product_id=product_id, into=into, reason=reason, who=context.principal.subject_id, at=context.at
            )
            joined = msgspec.structs.replace(one.record, merged_into=into, changed_at=context.at)
            writes += [
                JOINS.replace(join, version=earlier.version) if earlier else JOINS.create(join),
                PRODUCTS.replace(
                    joined,
                    version=one.version,
                    events=[ProductJoined(product_id=product_id, into=into, reason=reason)],
                ),
                PRODUCTS.replace(after, version=other.version),
            ]
            await self._table.commit(writes=writes, context=context)
            return after

        return await decided_anew(attempt)

    async def undo(self, *, product_id: str, context: Context) -> Product:
        """Undo the join of a product; returns it as it stands again. Raises ProductUnknown and ProductNotJoined."""

        async def attempt() -> Product:
            one = await self._queries.product(product_id=product_id)
            into = one.record.merged_into
            item = await self._table.get(key=join_key(product_id=product_id))
            if into is None or item is None:
                raise ProductNotJoined(detail=f"Product {product_id[:40]} stands by itself.")
            join = JOINS.decode(item)
            other = await self._queries.product(product_id=into)
            after, writes = await self._separated(one=one.record, other=other.record, at=context.at)
            undone = msgspec.structs.replace(join.record, undone_at=context.at, undone_by=context.principal.subject_id)
            back = msgspec.structs.replace(one.record, merged_into=None, changed_at=context.at)
            event = ProductJoinUndone(product_id=product_id, into=into)
            writes += [
                JOINS.replace(undone, version=join.version),
                PRODUCTS.replace(back, version=one.version, events=[event]),
                PRODUCTS.replace(after, version=other.version),
            ]
            await self._table.commit(writes=writes, context=context)
            return back

        return await decided_anew(attempt)

    async def part(self, *, product_id: str, offer_ids: Sequence[str], reason: str, context: Context) -> Product:
        """Give offers a product of their own, with the facts of their suppliers; returns it.

        Raises ProductUnknown and OffersNotOfProduct. Later feeds leave these offers with the new product.
        """
        wanted = tuple(dict.fromkeys(offer_ids))
        new_id = derived_identifier(prefix="prd", parts=("parted", product_id, *sorted(wanted)))

        async def attempt() -> Product:
            source = await self._queries.product(product_id=product_id)
            offers = await self._offers_of(product_id=product_id)
            chosen = [one for one in offers if one.record.offer_id in wanted]
            if len(chosen) != len(wanted) or len(chosen) == len(offers):
                raise OffersNotOfProduct(
                    detail=f"{len(chosen)} of the {len(wanted)} offers are among the {len(offers)} of the product."
                )
            made = await self._parted(source=source.record, offers=[one.record for one in chosen], new_id=new_id)
            made = msgspec.structs.replace(made, created_at=context.at, changed_at=context.at)
            event = ProductParted(product_id=new_id, from_product=product_id, offer_ids=list(wanted), reason=reason)
            staying = {one.record.supplier_id for one in offers if one.record.offer_id not in wanted}
            left, writes = await self._left(source=source.record, suppliers=staying, at=context.at)
            writes += [PRODUCTS.store(made, events=[event]), PRODUCTS.replace(left, version=source.version)]
            await self._table.commit(writes=writes, context=context)
            return made

        made = await decided_anew(attempt)
        await self.move_parted(product_id=new_id, from_product=product_id, offer_ids=wanted, context=context)
        return made

    async def move_parted(
        self, *, product_id: str, from_product: str, offer_ids: Sequence[str], context: Context
    ) -> None:
        """Let parted offers be about their own product; running it again is harmless. Raises ProductUnknown."""
        made = (await self._queries.product(product_id=product_id)).record
        for offer_id in offer_ids:
            await self._move(offer_id=offer_id, source=from_product, target=made, fixed=True, context=context)

    async def move_offers(self, *, product_id: str, context: Context) -> None:
        """Let the offers of a product follow its join, or go back after it was undone; running it again is harmless."""
        product = (await self._queries.product(product_id=product_id)).record
        if product.merged_into is not None:
            target = (await self._queries.product(product_id=product.merged_into)).record
            for offer in await self._offers_of(product_id=product_id):
                await self._move(
                    offer_id=offer.record.offer_id, source=product_id, target=target, fixed=False, context=context
                )
            return
        item = await self._table.get(key=join_key(product_id=product_id))
        if item is None or JOINS.record(item.body).undone_at is None:
            return
        into = JOINS.record(item.body).into
        for offer in await self._offers_of(product_id=into):
            if offer.record.joined_from == product_id:
                await self._move(
                    offer_id=offer.record.offer_id, source=into, target=product, fixed=False, context=context
                )

    async def _move(self, *, offer_id: str, source: str, target: Product, fixed: bool, context: Context) -> None:
        async def attempt() -> None:
            item = await self._table.get(key=offer_key(offer_id=offer_id))
            if item is None:
                return
            found = OFFERS.decode(item)
            if found.record.product_id != source:
                return
            changed = msgspec.structs.replace(
                found.record,
                product_id=target.product_id,
                product_state=target.state,
                product_fixed=fixed,
                joined_from=None if fixed or found.record.joined_from == target.product_id else source,
                changed_at=context.at,
            )
            page = await self._table.query(
                partition=offer_partition(offer_id=offer_id), sort_prefix=STOCK_PREFIX, limit=_LOCATIONS_MAXIMUM
            )
            levels = [STOCK_LEVELS.decode(one) for one in page.items]
            writes: list[Write] = [OFFERS.replace(changed, version=found.version, events=[_offer_changed(changed)])]
            writes += [
                STOCK_LEVELS.replace(
                    msgspec.structs.replace(level.record, product_id=target.product_id), version=level.version
                )
                for level in levels
            ]
            await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)

    async def _offers_of(self, *, product_id: str) -> list[Versioned[Offer]]:
        found: list[Versioned[Offer]] = []
        after = None
        while True:
            page = await self._table.query(
                partition=product_partition(product_id=product_id), index=Index.FIRST, after=after, limit=500
            )
            found += [OFFERS.decode(item) for item in page.items if item.kind == OFFER_KIND]
            if page.cursor is None:
                return found
            after = page.cursor

    async def _combined(
        self, *, one: Versioned[Product], other: Versioned[Product], at: datetime
    ) -> tuple[Product, list[Write]]:
        """Return the other product with what is said of the first, and the writes of the contributions."""
        given = await self._sources_of(product=one.record)
        known = await self._sources_of(product=other.record)
        writes: list[Write] = [CONTRIBUTIONS.create(said.record) for said in known if said.version == 0]
        sources = {said.record.source for said in known}
        added = [
            msgspec.structs.replace(said.record, product_id=other.record.product_id, from_product=one.record.product_id)
            for said in given
            if said.record.source not in sources
        ][: max(0, SOURCES_MAXIMUM - len(known))]
        writes += [CONTRIBUTIONS.store(said) for said in added]
        contributions = [*(said.record for said in known), *added]
        return await self._merged(product=other.record, contributions=contributions, at=at), writes

    async def _separated(self, *, one: Product, other: Product, at: datetime) -> tuple[Product, list[Write]]:
        """Return the other product without what came with the first, and the writes of the contributions."""
        known = await contributions_to(table=self._table, product_id=other.product_id)
        gone = [said for said in known if said.record.from_product == one.product_id]
        left = [said for said in known if said not in gone]
        writes = _forgotten(gone=gone, left=left)
        contributions = [said.record for said in left]
        return await self._merged(product=other, contributions=contributions, at=at), writes

    async def _merged(self, *, product: Product, contributions: Sequence[Contribution], at: datetime) -> Product:
        rule = (await kept_merge_rule(table=self._table)).record.rule
        counted = msgspec.structs.replace(product, source_count=max(1, len(contributions)))
        return merged(product=counted, contributions=contributions, rule=rule, at=at)

    async def _sources_of(self, *, product: Product) -> list[Versioned[Contribution]]:
        """Return what the sources say of a product; of one with a single source, what its record says (version 0)."""
        known = await contributions_to(table=self._table, product_id=product.product_id)
        return known or [Versioned(original_contribution(product=product), 0)]

    async def _left(self, *, source: Product, suppliers: set[str], at: datetime) -> tuple[Product, list[Write]]:
        """Return a product without the word of suppliers that have no offer of it any more, and what that writes."""
        known = await contributions_to(table=self._table, product_id=source.product_id)
        heard = {OPERATOR_SOURCE, *suppliers}
        gone = [said for said in known if said.record.source not in heard]
        staying = [said for said in known if said.record.source in heard]
        left = [said.record for said in staying]
        if not gone or not any(said.source != OPERATOR_SOURCE for said in left):
            return source, []
        makers = [said.source for said in sorted(left, key=lambda one: one.joined_at) if said.source in suppliers]
        maker = source.supplier_id if source.supplier_id in makers else makers[0]
        by_article = {said.source: said.supplier_sku for said in left}
        kept = msgspec.structs.replace(source, supplier_id=maker, supplier_sku=by_article[maker])
        removed = _forgotten(gone=gone, left=staying)
        return await self._merged(product=kept, contributions=left, at=at), removed

    async def _parted(self, *, source: Product, offers: Sequence[Offer], new_id: str) -> Product:
        """Return the product of parted offers: what their own suppliers say, else what the product said."""
        suppliers = list(dict.fromkeys(offer.supplier_id for offer in offers))
        known = await self._sources_of(product=source)
        said = [
            msgspec.structs.replace(one.record, product_id=new_id) for one in known if one.record.source in suppliers
        ]
        bare = msgspec.structs.replace(
            source,
            product_id=new_id,
            supplier_id=suppliers[0],
            supplier_sku=offers[0].supplier_sku,
            sources={},
            source_count=1,
            merged_into=None,
        )
        if not said:
            return bare
        return await self._merged(product=bare, contributions=said[:1], at=source.changed_at)


def _forgotten(*, gone: Sequence[Versioned[Contribution]], left: Sequence[Versioned[Contribution]]) -> list[Write]:
    """Return the writes that forget contributions, also the last one: of a single source the product itself tells."""
    forgotten = [*gone, *left] if len(left) == 1 else gone
    return [CONTRIBUTIONS.remove(said.record, version=said.version) for said in forgotten]


def _require_joinable(*, one: Product, other: Product) -> None:
    if one.product_id == other.product_id:
        raise ProductsCannotBeJoined(detail="A product cannot be joined into itself.")
    for product in (one, other):
        if product.merged_into is not None:
            raise ProductsCannotBeJoined(
                detail=f"Product {product.product_id} is joined into {product.merged_into} already."
            )


def _offer_changed(offer: Offer) -> OfferChanged:
    return OfferChanged(
        supplier_id=offer.supplier_id,
        offer_id=offer.offer_id,
        product_id=offer.product_id,
        price_minor=offer.price_minor,
        currency=offer.currency,
    )
