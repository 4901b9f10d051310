"""A process that runs one pipe and tells what it handled: ``python -m tests.support.pipe_worker FOLDER HOLDER``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from tests.support.stream_stage import number_of

LEASE_SECONDS = 0.5


async def tell(changes: Sequence[Change]) -> None:
    # Slow enough that the process is killed with work under way.
    await asyncio.sleep(0.002)
    for change in changes:
        sys.stdout.write(f"{number_of(change)}\n")
    sys.stdout.flush()


async def main(folder: str, holder: str) -> None:
    clock = SystemClock()
    table = LocalTable(path=Path(folder) / "store.db", clock=clock)
    runner = PipeRunner(
        pipes=(Pipe(name="pipe", handle=tell, batch_size=3),),
        stream=table,
        checkpoints=table,
        set_aside=LocalQueue(committer=table.committer, name="set-aside"),
        clock=clock,
        holder=holder,
        lease_seconds=LEASE_SECONDS,
    )
    await runner.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
