"""Hands items that have come due to their timers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from openaisle.adapters.local.lease_keeper import LeaseKeeper
from openaisle.kernel.context import Clock
from openaisle.kernel.pipe import Timer
from openaisle.kernel.stream import Checkpoints, Lease
from openaisle.kernel.table import Index, Item, Key, Table
from openaisle.kernel.times import sortable_time

_LOGGER = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 0.5
_HANDLER_SECONDS_MAXIMUM = 300.0
_FIRST_REST_SECONDS = 1.0
_LONGEST_REST_SECONDS = 300.0

# Due entries are ``<moment>#<identifier>``; this character follows ``#``, so it bounds all entries of one moment.
_BEHIND_MOMENT = "$"


class Resting(NamedTuple):
    """An item whose handling failed: it stays due, and is tried again once ``until`` has passed."""

    topic: str
    key: Key
    failures: int
    until: datetime
    reason: str


class Ticker:
    """Runs every timer whose lease this process gets; implements Source.

    It looks for due items twice a second. An item that cannot be handled rests for a growing while and holds up
    nothing else; it stays in the due index, so that it is never lost.
    """

    def __init__(
        self,
        *,
        timers: Sequence[Timer],
        table: Table,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
        lease_seconds: float = 15.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the ``timers``, one for each topic, and a ``holder`` name of this process."""
        topics = [timer.topic for timer in timers]
        if len(set(topics)) != len(topics):
            message = f"two timers have the same topic: {sorted(topics)}"
            raise ValueError(message)
        self._timers = tuple(timers)
        self._table = table
        self._clock = clock
        self._sleep = sleep
        self._keeper = LeaseKeeper(
            checkpoints=checkpoints, clock=clock, holder=holder, lease_seconds=lease_seconds, sleep=sleep
        )
        self._resting: dict[tuple[str, Key], Resting] = {}

    async def run(self) -> None:
        """Run the timers until canceled."""
        async with asyncio.TaskGroup() as group:
            for timer in self._timers:
                group.create_task(self._keeper.run(consumer=f"timer:{timer.topic}", work=self._work_of(timer)))

    def resting(self) -> tuple[Resting, ...]:
        """Return the items that this process could not handle and will try again."""
        return tuple(self._resting.values())

    def _work_of(self, timer: Timer) -> Callable[[Lease], Awaitable[None]]:
        async def work(_lease: Lease) -> None:
            while True:
                await self._look(timer)
                await self._sleep(_LOOK_EVERY_SECONDS)

        return work

    async def _look(self, timer: Timer) -> None:
        """Hand everything that is due by now to the timer, each item once."""
        now = self._clock.now()
        self._forget(before=now - timedelta(seconds=2 * _LONGEST_REST_SECONDS))
        cursor: str | None = None
        while True:
            page = await self._table.query(
                partition=f"DUE#{timer.topic}",
                index=Index.DUE,
                sort_through=f"{sortable_time(now)}{_BEHIND_MOMENT}",
                after=cursor,
                limit=timer.batch_size,
            )
            items = [item for item in page.items if not self._rests(timer, item, now)]
            if items:
                await self._handle(timer, items)
            # Going on behind the page, not from the start: an item that its handler left due comes back with the next
            # look and not at once, for ever.
            cursor = page.cursor
            if cursor is None:
                return

    def _forget(self, *, before: datetime) -> None:
        # An item that was not met again after its rest is not due any more: a person or another process saw to it.
        for place in [place for place, resting in self._resting.items() if resting.until < before]:
            del self._resting[place]

    def _rests(self, timer: Timer, item: Item, now: datetime) -> bool:
        resting = self._resting.get((timer.topic, item.key))
        return resting is not None and now < resting.until

    async def _handle(self, timer: Timer, items: Sequence[Item]) -> None:
        now = self._clock.now()
        try:
            async with asyncio.timeout(_HANDLER_SECONDS_MAXIMUM):
                await timer.handle(items, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes the reason why the item rests
            if len(items) == 1:
                self._let_rest(timer, items[0], error)
                return
            middle = len(items) // 2
            await self._handle(timer, items[:middle])
            await self._handle(timer, items[middle:])
        else:
            for item in items:
                self._resting.pop((timer.topic, item.key), None)

    def _let_rest(self, timer: Timer, item: Item, error: Exception) -> None:
        before = self._resting.get((timer.topic, item.key))
        failures = 1 if before is None else before.failures + 1
        seconds = min(_LONGEST_REST_SECONDS, _FIRST_REST_SECONDS * 2 ** min(failures - 1, 16))
        reason = f"{type(error).__name__}: {error}"
        _LOGGER.error("%s cannot handle %s, failure %d: %s", timer.topic, item.key.partition, failures, reason)
        self._resting[timer.topic, item.key] = Resting(
            topic=timer.topic,
            key=item.key,
            failures=failures,
            until=self._clock.now() + timedelta(seconds=seconds),
            reason=reason,
        )
