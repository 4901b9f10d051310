"""Real processes that run one pipe, one of which is killed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.table import Key, Put
from tests.factories.contexts import make_context

ROOT = Path(__file__).resolve().parents[4]
COUNT = 400


@asynccontextmanager
async def worker(folder: Path, holder: str) -> AsyncIterator[Process]:
    arguments = ("-m", "tests.support.pipe_worker", str(folder), holder)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told_by(process: Process, *, until: int) -> list[int]:
    """Read numbers until one is reached."""
    assert process.stdout is not None
    told: list[int] = []
    while until not in told[-1:]:
        line = await process.stdout.readline()
        assert line.endswith(b"\n")
        told.append(int(line))
    return told


async def rest_of(process: Process) -> list[int]:
    assert process.stdout is not None
    return [int(line) for line in (await process.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")]


async def test_when_the_process_that_runs_a_pipe_is_killed_another_goes_on_and_nothing_is_missed(
    tmp_path: Path,
) -> None:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock())
    puts = [
        Put(key=Key(f"THING#{number}", "X"), kind="thing", body=b'{"number": %d}' % number, expected_version=0)
        for number in range(COUNT)
    ]
    for start in range(0, COUNT, 4):
        await table.commit(writes=puts[start : start + 4], context=make_context())
    await table.close()
    async with worker(tmp_path, "first") as first:
        handled = await told_by(first, until=COUNT // 4)
        async with worker(tmp_path, "second") as second:
            first.kill()
            handled += await rest_of(first)
            taken_over = await told_by(second, until=COUNT - 1)
    assert set(handled + taken_over) == set(range(COUNT))
    assert handled == sorted(handled)
    assert taken_over == sorted(taken_over)
    # The second begins where the first last saved, at most the work of a moment before.
    assert taken_over[0] > 0
