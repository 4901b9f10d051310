"""A process that is told to stop finishes what it has begun and takes on nothing new."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from openaisle.config import Settings
from openaisle.entrypoints.http.process import serve
from openaisle.entrypoints.listening import listening_socket

HEAD = (
    b"POST /v1/supplier-applications HTTP/1.1\r\n"
    b"Host: localhost\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: 2\r\n"
    b"Expect: 100-continue\r\n"
    b"\r\n"
)


async def test_a_request_under_way_is_answered_after_the_stop(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path / "home"), stop_seconds_maximum=10)
    listening = listening_socket(host="127.0.0.1", port=0)
    port = listening.getsockname()[1]
    stopped = asyncio.Event()
    serving = asyncio.create_task(serve(settings=settings, listening=listening, stopped=stopped))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD)
    # Told to continue, so the operation is reading the body by now.
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    stopped.set()
    writer.write(b"{}")
    answered = await reader.readuntil(b"\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 422 ")
    await serving
    writer.close()
    listening.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
