"""The index follows the table: whatever names a changed product has it read and indexed as it stands by then.

What a product's document is made of is read from the table each time; a change handled twice, or out of order,
therefore changes nothing. Single changes and what is named in bulk come through two pipes, so that a new price never
waits for a first feed of a million products; each write says as of which position of the stream it was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice

import msgspec

from openaisle.catalog.repository import PRODUCTS
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.repository import STOCK_KIND
from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.search import SearchDocument, SearchIndex
from openaisle.kernel.stream import Change, ChangeStream
from openaisle.kernel.table import Table
from openaisle.offers.repository import OFFER_KIND
from openaisle.publishing.announcing import Announcer
from openaisle.publishing.documents import read_published, search_document
from openaisle.publishing.repository import REFRESHES, Refresh
from openaisle.publishing.standards import StandardsInForce
from openaisle.suppliers.events import SupplierActivated, SupplierOffboarded, SupplierReinstated, SupplierSuspended
from openaisle.suppliers.repository import SUPPLIERS

NAME = "publishing"
BULK_NAME = "publishing.bulk"
# The reports of feeds tell of what was made in bulk, which is not streamed item by item.
FEED_REPORT_KIND = "feed_report"
ROWS_APPLIED = "feed.rows_applied"
_SUPPLIER_EVENTS = frozenset(
    event.TYPE for event in (SupplierActivated, SupplierReinstated, SupplierSuspended, SupplierOffboarded)
)
_BATCH_SIZE = 1_000
# Each may name thousands of products, and a batch has to end within minutes.
_BULK_BATCH_SIZE = 4
# Readers may see a change half a second late; meanwhile changes of one product gather into one.
_REST_SECONDS = 0.5
_PRODUCTS_AT_ONCE = 1_000
_STANDING_SECONDS = 1.1
_PRODUCTS_BETWEEN_PAUSES = 10


class _Named(msgspec.Struct):
    """An item of which only the names it holds are read."""

    product_id: str = ""
    product_ids: tuple[str, ...] = ()
    supplier_id: str | None = None


_NAMED = msgspec.json.Decoder(_Named)


class _Dirty:
    """What a batch of changes names, each once and in its order."""

    def __init__(self, *, changes: Sequence[Change]) -> None:
        self.product_ids: dict[str, None] = {}
        self.offer_ids: dict[str, None] = {}
        self.supplier_ids: dict[str, None] = {}
        self.filled: str | None = None
        for change in changes:
            self._look_at(change)

    def _look_at(self, change: Change) -> None:
        identifier = change.key.partition.partition("#")[2]
        if change.kind == PRODUCTS.kind:
            self.product_ids[identifier] = None
        elif change.kind in {OFFER_KIND, STOCK_KIND}:
            # The product that it was known under may be another one than it names now.
            self.offer_ids[identifier] = None
            if change.body is not None:
                self.product_ids[_NAMED.decode(change.body).product_id] = None
        elif change.kind == REFRESHES.kind and change.body is not None:
            refresh = REFRESHES.record(change.body)
            self.product_ids.update(dict.fromkeys(refresh.product_ids))
            self.filled = refresh.filled_generation or self.filled
        for event in change.events:
            if event.type == ROWS_APPLIED:
                self.product_ids.update(dict.fromkeys(_NAMED.decode(event.data).product_ids))
            elif event.type in _SUPPLIER_EVENTS:
                self.supplier_ids[_NAMED.decode(event.data).supplier_id or identifier] = None


class Follower:
    """Keeps the index beside the table, and announces what changed."""

    def __init__(
        self,
        *,
        table: Table,
        stream: ChangeStream,
        index: SearchIndex,
        inventory: InventoryQueries,
        standards: StandardsInForce,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the table that is followed, the index, and the queries that read products as they are published."""
        self._table = table
        self._stream = stream
        self._index = index
        self._inventory = inventory
        self._standards = standards
        self._clock = clock
        self._sleep = sleep
        self._announcer = Announcer(table=table, index=index)

    def pipes(self) -> tuple[Pipe, ...]:
        """Return the pipes that bring the changes: single ones, and what is named in bulk."""
        single = Pipe(
            name=NAME,
            handle=self.handle,
            kinds=frozenset({PRODUCTS.kind, OFFER_KIND, STOCK_KIND, SUPPLIERS.kind}),
            batch_size=_BATCH_SIZE,
            rest_seconds=_REST_SECONDS,
        )
        bulk = Pipe(
            name=BULK_NAME,
            handle=self.handle,
            kinds=frozenset({FEED_REPORT_KIND, REFRESHES.kind}),
            batch_size=_BULK_BATCH_SIZE,
        )
        return single, bulk

    async def handle(self, changes: Sequence[Change]) -> None:
        """Index what the changes name, then announce what is new in the index."""
        dirty = _Dirty(changes=changes)
        if dirty.offer_ids:
            known = await self._index.products_of_offers(offer_ids=list(dirty.offer_ids))
            dirty.product_ids.update(dict.fromkeys(known.values()))
        await self._refresh(dirty.product_ids)
        context = system_context(name=NAME, at=self._clock.now(), correlation_id=changes[-1].correlation_id)
        for supplier_id in dirty.supplier_ids:
            await self._name_products_of(supplier_id, context)
        if dirty.filled is not None:
            await self._index.mark_filled(generation=dirty.filled)
        await self._announcer.announce(context=context)

    async def _name_products_of(self, supplier_id: str, context: Context) -> None:
        """Name all products of a supplier to the pipe of what is named in bulk: there may be a million."""
        # Whether a supplier may sell is known from a moment ago; after it, what is read is what the change says.
        await self._sleep(_STANDING_SECONDS)
        after = ""
        while True:
            found = await self._index.products_of_supplier(
                supplier_id=supplier_id, after=after, limit=_PRODUCTS_AT_ONCE
            )
            if not found:
                return
            await self._table.commit(writes=[REFRESHES.store(Refresh(product_ids=tuple(found)))], context=context)
            after = found[-1]

    async def _refresh(self, product_ids: Iterable[str]) -> None:
        left = iter(product_ids)
        writing: asyncio.Future[int] | None = None
        try:
            while portion := list(islice(left, _PRODUCTS_AT_ONCE)):
                # Asked for first: what is read next is at least as new.
                as_of = await self._stream.latest()
                documents, removed = await self._read(portion)
                if writing is not None:
                    await writing
                # The index writes on a thread of its own; meanwhile the next products are read.
                writing = asyncio.ensure_future(self._index.put(documents=documents, removed=removed, as_of=as_of))
        finally:
            if writing is not None:
                await writing

    async def _read(self, product_ids: Sequence[str]) -> tuple[list[SearchDocument], list[str]]:
        standards = await self._standards.standards()
        at = self._clock.now()
        documents: list[SearchDocument] = []
        removed: list[str] = []
        for number, product_id in enumerate(product_ids):
            found = await read_published(inventory=self._inventory, product_id=product_id, at=at)
            if found is None:
                removed.append(product_id)
            else:
                documents.append(search_document(found=found, standards=standards))
            if number % _PRODUCTS_BETWEEN_PAUSES == 0:
                # Reads of a local store never pause by themselves; orders and others on this loop come between.
                await asyncio.sleep(0)
        return documents, removed
