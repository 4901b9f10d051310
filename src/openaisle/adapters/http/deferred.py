"""The guarded caller, loaded with its first call.

Its HTTP client takes a third of the time in which a process starts, and most API processes never call anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from openaisle.adapters.http.address_guard import AddressGuard
from openaisle.kernel.outbound import HttpAnswer, HttpDownload

if TYPE_CHECKING:
    from openaisle.adapters.http.caller import GuardedHttpCaller


class DeferredHttpCaller:
    """Makes the GuardedHttpCaller when it is needed; implements HttpCaller and HttpDownloader."""

    def __init__(self, *, allowed_private_hosts: Iterable[str] = (), plain_http: bool = False) -> None:
        """Take the settings; raises ValueError for a host that is none, at once and not with the first call."""
        self._allowed_private_hosts = tuple(allowed_private_hosts)
        self._plain_http = plain_http
        AddressGuard(allowed_private_hosts=self._allowed_private_hosts, plain_http=plain_http)
        self._made: GuardedHttpCaller | None = None

    async def call(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        maximum_answer_bytes: int = 1_000_000,
    ) -> HttpAnswer:
        """Call and return the answer, whatever its status; raises AddressRefused, CallTimedOut, CallFailed."""
        return await self._caller().call(
            method=method,
            url=url,
            headers=headers,
            body=body,
            timeout_seconds=timeout_seconds,
            maximum_answer_bytes=maximum_answer_bytes,
        )

    def download(
        self, *, url: str, headers: Mapping[str, str], timeout_seconds: float, maximum_bytes: int
    ) -> AbstractAsyncContextManager[HttpDownload]:
        """Ask for a file and give its answer as it comes; raises AddressRefused, CallTimedOut, CallFailed."""
        return self._caller().download(
            url=url, headers=headers, timeout_seconds=timeout_seconds, maximum_bytes=maximum_bytes
        )

    async def require_callable(self, *, url: str) -> None:
        """Raise AddressRefused unless the address may be called as far as can be known today."""
        await self._caller().require_callable(url=url)

    async def close(self) -> None:
        """End every connection, if there was any."""
        if self._made is not None:
            await self._made.close()

    def _caller(self) -> GuardedHttpCaller:
        if self._made is None:
            from openaisle.adapters.http.caller import GuardedHttpCaller

            self._made = GuardedHttpCaller(
                allowed_private_hosts=self._allowed_private_hosts, plain_http=self._plain_http
            )
        return self._made
