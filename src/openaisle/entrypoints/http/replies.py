"""What goes back: bytes with their headers, and errors as problems (RFC 9457)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, NamedTuple

import msgspec
from starlette.types import Receive, Send

from openaisle.entrypoints.http.errors import MethodNotAllowed
from openaisle.kernel.errors import Finding, OpenAisleError

PROBLEM_MEDIA_TYPE = "application/problem+json"
PROBLEM_TYPE_PREFIX = "/problems/"

# An answer of the API is never a page: nothing in it may run, be framed, be guessed at or be kept by a cache.
API_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)

_ENCODER = msgspec.json.Encoder()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, by RFC 9457, and how to mend it.

    ``type`` leads to a page that explains the condition, ``code`` is stable and made for programs, ``detail`` tells
    what happened this time, ``mend`` what to do, ``findings`` which places of the request are meant, and
    ``correlation_id`` finds this request in the operator's logs.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    mend: str
    findings: tuple[Finding, ...]
    correlation_id: str


class Reply(NamedTuple):
    """A whole response, or the head of one whose ``chunks`` are sent as they come."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    chunks: AsyncIterator[bytes] | None = None


def encoded(value: Any) -> bytes:  # noqa: ANN401 - whatever an operation answers
    """Return the JSON text of a value."""
    return _ENCODER.encode(value)


def reply_of(*, status: int, media_type: bytes, body: bytes, correlation_id: bytes) -> Reply:
    """Return the response with the headers that every one of them has."""
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"x-correlation-id", correlation_id),
        *API_HEADERS,
    ]
    return Reply(status, headers, body)


def problem_of(*, error: OpenAisleError, instance: str, correlation_id: str) -> Problem:
    """Return the problem that tells of a named error.

    What an error of the inside (status 500) says is for the logs, not for strangers.
    """
    inside = error.status == 500
    return Problem(
        type=PROBLEM_TYPE_PREFIX + error.code,
        title=error.title,
        status=error.status,
        detail="The details are in the operator's logs, under the correlation id." if inside else error.detail,
        instance=instance,
        code=error.code,
        mend=error.mend,
        findings=() if inside else error.findings,
        correlation_id=correlation_id,
    )


def problem_reply(*, error: OpenAisleError, instance: str, correlation_id: str) -> Reply:
    """Return the response that tells of a named error."""
    problem = problem_of(error=error, instance=instance, correlation_id=correlation_id)
    reply = reply_of(
        status=error.status,
        media_type=PROBLEM_MEDIA_TYPE.encode(),
        body=_ENCODER.encode(problem),
        correlation_id=correlation_id.encode(),
    )
    if error.status == 401:
        reply.headers.append((b"www-authenticate", b'Bearer realm="OpenAisle"'))
    if isinstance(error, MethodNotAllowed):
        reply.headers.append((b"allow", ", ".join(error.allowed).encode()))
    if error.retry_after_seconds is not None:
        reply.headers.append((b"retry-after", b"%d" % error.retry_after_seconds))
    return reply


def streamed_reply(*, status: int, media_type: bytes, chunks: AsyncIterator[bytes], correlation_id: bytes) -> Reply:
    """Return the response whose length is not known yet, with the headers that every one has."""
    headers = [(b"content-type", media_type), (b"x-correlation-id", correlation_id), *API_HEADERS]
    return Reply(status, headers, b"", chunks)


async def send_streamed(*, reply: Reply, receive: Receive, send: Send) -> None:
    """Send a response chunk by chunk, until it ends or the caller hangs up."""
    assert reply.chunks is not None
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    chunks = reply.chunks

    async def sent() -> None:
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    sending = asyncio.ensure_future(sent())
    gone = asyncio.ensure_future(_hung_up(receive))
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)
        # What the chunks hold is let go now, not when somebody collects them.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_reply(*, reply: Reply, send: Send) -> None:
    """Send a response."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})
