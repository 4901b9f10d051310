"""The rooms that a feed needs, on a store of their own, driven by hand, with each stage timed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from benchmarks.feeds.stages import MEMORY_MEBIBYTES
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.bulk import LocalBulkTable
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds.applying.applying import FeedApplication
from openaisle.feeds.applying.concluding import FeedConclusion
from openaisle.feeds.applying.preparing import FeedPreparation
from openaisle.feeds.applying.terms_registrar import TermsRegistrar
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.model import Feed, FeedKind, FeedMode, FeedState
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.state.keeping import SupplierState
from openaisle.feeds.state.touched import TouchedOffers, feeds_context
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.inventory.registrar import Registrar
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.suppliers.queries import SupplierQueries

SUPPLIER = "sup_benchmark"
_DISK_MEBIBYTES = 20_000
_BYTES_PER_CHUNK = 1 << 20

ResultT = TypeVar("ResultT")


class _AllActive(SupplierQueries):
    def __init__(self) -> None:
        """Know no supplier, and take each for active."""

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        return bool(supplier_id and at)


async def _standard_policy() -> CatalogPolicy:
    return CatalogPolicy()


async def _no_rules() -> Sequence[TableRule]:
    return ()


class FeedRooms:
    """Preparation, application and conclusion of feeds, on one durable store."""

    def __init__(self, *, folder: Path, table: LocalTable, bulk: LocalBulkTable, touched: TouchedOffers) -> None:
        """Take the folder of the blobs, the store, and the marks of foreign changes."""
        clock = SystemClock()
        blobs = LocalBlobs(folder=folder / "blobs")
        benches = DuckWorkbenches(
            folder=folder / "work", memory_mebibytes=MEMORY_MEBIBYTES, disk_mebibytes=_DISK_MEBIBYTES
        )
        policy = CatalogPolicy()
        self._queries = FeedQueries(table=table, blobs=blobs, workbenches=benches)
        self._feeds = FeedUseCases(
            table=table,
            blobs=blobs,
            identifiers=TimeOrderedIdentifiers(clock=clock, entropy=os.urandom),
            queries=self._queries,
            suppliers=_AllActive(),
        )
        state = SupplierState(table=table, blobs=blobs, touched=touched)
        self._preparation = FeedPreparation(
            table=table,
            blobs=blobs,
            workbenches=benches,
            queries=self._queries,
            state=state,
            mappings=MappingUseCases(table=table, queries=MappingQueries(table=table)),
            policy=_standard_policy,
            rules=_no_rules,
        )
        self._application = FeedApplication(
            table=table,
            bulk=bulk,
            blobs=blobs,
            workbenches=benches,
            queries=self._queries,
            registrar=Registrar(table=table, policy=policy),
            terms=TermsRegistrar(table=table, policy=policy),
        )
        self._conclusion = FeedConclusion(
            table=table, blobs=blobs, workbenches=benches, queries=self._queries, state=state
        )

    async def run(self, *, path: Path, kind: FeedKind) -> tuple[dict[str, float], Feed]:
        """Hand a file in and take it to its end; returns the seconds of each stage, and the feed."""
        at = datetime.now(UTC)
        context = feeds_context(at=at, correlation_id="benchmark")
        feed = await self._feeds.receive(
            scope=SupplierScope(supplier_id=SUPPLIER),
            chunks=_chunks(path),
            context=context,
            kind=kind,
            mode=FeedMode.UPDATE,
        )
        seconds: dict[str, float] = {}
        prepared = self._preparation.prepare(feed_id=feed.feed_id, context=context)
        if await _timed(seconds, "prepare", prepared) is not FeedState.APPLYING:
            message = "the feed did not come to be applied"
            raise RuntimeError(message)
        await _timed(seconds, "apply", self._apply(feed_id=feed.feed_id, context=context))
        await _timed(seconds, "conclude", self._conclusion.conclude(feed_id=feed.feed_id, context=context))
        return seconds, (await self._queries.feed(scope=None, feed_id=feed.feed_id)).record

    async def _apply(self, *, feed_id: str, context: Context) -> None:
        while True:
            feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
            if feed.plan is None or feed.batches_done >= feed.plan.batches:
                return
            done = feed.batches_done
            outcome = await self._application.apply(feed_id=feed_id, batches_done=done, context=context)
            await self._application.record_progress(feed_id=feed_id, outcome=outcome, context=context)


@asynccontextmanager
async def opened_rooms(*, folder: Path) -> AsyncIterator[FeedRooms]:
    """Return the rooms on a durable store below ``folder``, new or as an earlier call left it."""
    path = folder / "store.db"
    table = LocalTable(path=path, clock=SystemClock())
    bulk = LocalBulkTable(path=path, after_commit=table.wake)
    touched = TouchedOffers(table=table, stream=table, checkpoints=table)
    # As in a worker: what follows the stream runs beside the feeds, and takes its share of the processor.
    runner = PipeRunner(
        pipes=[touched.pipe()],
        stream=table,
        checkpoints=table,
        set_aside=LocalQueue(committer=table.committer, name="set-aside"),
        clock=SystemClock(),
        holder="benchmark",
    )
    running = asyncio.create_task(runner.run())
    try:
        yield FeedRooms(folder=folder, table=table, bulk=bulk, touched=touched)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bulk.close()
        await table.close()


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _BYTES_PER_CHUNK):
            yield chunk


async def _timed(seconds: dict[str, float], name: str, work: Awaitable[ResultT]) -> ResultT:
    loop = asyncio.get_running_loop()
    started = loop.time()
    result = await work
    seconds[name] = loop.time() - started
    return result
