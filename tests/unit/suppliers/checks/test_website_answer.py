"""Websites that answer, lead on, hang, never end, or lead inside: each a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.checks.website_answer import WebsiteAnswerCheck
from openaisle.suppliers.verification import CheckResult, Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import CNPJ, SUPPLIER_ID, make_facts

CONTEXT = CheckContext(supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON)
Answering = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def website(answering: Answering) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await answering(head.split()[1].decode(), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def page(body: str, *, status: str = "200 OK", headers: str = "") -> bytes:
    content = body.encode()
    return f"HTTP/1.1 {status}\r\n{headers}content-length: {len(content)}\r\n\r\n".encode() + content


async def examined(answering: Answering, *, call_seconds: float = 5.0) -> CheckResult:
    async with website(answering) as port:
        caller = GuardedHttpCaller(allowed_private_hosts=[f"127.0.0.1:{port}"])
        try:
            check = WebsiteAnswerCheck(caller=caller, call_seconds=call_seconds)
            return await check.examine(facts=make_facts(website=f"http://127.0.0.1:{port}/"), context=CONTEXT)
        finally:
            await caller.close()


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


def always(content: bytes) -> Answering:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return answer


@pytest.mark.parametrize(
    ("body", "named_by"),
    [
        ("<title>FLORES DO SUL</title>", "legal_name"),
        ("<p>Flores&nbsp;do <b>Sul</b> Ltda.</p>", "legal_name"),
        (f"<footer>CNPJ {CNPJ[:2]}.{CNPJ[2:5]}.{CNPJ[5:8]}/{CNPJ[8:12]}-{CNPJ[12:]}</footer>", "registration_number"),
    ],
)
async def test_a_page_that_names_the_company_or_its_number_is_only_insecure(body: str, named_by: str) -> None:
    result = await examined(always(page(body)))
    assert codes(result) == ["website-insecure"]
    assert result.evidence["named_by"] == named_by


async def test_a_page_of_somebody_else_is_inconclusive() -> None:
    result = await examined(always(page("<title>A parked domain</title><!-- Flores do Sul Ltda -->")))
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "website-names-another" in codes(result)


async def test_redirects_are_followed_a_few_times_only() -> None:
    async def three(path: str, writer: asyncio.StreamWriter) -> None:
        hop = int(path.strip("/") or 0)
        if hop < 3:
            writer.write(page("", status="302 Found", headers=f"location: /{hop + 1}\r\n"))
        else:
            writer.write(page("Flores do Sul Ltda"))

    async def round_and_round(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(page("", status="301 Moved Permanently", headers="location: /again\r\n"))

    assert codes(await examined(three)) == ["website-insecure"]
    result = await examined(round_and_round)
    assert codes(result) == ["website-unreachable"]
    assert result.evidence["redirects"].count("/again") == 3


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "https://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://localhost/",
        "file:///etc/passwd",
        "https://user:word@example.com/",
    ],
)
async def test_a_redirect_that_leads_inside_fails_and_is_not_called(target: str) -> None:
    result = await examined(always(page("", status="302 Found", headers=f"location: {target}\r\n")))
    assert result.outcome is Outcome.FAIL
    assert codes(result) == ["website-refused"]
    assert target[:20] in result.evidence["redirects"]


async def test_a_site_that_hangs_is_inconclusive_with_evidence() -> None:
    async def hang(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    result = await examined(hang, call_seconds=0.2)
    assert codes(result) == ["website-timed-out"]
    assert "website" in result.evidence


@pytest.mark.parametrize("headers", ["content-length: 10000000000\r\n", "transfer-encoding: chunked\r\n"])
async def test_a_site_that_answers_ten_gigabytes_is_left(headers: str) -> None:
    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{headers}\r\n".encode())
        piece = b"x" * 65_536
        chunk = b"10000\r\n" + piece + b"\r\n" if "chunked" in headers else piece
        while True:
            writer.write(chunk)
            await writer.drain()

    result = await examined(endless)
    assert codes(result) == ["website-unreachable"]
    assert "longer than" in result.findings[0].message


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x00\xff" * 50, b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort", b"HTTP/1.1 abc\r\n\r\n"],
)
async def test_nonsense_is_inconclusive(answer: bytes) -> None:
    assert codes(await examined(always(answer))) == ["website-unreachable"]


async def test_a_page_in_a_charset_that_nobody_knows_is_read_nevertheless() -> None:
    answer = page("Flores do Sul Ltda", headers="content-type: text/html; charset=klingon\r\n")
    assert codes(await examined(always(answer))) == ["website-insecure"]
