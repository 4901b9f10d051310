"""How simulated suppliers call the marketplace: one pool of connections, each call with its supplier's own key."""

from __future__ import annotations

from typing import Any

import aiohttp

from openaisle_examples.suppliers.documents import ENCODER, decoded

_TIMEOUT_SECONDS = 30.0


class Unreachable(Exception):
    """The marketplace gave no answer, or one that says to come back later."""


class MarketplaceClient:
    """Calls the marketplace's API."""

    def __init__(self, *, base_url: str, connections: int = 32) -> None:
        """Take the address (``http://127.0.0.1:8080``); nothing connects before the first call."""
        self._base_url = base_url.rstrip("/")
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, *, api_key: str, path: str) -> dict[str, Any] | None:
        """Return what stands there, None where there is nothing; raises Unreachable."""
        status, answer = await self._call("GET", api_key, path, None)
        if status == 404:
            return None
        if status >= 300:
            message = f"GET {path} answered {status}: {answer.get('detail', '')}"
            raise Unreachable(message)
        return answer

    async def post(self, *, api_key: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer; raises Unreachable."""
        return await self._call("POST", api_key, path, ENCODER.encode(body))

    async def _call(self, method: str, api_key: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            )
        headers = {"authorization": f"Bearer {api_key}", "content-type": "application/json"}
        try:
            async with self._session.request(method, self._base_url + path, data=body, headers=headers) as response:
                answer = decoded(await response.read())
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{method} {path}: {error or type(error).__name__}"
            raise Unreachable(message) from error
        if status == 429 or status >= 500:
            message = f"{method} {path} answered {status}"
            raise Unreachable(message)
        return status, answer
