from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.publishing_stage import PublishingStage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[PublishingStage]:
    stage = PublishingStage(folder=tmp_path)
    yield stage
    await stage.close()
