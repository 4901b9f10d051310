"""Applications that are loaded when somebody first asks for them, so that a process answers its API sooner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class Deferred:
    """Stands where an application will stand; the first request loads it, on a thread, and the others wait for that.

    Pages for people need templates and their engine, which take longer to load than all of the API.
    """

    def __init__(self, *, load: Callable[[], ASGIApp]) -> None:
        """Take what imports and builds the application."""
        self._load = load
        self._application: ASGIApp | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._application is None:
            async with self._turn:
                if self._application is None:
                    self._application = await asyncio.to_thread(self._load)
        await self._application(scope, receive, send)
