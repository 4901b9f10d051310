"""The stage on which suppliers are tested."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.supplier_stage import SupplierStage, supplier_stage_in


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[SupplierStage]:
    async with supplier_stage_in(tmp_path) as stage:
        yield stage
