"""``openaisle what-if`` as it is called."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.entrypoints.cli.application import application
from tests.factories.orders import OrderRoom, make_line


async def one_order(home: Path) -> None:
    table = LocalTable(path=home / "openaisle.db", clock=SystemClock())
    room = OrderRoom(table=table)
    slow = await room.stock(supplier_id="sup_a", price_minor=500, lead_time_days=9)
    await room.stock(supplier_id="sup_b", product_id=slow.product_id, price_minor=1_000, lead_time_days=1)
    await room.place(make_line(product_id=slow.product_id, quantity=2))
    await table.close()


def called(*arguments: str, home: Path) -> Result:
    return CliRunner().invoke(application(), ["--home", str(home), "what-if", *arguments], env={"COLUMNS": "120"})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    asyncio.run(one_order(home))
    return home


def test_other_weights_are_tried_on_a_days_orders(home: Path) -> None:
    found = called("--day", "2026-11-23", "--weight", "day_minor=1000", home=home)
    assert found.exit_code == 0, found.output
    assert "1 orders in EUR" in found.output
    assert "12.00" in found.output
    assert "sup_a -> sup_b" in found.output
    assert "1 of 1 lines change supplier." in found.output
    told = called("--day", "2026-11-23", "--json", home=home)
    assert msgspec.json.decode(told.stdout)["lines_changed"] == 0


@pytest.mark.parametrize("weight", ["parcel_minor", "parcels=1", "parcel_minor=many", "parcel_minor=-1"])
def test_a_weight_that_does_not_exist_is_told(weight: str, tmp_path: Path) -> None:
    found = called("--day", "2026-11-23", "--weight", weight, home=tmp_path / "home")
    assert found.exit_code == 2
    assert "parcel" in found.output or "Expected" in found.output or "unknown field" in found.output
