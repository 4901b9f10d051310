"""The caller against real servers on this machine: what it sends, what it bounds, what it refuses."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.kernel.outbound import AddressRefused, CallFailed, CallTimedOut, HttpAnswer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


class FakeResolver(AbstractResolver):
    """A name service under the test's control: each question gets the next answer, the last one again and again."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not address:
            raise OSError("no such name")
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, shutdown_timeout=0)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def caller() -> AsyncIterator[GuardedHttpCaller]:
    caller = GuardedHttpCaller(allowed_private_hosts=["127.0.0.0/8"], plain_http=True)
    yield caller
    await caller.close()


async def call(
    caller: GuardedHttpCaller, url: str, *, timeout_seconds: float = 5, maximum_answer_bytes: int = 1_000
) -> HttpAnswer:
    return await caller.call(
        method="POST",
        url=url,
        headers={"content-type": "application/json"},
        body=b'{"hello":1}',
        timeout_seconds=timeout_seconds,
        maximum_answer_bytes=maximum_answer_bytes,
    )


async def test_it_sends_the_exact_bytes_and_returns_what_came_back(serve: Serve, caller: GuardedHttpCaller):
    async def echo(request: web.Request) -> web.Response:
        assert request.headers["user-agent"] == "OpenAisle"
        assert request.headers["content-type"] == "application/json"
        return web.Response(status=418, body=await request.read(), headers={"X-Path": request.path_qs})

    answer = await call(caller, await serve(echo) + "/a%20b?c=d")
    assert answer.status == 418
    assert answer.body == b'{"hello":1}'
    assert answer.headers["x-path"] == "/a%20b?c=d"


async def test_it_follows_no_redirect(serve: Serve, caller: GuardedHttpCaller):
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

    answer = await call(caller, await serve(away))
    assert answer.status == 307


async def test_it_names_a_server_that_does_not_answer_in_time(caller: GuardedHttpCaller):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        with pytest.raises(CallTimedOut):
            await call(caller, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout_seconds=0.05)


async def test_it_names_a_server_that_drips_for_ever(serve: Serve, caller: GuardedHttpCaller):
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.01)

    with pytest.raises(CallTimedOut):
        await call(caller, await serve(drip), timeout_seconds=0.1)


async def test_it_names_a_server_that_is_not_there(caller: GuardedHttpCaller):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(CallFailed):
            await call(caller, f"http://127.0.0.1:{unused.getsockname()[1]}/")


async def test_it_reads_no_more_than_it_was_told(serve: Serve, caller: GuardedHttpCaller):
    async def announced(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1_001)

    async def streamed(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 100)

    for handler in (announced, streamed):
        with pytest.raises(CallFailed, match="longer than 1000 bytes"):
            await call(caller, await serve(handler))


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_packed_answer_is_unpacked_up_to_the_bound(
    serve: Serve, caller: GuardedHttpCaller, coding: str, pack: Callable[[bytes], bytes]
):
    async def packed(request: web.Request) -> web.Response:
        content = b"x" * (1_000 if request.path == "/fits" else 900_000)
        return web.Response(body=pack(content), headers={"Content-Encoding": coding})

    base = await serve(packed)
    assert (await call(caller, base + "/fits")).body == b"x" * 1_000
    with pytest.raises(CallFailed, match="longer than 1000 bytes"):
        await call(caller, base + "/bomb")


# Without a moment of packing in it, so that every process that collects the tests gives this one the same name.
CUT_OFF = gzip.compress(b"abc", mtime=0)[:-4]


@pytest.mark.parametrize(("coding", "body"), [("br", b"abc"), ("gzip", b"abc"), ("gzip", CUT_OFF)])
async def test_an_answer_packed_badly_or_in_another_way_is_named(
    serve: Serve, caller: GuardedHttpCaller, coding: str, body: bytes
):
    async def packed(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": coding})

    with pytest.raises(CallFailed, match="pack"):
        await call(caller, await serve(packed))


async def test_an_answer_that_is_not_http_is_named(caller: GuardedHttpCaller):
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x00\x01 nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with server:
        with pytest.raises(CallFailed):
            await call(caller, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_a_connection_is_used_again(serve: Serve, caller: GuardedHttpCaller):
    peers = set()

    async def remember(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response()

    base = await serve(remember)
    for _ in range(5):
        await call(caller, base)
    assert len(peers) == 1


async def test_a_private_address_is_refused_before_anything_is_sent():
    caller = GuardedHttpCaller()
    with pytest.raises(AddressRefused):
        await call(caller, "https://127.0.0.1/")
    await caller.close()


async def test_a_name_that_leads_inside_is_refused():
    caller = GuardedHttpCaller(plain_http=True, resolver=FakeResolver("10.0.0.7"))
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
        await call(caller, "http://supplier.example/")
    with pytest.raises(AddressRefused):
        await caller.require_callable(url="https://supplier.example/")
    await caller.close()


async def test_a_name_that_changes_its_mind_after_registration_is_still_refused():
    caller = GuardedHttpCaller(plain_http=True, resolver=FakeResolver("8.8.8.8", "127.0.0.1"))
    await caller.require_callable(url="http://supplier.example/")
    with pytest.raises(AddressRefused):
        await call(caller, "http://supplier.example/")
    await caller.close()


async def test_a_call_goes_to_the_address_that_was_checked(serve: Serve):
    async def host(request: web.Request) -> web.Response:
        return web.Response(text=request.host)

    port = (await serve(host)).rpartition(":")[2]
    caller = GuardedHttpCaller(
        allowed_private_hosts=["127.0.0.0/8"], plain_http=True, resolver=FakeResolver("127.0.0.1", "8.8.8.8")
    )
    answer = await call(caller, f"http://supplier.example:{port}/")
    assert answer.body.decode() == f"supplier.example:{port}"
    await caller.close()


async def test_a_name_that_does_not_resolve_today_may_be_registered():
    caller = GuardedHttpCaller(resolver=FakeResolver(""))
    await caller.require_callable(url="https://supplier.example/")
    with pytest.raises(CallFailed):
        await call(caller, "https://supplier.example/")
    await caller.close()


async def test_it_may_be_closed_twice_and_used_again(serve: Serve, caller: GuardedHttpCaller):
    async def fine(request: web.Request) -> web.Response:
        return web.Response()

    base = await serve(fine)
    await call(caller, base)
    await caller.close()
    await caller.close()
    assert (await call(caller, base)).status == 200
