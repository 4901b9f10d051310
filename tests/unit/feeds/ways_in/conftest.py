from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.inventory.queries import InventoryQueries
from tests.support.feed_stage import FakeSuppliers, Marketplace


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield table
    await table.close()


@pytest.fixture
def suppliers() -> FakeSuppliers:
    return FakeSuppliers()


@pytest.fixture
def queries(table: LocalTable, suppliers: FakeSuppliers) -> InventoryQueries:
    return InventoryQueries(table=table, suppliers=suppliers)


@pytest.fixture
async def marketplace(tmp_path: Path, table: LocalTable, queries: InventoryQueries) -> AsyncIterator[Marketplace]:
    marketplace = Marketplace(folder=tmp_path, table=table, queries=queries)
    yield marketplace
    await marketplace.close()
