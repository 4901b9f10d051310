"""What is sent as it comes: chunk by chunk, until it ends or the caller hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from openaisle.entrypoints.http.replies import send_streamed, streamed_reply


async def streamed(chunks: AsyncIterator[bytes], *, hangs_up_after: int | None = None) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    hung_up = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if hangs_up_after is not None and len(sent) > hangs_up_after:
            hung_up.set()

    reply = streamed_reply(status=200, media_type=b"text/event-stream", chunks=chunks, correlation_id=b"c")
    await asyncio.wait_for(send_streamed(reply=reply, receive=receive, send=send), 5)
    return sent


async def test_every_chunk_is_sent_as_it_comes_and_the_end_is_told() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    sent = await streamed(chunks())
    assert sent[0]["type"] == "http.response.start"
    assert b"content-length" not in dict(sent[0]["headers"])
    assert [(one["body"], one.get("more_body", False)) for one in sent[1:]] == [
        (b"one", True),
        (b"two", True),
        (b"", False),
    ]


async def test_whoever_hangs_up_ends_what_would_go_on_for_ever() -> None:
    ended = []

    async def chunks() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"still here"
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    sent = await streamed(chunks(), hangs_up_after=3)
    assert ended == [True]
    assert sent[-1]["more_body"] is True
