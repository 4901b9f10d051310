from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from tests.factories.incidents import IncidentRoom


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield table
    await table.close()


@pytest.fixture
def room(table: LocalTable, tmp_path: Path) -> IncidentRoom:
    return IncidentRoom(table=table, folder=tmp_path / "blobs")
