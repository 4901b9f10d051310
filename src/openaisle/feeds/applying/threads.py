"""Work with tables blocks, so it runs on a thread; whoever is canceled breaks the statement off and sees it end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from openaisle.kernel.blobs import Blobs
from openaisle.kernel.tabular import Workbench, Workbenches

ResultT = TypeVar("ResultT")


async def on_thread(workbench: Workbench, work: Callable[[], ResultT]) -> ResultT:
    """Run ``work``, which uses the workbench, on a thread; canceled, it is interrupted and waited for."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # The workbench must not be closed while a thread works with it.
        while not running.done():
            workbench.interrupt()
            await asyncio.wait([running], timeout=0.05)
        with contextlib.suppress(Exception):
            running.result()
        raise


@asynccontextmanager
async def opened(
    *, workbenches: Workbenches, blobs: Blobs, names: Sequence[str]
) -> AsyncIterator[tuple[Workbench, Mapping[str, Path]]]:
    """Return a workbench that may read these blobs, with their paths by name; raises BlobMissing."""
    async with AsyncExitStack() as stack:
        paths = {name: await stack.enter_async_context(blobs.as_file(name=name)) for name in dict.fromkeys(names)}
        yield stack.enter_context(workbenches.open(files=list(paths.values()))), paths
