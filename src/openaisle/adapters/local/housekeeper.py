"""Keeps the store's file from growing: drops what has expired and the changes that nobody needs any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from openaisle.kernel.context import Clock

_EVERY_SECONDS = 60.0
# Between two steps writers get their turn.
_PAUSE_SECONDS = 0.05


class Maintained(Protocol):
    """A store that can be kept small in bounded steps; LocalTable is one."""

    async def maintain(self, *, now: datetime, keep_changes_for: timedelta) -> int:
        """Do one step and return how many rows went."""
        ...


class Housekeeper:
    """Maintains the store once a minute; implements Source. Several may run: each step is harmless twice."""

    def __init__(
        self,
        *,
        table: Maintained,
        clock: Clock,
        changes_kept_for: timedelta,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the store, the clock, and for how long changes are kept after every consumer has read them."""
        self._table = table
        self._clock = clock
        self._changes_kept_for = changes_kept_for
        self._sleep = sleep

    async def run(self) -> None:
        """Work until canceled."""
        while True:
            await self._sleep(_EVERY_SECONDS)
            while await self._table.maintain(now=self._clock.now(), keep_changes_for=self._changes_kept_for):
                await self._sleep(_PAUSE_SECONDS)
