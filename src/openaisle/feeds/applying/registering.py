"""Rows that are decided one by one: by the registrar of products or that of terms; and offers that are withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.feeds.applying.terms_registrar import TermsRegistrar
from openaisle.feeds.model import Feed, FeedCounts, FeedKind
from openaisle.feeds.report import Before, FeedReport
from openaisle.feeds.repository import FEED_REPORTS, feed_report_key
from openaisle.inventory.acceptance import Intake
from openaisle.inventory.packing import Registered
from openaisle.inventory.registrar import Addition, Registrar
from openaisle.kernel.context import Context
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.offers.events import OfferStateChanged
from openaisle.offers.model import OfferState, offer_identifier
from openaisle.offers.repository import OFFERS, offer_key


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """The offers that a full feed no longer names, one batch of them."""

    feed: Feed
    batch: int
    skus: tuple[str, ...]


class Registering:
    """Registers rows by what their feed is about."""

    def __init__(self, *, table: Table, registrar: Registrar, terms: TermsRegistrar) -> None:
        """Take the table and both registrars."""
        self._table = table
        self._registrar = registrar
        self._terms = terms

    async def register(
        self, *, feed: Feed, table: Sequence[Intake], context: Context, addition: Addition
    ) -> list[Registered]:
        """Register the rows, each commit with the report that ``addition`` makes of its rows."""
        if feed.kind is FeedKind.PRODUCTS:
            return await self._registrar.register(table=table, context=context, addition=addition)
        return await self._terms.register(kind=feed.kind, table=table, context=context, addition=addition)

    async def remove(self, *, removal: Removal, context: Context) -> FeedCounts:
        """Withdraw the active offers among those that are missing; returns how many, also if that was done before."""
        feed = removal.feed
        key = feed_report_key(feed_id=feed.feed_id, batch=removal.batch, first_row=1)

        async def attempt() -> FeedCounts:
            standing = await self._table.get(key=key)
            if standing is not None:
                return FEED_REPORTS.record(standing.body).counts
            writes, before = await self._withdrawn(removal=removal, context=context)
            counts = FeedCounts(removed=len(writes))
            report = FeedReport(
                feed_id=feed.feed_id, batch=removal.batch, first_row=1, rows=(), counts=counts, before=before
            )
            await self._table.commit(writes=[*writes, FEED_REPORTS.create(report)], context=context)
            return counts

        return await decided_anew(attempt)

    async def _withdrawn(self, *, removal: Removal, context: Context) -> tuple[list[Write], tuple[Before, ...]]:
        supplier_id = removal.feed.supplier_id
        keys = [offer_key(offer_id=offer_identifier(supplier_id=supplier_id, supplier_sku=sku)) for sku in removal.skus]
        writes: list[Write] = []
        before: list[Before] = []
        for item in await self._table.get_many(keys=keys):
            if item is None:
                continue
            offer = OFFERS.record(item.body)
            if offer.state is OfferState.WITHDRAWN or offer.changed_at > context.at:
                continue
            gone = msgspec.structs.replace(
                offer, state=OfferState.WITHDRAWN, absent_from=removal.feed.feed_id, changed_at=context.at
            )
            event = OfferStateChanged(
                supplier_id=supplier_id, offer_id=offer.offer_id, product_id=offer.product_id, state=gone.state.value
            )
            writes.append(OFFERS.replace(gone, version=item.version, events=[event]))
            before.append(
                Before(
                    partition=item.key.partition,
                    sort=item.key.sort,
                    kind=item.kind,
                    version=item.version,
                    body=item.body.decode(),
                )
            )
        return writes, tuple(before)
