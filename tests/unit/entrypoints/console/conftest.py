from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.console_stage import Browser, ConsoleStage, console_in


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_in(tmp_path) as stage:
        yield stage


@pytest.fixture
def browser(stage: ConsoleStage) -> Browser:
    return Browser(application=stage.application)


@pytest.fixture
async def operator(stage: ConsoleStage, browser: Browser) -> Browser:
    _, api_key = await stage.key()
    answered = await browser.sign_in(api_key=api_key)
    assert answered.status == 303
    return browser
