"""One peopled marketplace for all tests of a file: they only read it, or try in vain to change it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.security.stage import Stage, peopled_marketplace


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with peopled_marketplace(home=tmp_path_factory.mktemp("peopled") / "home") as peopled:
        yield peopled
