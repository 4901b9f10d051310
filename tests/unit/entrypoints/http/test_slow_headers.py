"""A head that does not come in time costs its sender the connection, and nobody else anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from openaisle.entrypoints.http.slow_headers import punctual_protocol
from openaisle.entrypoints.listening import listening_socket
from tests.support.waiting import eventually

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD_SECONDS = 0.6
Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer the length of the body, after as much time as the path says, in tenths of a second."""
    assert scope["type"] == "http"
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await asyncio.sleep(int(scope["path"].strip("/") or 0) / 10)
    body = str(length).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving() -> AsyncIterator[Connect]:
    listening = listening_socket(host="127.0.0.1", port=0)
    configuration = uvicorn.Config(
        app=application,
        http=punctual_protocol(head_seconds=HEAD_SECONDS),
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(configuration)
    running = asyncio.create_task(server._serve(sockets=[listening]))

    async def started() -> bool:
        return server.started

    await eventually(started, what="the server")
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writers.append(writer)
        return reader, writer

    try:
        yield connect
    finally:
        for writer in writers:
            writer.close()
        server.should_exit = True
        await running


async def answered(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    await reader.readexactly(1)
    return head.split(b"\r\n")[0]


async def test_a_connection_that_stays_silent_is_closed_without_a_word() -> None:
    async with serving() as connect:
        reader, _ = await connect()
        assert await asyncio.wait_for(reader.read(), 5) == b""


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nX-Sl", b"\r\n\r\n"])
async def test_who_sends_no_whole_head_is_shown_out(sent: bytes) -> None:
    async with serving() as connect:
        reader, writer = await connect()
        writer.write(sent)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")


async def test_dripping_headers_buys_no_time() -> None:
    async with serving() as connect:
        reader, writer = await connect()
        began = asyncio.get_running_loop().time()
        writer.write(b"GET / HTTP/1.1\r\n")

        async def drip() -> None:
            while True:
                writer.write(b"X-Slow: 1\r\n")
                await asyncio.sleep(HEAD_SECONDS / 10)

        dripping = asyncio.create_task(drip())
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
        assert asyncio.get_running_loop().time() - began < 5
        dripping.cancel()


async def test_a_later_request_on_the_same_connection_has_its_own_time() -> None:
    async with serving() as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(GET)
            assert await answered(reader) == b"HTTP/1.1 200 OK"
            await asyncio.sleep(HEAD_SECONDS * 0.7)
        # Between requests the connection may rest; the next head's time begins with its first byte.
        await asyncio.sleep(HEAD_SECONDS * 1.5)
        writer.write(GET[:20])
        await asyncio.sleep(HEAD_SECONDS / 3)
        writer.write(GET[20:])
        assert await answered(reader) == b"HTTP/1.1 200 OK"
        writer.write(GET[:20])
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")


async def test_a_slow_body_and_a_slow_answer_have_other_limits() -> None:
    async with serving() as connect:
        reader, writer = await connect()
        writer.write(b"POST /6 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n")
        for byte in b"slow":
            await asyncio.sleep(HEAD_SECONDS / 2)
            writer.write(bytes([byte]))
        assert await answered(reader) == b"HTTP/1.1 200 OK"


async def test_requests_sent_at_once_are_all_answered() -> None:
    async with serving() as connect:
        reader, writer = await connect()
        writer.write(GET.replace(b"/ ", b"/5 ") + GET + GET)
        for _ in range(3):
            assert await answered(reader) == b"HTTP/1.1 200 OK"
