"""One reader of the change stream for all pipes of a process: each change is decoded and matched once.

Pipes that keep up share a window of the newest chunks. A pipe that lags behind the window reads for itself, so that
a slow pipe holds neither the others nor memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change, ChangeStream

_CHANGES_PER_READ = 500
_CHANGES_IN_WINDOW_MAXIMUM = 4_000
_WAIT_SECONDS = 1.0

# A read that brings little is followed by a short rest: under load, chunks of dozens of changes cost far less
# than as many of one change, and nobody notices five milliseconds.
_SMALL_READ = 50
_REST_SECONDS = 0.005

Sleep = Callable[[float], Awaitable[None]]


class _Chunk:
    """Changes after the sequence ``after`` up to ``end``: for each pipe those it wants."""

    __slots__ = ("after", "count", "end", "wanted")

    def __init__(self, *, after: int, end: int, count: int, wanted: dict[str, list[Change]]) -> None:
        self.after = after
        self.end = end
        self.count = count
        self.wanted = wanted


class FeedReader:
    """One pipe's place in the stream.

    ``done`` is the sequence up to which the pipe is done: the consumer moves it on as it handles changes, the feed as
    it passes over changes that the pipe does not want.
    """

    def __init__(self, *, feed: ChangeFeed, pipe: Pipe, after: int) -> None:
        self._feed = feed
        self.pipe = pipe
        self.position = after
        self.done = after
        self.arrived = asyncio.Event()

    async def next(self) -> Sequence[Change]:
        """Wait for the next changes that the pipe wants and return them; what came before counts as done."""
        self.done = self.position
        return await self._feed.changes_for(self)


class ChangeFeed:
    """Reads the stream once for many pipes; ``run`` must be running while readers wait."""

    def __init__(self, *, stream: ChangeStream, pipes: Sequence[Pipe], sleep: Sleep = asyncio.sleep) -> None:
        """Take the ``stream`` and every pipe that may ask for a reader."""
        self._stream = stream
        self._pipes = tuple(pipes)
        self._sleep = sleep
        self._window: deque[_Chunk] = deque()
        self._window_count = 0
        self._end = 0
        self._waiting: set[FeedReader] = set()
        self._asked = asyncio.Event()
        # Which pipes want a change depends on its kind and the types of its events alone, and there are few of these.
        self._routes: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}

    def reader(self, *, pipe: Pipe, after: int) -> FeedReader:
        """Return a place in the stream behind the sequence ``after``."""
        return FeedReader(feed=self, pipe=pipe, after=after)

    async def run(self) -> None:
        """Read for those who wait, until canceled."""
        while True:
            await self._asked.wait()
            if self._jumped_ahead():
                continue
            if not await self._stream.wait(after=self._end, timeout_seconds=_WAIT_SECONDS):
                continue
            chunk = await self._read(after=self._end, pipes=self._pipes)
            self._append(chunk)
            self._tell(chunk)
            if chunk.count < _SMALL_READ:
                await self._sleep(_REST_SECONDS)

    async def changes_for(self, reader: FeedReader) -> Sequence[Change]:
        """Return the next changes that the reader's pipe wants, waiting until there are some.

        What has arrived by now is returned together, up to about a batch: a pipe that fell behind catches up in
        batches, not in the small chunks in which the changes once came.
        """
        gathered: list[Change] = []
        while len(gathered) < reader.pipe.batch_size:
            chunk = await self._chunk_for(reader)
            if chunk is None:
                if gathered:
                    break
                await self._arrival(reader)
                continue
            position = reader.position
            gathered += [one for one in chunk.wanted.get(reader.pipe.name, ()) if one.sequence > position]
            reader.position = max(position, chunk.end)
            if not gathered:
                reader.done = reader.position
        return gathered

    async def _chunk_for(self, reader: FeedReader) -> _Chunk | None:
        position = reader.position
        for chunk in reversed(self._window):
            if chunk.after <= position < chunk.end:
                return chunk
        if self._window and position < self._window[0].after:
            return await self._read(after=position, pipes=(reader.pipe,))
        return None

    async def _arrival(self, reader: FeedReader) -> None:
        reader.arrived.clear()
        self._waiting.add(reader)
        self._asked.set()
        try:
            await reader.arrived.wait()
        finally:
            self._waiting.discard(reader)
            if not self._waiting:
                self._asked.clear()

    def _jumped_ahead(self) -> bool:
        """Move the window to the foremost of those who wait: the others read the way there for themselves."""
        foremost = max(reader.position for reader in self._waiting)
        if foremost <= self._end:
            return False
        self._window.clear()
        self._window_count = 0
        self._end = foremost
        self._append(_Chunk(after=foremost, end=foremost, count=0, wanted={}))
        for reader in self._waiting:
            if reader.position < foremost:
                reader.arrived.set()
        return True

    def _append(self, chunk: _Chunk) -> None:
        self._end = max(self._end, chunk.end)
        last = self._window[-1] if self._window else None
        if last is not None and not chunk.count:
            last.end = self._end
            return
        self._window.append(chunk)
        self._window_count += chunk.count
        while self._window_count > _CHANGES_IN_WINDOW_MAXIMUM and len(self._window) > 1:
            self._window_count -= self._window.popleft().count

    def _tell(self, chunk: _Chunk) -> None:
        # A pipe that wants nothing of the chunk is moved along without waking it.
        for reader in self._waiting:
            if reader.position >= chunk.after and reader.pipe.name not in chunk.wanted:
                reader.position = reader.done = max(reader.position, chunk.end)
            else:
                reader.arrived.set()

    async def _read(self, *, after: int, pipes: tuple[Pipe, ...]) -> _Chunk:
        # Asked for first: when nothing is read, all up to here is known to hold nothing.
        latest = await self._stream.latest()
        changes = await self._stream.read(after=after, limit=_CHANGES_PER_READ)
        if not changes:
            return _Chunk(after=after, end=max(after, latest), count=0, wanted={})
        wanted: dict[str, list[Change]] = {}
        names = {pipe.name for pipe in pipes}
        for change in changes:
            for name in self._route(change):
                if name in names:
                    wanted.setdefault(name, []).append(change)
        return _Chunk(after=after, end=changes[-1].sequence, count=len(changes), wanted=wanted)

    def _route(self, change: Change) -> tuple[str, ...]:
        key = (change.kind, tuple(event.type for event in change.events))
        names = self._routes.get(key)
        if names is None:
            names = tuple(pipe.name for pipe in self._pipes if pipe.wants(change))
            self._routes[key] = names
        return names
