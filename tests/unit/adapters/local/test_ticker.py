"""What comes due is handed over, and what cannot be handled holds up nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.ticker import Ticker
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import due_entry
from openaisle.kernel.table import Item, Key, Put
from openaisle.kernel.times import sortable_time
from tests.factories.contexts import make_context
from tests.support.stream_stage import StreamStage, stage_in, stopped
from tests.support.virtual_time import START, in_virtual_time


async def put_due(table: LocalTable, name: str, *, seconds: float | None, topic: str = "acknowledgment") -> None:
    at = None if seconds is None else sortable_time(START + timedelta(seconds=seconds))
    entries = () if at is None else (due_entry(topic=topic, at=at, identifier=name),)
    put = Put(key=Key(name, "X"), kind="thing", body=b"{}", expected_version=None, indexes=entries)
    await table.commit(writes=[put], context=make_context())


class Handler:
    """Remembers what came due when, takes it out of the index, and fails on the names it is told to."""

    def __init__(self, stage: StreamStage, *, poison: Sequence[str] = ()) -> None:
        self.stage = stage
        self.poison = set(poison)
        self.met: list[tuple[float, list[str]]] = []

    async def handle(self, items: Sequence[Item], at: datetime) -> None:
        names = [item.key.partition for item in items]
        self.met.append(((at - START).total_seconds(), names))
        if self.poison.intersection(names):
            message = "cannot stand it"
            raise ValueError(message)
        for name in names:
            await put_due(self.stage.table, name, seconds=None)

    @property
    def names(self) -> list[str]:
        return [name for _, names in self.met for name in names]


@asynccontextmanager
async def ticking(stage: StreamStage, *timers: Timer, holder: str = "here") -> AsyncIterator[Ticker]:
    ticker = Ticker(timers=timers, table=stage.table, checkpoints=stage.table, clock=stage.clock, holder=holder)
    task = asyncio.ensure_future(ticker.run())
    try:
        yield ticker
    finally:
        await stopped(task)


def make_timer(handler: Handler, **changes: Any) -> Timer:
    return Timer(**{"topic": "acknowledgment", "handle": handler.handle, **changes})


@in_virtual_time
async def test_an_item_is_handed_over_when_it_is_due_and_not_before(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        handler = Handler(stage)
        await put_due(stage.table, "soon", seconds=10)
        await put_due(stage.table, "overdue", seconds=-10)
        await put_due(stage.table, "later", seconds=1000)
        async with ticking(stage, make_timer(handler)):
            await asyncio.sleep(60)
    (first_at, first), (second_at, second) = handler.met
    assert (first, second) == (["overdue"], ["soon"])
    assert first_at < 1
    assert 10 <= second_at <= 11


@in_virtual_time
async def test_an_item_due_at_this_very_moment_is_due(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        handler = Handler(stage)
        await put_due(stage.table, "now", seconds=0)
        async with ticking(stage, make_timer(handler)):
            await asyncio.sleep(0.1)
    assert handler.met == [(0.0, ["now"])]


@in_virtual_time
async def test_many_due_items_come_in_batches_earliest_first(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        handler = Handler(stage)
        for number in reversed(range(7)):
            await put_due(stage.table, f"{number}", seconds=number - 100)
        async with ticking(stage, make_timer(handler, batch_size=3)):
            await asyncio.sleep(0.4)
    assert [names for _, names in handler.met] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


@in_virtual_time
async def test_a_topic_sees_only_its_own_items(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        first, second = Handler(stage), Handler(stage)
        await put_due(stage.table, "a", seconds=0)
        await put_due(stage.table, "b", seconds=0, topic="reservation")
        async with ticking(stage, make_timer(first), make_timer(second, topic="reservation")):
            await asyncio.sleep(1)
    assert (first.names, second.names) == (["a"], ["b"])


@in_virtual_time
async def test_an_item_that_cannot_be_handled_rests_longer_each_time_and_holds_up_nothing(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        handler = Handler(stage, poison=["bad"])
        for name in ("a", "bad", "c", "d"):
            await put_due(stage.table, name, seconds=0)
        async with ticking(stage, make_timer(handler)) as ticker:
            await asyncio.sleep(0.4)
            assert {name for name in handler.names if name != "bad"} == {"a", "c", "d"}
            (resting,) = ticker.resting()
            assert (resting.key.partition, resting.failures, resting.reason) == (
                "bad",
                1,
                "ValueError: cannot stand it",
            )
            await asyncio.sleep(20)
            alone = [at for at, names in handler.met if names == ["bad"]]
            waits = [later - earlier for earlier, later in pairwise(alone)]
            assert waits == sorted(waits)
            assert len(alone) <= 6
            handler.poison.clear()
            await asyncio.sleep(60)
            assert ticker.resting() == ()
            page = await stage.table.query(partition="DUE#acknowledgment")
            assert page.items == []


@in_virtual_time
async def test_a_handler_that_leaves_its_item_due_is_asked_again_only_with_the_next_look(tmp_path: Path) -> None:
    calls = 0

    async def forgetful(_items: Sequence[Item], _at: datetime) -> None:
        nonlocal calls
        calls += 1

    async with stage_in(tmp_path) as stage:
        await put_due(stage.table, "a", seconds=0)
        async with ticking(stage, Timer(topic="acknowledgment", handle=forgetful, batch_size=1)):
            await asyncio.sleep(5.1)
    assert calls <= 12


@in_virtual_time
async def test_of_two_processes_one_ticks(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        first, second = Handler(stage), Handler(stage)
        async with ticking(stage, make_timer(first), holder="one"):
            await asyncio.sleep(0.1)
            async with ticking(stage, make_timer(second), holder="two"):
                await put_due(stage.table, "a", seconds=5)
                await asyncio.sleep(30)
    assert (first.names, second.names) == (["a"], [])


@in_virtual_time
async def test_two_timers_of_one_topic_are_refused(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        timer = make_timer(Handler(stage))
        with pytest.raises(ValueError, match="same topic"):
            Ticker(timers=(timer, timer), table=stage.table, checkpoints=stage.table, clock=stage.clock, holder="here")
