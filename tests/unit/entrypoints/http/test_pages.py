"""The pages explain the API and every problem, and tell whether the process is well."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.http.application import http_application
from openaisle.entrypoints.http.pages import named_errors
from tests.factories.http import call


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[ASGIApp]:
    async with open_marketplace(settings=Settings(home=str(tmp_path / "home"))) as marketplace:
        yield http_application(marketplace=marketplace)


async def test_the_documentation_shows_every_operation_and_leads_to_every_problem(application: ASGIApp) -> None:
    page = await call(application, path="/docs")
    text = page.body.decode()
    document = (await call(application, path="/openapi.json")).json()
    for path, methods in document["paths"].items():
        for described in methods.values():
            assert path in text
            assert f'id="{described["operationId"]}"' in text
    for code in set(re.findall(r'href="/problems/([^"]+)"', text)):
        assert (await call(application, path=f"/problems/{code}")).status == 200, code


async def test_pages_load_nothing_from_elsewhere_and_run_nothing(application: ASGIApp) -> None:
    page = await call(application, path="/docs")
    assert b"<script" not in page.body
    assert not re.search(rb'(?:src|href)="(?:https?:)?//', page.body)
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_every_problem_has_a_page_that_tells_what_to_do(application: ASGIApp) -> None:
    overview = (await call(application, path="/problems")).body.decode()
    for error in named_errors():
        assert error.code in overview
        page = await call(application, path=f"/problems/{error.code}")
        assert page.status == 200
        assert "What to do" in page.body.decode()


async def test_an_unknown_page_is_a_problem(application: ASGIApp) -> None:
    for path in ("/nowhere", "/problems/nothing", "/v1/nowhere", "/v2/orders"):
        answered = await call(application, path=path)
        assert (answered.status, answered.json()["code"]) == (404, "path-unknown")
    posted = await call(application, method="POST", path="/docs")
    assert (posted.status, posted.json()["code"]) == (405, "method-not-allowed")


async def test_a_process_that_is_well_says_so(application: ASGIApp) -> None:
    assert (await call(application, path="/health/live", key=None)).json() == {"state": "live"}
    assert (await call(application, path="/health/ready", key=None)).json() == {"state": "ready"}


async def test_a_process_whose_store_is_closed_is_not_ready(tmp_path: Path) -> None:
    async with open_marketplace(settings=Settings(home=str(tmp_path / "home"))) as marketplace:
        application = http_application(marketplace=marketplace)
    answered = await call(application, path="/health/ready")
    assert (answered.status, answered.json()["code"]) == (503, "not-ready")


async def test_large_answers_are_compressed_for_those_who_ask(application: ASGIApp) -> None:
    plain = await call(application, path="/openapi.json")
    small = await call(application, path="/openapi.json", headers={"accept-encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert len(small.body) < len(plain.body) / 3
    assert gzip.decompress(small.body) == plain.body
    tiny = await call(application, path="/health/live", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in tiny.headers
