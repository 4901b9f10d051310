"""Pipes hand changes on at least once and in order, and one bad change stops nobody."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from openaisle.adapters.local.change_feed import ChangeFeed
from openaisle.adapters.local.committer import StoreUnavailable
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from tests.support.stream_stage import StreamStage, number_of, numbers_of, running, stage_in, stopped
from tests.support.virtual_time import in_virtual_time, virtually


class Consumer:
    """A handler that remembers its batches, and fails on the numbers it is told to."""

    def __init__(self, *, poison: Sequence[int] = (), seconds: float = 0) -> None:
        self.batches: list[list[int]] = []
        self.poison = set(poison)
        self.seconds = seconds

    @property
    def numbers(self) -> list[int]:
        return [number for batch in self.batches for number in batch]

    async def handle(self, changes: Sequence[Change]) -> None:
        await asyncio.sleep(self.seconds)
        bad = self.poison.intersection(numbers_of(changes))
        if bad:
            message = f"cannot stand {sorted(bad)}"
            raise ValueError(message)
        self.batches.append(numbers_of(changes))


def make_pipe(consumer: Consumer, *, name: str = "pipe", **changes: Any) -> Pipe:
    return Pipe(**{"name": name, "handle": consumer.handle, **changes})


@in_virtual_time
async def test_a_new_pipe_gets_everything_from_the_start_and_then_what_comes(tmp_path: Path) -> None:
    consumer = Consumer()
    async with stage_in(tmp_path) as stage:
        await stage.write(1, 2)
        async with running(stage.runner(make_pipe(consumer))):
            await asyncio.sleep(1)
            assert consumer.numbers == [1, 2]
            await stage.write(3)
            await asyncio.sleep(0.1)
    assert consumer.numbers == [1, 2, 3]


@in_virtual_time
async def test_a_pipe_gets_only_the_kinds_and_events_it_asks_for(tmp_path: Path) -> None:
    kinds, events, both = Consumer(), Consumer(), Consumer()
    async with stage_in(tmp_path) as stage:
        pipes = (
            make_pipe(kinds, name="kinds", kinds=frozenset({"order"})),
            make_pipe(events, name="events", event_types=frozenset({"order.placed"})),
            make_pipe(both, name="both", kinds=frozenset({"order"}), event_types=frozenset({"order.placed"})),
        )
        async with running(stage.runner(*pipes)):
            await stage.write(1, kind="order")
            await stage.write(2, kind="order", event="order.placed")
            await stage.write(3, kind="thing", event="order.placed")
            await asyncio.sleep(1)
    assert (kinds.numbers, events.numbers, both.numbers) == ([1, 2], [2, 3], [2])


@in_virtual_time
async def test_a_pipe_that_fell_behind_catches_up_in_batches_not_change_by_change(tmp_path: Path) -> None:
    consumer = Consumer(seconds=1)
    async with stage_in(tmp_path) as stage, running(stage.runner(make_pipe(consumer))):
        for number in range(20):
            # Each commit arrives alone, while the pipe is busy with the first.
            await stage.write(number)
            await asyncio.sleep(0.02)
        await asyncio.sleep(3)
    assert consumer.numbers == list(range(20))
    assert len(consumer.batches) <= 3


@in_virtual_time
async def test_a_pipe_that_rests_takes_what_gathered_meanwhile_in_one_batch(tmp_path: Path) -> None:
    consumer = Consumer()
    async with stage_in(tmp_path) as stage, running(stage.runner(make_pipe(consumer, rest_seconds=1.0))):
        for number in range(20):
            await stage.write(number)
            await asyncio.sleep(0.02)
        await asyncio.sleep(3)
    assert consumer.numbers == list(range(20))
    assert len(consumer.batches) <= 3


@in_virtual_time
async def test_batches_are_no_larger_than_the_pipe_allows(tmp_path: Path) -> None:
    consumer = Consumer()
    async with stage_in(tmp_path) as stage:
        await stage.write(*range(10))
        async with running(stage.runner(make_pipe(consumer, batch_size=4))):
            await asyncio.sleep(1)
    assert consumer.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@in_virtual_time
async def test_a_pipe_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    consumer = Consumer()
    async with stage_in(tmp_path) as stage:
        await stage.write(1, 2)
        async with running(stage.runner(make_pipe(consumer))):
            await asyncio.sleep(1)
        await stage.write(3)
        async with running(stage.runner(make_pipe(consumer), holder="after a restart")):
            await asyncio.sleep(1)
    assert consumer.numbers == [1, 2, 3]


@in_virtual_time
async def test_a_batch_that_was_under_way_when_the_process_stopped_comes_again(tmp_path: Path) -> None:
    consumer = Consumer(seconds=10)
    async with stage_in(tmp_path) as stage:
        await stage.write(1)
        async with running(stage.runner(make_pipe(consumer))):
            await asyncio.sleep(5)
        assert consumer.numbers == []
        async with running(stage.runner(make_pipe(consumer))):
            await asyncio.sleep(15)
    assert consumer.numbers == [1]


@in_virtual_time
async def test_a_slow_pipe_does_not_hold_the_others(tmp_path: Path) -> None:
    slow, quick = Consumer(seconds=100), Consumer()
    async with stage_in(tmp_path) as stage:
        pipes = (make_pipe(slow, name="slow", batch_size=1), make_pipe(quick, name="quick"))
        async with running(stage.runner(*pipes)):
            await stage.write(*range(5))
            await asyncio.sleep(1)
            assert quick.numbers == [0, 1, 2, 3, 4]
            await asyncio.sleep(500)
    assert slow.numbers == [0, 1, 2, 3, 4]


@in_virtual_time
async def test_a_pipe_that_fell_out_of_the_window_reads_for_itself_and_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openaisle.adapters.local.change_feed._CHANGES_IN_WINDOW_MAXIMUM", 5)
    monkeypatch.setattr("openaisle.adapters.local.change_feed._CHANGES_PER_READ", 2)
    slow, quick = Consumer(seconds=1), Consumer()
    async with stage_in(tmp_path) as stage:
        pipes = (make_pipe(slow, name="slow", batch_size=1), make_pipe(quick, name="quick"))
        async with running(stage.runner(*pipes)):
            await stage.write(*range(40))
            await asyncio.sleep(2)
            assert quick.numbers == list(range(40))
            await asyncio.sleep(60)
    assert slow.numbers == list(range(40))


@in_virtual_time
async def test_pipes_that_keep_up_share_one_reading(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        reads = 0
        read = stage.table.read

        async def counted(**arguments: Any) -> Sequence[Change]:
            nonlocal reads
            changes = await read(**arguments)
            reads += len(changes)
            return changes

        stage.table.read = counted
        consumers = [Consumer() for _ in range(5)]
        pipes = [make_pipe(consumer, name=f"pipe {number}") for number, consumer in enumerate(consumers)]
        async with running(stage.runner(*pipes)):
            await asyncio.sleep(1)
            await stage.write(*range(20))
            await asyncio.sleep(1)
    assert all(consumer.numbers == list(range(20)) for consumer in consumers)
    assert reads == 20


@in_virtual_time
async def test_a_change_that_cannot_be_handled_is_set_aside_with_its_reason_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    consumer = Consumer(poison=[3, 7])
    async with stage_in(tmp_path) as stage:
        await stage.write(*range(10))
        runner = stage.runner(make_pipe(consumer))
        async with running(runner):
            await asyncio.sleep(60)
            assert consumer.numbers == [0, 1, 2, 4, 5, 6, 8, 9]
            assert await stage.set_aside_numbers() == [
                ("pipe", 3, "ValueError: cannot stand [3]"),
                ("pipe", 7, "ValueError: cannot stand [7]"),
            ]
            (status,) = await runner.status()
    assert (status.set_aside_count, status.behind, status.is_running_here) == (2, 0, True)


@in_virtual_time
async def test_a_failure_that_passes_is_tried_again_as_a_whole(tmp_path: Path) -> None:
    attempts = 0

    class Hesitant(Consumer):
        async def handle(self, changes: Sequence[Change]) -> None:
            nonlocal attempts
            attempts += 1
            if attempts < 4:
                raise OSError
            await super().handle(changes)

    consumer = Hesitant()
    async with stage_in(tmp_path) as stage:
        await stage.write(1, 2, 3)
        async with running(stage.runner(make_pipe(consumer, maximum_attempts=4))):
            await asyncio.sleep(10)
        assert await stage.set_aside_numbers() == []
    assert consumer.batches == [[1, 2, 3]]


@in_virtual_time
async def test_a_store_that_takes_no_writes_is_waited_for_and_no_change_is_blamed(tmp_path: Path) -> None:
    attempts = 0

    class Patient(Consumer):
        async def handle(self, changes: Sequence[Change]) -> None:
            nonlocal attempts
            attempts += 1
            if attempts < 30:
                raise StoreUnavailable(detail="the disk is full")
            await super().handle(changes)

    consumer = Patient()
    async with stage_in(tmp_path) as stage:
        await stage.write(1)
        async with running(stage.runner(make_pipe(consumer, maximum_attempts=2))):
            await asyncio.sleep(200)
        assert await stage.set_aside_numbers() == []
    assert consumer.numbers == [1]


@in_virtual_time
async def test_a_handler_that_hangs_is_given_up_and_set_aside(tmp_path: Path) -> None:
    hanging, other = Consumer(seconds=10_000), Consumer()
    async with stage_in(tmp_path) as stage:
        await stage.write(1)
        pipes = (make_pipe(hanging, name="hanging", maximum_attempts=2), make_pipe(other, name="other"))
        async with running(stage.runner(*pipes)):
            await asyncio.sleep(1_000)
        assert [found[:2] for found in await stage.set_aside_numbers()] == [("hanging", 1)]
    assert other.numbers == [1]


@in_virtual_time
async def test_a_set_aside_change_that_is_sent_again_goes_to_its_own_pipe_alone(tmp_path: Path) -> None:
    bad, other = Consumer(poison=[1]), Consumer()
    async with stage_in(tmp_path) as stage:
        await stage.write(1)
        pipes = (make_pipe(bad, name="bad"), make_pipe(other, name="other"))
        async with running(stage.runner(*pipes)):
            await asyncio.sleep(60)
            (letter,) = await stage.set_aside.dead_letters(limit=10)
            await stage.set_aside.redrive(message_ids=[letter.message_id], now=stage.clock.now())
            await asyncio.sleep(60)
            assert [found[:2] for found in await stage.set_aside_numbers()] == [("bad", 1)]
            bad.poison.clear()
            (letter,) = await stage.set_aside.dead_letters(limit=10)
            await stage.set_aside.redrive(message_ids=[letter.message_id], now=stage.clock.now())
            await asyncio.sleep(60)
        assert await stage.set_aside_numbers() == []
        assert await stage.set_aside.depth(now=stage.clock.now()) == 0
    assert (bad.numbers, other.numbers) == ([1], [1])


@in_virtual_time
async def test_of_two_processes_one_runs_a_pipe_and_the_other_takes_over_when_it_stops(tmp_path: Path) -> None:
    first, second = Consumer(), Consumer()
    async with stage_in(tmp_path) as stage:
        one = asyncio.ensure_future(stage.runner(make_pipe(first), holder="one").run())
        await asyncio.sleep(0.5)
        async with running(stage.runner(make_pipe(second), holder="two")):
            await stage.write(1)
            await asyncio.sleep(60)
            await stopped(one)
            await asyncio.sleep(2)
            await stage.write(2)
            await asyncio.sleep(1)
    assert (first.numbers, second.numbers) == ([1], [2])


@in_virtual_time
async def test_a_process_that_froze_loses_its_pipe_and_its_late_checkpoint_is_refused(tmp_path: Path) -> None:
    first, second = Consumer(seconds=40), Consumer()
    async with stage_in(tmp_path) as stage:
        await stage.write(1)
        frozen = stage.runner(make_pipe(first), holder="one")
        acquire = stage.table.acquire

        async def frozen_acquire(*, holder: str, **arguments: Any) -> Any:
            if holder == "one" and stage.clock.now() > started + timedelta(seconds=1):
                await asyncio.sleep(30)
            return await acquire(holder=holder, **arguments)

        started = stage.clock.now()
        stage.table.acquire = frozen_acquire
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running(frozen))
            await asyncio.sleep(0.5)
            await stack.enter_async_context(running(stage.runner(make_pipe(second), holder="two")))
            await asyncio.sleep(45)
            await stage.write(2)
            await asyncio.sleep(45)
            statuses = await frozen.status()
    # The first one's batch was canceled with the lease; the second handled it, and all that followed.
    assert second.numbers == [1, 2]
    assert first.numbers == []
    assert [status.is_running_here for status in statuses] == [False]


@in_virtual_time
async def test_checkpoints_are_saved_seldom_under_load_and_always_at_rest(tmp_path: Path) -> None:
    consumer = Consumer(seconds=0.001)
    async with stage_in(tmp_path) as stage:
        saved: list[int] = []
        save = stage.table.save

        async def counted(*, lease: Any, position: int) -> None:
            saved.append(position)
            await save(lease=lease, position=position)

        stage.table.save = counted
        await stage.write(*range(200))
        async with running(stage.runner(make_pipe(consumer, batch_size=1))):
            await asyncio.sleep(2)
            latest = await stage.table.latest()
            position = await stage.table.position(consumer="pipe:pipe")
    assert len(consumer.numbers) == 200
    assert len(saved) <= 8
    assert position is not None
    assert latest - position < 128


@in_virtual_time
async def test_a_pipe_that_wants_nothing_still_moves_along(tmp_path: Path) -> None:
    consumer = Consumer()
    async with stage_in(tmp_path) as stage:
        runner = stage.runner(make_pipe(consumer, kinds=frozenset({"never"})))
        async with running(runner):
            await stage.write(*range(3))
            await asyncio.sleep(5)
            (status,) = await runner.status()
        assert status.behind == 0
        position = await stage.table.position(consumer="pipe:pipe")
        assert position is not None
        assert not await stage.table.read(after=position, limit=1)


@in_virtual_time
async def test_the_status_tells_how_old_the_work_under_way_is(tmp_path: Path) -> None:
    consumer = Consumer(seconds=30)
    async with stage_in(tmp_path) as stage:
        await stage.write(1)
        runner = stage.runner(make_pipe(consumer))
        async with running(runner):
            await asyncio.sleep(20)
            (status,) = await runner.status()
    assert status.lag_seconds == pytest.approx(20, abs=0.1)
    assert status.behind > 0


@in_virtual_time
async def test_two_pipes_of_one_name_are_refused(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        with pytest.raises(ValueError, match="same name"):
            stage.runner(make_pipe(Consumer()), make_pipe(Consumer()))


@in_virtual_time
async def test_a_reader_that_stands_further_on_does_not_make_the_feed_read_the_past(tmp_path: Path) -> None:
    async with stage_in(tmp_path) as stage:
        await stage.write(*range(5))
        pipe = make_pipe(Consumer())
        feed = ChangeFeed(stream=stage.table, pipes=[pipe])
        reading = asyncio.ensure_future(feed.run())
        reader = feed.reader(pipe=pipe, after=await stage.table.latest())
        waiting = asyncio.ensure_future(reader.next())
        await asyncio.sleep(1)
        await stage.write(9)
        assert numbers_of(await waiting) == [9]
        await stopped(reading)


class Shaky:
    """A handler of many keys that fails now and then, and always on poison."""

    def __init__(self, *, poison: set[int], moods: list[bool]) -> None:
        self.poison = poison
        self.moods = moods
        self.handled: list[int] = []

    async def handle(self, changes: Sequence[Change]) -> None:
        if self.poison.intersection(numbers_of(changes)):
            message = "poison"
            raise ValueError(message)
        # Some of the batch is done before it fails, as it happens in life.
        fails = bool(self.moods) and self.moods.pop()
        for change in changes[: len(changes) // 2] if fails else changes:
            self.handled.append(number_of(change))
        if fails:
            raise OSError


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    keys=some.lists(some.integers(0, 4), min_size=1, max_size=30),
    poisoned=some.sets(some.integers(0, 29), max_size=4),
    moods=some.lists(some.booleans(), max_size=3),
    batch_size=some.integers(1, 12),
    restart_after_seconds=some.floats(0, 2),
)
def test_everything_arrives_at_least_once_in_order_per_key_and_only_poison_is_set_aside(
    keys: list[int], poisoned: set[int], moods: list[bool], batch_size: int, restart_after_seconds: float
) -> None:
    numbers = range(len(keys))
    poison = poisoned.intersection(numbers)
    shaky = Shaky(poison=poison, moods=list(moods))

    async def scenario(stage: StreamStage) -> list[int]:
        pipe = Pipe(name="pipe", handle=shaky.handle, batch_size=batch_size, maximum_attempts=len(moods) + 1)
        await stage.write(*numbers)
        async with running(stage.runner(pipe, holder="first")):
            await asyncio.sleep(restart_after_seconds)
        async with running(stage.runner(pipe, holder="second")):
            await asyncio.sleep(40)
        return [number for _, number, _ in await stage.set_aside_numbers()]

    async def staged() -> list[int]:
        with tempfile.TemporaryDirectory() as folder:
            async with stage_in(Path(folder)) as stage:
                return await scenario(stage)

    set_aside = virtually(staged())
    assert set(shaky.handled) == set(numbers) - poison
    assert set(set_aside) == poison
    first_seen: dict[int, list[int]] = defaultdict(list)
    for number in dict.fromkeys(shaky.handled):
        first_seen[keys[number]].append(number)
    assert all(seen == sorted(seen) for seen in first_seen.values())
