"""Work of other processes in the contract tests: ``python -m tests.contract.processes WORK ENGINE FOLDER NAME N``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openaisle.adapters.local.clock import SystemClock
from openaisle.kernel.table import Adjust, Key, Put
from tests.contract.adapters import ENGINES, Engine
from tests.factories.contexts import make_context

ROOT = Path(__file__).resolve().parents[2]
COUNTER = Key("COUNTER", "X")


async def count_up(engine: Engine, store: Any, name: str, count: int) -> None:
    """Add one to the shared counter, ``count`` times."""
    for _ in range(count):
        await store.commit(writes=[Adjust(key=COUNTER, changes={"total": 1})], context=make_context())


async def write_and_tell(engine: Engine, store: Any, name: str, count: int) -> None:
    """Write numbered items, two to a commit, and tell each number once its commit was answered."""
    for number in range(count):
        writes = [Put(key=Key(f"{name}#{number}", side), kind="thing", body=b"{}", expected_version=0) for side in "AB"]
        await store.commit(writes=writes, context=make_context())
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


async def receive_and_tell(engine: Engine, store: Any, name: str, count: int) -> None:
    """Receive and delete messages until none is left, telling each body."""
    queue = engine.queue(store, name)
    while messages := await queue.receive(limit=3, now=datetime.now(UTC)):
        for message in messages:
            sys.stdout.write(f"{message.body.decode()}\n")
        await queue.delete(receipts=[message.receipt for message in messages])


WORKS = {work.__name__: work for work in (count_up, write_and_tell, receive_and_tell)}


async def main(work: str, engine_name: str, folder: str, name: str, count: str) -> None:
    engine = ENGINES[engine_name]
    async with engine.store(Path(folder), SystemClock()) as store:
        await WORKS[work](engine, store, name, int(count))


@asynccontextmanager
async def another_process(
    work: str, *, engine_name: str, folder: Path, name: str = "x", count: int = 0
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one of the works in a process of its own; it is killed at the end if it still runs."""
    arguments = ("-m", "tests.contract.processes", work, engine_name, str(folder), name, str(count))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
