"""A feed's progress while it happens, as server-sent events (the WHATWG's text/event-stream)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from openaisle.feeds.model import RUNNABLE, Feed, FeedCounts, FeedKind, FeedState
from openaisle.feeds.queries import FeedQueries
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.errors import OpenAisleError

EVENT_STREAM = "text/event-stream"
_LOOK_EVERY_SECONDS = 0.4
# A stream ends after this many looks; browsers connect again by themselves, and a forgotten one holds nothing.
_LOOKS_MAXIMUM = 1_500
_QUIET_LOOKS_MAXIMUM = 35


STREAMS_MAXIMUM = 20
"""How many streams a supplier (or the operator) may have open at one process."""


class TooManyStreams(OpenAisleError):
    """Whoever asks follows many feeds at once already."""

    code = "too-many-streams"
    title = "Too many feeds are followed at once"
    status = 429
    mend = "Close some of the streams, or ask for the feed itself now and then."


class FeedProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a feed is; ``percent`` is null until the number of rows is known.

    ``rows_looked_at`` is how many of the first rows were judged before the others: then ``causes`` tells what is wrong
    with them. ``ended`` tells that no more comes.
    """

    feed_id: str
    kind: FeedKind
    state: FeedState
    counts: FeedCounts
    rows_total: int | None
    rows_done: int
    rows_looked_at: int
    percent: int | None
    ended: bool


def progress_of(*, feed: Feed) -> FeedProgress:
    """Return how far a feed is."""
    percent = None
    if feed.state is FeedState.APPLIED:
        percent = 100
    elif feed.rows_total:
        # Whole only when everything is: the end of a feed still writes its report.
        percent = min(99, feed.rows_done * 100 // feed.rows_total)
    return FeedProgress(
        feed_id=feed.feed_id,
        kind=feed.kind,
        state=feed.state,
        counts=feed.counts,
        rows_total=feed.rows_total,
        rows_done=feed.rows_done,
        rows_looked_at=feed.rows_looked_at,
        percent=percent,
        ended=feed.state not in RUNNABLE,
    )


class FeedProgressStreams:
    """Streams what changes on a feed, until it has ended or waits for somebody."""

    def __init__(self, *, queries: FeedQueries, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Take the queries of feeds and how to wait."""
        self._queries = queries
        self._sleep = sleep
        self._open: Counter[str] = Counter()

    async def stream(self, *, scope: SupplierScope | None, feed_id: str) -> AsyncIterator[bytes]:
        """Return the events of a feed, the first of them at once; raises FeedUnknown, TooManyStreams."""
        first = (await self._queries.feed(scope=scope, feed_id=feed_id)).record
        reader = scope.supplier_id if scope is not None else ""
        if self._open[reader] >= STREAMS_MAXIMUM:
            raise TooManyStreams(detail=f"{STREAMS_MAXIMUM} streams are open.", retry_after_seconds=10)
        return self._counted(reader=reader, events=self._events(scope=scope, first=first))

    async def _counted(self, *, reader: str, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        # Counted from the first event on: one that is never read holds nothing.
        self._open[reader] += 1
        try:
            async for event in events:
                yield event
        finally:
            self._open[reader] -= 1

    async def _events(self, *, scope: SupplierScope | None, first: Feed) -> AsyncIterator[bytes]:
        encode = msgspec.json.Encoder().encode
        told, quiet = None, 0
        feed = first
        for _ in range(_LOOKS_MAXIMUM):
            progress = progress_of(feed=feed)
            if progress != told:
                told, quiet = progress, 0
                yield b"event: progress\ndata: " + encode(progress) + b"\n\n"
            elif quiet == _QUIET_LOOKS_MAXIMUM:
                quiet = 0
                # A comment now and then keeps what stands between from closing a quiet connection.
                yield b": still here\n\n"
            if progress.ended:
                return
            quiet += 1
            await self._sleep(_LOOK_EVERY_SECONDS)
            feed = (await self._queries.feed(scope=scope, feed_id=feed.feed_id)).record
