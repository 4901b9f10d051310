"""Handing in feeds, and what people decide about them: confirm, cancel, run again, take back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from openaisle.catalog.model import SupplierNotActive
from openaisle.feeds.events import FeedCanceled, FeedReceived
from openaisle.feeds.model import (
    Feed,
    FeedKind,
    FeedMode,
    FeedTransitionRefused,
    FeedUnknown,
    FullModeRefused,
    HoldReason,
    decide_canceled,
    decide_confirmed,
    decide_retried,
    decide_rolling_back,
)
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.repository import FEEDS, feed_blob_name
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.records import Event, decided_anew
from openaisle.kernel.table import CommitRefused, Table
from openaisle.suppliers.queries import SupplierQueries

MAXIMUM_FEED_BYTES = 1_000_000_000


class FeedUseCases:
    """What suppliers and the operator may do with feeds; ``scope`` None is the operator."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        identifiers: Identifiers,
        queries: FeedQueries,
        suppliers: SupplierQueries,
    ) -> None:
        """Take the ports, the queries of feeds, and those that say which supplier is active."""
        self._table = table
        self._blobs = blobs
        self._identifiers = identifiers
        self._queries = queries
        self._suppliers = suppliers

    async def receive(
        self,
        *,
        scope: SupplierScope,
        chunks: AsyncIterator[bytes],
        context: Context,
        kind: FeedKind = FeedKind.PRODUCTS,
        mode: FeedMode = FeedMode.UPDATE,
        file_name: str | None = None,
        feed_id: str | None = None,
    ) -> Feed:
        """Store the file of a feed, to be read soon; raises SupplierNotActive, FullModeRefused, BlobTooLarge.

        Whoever may have to ask again names the ``feed_id`` beforehand: what was received under it stands.
        """
        known = await self._received(scope=scope, feed_id=feed_id)
        if known is not None:
            return known
        if mode is FeedMode.FULL and kind is not FeedKind.PRODUCTS:
            raise FullModeRefused(detail=f"A feed of kind {kind} tells of offers that exist; it withdraws none.")
        # Asked before the file is read, so that a stranger cannot fill the disk.
        if not await self._suppliers.is_active(supplier_id=scope.supplier_id, at=context.at):
            raise SupplierNotActive(detail="This supplier is not active, so nothing was taken in.")
        feed_id = feed_id or self._identifiers.new(prefix="fed")
        facts = await self._blobs.put(
            name=feed_blob_name(feed_id=feed_id), chunks=chunks, maximum_bytes=MAXIMUM_FEED_BYTES
        )
        feed = Feed(
            feed_id=feed_id,
            supplier_id=scope.supplier_id,
            kind=kind,
            mode=mode,
            file_name=file_name,
            byte_count=facts.byte_count,
            sha256=facts.sha256,
            received_at=context.at,
            changed_at=context.at,
        )
        event = FeedReceived(supplier_id=scope.supplier_id, feed_id=feed_id)
        try:
            await self._table.commit(writes=[FEEDS.create(feed, events=[event])], context=context)
        except CommitRefused:
            # Somebody asked for the same feed at the same time, with the same file.
            known = await self._received(scope=scope, feed_id=feed_id)
            if known is None:
                raise
            return known
        return feed

    async def _received(self, *, scope: SupplierScope, feed_id: str | None) -> Feed | None:
        if feed_id is None:
            return None
        try:
            return (await self._queries.feed(scope=scope, feed_id=feed_id)).record
        except FeedUnknown:
            return None

    async def confirm(self, *, scope: SupplierScope | None, feed_id: str, context: Context) -> Feed:
        """Let a held feed go on; raises FeedUnknown, FeedTransitionRefused.

        One that waits for what its columns mean goes on by confirming that.
        """

        def decide(feed: Feed, at: datetime) -> Feed:
            if feed.hold is not None and feed.hold.reason is HoldReason.MAPPING_NEEDED:
                raise FeedTransitionRefused(detail="This feed waits until somebody confirms what its columns mean.")
            return decide_confirmed(feed=feed, at=at)

        return await self._decide(scope, feed_id, context, decide)

    async def retry(self, *, scope: SupplierScope | None, feed_id: str, context: Context) -> Feed:
        """Let a failed feed go on where it broke off; raises FeedUnknown, FeedTransitionRefused."""
        return await self._decide(scope, feed_id, context, lambda feed, at: decide_retried(feed=feed, at=at))

    async def roll_back(self, *, scope: SupplierScope | None, feed_id: str, context: Context) -> Feed:
        """Take back what a feed wrote; raises FeedUnknown, FeedTransitionRefused."""
        return await self._decide(scope, feed_id, context, lambda feed, at: decide_rolling_back(feed=feed, at=at))

    async def cancel(self, *, scope: SupplierScope | None, feed_id: str, context: Context) -> Feed:
        """Stop a feed; what was applied stays until it is taken back. Raises FeedUnknown, FeedTransitionRefused."""
        return await self._decide(
            scope,
            feed_id,
            context,
            lambda feed, at: decide_canceled(feed=feed, at=at),
            event=lambda feed: FeedCanceled(supplier_id=feed.supplier_id, feed_id=feed.feed_id),
        )

    async def _decide(
        self,
        scope: SupplierScope | None,
        feed_id: str,
        context: Context,
        decide: Callable[[Feed, datetime], Feed],
        *,
        event: Callable[[Feed], Event] | None = None,
    ) -> Feed:
        async def attempt() -> Feed:
            found = await self._queries.feed(scope=scope, feed_id=feed_id)
            changed = decide(found.record, context.at)
            events = [event(changed)] if event is not None else []
            write = FEEDS.replace(changed, version=found.version, events=events)
            await self._table.commit(writes=[write], context=context)
            return changed

        return await decided_anew(attempt)
