"""Sources kept running: one that crashes is started again after a pause that grows while it keeps crashing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

from openaisle.kernel.pipe import Source

_logger = logging.getLogger("openaisle.worker")
_PAUSE_SECONDS_MINIMUM = 0.5
_PAUSE_SECONDS_MAXIMUM = 30.0
# A source that ran this long before it crashed had recovered from the crash before.
_HEALTHY_SECONDS = 60.0


async def run_supervised(
    *,
    sources: Mapping[str, Source],
    stopped: asyncio.Event,
    stop_seconds_maximum: float,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run all sources until ``stopped`` is set, then cancel them and wait for what they finish.

    A source that has not ended ``stop_seconds_maximum`` after the cancellation is left behind; what it was doing
    is done again by whoever runs it next.
    """
    tasks = [
        asyncio.create_task(_kept_running(name=name, source=source, pause=pause), name=name)
        for name, source in sources.items()
    ]
    await stopped.wait()
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    _, unfinished = await asyncio.wait(tasks, timeout=stop_seconds_maximum)
    for task in unfinished:
        _logger.warning("source did not stop in time", extra={"source": task.get_name()})


async def _kept_running(*, name: str, source: Source, pause: Callable[[float], Awaitable[None]]) -> None:
    seconds = _PAUSE_SECONDS_MINIMUM
    while True:
        began = monotonic()
        try:
            await source.run()
        except Exception:
            # Whatever crashes one source must not stop the others.
            if monotonic() - began > _HEALTHY_SECONDS:
                seconds = _PAUSE_SECONDS_MINIMUM
            _logger.exception(
                "source crashed, it is started again", extra={"source": name, "again_in_seconds": seconds}
            )
        else:
            _logger.info("source ended", extra={"source": name})
            return
        await pause(seconds)
        seconds = min(seconds * 2, _PAUSE_SECONDS_MAXIMUM)
