"""One process that answers HTTP, on a socket that it makes or is handed."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
import uvloop

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings, load_settings
from openaisle.entrypoints.http.application import http_application
from openaisle.entrypoints.http.slow_headers import punctual_protocol
from openaisle.entrypoints.logs import set_up_logging
from openaisle.entrypoints.stopping import stop_event

_logger = logging.getLogger("openaisle.http")
_IDLE_SECONDS = 30


class _Server(uvicorn.Server):
    """A server that leaves signals to us: uvicorn's own handling would end the process before the store is closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


async def serve(*, settings: Settings, listening: socket.socket, stopped: asyncio.Event) -> None:
    """Answer HTTP on the socket until ``stopped`` is set, then finish the requests under way."""
    async with open_marketplace(settings=settings) as marketplace:
        configuration = uvicorn.Config(
            app=http_application(marketplace=marketplace),
            http=punctual_protocol(head_seconds=settings.head_seconds_maximum),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=settings.stop_seconds_maximum,
        )
        server = _Server(configuration)

        async def stop() -> None:
            await stopped.wait()
            server.should_exit = True

        stopping = asyncio.create_task(stop())
        _logger.info("answering", extra={"address": listening.getsockname()[:2]})
        try:
            await server.serve(sockets=[listening])
        finally:
            stopping.cancel()
        _logger.info("stopped answering")


async def _until_signaled(settings: Settings, listening: socket.socket) -> None:
    await serve(settings=settings, listening=listening, stopped=stop_event())


def run_api(*, settings: Settings, listening: socket.socket) -> None:
    """Run one API process until it is told to stop by a signal."""
    set_up_logging(level=settings.log_level, log_format=settings.log_format, process_name="api")
    uvloop.run(_until_signaled(settings, listening))


def main() -> None:
    """Serve on the listening socket whose file descriptor is handed over."""
    parser = argparse.ArgumentParser(description="Answer HTTP on an inherited socket.")
    parser.add_argument("--descriptor", type=int, required=True)
    arguments = parser.parse_args()
    run_api(settings=load_settings(), listening=socket.socket(fileno=arguments.descriptor))


if __name__ == "__main__":
    main()
