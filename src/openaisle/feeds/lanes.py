"""The lanes: which feed goes on next, so that a supplier's feeds keep their order and nobody waits for everybody.

Whole products queue in one lane, quick feeds in another, each with slots of its own. Within a lane the feeds of one
supplier run one after the other as they came; suppliers take turns, step by step, and whoever had a turn longest ago is
next. One process runs a lane at a time: it holds the lane's lease, and another takes over when it dies.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from openaisle.feeds.applying.steps import FeedSteps
from openaisle.feeds.model import Feed, FeedLane
from openaisle.feeds.repository import FEEDS, waiting_in_lane
from openaisle.kernel.context import Clock
from openaisle.kernel.stream import Checkpoints, Lease
from openaisle.kernel.table import Index, Table

_LOGGER = logging.getLogger(__name__)
SLOTS: Mapping[FeedLane, int] = {FeedLane.PRODUCTS: 2, FeedLane.QUICK: 1}
_LOOK_EVERY_SECONDS = 0.2
_LEASE_SECONDS = 15.0
_PROLONG_EVERY_SECONDS = 5.0
_ASK_AGAIN_SECONDS = 1.0
_REST_AFTER_ERROR_SECONDS = 5.0
_WAITING_PER_LOOK = 500


class FeedLanes:
    """Runs both lanes; implements Source."""

    def __init__(
        self,
        *,
        table: Table,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
        steps: FeedSteps,
        slots: Mapping[FeedLane, int] = SLOTS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the table of feeds, the leases, this process's name as a holder of them, and what does a step."""
        self._table = table
        self._checkpoints = checkpoints
        self._clock = clock
        self._holder = holder
        self._steps = steps
        self._slots = slots
        self._sleep = sleep
        self._turns: dict[tuple[FeedLane, str], int] = {}
        self._turn = 0
        self._busy: set[tuple[FeedLane, str]] = set()
        # Two slots must not choose the same feed while one of them still reads the list.
        self._choosing = asyncio.Lock()

    async def run(self) -> None:
        """Run the lanes whose leases this process gets, until canceled."""
        async with asyncio.TaskGroup() as group:
            for lane in FeedLane:
                group.create_task(self._keep_lane(lane))

    async def work_off(self) -> int:
        """Run the lanes in turn until nothing waits; returns how many steps were done. For tests and commands."""
        done = 0
        while any([await self._step(lane) for lane in FeedLane]):
            done += 1
        return done

    async def _keep_lane(self, lane: FeedLane) -> None:
        while True:
            try:
                lease = await self._acquire(lane)
                if lease is not None:
                    try:
                        await self._hold(lane, lease)
                    finally:
                        await self._checkpoints.release(lease=lease)
            except Exception:
                # The store did not answer; the lease runs out by itself, and whoever gets it goes on.
                _LOGGER.exception("the lane %s broke off and is started again", lane.value)
            await self._sleep(_ASK_AGAIN_SECONDS)

    async def _acquire(self, lane: FeedLane) -> Lease | None:
        return await self._checkpoints.acquire(
            consumer=f"feeds:{lane.value}", holder=self._holder, now=self._clock.now(), seconds=_LEASE_SECONDS
        )

    async def _hold(self, lane: FeedLane, lease: Lease) -> None:
        """Work in the lane's slots while the lease can be prolonged."""
        slots = [asyncio.create_task(self._work(lane)) for _ in range(self._slots[lane])]
        try:
            while True:
                await self._sleep(_PROLONG_EVERY_SECONDS)
                prolonged = await self._acquire(lane)
                if prolonged is None or prolonged.token != lease.token:
                    _LOGGER.warning("the lane %s was taken over by another process", lane.value)
                    return
        finally:
            for slot in slots:
                slot.cancel()
            await asyncio.gather(*slots, return_exceptions=True)

    async def _work(self, lane: FeedLane) -> None:
        while True:
            try:
                worked = await self._step(lane)
            except Exception:
                # The feed stays where it is and is tried again: the store or a disk may be back by then.
                _LOGGER.exception("a step of lane %s broke off", lane.value)
                await self._sleep(_REST_AFTER_ERROR_SECONDS)
                continue
            if not worked:
                await self._sleep(_LOOK_EVERY_SECONDS)

    async def _step(self, lane: FeedLane) -> bool:
        """Go on with the feed whose turn it is by one step; False if nothing waits that may run now."""
        async with self._choosing:
            feed = await self._next(lane)
            if feed is None:
                return False
            place = (lane, feed.supplier_id)
            self._busy.add(place)
            self._turn += 1
            self._turns[place] = self._turn
        try:
            await self._steps.run(feed_id=feed.feed_id)
        finally:
            self._busy.discard(place)
        return True

    async def _next(self, lane: FeedLane) -> Feed | None:
        first = await self._first_of_each(lane)
        if not first:
            self._turns = {place: turn for place, turn in self._turns.items() if place[0] is not lane}
        free = [feed for supplier_id, feed in first.items() if (lane, supplier_id) not in self._busy]
        return min(free, key=lambda feed: self._turns.get((lane, feed.supplier_id), 0), default=None)

    async def _first_of_each(self, lane: FeedLane) -> dict[str, Feed]:
        """Return the oldest feed of each supplier: its later ones wait until that is done or set aside."""
        first: dict[str, Feed] = {}
        after = None
        while True:
            page = await self._table.query(
                partition=waiting_in_lane(lane=lane), index=Index.DUE, after=after, limit=_WAITING_PER_LOOK
            )
            for item in page.items:
                feed = FEEDS.record(item.body)
                first.setdefault(feed.supplier_id, feed)
            after = page.cursor
            if after is None:
                return first
