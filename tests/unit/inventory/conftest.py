from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.inventory.queries import InventoryQueries
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.queries import SupplierStanding


class FakeSuppliers:
    """Suppliers that are active unless they are named."""

    def __init__(self) -> None:
        self.inactive: set[str] = set()

    async def standing(self, *, supplier_id: str, at: datetime) -> SupplierStanding:
        state = SupplierState.SUSPENDED if supplier_id in self.inactive else SupplierState.ACTIVE
        return SupplierStanding(supplier_id=supplier_id, name="Bergmann", state=state)


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
