"""Downloads by the guarded caller: streamed, bounded, and never led elsewhere."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.kernel.outbound import AddressRefused, CallFailed, CallTimedOut


@pytest.fixture
async def address():
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/moved":
            raise web.HTTPFound("http://10.0.0.1/")
        if request.path == "/same":
            return web.Response(status=304 if request.headers.get("If-None-Match") == '"one"' else 200, body=b"x")
        response = web.StreamResponse(headers={"ETag": '"one"'})
        await response.prepare(request)
        for _ in range(40):
            await response.write(b"a" * 100_000)
        if request.path == "/silent":
            await asyncio.sleep(30)
        if request.path == "/broken":
            assert request.transport is not None
            request.transport.abort()
        return response

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def caller():
    caller = GuardedHttpCaller(allowed_private_hosts=["127.0.0.1"], plain_http=True)
    yield caller
    await caller.close()


async def read(caller, url, *, maximum_bytes=10_000_000, timeout_seconds=5.0, headers=None):
    length = largest = 0
    async with caller.download(
        url=url, headers=headers or {}, timeout_seconds=timeout_seconds, maximum_bytes=maximum_bytes
    ) as answer:
        async for chunk in answer.chunks():
            length, largest = length + len(chunk), max(largest, len(chunk))
        return answer.status, dict(answer.headers), length, largest


async def test_a_file_comes_in_pieces_with_its_version(caller, address):
    status, headers, length, largest = await read(caller, f"{address}/file")
    assert (status, headers["etag"], length) == (200, '"one"', 4_000_000)
    assert largest <= 1 << 18


async def test_a_file_that_has_not_changed_is_not_sent(caller, address):
    assert (await read(caller, f"{address}/same", headers={"if-none-match": '"one"'}))[0] == 304


async def test_a_redirect_is_told_and_not_followed(caller, address):
    status, headers, *_ = await read(caller, f"{address}/moved")
    assert (status, headers["location"]) == (302, "http://10.0.0.1/")


async def test_more_than_allowed_broken_off_and_silent_answers_fail(caller, address):
    with pytest.raises(CallFailed, match="longer"):
        await read(caller, f"{address}/file", maximum_bytes=1_000_000)
    with pytest.raises(CallFailed):
        await read(caller, f"{address}/broken")
    with pytest.raises(CallTimedOut):
        await read(caller, f"{address}/silent", timeout_seconds=0.3)


async def test_addresses_inside_are_refused(address):
    caller = GuardedHttpCaller(plain_http=True)
    with pytest.raises(AddressRefused):
        await read(caller, f"{address}/file")
    await caller.close()
