"""Many requests at a time, bounded, in order of the work, stopping at the first failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

WorkT = TypeVar("WorkT")


async def side_by_side(*, work: Iterable[WorkT], at_once: int, do: Callable[[WorkT], Awaitable[None]]) -> None:
    """Do each piece of work, ``at_once`` of them at a time; raises what the first failing one raised."""
    pending = iter(work)

    async def lane() -> None:
        for piece in pending:
            await do(piece)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(lane())
    except ExceptionGroup as failures:
        # The lanes fail alike (the server is gone, say); one of them tells it.
        raise failures.exceptions[0] from None
