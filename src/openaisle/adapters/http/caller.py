"""Guarded outbound calls over aiohttp: the adapter of the kernel's HttpCaller."""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from yarl import URL

from openaisle.adapters.http.address_guard import AddressGuard
from openaisle.kernel.outbound import CallFailed, CallTimedOut, HttpAnswer

# Most servers close a connection that was idle for 5 seconds or longer. Ours give up sooner, so that a call does
# not meet a connection in the very moment the other side closes it.
_IDLE_SECONDS = 4.0
_NAME_SECONDS = 5.0
_NAMES_KEPT_SECONDS = 10
_PIECE_BYTES = 1 << 18
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those that lead inside; the connection is made to just what it returns."""

    def __init__(self, *, guard: AddressGuard, resolver: AbstractResolver) -> None:
        """Take the ``guard`` and the ``resolver`` that asks the name service."""
        self._guard = guard
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``; raises AddressRefused if one of them may not be called."""
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            # A link-local answer carries its interface after a percent sign.
            address = ip_address(result["host"].partition("%")[0])
            self._guard.require_allowed(host=host, port=port, address=address)
        return found

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._resolver.close()


class _Response(aiohttp.ClientResponse):
    """An answer that remembers until when the certificate is valid of the connection it came over."""

    certificate_until: datetime | None = None

    async def start(self, connection: Connection) -> Self:
        """Read the head; the connection is at hand only now, since a short answer gives it back at once."""
        transport = connection.transport
        certificate = transport.get_extra_info("peercert") if transport is not None else None
        if certificate and "notAfter" in certificate:
            self.certificate_until = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), tz=UTC)
        await super().start(connection)
        return self


class Download:
    """An answer under way; implements HttpDownload."""

    def __init__(self, *, response: aiohttp.ClientResponse, place: str, maximum_bytes: int) -> None:
        """Take the answer, whose body was not read yet."""
        self._response = response
        self._place = place
        self._maximum_bytes = maximum_bytes

    @property
    def status(self) -> int:
        """The status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, their names in lower case."""
        return _lowered(response=self._response)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they were sent; raises CallFailed, CallTimedOut."""
        length = 0
        if (self._response.content_length or 0) > self._maximum_bytes:
            raise CallFailed(detail=f"{self._place} gave no usable answer: {_too_long(self._maximum_bytes)}.")
        try:
            async for piece in self._response.content.iter_chunked(_PIECE_BYTES):
                length += len(piece)
                if length > self._maximum_bytes:
                    raise _too_long(self._maximum_bytes)
                yield piece
        except TimeoutError as error:
            raise CallTimedOut(detail=f"{self._place} fell silent in the middle of its answer.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise CallFailed(detail=f"{self._place} gave no usable answer: {_said(error)}") from error


class GuardedHttpCaller:
    """Calls addresses that strangers gave; one for each process and event loop.

    The connections are pooled, at most ``connections_per_host`` to one host and port. Nothing is opened before
    the first call; ``close`` ends everything.
    """

    def __init__(
        self,
        *,
        allowed_private_hosts: Iterable[str] = (),
        plain_http: bool = False,
        connections: int = 1_000,
        connections_per_host: int = 64,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Take the settings of the guard (see AddressGuard) and of the pool.

        ``resolver`` replaces the system's, ``trust`` the certificate authorities that the system trusts.
        """
        self._trust = trust
        self._guard = AddressGuard(allowed_private_hosts=allowed_private_hosts, plain_http=plain_http)
        self._connections = connections
        self._connections_per_host = connections_per_host
        self._given_resolver = resolver
        self._resolver: GuardedResolver | None = None
        self._session: aiohttp.ClientSession | None = None

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
        target = self._guard.checked(url=url)
        session = self._session or self._opened()
        try:
            # One time-out for everything: waiting for a connection, the name, the handshake and the answer.
            async with (
                asyncio.timeout(timeout_seconds),
                session.request(method, target, data=body, headers=headers, allow_redirects=False) as response,
            ):
                content = await _content(response=response, maximum_bytes=maximum_answer_bytes)
                return HttpAnswer(
                    status=response.status,
                    headers=_lowered(response=response),
                    body=content,
                    certificate_until=response.certificate_until if isinstance(response, _Response) else None,
                )
        except TimeoutError as error:
            raise CallTimedOut(detail=f"{_place(target)} did not answer within {timeout_seconds:g} seconds.") from error
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            raise CallFailed(detail=f"{_place(target)} gave no usable answer: {_said(error)}") from error

    @asynccontextmanager
    async def download(
        self, *, url: str, headers: Mapping[str, str], timeout_seconds: float, maximum_bytes: int
    ) -> AsyncIterator[Download]:
        """Ask for a file and give its answer as it comes; raises AddressRefused, CallTimedOut, CallFailed."""
        target = self._guard.checked(url=url)
        session = self._session or self._opened()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=timeout_seconds, sock_read=timeout_seconds)
        try:
            async with session.get(target, headers=headers, allow_redirects=False, timeout=timeout) as response:
                yield Download(response=response, place=_place(target), maximum_bytes=maximum_bytes)
        except TimeoutError as error:
            raise CallTimedOut(detail=f"{_place(target)} was silent for {timeout_seconds:g} seconds.") from error
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            raise CallFailed(detail=f"{_place(target)} gave no usable answer: {_said(error)}") from error

    async def require_callable(self, *, url: str) -> None:
        """Raise AddressRefused unless the address may be called as far as can be known today.

        A name that does not resolve now may do so later and passes; each call looks again.
        """
        target = self._guard.checked(url=url)
        if self._session is None:
            self._opened()
        assert self._resolver is not None
        host, port = target.raw_host or "", target.port or 0
        try:
            ip_address(host)
        except ValueError:
            pass
        else:
            return
        try:
            async with asyncio.timeout(_NAME_SECONDS):
                await self._resolver.resolve(host, port)
        except (OSError, UnicodeError):
            return

    async def close(self) -> None:
        """Close all connections; the caller may be used again and then opens new ones."""
        session, self._session = self._session, None
        resolver, self._resolver = self._resolver, None
        if session is not None:
            await session.close()
        if resolver is not None:
            await resolver.close()

    def _opened(self) -> aiohttp.ClientSession:
        self._resolver = GuardedResolver(
            guard=self._guard, resolver=self._given_resolver or aiohttp.resolver.ThreadedResolver()
        )
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            limit=self._connections,
            limit_per_host=self._connections_per_host,
            keepalive_timeout=_IDLE_SECONDS,
            ttl_dns_cache=_NAMES_KEPT_SECONDS,
            ssl=self._trust or True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            response_class=_Response,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Compressed answers are not asked for; those that come nevertheless are unpacked here, with a bound.
            auto_decompress=False,
            headers={"user-agent": "OpenAisle", "accept-encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=False,
        )
        return self._session


async def _content(*, response: aiohttp.ClientResponse, maximum_bytes: int) -> bytes:
    coding = response.headers.get("content-encoding", "").strip().lower()
    announced = response.content_length
    if announced is not None and announced > maximum_bytes:
        raise _too_long(maximum_bytes)
    if announced is not None and coding in {"", "identity"}:
        return await response.read()
    pieces = bytearray()
    async for piece in response.content.iter_any():
        pieces += piece
        if len(pieces) > maximum_bytes:
            raise _too_long(maximum_bytes)
    return _unpacked(pieces, coding, maximum_bytes) if pieces and coding not in {"", "identity"} else bytes(pieces)


def _unpacked(packed: bytearray, coding: str, maximum_bytes: int) -> bytes:
    if coding not in _WINDOW_BITS:
        message = f"the answer is packed as {coding[:30]!r}, which was not asked for"
        raise aiohttp.ClientPayloadError(message)
    unpacker = zlib.decompressobj(wbits=_WINDOW_BITS[coding])
    try:
        # One byte more than allowed shows that there is more, without unpacking it.
        content = unpacker.decompress(packed, maximum_bytes + 1)
    except zlib.error as error:
        message = f"the answer is not well packed: {error}"
        raise aiohttp.ClientPayloadError(message) from error
    if len(content) > maximum_bytes:
        raise _too_long(maximum_bytes)
    if not unpacker.eof:
        message = "the packed answer ends too early"
        raise aiohttp.ClientPayloadError(message)
    return content


def _too_long(maximum_bytes: int) -> aiohttp.ClientPayloadError:
    return aiohttp.ClientPayloadError(f"the answer is longer than {maximum_bytes} bytes")


def _lowered(*, response: aiohttp.ClientResponse) -> dict[str, str]:
    lowered: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        lowered[key] = f"{lowered[key]}, {value}" if key in lowered else value
    return lowered


def _place(target: URL) -> str:
    # Only scheme, host and port: a path may hold what its owner thinks of as secret.
    return f"{target.scheme}://{target.host}:{target.port}"


def _said(error: Exception) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the connection was closed before an answer came."
    return f"{str(error) or type(error).__name__}."[:300]
