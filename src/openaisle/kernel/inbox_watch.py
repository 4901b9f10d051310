"""Watching an inbox: files are handed on once they are whole, by one process at a time, none holding up another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from openaisle.kernel.context import Clock
from openaisle.kernel.inbox import Inbox, LeftFile
from openaisle.kernel.stream import Checkpoints

_LOGGER = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 2.0
_LEASE_SECONDS = 60.0

TakenT = TypeVar("TakenT")


class InboxWatch:
    """Looks at what was left; what it has seen is only remembered to tell whether a file still grows."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        checkpoints: Checkpoints,
        clock: Clock,
        consumer: str,
        holder: str,
        still: timedelta,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the inbox, the name under which processes take turns, and how long a whole file stays as it is."""
        self._inbox = inbox
        self._checkpoints = checkpoints
        self._clock = clock
        self._consumer = consumer
        self._holder = holder
        self._still = still
        self._sleep = sleep
        self._seen: dict[tuple[str, tuple[str, ...], str], datetime] = {}

    async def run(self, *, look: Callable[[], Awaitable[object]]) -> None:
        """Call ``look`` again and again until canceled, while no other process does."""
        while True:
            lease = await self._checkpoints.acquire(
                consumer=self._consumer, holder=self._holder, now=self._clock.now(), seconds=_LEASE_SECONDS
            )
            if lease is not None:
                try:
                    await look()
                except Exception:
                    # A disk that is full or a folder that is gone is no reason to stop looking.
                    _LOGGER.exception("the folders of %s could not be looked at", self._consumer)
            await self._sleep(_LOOK_EVERY_SECONDS)

    async def look(self, *, take: Callable[[LeftFile, datetime], Awaitable[TakenT | None]]) -> list[TakenT]:
        """Hand every file that stayed as it was for long enough to ``take``; return what it made of them, but None."""
        now = self._clock.now()
        left = await self._inbox.left()
        seen = {(file.folder, file.place, file.token): file for file in left}
        self._seen = {place: self._seen.get(place, now) for place in seen}
        made = []
        for place, file in seen.items():
            if now - self._seen[place] < self._still:
                continue
            try:
                taken = await take(file, now)
            except Exception:
                # One party's file must not hold up another's; it is met again with the next look.
                _LOGGER.exception("a file of %s could not be taken in", file.folder)
            else:
                if taken is not None:
                    made.append(taken)
        return made
