"""A real browser on a console that listens on a port of this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Request, Response, async_playwright

from tests.support.console_stage import ConsoleStage, console_in

CHROMIUM = os.environ.get("OPENAISLE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(kw_only=True)
class Window:
    """A page of the browser; everything it complained about is kept."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def failed(self, request: Request) -> None:
        # Leaving a page ends what it still loads; that is nobody's mistake.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    async def open(self, path: str) -> Response:
        answered = await self.page.goto(f"{self.address}/console{path}")
        assert answered is not None
        return answered


@pytest_asyncio.fixture(loop_scope="module")
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_in(tmp_path) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def address(stage: ConsoleStage) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(stage.application, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed on this machine")
    async with async_playwright() as driver:
        # A container gives the browser no namespaces of its own to build its sandbox from.
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def window_in(context: BrowserContext, *, address: str) -> Window:
    page = await context.new_page()
    window = Window(page=page, address=address)
    page.on("console", lambda told: window.complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: window.complaints.append(str(error)))
    page.on("requestfailed", window.failed)
    return window


@pytest_asyncio.fixture(loop_scope="module")
async def window(chromium: Browser, address: str) -> AsyncIterator[Window]:
    context = await chromium.new_context(viewport={"width": 1360, "height": 900})
    window = await window_in(context, address=address)
    yield window
    await context.close()
    assert window.complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def signed_in(window: Window, stage: ConsoleStage) -> Window:
    await window.open(f"/sign-in?token={await stage.link()}")
    return window
