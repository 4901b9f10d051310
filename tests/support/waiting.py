"""Waiting for what a test expects of other processes: asked again and again, never longer than a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

ValueT = TypeVar("ValueT")

DEADLINE_SECONDS = 20.0
_POLL_SECONDS = 0.02


async def eventually(
    ask: Callable[[], Awaitable[ValueT | None]], *, what: str, within_seconds: float = DEADLINE_SECONDS
) -> ValueT:
    """Ask until the answer is something, and return it; fail after the deadline, naming ``what`` was waited for."""
    try:
        async with asyncio.timeout(within_seconds):
            while True:
                found = await ask()
                if found:
                    return found
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        message = f"waited {within_seconds:g} seconds in vain: {what}"
        raise AssertionError(message) from None
