"""Runs the exports that wait, one after the other, in one process at a time; what was broken off begins again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Event, Versioned
from openaisle.kernel.search import SearchIndex
from openaisle.kernel.stream import Checkpoints, Lease, LeaseLost
from openaisle.kernel.table import Item, Table
from openaisle.publishing.events import ProductExportFailed, ProductExportFinished
from openaisle.publishing.exporting.model import (
    ATTEMPTS_MAXIMUM,
    ProductExport,
    decide_failed,
    decide_finished,
    decide_progress,
    decide_started,
)
from openaisle.publishing.exporting.queries import ExportQueries
from openaisle.publishing.exporting.repository import EXPORTS, TOPIC, export_blob_name
from openaisle.publishing.exporting.writing import ExportWriter

CONSUMER = "publishing.exports"
_LEASE_SECONDS = 60.0
_LOOK_SECONDS = 0.5
_TELL_EVERY = timedelta(seconds=2)
_LOGGER = logging.getLogger(__name__)


class ExportRunner:
    """Writes exports until canceled: a Source for a worker."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        queries: ExportQueries,
        writer: ExportWriter,
        index: SearchIndex,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
    ) -> None:
        """Take the ports, what writes files, and a ``holder`` name that no other process has."""
        self._table = table
        self._blobs = blobs
        self._queries = queries
        self._writer = writer
        self._index = index
        self._checkpoints = checkpoints
        self._clock = clock
        self._holder = holder

    async def run(self) -> None:
        """Look for exports until canceled."""
        while True:
            try:
                while await self.run_next():
                    pass
            except LeaseLost:
                _LOGGER.info("another process took the exports over")
            except OpenAisleError:
                _LOGGER.exception("the exports could not be looked at")
            await asyncio.sleep(_LOOK_SECONDS)

    async def run_next(self) -> bool:
        """Write the export that waits longest; return whether there was one and nobody else writes."""
        lease = await self._acquired() if await self._queries.waiting() else None
        if lease is None:
            return False
        try:
            return await self._next(lease)
        finally:
            # Also when this process is stopped in the middle: the next one begins the export again at once.
            await self._checkpoints.release(lease=lease)

    def timer(self) -> Timer:
        """Return the timer that removes exports whose week is over."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                await self._remove(item, now)

        return Timer(topic=TOPIC, handle=handle)

    async def _remove(self, item: Item, now: datetime) -> None:
        found = EXPORTS.decode(item)
        context = system_context(name=CONSUMER, at=now, correlation_id=found.record.export_id)
        await self._blobs.delete(name=export_blob_name(export_id=found.record.export_id))
        await self._table.commit(writes=[EXPORTS.remove(found.record, version=found.version)], context=context)

    async def _next(self, lease: Lease) -> bool:
        waiting = await self._queries.waiting()
        if not waiting:
            return False
        await self._export(waiting[0].export_id, lease)
        return True

    async def _export(self, export_id: str, lease: Lease) -> None:
        found = await self._queries.export(export_id=export_id, principal=None)
        if found.record.attempts >= ATTEMPTS_MAXIMUM:
            reason = f"It broke off {ATTEMPTS_MAXIMUM} times: the process that wrote it ended each time."
            await self._fail(found, reason)
            return
        changes_from = await self._cursor()
        at = self._clock.now()
        current = await self._kept(found, decide_started(export=found.record, changes_from=changes_from, at=at))
        told_at = at

        async def progress(products: int) -> None:
            nonlocal current, told_at
            now = self._clock.now()
            if now - told_at < _TELL_EVERY:
                return
            told_at = now
            if await self._acquired() != lease:
                raise LeaseLost(CONSUMER)
            current = await self._kept(current, decide_progress(export=current.record, products=products))

        try:
            products, byte_count = await self._writer.write(export=current.record, at=at, progress=progress)
        except LeaseLost:
            raise
        except Exception as error:
            _LOGGER.exception("the export %s broke off", export_id)
            reason = error.detail if isinstance(error, OpenAisleError) else type(error).__name__
            await self._fail(current, reason)
            return
        finished = decide_finished(
            export=current.record, products=products, byte_count=byte_count, at=self._clock.now()
        )
        event = ProductExportFinished(export_id=export_id, format=finished.format.value, products=products)
        await self._kept(current, finished, event)

    async def _cursor(self) -> str | None:
        try:
            facts = await self._index.facts()
        except OpenAisleError:
            # Without the index there are no changes to follow, but the export itself needs only the table.
            return None
        return facts.cursor if facts.is_filled else None

    async def _fail(self, found: Versioned[ProductExport], reason: str) -> None:
        failed = decide_failed(export=found.record, reason=reason, at=self._clock.now())
        await self._kept(found, failed, ProductExportFailed(export_id=failed.export_id, format=failed.format.value))

    async def _kept(
        self, before: Versioned[ProductExport], export: ProductExport, *events: Event
    ) -> Versioned[ProductExport]:
        write = EXPORTS.replace(export, version=before.version, events=events)
        await self._table.commit(writes=[write], context=self._context(export))
        return Versioned(export, before.version + 1)

    def _context(self, export: ProductExport) -> Context:
        return system_context(name=CONSUMER, at=self._clock.now(), correlation_id=export.export_id)

    async def _acquired(self) -> Lease | None:
        return await self._checkpoints.acquire(
            consumer=CONSUMER, holder=self._holder, now=self._clock.now(), seconds=_LEASE_SECONDS
        )
