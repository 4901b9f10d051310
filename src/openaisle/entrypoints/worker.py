"""The worker: every pipe, timer, queue consumer and dispatcher in one process."""

from __future__ import annotations

import asyncio
import logging

import uvloop

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings, load_settings
from openaisle.entrypoints.logs import set_up_logging
from openaisle.entrypoints.stopping import stop_event
from openaisle.entrypoints.supervision import run_supervised

_logger = logging.getLogger("openaisle.worker")


async def work(*, settings: Settings, stopped: asyncio.Event) -> None:
    """Run all sources of the marketplace until ``stopped`` is set."""
    async with open_marketplace(settings=settings) as marketplace:
        _logger.info("worker started", extra={"sources": sorted(marketplace.sources)})
        await run_supervised(
            sources=marketplace.sources, stopped=stopped, stop_seconds_maximum=settings.stop_seconds_maximum
        )
        _logger.info("worker stopped")


async def _until_signaled(settings: Settings) -> None:
    await work(settings=settings, stopped=stop_event())


def run_worker(*, settings: Settings) -> None:
    """Run the worker in this process until it is told to stop by a signal."""
    set_up_logging(level=settings.log_level, log_format=settings.log_format, process_name="worker")
    uvloop.run(_until_signaled(settings))


if __name__ == "__main__":
    run_worker(settings=load_settings())
