"""What happens by itself: pipes, timers and the dispatcher, run as their ports promise and no better.

``DrivenWorker`` hands changes to the real pipes and due items to the real timers under the weakest reading of the
port: at least once, in order, in batches of any size, after any delay. It costs a fraction of the real runners, which
poll; ``whole_worker`` runs those, with leases and checkpoints, for the seeds that ask for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from random import Random
from typing import Any

from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.ticker import Ticker
from openaisle.bootstrap.automation import Automation
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Index, Item
from openaisle.kernel.times import sortable_time
from tests.simulation.house import MarketplaceProcess
from tests.simulation.loop import SimulatedLoop, Violation

# These follow suppliers, catalog, feeds and figures, which stand still in this world.
_PIPES_LEFT_OUT = frozenset(
    {
        "supplier-verification",
        "supplier-review-decisions",
        "product-submissions",
        "product-submission-reviews",
        "offers-follow-products",
        "offers-of-leavers",
        "feed-touched-offers",
        "publishing",
        "publishing.bulk",
        "review-groups-asked",
        "review-groups-decided",
        "review-groups-applied",
        "pictures-of-products",
        "pictures-of-feeds",
        "product-joins",
        "product-twins",
        "product-twin-reviews",
        "password-resets",
        "supplier-mails",
        "supplier-mailboxes",
        "terms",
        "supplier-rescreening",
        "duties",
        "overview",
    }
)
_TIMERS_LEFT_OUT = frozenset(
    {
        "mail",
        "duties",
        "product_exports",
        "product-twins",
        "supplier-clocks",
        "terms",
        "review-escalation",
        "product-pictures",
        "feed_uploads",
        "feed_sources",
    }
)
_SOURCES_DRIVEN = ("purchase-orders",)
_SOURCES_WHOLE = ("purchase-orders", "webhooks")
_ATTEMPTS_MAXIMUM = 60
_DUE_AT_ONCE = 20


class News:
    """Tells those who wait that something was committed."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Event] = []

    def event(self) -> asyncio.Event:
        event = asyncio.Event()
        self._waiting.append(event)
        return event

    def tell(self) -> None:
        for event in self._waiting:
            event.set()

    def forget(self) -> None:
        self._waiting.clear()


class DrivenWorker:
    """Runs the pipes and timers that matter to orders in one process."""

    def __init__(self, *, process: MarketplaceProcess, positions: dict[str, int], news: News, random: Random) -> None:
        """``positions`` are the checkpoints; they outlive the process."""
        self._process = process
        self._positions = positions
        self._news = news
        self._random = random

    def start(self) -> None:
        process = self._process
        automation = Automation(engines=process.engines, rooms=process.rooms)
        for pipe in chosen_pipes(automation):
            self._start(self._pipe(pipe))
        for timer in chosen_timers(automation):
            self._start(self._timer(timer))
        sources = automation.sources(runner=None)  # type: ignore[arg-type]
        for name in _SOURCES_DRIVEN:
            self._start(sources[name].run())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._process.loop.start(self._process.life, work)

    async def _pipe(self, pipe: Pipe) -> None:
        table, random, loop = self._process.table, self._random, self._process.loop
        news = self._news.event()
        position = self._positions.get(pipe.name, 0)
        while True:
            changes = await table.read(after=position, limit=200)
            if not changes:
                await news.wait()
                news.clear()
                await asyncio.sleep(random.uniform(0.01, 0.5))
                continue
            wanted = [change for change in changes if pipe.wants(change)]
            end = changes[-1].sequence
            if len(wanted) > 1 and random.random() < 0.3:
                wanted = wanted[: random.randint(1, len(wanted))]
                end = wanted[-1].sequence
            if wanted:
                await self._handled(pipe, wanted, loop)
                if random.random() < 0.05:
                    await self._handled(pipe, wanted, loop)
            position = end
            if random.random() < 0.8:
                # Saved later than it was handled, or not at all: after a crash these changes come again.
                self._positions[pipe.name] = max(position, self._positions.get(pipe.name, 0))

    async def _handled(self, pipe: Pipe, changes: Sequence[Change], loop: SimulatedLoop) -> None:
        for attempt in range(_ATTEMPTS_MAXIMUM):
            if self._random.random() < 0.1:
                await asyncio.sleep(self._random.uniform(0.1, 5))
            try:
                await pipe.handle(changes)
            except OpenAisleError as error:
                last: Exception = error
            except Exception as error:  # noqa: BLE001 - whatever a pipe raises again and again is a finding
                last = error
                if attempt > 3:
                    break
            else:
                return
            await asyncio.sleep(self._random.uniform(0.1, 2))
        loop.fail(Violation(f"the pipe {pipe.name} cannot handle a change: {type(last).__name__}: {last}"))

    async def _timer(self, timer: Timer) -> None:
        process, random = self._process, self._random
        news = self._news.event()
        partition = f"DUE#{timer.topic}"
        while True:
            now = process.clock.now()
            first = self._first_moment(partition=partition)
            if first is not None and first <= sortable_time(now):
                page = await process.table.query(
                    partition=partition, index=Index.DUE, sort_through=f"{sortable_time(now)}$", limit=_DUE_AT_ONCE
                )
                await self._rung(timer, page.items, now)
                # What cannot be handled stays due; it must not hold up the time itself.
                await asyncio.sleep(random.uniform(0.02, 0.3))
                continue
            seconds = 60.0
            if first is not None:
                seconds = max((datetime.fromisoformat(first) - now).total_seconds(), 0.0)
            try:
                async with asyncio.timeout(min(seconds, 60.0) + random.uniform(0.01, 2)):
                    await news.wait()
                    news.clear()
                    await asyncio.sleep(random.uniform(2, 4))
            except TimeoutError:
                continue

    def _first_moment(self, *, partition: str) -> str | None:
        # Asked of the store itself: a page of the port does not show the moments by which it is sorted.
        rows: list[Any] = self._process.table._cursor.execute(
            "SELECT min(due) FROM items WHERE due >= ? AND due < ?", (f"{partition}\x1f", f"{partition}\x20")
        ).fetchall()
        return None if rows[0][0] is None else str(rows[0][0]).split("\x1f", 1)[1][:27]

    async def _rung(self, timer: Timer, due: Sequence[Item], now: datetime) -> None:
        try:
            await timer.handle(due, now)
        except OpenAisleError:
            await asyncio.sleep(self._random.uniform(0.1, 1))
            for item in due:
                try:
                    await timer.handle([item], now)
                except OpenAisleError:
                    # It stays due, so that it comes again.
                    await asyncio.sleep(self._random.uniform(0.5, 3))


def chosen_pipes(automation: Automation) -> list[Pipe]:
    return [pipe for pipe in automation.pipes(runner=None) if pipe.name not in _PIPES_LEFT_OUT]  # type: ignore[arg-type]


def chosen_timers(automation: Automation) -> list[Timer]:
    return [timer for timer in automation.timers() if timer.topic not in _TIMERS_LEFT_OUT]


def start_whole_worker(*, process: MarketplaceProcess) -> None:
    """Run the runners themselves, as a worker process does."""
    engines = process.engines
    automation = Automation(engines=engines, rooms=process.rooms)
    runner = PipeRunner(
        pipes=chosen_pipes(automation),
        stream=engines.stream,
        checkpoints=engines.checkpoints,
        set_aside=engines.set_aside,
        clock=engines.clock,
        holder=engines.holder,
    )
    ticker = Ticker(
        timers=chosen_timers(automation),
        table=engines.table,
        checkpoints=engines.checkpoints,
        clock=engines.clock,
        holder=engines.holder,
    )
    sources = automation.sources(runner=None)  # type: ignore[arg-type]
    for source in (runner, ticker, *(sources[name] for name in _SOURCES_WHOLE)):
        process.loop.start(process.life, source.run())
