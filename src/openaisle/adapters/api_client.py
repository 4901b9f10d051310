"""A client of OpenAisle's own HTTP API, for replays, demonstrations and measurements."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from openaisle.kernel.errors import OpenAisleError

_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0


class ApiAnswerUnexpected(OpenAisleError):
    """The API answered with a problem where success was needed; ``problem`` is its body."""

    code = "api-answer-unexpected"
    title = "The marketplace refused a request"
    status = 502
    mend = "Read the problem in detail; it says what to mend."

    def __init__(self, *, detail: str, answered: int, problem: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail=detail)
        self.answered = answered
        self.problem = problem


class ApiUnreachable(OpenAisleError):
    """The API did not answer for as long as the client was told to be patient."""

    code = "api-unreachable"
    title = "The marketplace does not answer"
    status = 504
    mend = "See whether it runs, then start again; what was done is kept."


class ApiClient:
    """Calls with one key, over kept-alive connections.

    A call that meets a closed connection or an overloaded server is sent again with growing pauses, so only
    calls that may be repeated (reads, and writes with an idempotency key or a natural key) belong here.
    """

    def __init__(
        self, *, base_url: str, api_key: str | None, maximum_connections: int = 64, patience_seconds: float = 60.0
    ) -> None:
        """Take the address (``http://127.0.0.1:8080``) and the key; nothing connects before the first call."""
        self._base_url = base_url
        self._headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._maximum_connections = maximum_connections
        self._patience_seconds = patience_seconds
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

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
                async with self._opened().request(
                    method, self._base_url + path, data=content, headers=headers
                ) as answered:
                    body = await answered.read()
                    if answered.status not in _RETRIED_STATUSES or loop.time() > gives_up_at:
                        return answered.status, body
            except (aiohttp.ClientError, TimeoutError) as error:
                if loop.time() > gives_up_at:
                    raise ApiUnreachable(detail=f"{method} {path}: {error}") from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._maximum_connections),
                timeout=aiohttp.ClientTimeout(total=60),
                auto_decompress=True,
            )
        return self._session
