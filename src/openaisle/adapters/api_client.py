"""A client of OpenAisle's own HTTP API, for replays, demonstrations and measurements."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import msgspec

from openaisle.kernel.marketplace_api import ApiAnswerUnexpected, ApiUnreachable

_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_CALL_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0


class ApiClient:
    """Calls with one key, over kept-alive connections.

    A call that meets a closed connection or an overloaded server is sent again with growing pauses, so only
    calls that may be repeated (reads, and writes with an idempotency key or a natural key) belong here.
    """

    def __init__(
        self, *, base_url: str, api_key: str | None, maximum_connections: int = 64, patience_seconds: float = 60.0
    ) -> None:
        """Take the address (``http://127.0.0.1:8080``) and the key; nothing connects before the first call."""
        self._headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._connections = _Connections(base_url, maximum_connections)
        self._patience_seconds = patience_seconds

    def acting_as(self, *, api_key: str) -> ApiClient:
        """Return a client that shares this one's connections and calls with another key."""
        other = ApiClient(base_url="", api_key=api_key, patience_seconds=self._patience_seconds)
        other._connections = self._connections
        return other

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def get(self, *, path: str) -> Any:  # noqa: ANN401 - any JSON
        """Return the decoded answer; raises ApiAnswerUnexpected or ApiUnreachable."""
        return await self.send(method="GET", path=path)

    async def send(
        self,
        *,
        method: str,
        path: str,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Send ``body`` as JSON, or ``raw`` bytes as they are, and return the decoded answer.

        Raises ApiAnswerUnexpected unless the status is of the 200s, and ApiUnreachable when patience ends.
        """
        sent_headers = {**self._headers, **(headers or {})}
        content = raw
        if body is not None:
            content = msgspec.json.encode(body)
            sent_headers["Content-Type"] = "application/json"
        status, answer = await self._patiently(method, path, content, sent_headers)
        decoded = msgspec.json.decode(answer) if answer else None
        if not 200 <= status < 300:
            problem = decoded if isinstance(decoded, dict) else {}
            detail = f"{method} {path} answered {status}: {problem.get('detail') or answer[:200]!r}"
            raise ApiAnswerUnexpected(detail=detail, answered=status, problem=decoded)
        return decoded

    async def _patiently(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + self._patience_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with self._connections.request(method, path, content, headers) as answered:
                    body = await answered.read()
                    if answered.status not in _RETRIED_STATUSES or loop.time() > gives_up_at:
                        return answered.status, body
            except (aiohttp.ClientError, TimeoutError) as error:
                if loop.time() > gives_up_at:
                    raise ApiUnreachable(detail=f"{method} {path}: {error}") from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


class _Connections:
    """Kept-alive connections to one server, opened by the first request, shared by clients with different keys."""

    def __init__(self, base_url: str, maximum: int) -> None:
        self._base_url = base_url
        self._maximum = maximum
        self._session: aiohttp.ClientSession | None = None

    def request(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._maximum)
            timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._session.request(method, self._base_url + path, data=content, headers=headers)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
