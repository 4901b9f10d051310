"""Taking a feed back: what it wrote becomes what it was, the last batch first; what is newer stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from openaisle.catalog.merging.repository import CONTRIBUTIONS
from openaisle.catalog.model import Product
from openaisle.catalog.repository import PRODUCTS, product_key
from openaisle.feeds.applying.planning import DELTA, PLAN, quoted_list, write_parquet
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.events import FeedRolledBack
from openaisle.feeds.model import Feed, FeedPlan, FeedState, decide_taken_back
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.report import Before, FeedReport
from openaisle.feeds.repository import (
    FEED_REPORTS,
    FEEDS,
    batch_prefix,
    feed_key,
    plan_blob_name,
)
from openaisle.feeds.state.keeping import NewPart, SupplierState
from openaisle.feeds.state.model import Family
from openaisle.inventory.model import decide_on_hand
from openaisle.inventory.repository import STOCK_KIND, STOCK_LEVELS, STOCK_PREFIX
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context
from openaisle.kernel.records import RecordType, decided_anew
from openaisle.kernel.table import Delete, Index, Item, Key, Table, Write
from openaisle.kernel.tabular import Workbench, Workbenches, quoted_text
from openaisle.offers.events import OfferStateChanged
from openaisle.offers.model import OfferState
from openaisle.offers.repository import OFFER_KIND, OFFERS, offer_partition, product_partition

BATCHES_PER_STEP = 2
_KEYS_PER_COMMIT = 90
_RECORDS: Mapping[str, RecordType[Any]] = {kind.kind: kind for kind in (PRODUCTS, OFFERS, STOCK_LEVELS, CONTRIBUTIONS)}
# What stands alone goes first: an offer is removed once it has no stock, a product once it has no offer.
_ORDER = {STOCK_KIND: 0, OFFER_KIND: 1, CONTRIBUTIONS.kind: 1, PRODUCTS.kind: 2}


class TakenBack(NamedTuple):
    """What a step put back as it was, and what it kept because something newer had changed it."""

    batches_done: int
    restored: int
    kept: int


class FeedRollback:
    """Takes feeds back, some batches a step."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        workbenches: Workbenches,
        queries: FeedQueries,
        state: SupplierState,
        batches_per_step: int = BATCHES_PER_STEP,
    ) -> None:
        """Take the ports, the queries of feeds, and the state, which forgets what the feed said."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches
        self._queries = queries
        self._state = state
        self._batches_per_step = batches_per_step

    async def take_back(self, *, feed_id: str, batches_done: int, context: Context) -> FeedState:
        """Take the last batches back and record it; running again finds what is back already as it should be."""
        feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
        plan = feed.plan
        if plan is None or feed.state is not FeedState.ROLLING_BACK or feed.batches_done != batches_done:
            return feed.state
        if batches_done == plan.batches:
            # Before anything changes: from now on the next feed asks the store about these rows.
            await self._forget(feed=feed, plan=plan, context=context)
        left = max(0, batches_done - self._batches_per_step)
        restored = kept = 0
        for batch in range(batches_done - 1, left - 1, -1):
            for wave in await self._standing_before(feed=feed, plan=plan, batch=batch):
                done = await self._restore(wave=wave, feed=feed, context=context)
                restored, kept = restored + done[0], kept + done[1]
        return await self._record(
            feed_id=feed_id, before=batches_done, taken=TakenBack(left, restored, kept), context=context
        )

    async def _record(self, *, feed_id: str, before: int, taken: TakenBack, context: Context) -> FeedState:
        async def attempt() -> FeedState:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            feed = found.record
            if feed.state is not FeedState.ROLLING_BACK or feed.batches_done != before:
                return feed.state
            changed = decide_taken_back(
                feed=feed, batches_done=taken.batches_done, restored=taken.restored, kept=taken.kept, at=context.at
            )
            events = []
            if changed.state is FeedState.ROLLED_BACK:
                events = [
                    FeedRolledBack(
                        supplier_id=feed.supplier_id, feed_id=feed_id, restored=changed.restored, kept=changed.kept
                    )
                ]
            write = FEEDS.replace(changed, version=found.version, events=events)
            await self._table.commit(writes=[write], context=context)
            return changed.state

        return await decided_anew(attempt)

    async def _standing_before(self, *, feed: Feed, plan: FeedPlan, batch: int) -> list[list[Before]]:
        """Return what stood before a batch, in waves: stock, offers, products; the latest report first."""
        reports = await self._reports(feed_id=feed.feed_id, batch=batch)
        before: list[Before] = []
        for report in reversed(reports):
            before += [one for one in report.before if one.kind in _RECORDS]
            if batch < plan.fast_batches and report.first_row == 0:
                before += await self._created(feed=feed, plan=plan, batch=batch, deferred=report.deferred)
        waves: list[list[Before]] = [[], [], []]
        for one in before:
            waves[_ORDER[one.kind]].append(one)
        return waves

    async def _created(self, *, feed: Feed, plan: FeedPlan, batch: int, deferred: Sequence[int]) -> list[Before]:
        name = plan_blob_name(feed_id=feed.feed_id, attempt=plan.attempt, part=PLAN)
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=[name]) as (workbench, paths):
            sql = (
                f"SELECT offer_id, product_id, location FROM read_parquet({quoted_text(str(paths[name]))})"
                f" WHERE batch = {int(batch)}"
                + (f" AND row NOT IN ({quoted_list(numbers=deferred)})" if deferred else "")
            )
            rows = await on_thread(workbench, lambda: [row for rows in workbench.rows(sql=sql) for row in rows])
        created = []
        for offer_id, product_id, location in rows:
            partition = offer_partition(offer_id=offer_id)
            created += [
                Before(partition=partition, sort=f"{STOCK_PREFIX}{location}", kind=STOCK_KIND, version=0),
                Before(partition=partition, sort="OFFER", kind=OFFER_KIND, version=0),
                Before(
                    partition=product_key(product_id=product_id).partition,
                    sort="PRODUCT",
                    kind=PRODUCTS.kind,
                    version=0,
                ),
            ]
        return created

    async def _restore(self, *, wave: Sequence[Before], feed: Feed, context: Context) -> tuple[int, int]:
        restored = kept = 0
        for start in range(0, len(wave), _KEYS_PER_COMMIT):
            part = {Key(one.partition, one.sort): one for one in wave[start : start + _KEYS_PER_COMMIT]}
            counts = await decided_anew(lambda part=part: self._restore_some(part, feed, context))  # type: ignore[misc]
            restored, kept = restored + counts[0], kept + counts[1]
        return restored, kept

    async def _restore_some(self, part: Mapping[Key, Before], feed: Feed, context: Context) -> tuple[int, int]:
        writes: list[Write] = []
        kept = 0
        items = await self._table.get_many(keys=list(part))
        for before, item in zip(part.values(), items, strict=True):
            if item is None:
                continue
            write, whole = await self._write_of(before=before, item=item, feed=feed, context=context)
            if write is not None:
                writes.append(write)
            kept += not whole
        if writes:
            await self._table.commit(writes=writes, context=context)
        return len(writes), kept

    async def _write_of(self, *, before: Before, item: Item, feed: Feed, context: Context) -> tuple[Write | None, bool]:
        """Return the write that puts one record back, and whether it is then as it was."""
        if before.body is None:
            return await self._removal_of(item=item, feed=feed, context=context)
        if item.body == before.body.encode():
            return None, True
        record = _RECORDS[before.kind].record(before.body.encode())
        if before.kind == STOCK_KIND and item.version != before.version + 1:
            current = STOCK_LEVELS.record(item.body)
            if current.confirmed_at != feed.received_at:
                return None, False
            # Only orders have moved it since: what is reserved stays reserved.
            decision = decide_on_hand(stock=current, on_hand=record.on_hand, at=record.confirmed_at)
            back = msgspec.structs.replace(
                decision.stock, confirmed_at=record.confirmed_at, product_id=record.product_id
            )
            return STOCK_LEVELS.replace(back, version=item.version), not decision.findings
        if item.version == before.version + 1 or _is_word_of(feed=feed, item=item):
            return _RECORDS[before.kind].replace(record, version=item.version), True
        return None, False

    async def _removal_of(self, *, item: Item, feed: Feed, context: Context) -> tuple[Write | None, bool]:
        if item.kind in {STOCK_KIND, CONTRIBUTIONS.kind}:
            return (_delete(item), True) if item.version == 1 else (None, False)
        if item.kind == OFFER_KIND:
            offer = OFFERS.record(item.body)
            stock = await self._table.query(partition=item.key.partition, sort_prefix=STOCK_PREFIX, limit=1)
            if _is_word_of(feed=feed, item=item) and not stock.items:
                return OFFERS.remove(offer, version=item.version, events=[_gone(offer)]), True
            if offer.state is OfferState.WITHDRAWN:
                return None, False
            withdrawn = msgspec.structs.replace(offer, state=OfferState.WITHDRAWN, changed_at=context.at)
            return OFFERS.replace(withdrawn, version=item.version, events=[_gone(offer)]), False
        if item.kind == PRODUCTS.kind:
            product: Product = PRODUCTS.record(item.body)
            page = await self._table.query(
                partition=product_partition(product_id=product.product_id), index=Index.FIRST, limit=2
            )
            if not _is_word_of(feed=feed, item=item) or len(page.items) > 1:
                return None, False
        return _delete(item), True

    async def _reports(self, *, feed_id: str, batch: int) -> list[FeedReport]:
        reports: list[FeedReport] = []
        after = None
        while True:
            page = await self._table.query(
                partition=feed_key(feed_id=feed_id).partition,
                sort_prefix=batch_prefix(batch=batch),
                after=after,
                limit=50,
            )
            reports += [FEED_REPORTS.record(item.body) for item in page.items]
            after = page.cursor
            if after is None:
                return reports

    async def _forget(self, *, feed: Feed, plan: FeedPlan, context: Context) -> None:
        """Make the state unsure of every row of the feed: the next feed asks the store about them."""
        name = plan_blob_name(feed_id=feed.feed_id, attempt=plan.attempt, part=DELTA)
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=[name]) as (workbench, paths):
            source = f"read_parquet({quoted_text(str(paths[name]))})"
            parts = await on_thread(workbench, lambda: _unknown_parts(workbench=workbench, source=source))
            stored = [
                await self._state.store(
                    supplier_id=feed.supplier_id,
                    feed_id=feed.feed_id,
                    name=f"{part.path.stem}-back",
                    part=part,
                    context=context,
                )
                for part in parts
            ]
        await self._state.commit_appended(supplier_id=feed.supplier_id, parts=stored, context=context)


def _unknown_parts(*, workbench: Workbench, source: str) -> list[NewPart]:
    parts = []
    for family in Family:
        location = "location" if family is Family.STOCK else "''"
        # An article that only this feed brought is not there any more.
        sql = f"SELECT DISTINCT sku, {location} AS location, NULL::UHUGEINT AS value, known AS present FROM {source}"
        path = workbench.folder / f"{family.value}.parquet"
        write_parquet(workbench=workbench, sql=sql, path=path)
        count = int(workbench.value(sql=f"SELECT count(*) FROM read_parquet({quoted_text(str(path))})"))
        if count:
            parts.append(NewPart(family, path, count))
    return parts


def _is_word_of(*, feed: Feed, item: Item) -> bool:
    """Return whether a product or offer still says what the feed said last, not something newer."""
    if item.kind == PRODUCTS.kind:
        return PRODUCTS.record(item.body).changed_at == feed.received_at
    if item.kind == OFFER_KIND:
        offer = OFFERS.record(item.body)
        return feed.received_at in {offer.changed_at, offer.priced_at}
    return False


def _delete(item: Item) -> Delete:
    return Delete(key=item.key, expected_version=item.version)


def _gone(offer: Any) -> OfferStateChanged:  # noqa: ANN401 - an offer
    return OfferStateChanged(
        supplier_id=offer.supplier_id,
        offer_id=offer.offer_id,
        product_id=offer.product_id,
        state=OfferState.WITHDRAWN.value,
    )
