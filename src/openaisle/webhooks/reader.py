"""One reader of the stream for all endpoints of a process: what is near the stream's end is read and encoded once."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque

import msgspec

from openaisle.kernel.stream import ChangeStream
from openaisle.webhooks.cloud_events import OutgoingEvent, outgoing_events
from openaisle.webhooks.model import ALL_EVENTS, Place

_WAIT_SECONDS = 1.0
# Endpoints are woken at most this often, so that a thousand of them do not wake for each single order.
_LINGER_SECONDS = 0.01


class EventPage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The events of the changes after the sequence ``after``, up to and including ``through``."""

    after: int
    through: int
    events: list[OutgoingEvent]

    def beyond(self, *, place: Place) -> list[OutgoingEvent]:
        """Return the events behind ``place``."""
        if not self.events or place < self.events[0].place:
            return self.events
        return self.events[bisect_right(self.events, place, key=lambda event: event.place) :]

    @property
    def end(self) -> Place:
        """The place behind the page."""
        return Place(self.through, ALL_EVENTS)


class EventReader:
    """Reads the stream in large pages and keeps the newest, so that endpoints that are up to date share them.

    An endpoint that is far behind reads pages of its own, which are kept by nobody.
    """

    def __init__(self, *, stream: ChangeStream, page_changes: int = 1_000, pages_kept: int = 8) -> None:
        """Take the stream, how many changes make a page, and how many pages are kept."""
        self._stream = stream
        self._page_changes = page_changes
        self._pages: deque[EventPage] = deque(maxlen=pages_kept)
        self._reading = asyncio.Lock()
        self._moved = asyncio.Event()
        self.head = 0

    async def page(self, *, place: Place) -> EventPage | None:
        """Return the page with what follows ``place``, None when nothing does yet."""
        kept = self._kept(after=place.read_after)
        if kept is not None:
            return kept
        if self._pages and place.read_after < self._pages[-1].through:
            return await self._read(after=place.read_after)
        async with self._reading:
            # Another endpoint may have read it while this one waited for the lock.
            kept = self._kept(after=place.read_after)
            if kept is not None:
                return kept
            page = await self._read(after=place.read_after)
            if page is not None:
                self._keep(page)
            return page

    async def follow(self) -> None:
        """Look for new changes and wake those who wait for them, until canceled."""
        while True:
            if await self._stream.wait(after=self.head, timeout_seconds=_WAIT_SECONDS):
                self.head = await self._stream.latest()
                self._moved.set()
                self._moved = asyncio.Event()
                await asyncio.sleep(_LINGER_SECONDS)

    async def wait(self, *, head: int, timeout_seconds: float) -> None:
        """Return when the stream has moved beyond ``head``, as it was before the caller looked, or time is over."""
        if self.head > head:
            return
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._moved.wait()
        except TimeoutError:
            return

    def _kept(self, *, after: int) -> EventPage | None:
        for page in self._pages:
            if page.after <= after < page.through:
                return page
        return None

    def _keep(self, page: EventPage) -> None:
        # Pages that do not touch would hide what lies between them.
        if self._pages and self._pages[-1].through != page.after:
            self._pages.clear()
        self._pages.append(page)

    async def _read(self, *, after: int) -> EventPage | None:
        changes = await self._stream.read(after=after, limit=self._page_changes)
        if not changes:
            return None
        events = [event for change in changes if change.events for event in outgoing_events(change=change)]
        return EventPage(after=after, through=changes[-1].sequence, events=events)
