"""A marketplace of real processes, any of which may be killed at any moment, and what they wrote to their logs."""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from openaisle_examples.suppliers import SimulatedSuppliers

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.cli.children import child_environment
from openaisle.entrypoints.listening import listening_socket
from openaisle.kernel.context import Role, system_context
from tests.journeys.marketplace import RunningMarketplace
from tests.support.waiting import eventually


class Processes:
    """The API processes on one socket, and the worker."""

    def __init__(self, *, settings: Settings, listening: socket.socket, logs: Path) -> None:
        self._environment = child_environment(settings=settings)
        self._listening = listening
        self._logs = logs
        self.apis: list[asyncio.subprocess.Process] = []
        self.worker: asyncio.subprocess.Process | None = None

    async def start_api(self) -> None:
        arguments = ("openaisle.entrypoints.http.process", "--descriptor", str(self._listening.fileno()))
        self.apis.append(await self._started(*arguments))

    async def start_worker(self) -> None:
        self.worker = await self._started("openaisle.entrypoints.worker")

    async def kill(self, process: asyncio.subprocess.Process | None) -> None:
        """End a process as a power cut would: it gets no chance to finish anything."""
        assert process is not None
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        """End all processes in order."""
        running = [one for one in (*self.apis, self.worker) if one is not None and one.returncode is None]
        for process in running:
            process.terminate()
        for process in running:
            await asyncio.wait_for(process.wait(), 10)

    def log_text(self) -> bytes:
        """Return everything that any of the processes wrote."""
        return b"".join(path.read_bytes() for path in sorted(self._logs.iterdir()))

    async def _started(self, *arguments: str) -> asyncio.subprocess.Process:
        path = self._logs / f"{secrets.token_hex(4)}.log"
        with path.open("wb") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(self._listening.fileno(),),
            )


@asynccontextmanager
async def marketplace_of_processes(
    *, folder: Path, api_count: int, **settings: Any
) -> AsyncIterator[tuple[RunningMarketplace, Processes]]:
    """Run API processes, a worker, and simulated suppliers for the length of the block."""
    chosen = Settings(
        home=str(folder / "home"),
        allowed_private_hosts=("127.0.0.1",),
        outbound_plain_http_allowed=True,
        stop_seconds_maximum=2,
        **settings,
    )
    logs = folder / "logs"
    logs.mkdir()
    keys = {}
    async with open_marketplace(settings=chosen) as opened:
        for role in (Role.OPERATOR, Role.STOREFRONT):
            context = system_context(name="test", at=opened.clock.now(), correlation_id="test")
            _, keys[role] = await opened.rooms.api_keys.issue(
                role=role, subject_id=f"{role.value}-1", label="test", context=context
            )
    listening = listening_socket(host="127.0.0.1", port=0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    processes = Processes(settings=chosen, listening=listening, logs=logs)
    try:
        for _ in range(api_count):
            await processes.start_api()
        await processes.start_worker()
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with (
            SimulatedSuppliers(marketplace_url=address, journal=folder / "journal") as simulated,
            aiohttp.ClientSession(connector=connector) as session,
        ):
            marketplace = RunningMarketplace(
                session=session,
                address=address,
                operator_key=keys[Role.OPERATOR],
                storefront_key=keys[Role.STOREFRONT],
                simulated=simulated,
            )

            async def is_ready() -> bool:
                return (await marketplace.anyone.call("GET", "/health/ready")).status == 200

            await eventually(is_ready, what="the API answers")
            yield marketplace, processes
    finally:
        await processes.stop()
        listening.close()
