"""A marketplace and what plays around it, all running for the length of a command."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from openaisle.bootstrap import api_client, open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.cli.children import Child, keep_running, marketplace_children
from openaisle.entrypoints.listening import listening_socket
from openaisle.kernel.context import Role, system_context
from openaisle.kernel.marketplace_api import MarketplaceApi


class Stage:
    """Where the marketplace answers, its API without a key, and the means to start more processes beside it."""

    def __init__(self, *, settings: Settings, address: str, api: MarketplaceApi, stopped: asyncio.Event) -> None:
        """Take what ``staged`` made."""
        self.settings = settings
        self.address = address
        self.api = api
        self._stopped = stopped
        self._running: list[asyncio.Task[None]] = []

    def start(self, *, children: Sequence[Child]) -> None:
        """Start processes and keep them running until the stage is left."""
        keeping = keep_running(children=children, settings=self.settings, stopped=self._stopped)
        self._running.append(asyncio.create_task(keeping))

    async def key(self, *, role: Role, subject_id: str, label: str) -> str:
        """Return a new API key, issued where the store is, as a command line on this machine may."""
        async with open_marketplace(settings=self.settings) as marketplace:
            context = system_context(name=label, at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
            _, text = await marketplace.rooms.api_keys.issue(
                role=role, subject_id=subject_id, label=label, context=context
            )
            return text

    async def stop(self) -> None:
        """Stop every process and wait for its end."""
        self._stopped.set()
        await self.api.close()
        await asyncio.gather(*self._running)


@asynccontextmanager
async def staged(*, settings: Settings) -> AsyncIterator[Stage]:
    """Run the marketplace for the length of the block, and enter it once it is ready.

    Raises OSError if the port is taken, and ApiUnreachable if it does not become ready.
    """
    listening = listening_socket(host=settings.host, port=settings.port)
    address = f"http://{settings.host}:{listening.getsockname()[1]}"
    api = api_client(base_url=address)
    stage = Stage(settings=settings, address=address, api=api, stopped=asyncio.Event())
    try:
        stage.start(children=marketplace_children(settings=settings, listening=listening, with_worker=True))
        await api.get(path="/health/ready")
        yield stage
    finally:
        await stage.stop()
        listening.close()
