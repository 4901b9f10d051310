"""Runs pipes: hands each its changes in order, and sets aside what it cannot handle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from openaisle.adapters.local.change_feed import ChangeFeed, FeedReader
from openaisle.adapters.local.lease_keeper import LeaseKeeper
from openaisle.kernel.context import Clock
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.pipe import Pipe, PipeStatus, SetAside, set_aside_as_bytes, set_aside_from_bytes
from openaisle.kernel.queue import Message, Queue
from openaisle.kernel.stream import Change, ChangeStream, Checkpoints, Lease, LeaseLost

_LOGGER = logging.getLogger(__name__)

_SAVE_EVERY_SECONDS = 0.05
_SAVE_PASSED_OVER_SECONDS = 1.0
_REDRIVE_EVERY_SECONDS = 1.0
_REDRIVEN_AT_ONCE = 10
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 5.0
_HANDLER_SECONDS_MAXIMUM = 300.0
_REASON_LENGTH_MAXIMUM = 500
_SET_ASIDE_COUNTED_MAXIMUM = 10_000
_UNAVAILABLE = 503


class PipeRunner:
    """Runs every pipe whose lease this process gets; implements Source.

    Each pipe goes at its own pace. Within a pipe changes are handled in order, one batch at a time, each at least once.
    A pipe that never ran starts with the oldest change there is.
    """

    def __init__(
        self,
        *,
        pipes: Sequence[Pipe],
        stream: ChangeStream,
        checkpoints: Checkpoints,
        set_aside: Queue,
        clock: Clock,
        holder: str,
        lease_seconds: float = 15.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Take the ``pipes``, the queue that keeps what is ``set_aside``, and a ``holder`` name of this process."""
        names = [pipe.name for pipe in pipes]
        if len(set(names)) != len(names):
            message = f"two pipes have the same name: {sorted(names)}"
            raise ValueError(message)
        self._pipes = {pipe.name: pipe for pipe in pipes}
        self._stream = stream
        self._checkpoints = checkpoints
        self._set_aside = set_aside
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._feed = ChangeFeed(stream=stream, pipes=pipes, sleep=sleep)
        self._keeper = LeaseKeeper(
            checkpoints=checkpoints, clock=clock, holder=holder, lease_seconds=lease_seconds, sleep=sleep
        )
        self._running: dict[str, _Running] = {}

    async def run(self) -> None:
        """Run the pipes until canceled; then save where each stands and give the leases back."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forever(self._feed.run))
            group.create_task(self._forever(self._redrive))
            for pipe in self._pipes.values():
                group.create_task(self._keeper.run(consumer=_consumer(pipe.name), work=self._work_of(pipe)))

    async def status(self) -> list[PipeStatus]:
        """Return how far each pipe has come, wherever it runs."""
        latest = await self._stream.latest()
        letters = await self._set_aside.dead_letters(limit=_SET_ASIDE_COUNTED_MAXIMUM)
        set_aside = Counter(set_aside_from_bytes(body=letter.body).pipe for letter in letters)
        return [await self._status_of(name, latest, set_aside[name]) for name in self._pipes]

    async def _status_of(self, name: str, latest: int, set_aside_count: int) -> PipeStatus:
        running = self._running.get(name)
        if running is None:
            position = await self._checkpoints.position(consumer=_consumer(name)) or 0
            lag_seconds = 0.0
        else:
            position = running.reader.done
            lag_seconds = running.lag_seconds(clock=self._clock)
        # Sequences have gaps, so only a look into the stream tells whether anything is left.
        is_done = not await self._stream.read(after=position, limit=1)
        return PipeStatus(
            pipe=name,
            position=position,
            behind=0 if is_done else max(1, latest - position),
            lag_seconds=lag_seconds,
            set_aside_count=set_aside_count,
            is_running_here=running is not None,
        )

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:
                _LOGGER.exception("the pipes' reader broke off and is started again")
            await self._sleep(_REDRIVE_EVERY_SECONDS)

    def _work_of(self, pipe: Pipe) -> Callable[[Lease], Awaitable[None]]:
        async def work(lease: Lease) -> None:
            await self._run_pipe(pipe, lease)

        return work

    async def _run_pipe(self, pipe: Pipe, lease: Lease) -> None:
        position = await self._checkpoints.position(consumer=lease.consumer)
        if position is None:
            # Saved at once, so that the log keeps from now on what this pipe has not seen.
            position = 0
            await self._checkpoints.save(lease=lease, position=position)
        running = _Running(reader=self._feed.reader(pipe=pipe, after=position), saved=position)
        self._running[pipe.name] = running
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._save_again_and_again(running, lease))
                await self._consume(pipe, running)
        finally:
            del self._running[pipe.name]
            await self._save_last(running, lease)

    async def _consume(self, pipe: Pipe, running: _Running) -> None:
        while True:
            running.under_way = ()
            changes = await running.reader.next()
            for start in range(0, len(changes), pipe.batch_size):
                running.under_way = changes[start : start + pipe.batch_size]
                await self._deliver(pipe, running, running.under_way, attempts=pipe.maximum_attempts)
            if pipe.rest_seconds and len(changes) < pipe.batch_size:
                await self._sleep(pipe.rest_seconds)

    async def _deliver(self, pipe: Pipe, running: _Running, changes: Sequence[Change], *, attempts: int) -> None:
        """Have changes handled in order; halve them until what cannot be handled stands alone, and set that aside."""
        failure = await self._try(pipe, changes, attempts=attempts)
        if failure is not None and len(changes) > 1:
            middle = len(changes) // 2
            for half in (changes[:middle], changes[middle:]):
                # The batch had all its attempts; on the way down each part needs one, and a lone change all again.
                await self._deliver(pipe, running, half, attempts=1 if len(half) > 1 else pipe.maximum_attempts)
            return
        if failure is not None:
            await self._put_aside(pipe, changes[0], failure)
        running.done_with(changes[-1])

    async def _try(self, pipe: Pipe, changes: Sequence[Change], *, attempts: int) -> Exception | None:
        """Return None as soon as the pipe has handled the changes, else the error of the last attempt."""
        failures = waits = 0
        while True:
            try:
                async with asyncio.timeout(_HANDLER_SECONDS_MAXIMUM):
                    await pipe.handle(changes)
            except Exception as error:  # noqa: BLE001 - whatever it is, it becomes the reason of a set-aside change
                # That the store takes no writes is no fault of a change: wait until it does.
                if not (isinstance(error, OpenAisleError) and error.status == _UNAVAILABLE):
                    failures += 1
                if failures >= attempts:
                    return error
                _LOGGER.info("%s failed on %d changes: %s", pipe.name, len(changes), _reason(error))
            else:
                return None
            await self._wait(waits)
            waits += 1

    async def _put_aside(self, pipe: Pipe, change: Change, failure: Exception) -> None:
        reason = _reason(failure)
        _LOGGER.error("%s set the change %d aside: %s", pipe.name, change.sequence, reason)
        now = self._clock.now()
        set_aside = SetAside(pipe=pipe.name, change=change, reason=reason, attempts=pipe.maximum_attempts, at=now)
        waits = 0
        while True:
            try:
                await self._set_aside.bury(bodies=[set_aside_as_bytes(set_aside=set_aside)], now=now, reason=reason)
            except Exception:
                # Going on without it would lose the change, so the pipe stands still until it is kept.
                _LOGGER.exception("%s cannot set a change aside", pipe.name)
            else:
                return
            await self._wait(waits)
            waits += 1

    async def _wait(self, waits_before: int) -> None:
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** min(waits_before, 16))
        await self._sleep(longest * self._chance())

    async def _save_again_and_again(self, running: _Running, lease: Lease) -> None:
        """Save how far the pipe is, soon after it moved but not after each batch: handlers are idempotent."""
        while True:
            with contextlib.suppress(TimeoutError):
                # Changes that were only passed over do not say that they moved the pipe; they are saved now and then.
                async with asyncio.timeout(_SAVE_PASSED_OVER_SECONDS):
                    await running.moved.wait()
            running.moved.clear()
            if await self._save(running, lease):
                await self._sleep(_SAVE_EVERY_SECONDS)

    async def _save(self, running: _Running, lease: Lease) -> bool:
        done = running.reader.done
        if done <= running.saved:
            return False
        await self._checkpoints.save(lease=lease, position=done)
        running.saved = done
        return True

    async def _save_last(self, running: _Running, lease: Lease) -> None:
        try:
            await self._save(running, lease)
        except LeaseLost:
            _LOGGER.info("%s runs elsewhere by now", lease.consumer)
        except Exception:
            _LOGGER.exception("where %s stands could not be saved; some changes will come again", lease.consumer)

    async def _redrive(self) -> None:
        """Hand changes that a person sent again to their pipes."""
        while messages := await self._set_aside.receive(limit=_REDRIVEN_AT_ONCE, now=self._clock.now()):
            for message in messages:
                await self._redrive_one(message)

    async def _redrive_one(self, message: Message) -> None:
        set_aside = set_aside_from_bytes(body=message.body)
        pipe = self._pipes.get(set_aside.pipe)
        if pipe is None:
            failure: Exception | None = LookupError(f"there is no pipe {set_aside.pipe}")
        else:
            failure = await self._try(pipe, [set_aside.change], attempts=pipe.maximum_attempts)
        if failure is not None:
            now, reason = self._clock.now(), _reason(failure)
            again = msgspec.structs.replace(set_aside, reason=reason, at=now)
            await self._set_aside.bury(bodies=[set_aside_as_bytes(set_aside=again)], now=now, reason=reason)
        await self._set_aside.delete(receipts=[message.receipt])


class _Running:
    """A pipe that this process runs: its place in the stream, what was saved of it, what it has under way."""

    def __init__(self, *, reader: FeedReader, saved: int) -> None:
        self.reader = reader
        self.saved = saved
        self.moved = asyncio.Event()
        self.under_way: Sequence[Change] = ()

    def done_with(self, change: Change) -> None:
        """Count everything up to the change as done."""
        self.reader.done = change.sequence
        self.moved.set()

    def lag_seconds(self, *, clock: Clock) -> float:
        """Return the age of the oldest change that is being handled, 0 when there is none."""
        if not self.under_way:
            return 0.0
        return max(0.0, (clock.now() - self.under_way[0].at).total_seconds())


def _consumer(pipe_name: str) -> str:
    return f"pipe:{pipe_name}"


def _reason(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"[:_REASON_LENGTH_MAXIMUM]
