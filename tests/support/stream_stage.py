"""A store with a pipe runner on it, in virtual time, for tests of whatever hangs on the change stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.pipe import Pipe, set_aside_from_bytes
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Key, Put, StoredEvent
from tests.factories.contexts import make_context
from tests.support.virtual_time import VirtualClock


class StreamStage:
    """A store, the queue of set-aside changes, and runners over them."""

    def __init__(self, *, folder: Path) -> None:
        self.clock = VirtualClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock)
        self.set_aside = LocalQueue(committer=self.table.committer, name="pipe-dead-letters")

    def runner(self, *pipes: Pipe, holder: str = "here") -> PipeRunner:
        return PipeRunner(
            pipes=pipes,
            stream=self.table,
            checkpoints=self.table,
            set_aside=self.set_aside,
            clock=self.clock,
            holder=holder,
            chance=lambda: 1.0,
        )

    async def write(self, *numbers: int, kind: str = "thing", event: str = "") -> None:
        """Commit one item for each number; its partition is the number, its body holds it."""
        for number in numbers:
            events = (StoredEvent(type=event, data=msgspec.Raw(b"{}")),) if event else ()
            put = Put(
                key=Key(f"{kind.upper()}#{number}", "X"),
                kind=kind,
                body=b'{"number": %d}' % number,
                expected_version=None,
                events=events,
            )
            await self.table.commit(writes=[put], context=make_context(at=self.clock.now()))

    async def set_aside_numbers(self) -> list[tuple[str, int, str]]:
        """The pipes, numbers and reasons of what was set aside."""
        letters = await self.set_aside.dead_letters(limit=1000)
        found = [set_aside_from_bytes(body=letter.body) for letter in letters]
        return [(one.pipe, number_of(one.change), one.reason) for one in found]


def number_of(change: Change) -> int:
    """The number that was written into a change's item."""
    assert change.body is not None
    return int(msgspec.json.decode(change.body)["number"])


def numbers_of(changes: Sequence[Change]) -> list[int]:
    return [number_of(change) for change in changes]


@asynccontextmanager
async def stage_in(folder: Path) -> AsyncIterator[StreamStage]:
    """A stage in a folder, closed at the end."""
    stage = StreamStage(folder=folder)
    try:
        yield stage
    finally:
        await stage.table.close()


@asynccontextmanager
async def running(runner: PipeRunner) -> AsyncIterator[asyncio.Task[None]]:
    """Run a runner while the block lasts, then stop it as a worker would."""
    task = asyncio.ensure_future(runner.run())
    try:
        yield task
    finally:
        await stopped(task)


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
