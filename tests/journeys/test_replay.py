"""The replay of a history through the public API, from an empty home to a reconciliation to the cent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

import pytest

from tests.factories.olist import olist_folder

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SHARED_DATA_OPENAISLE", ROOT.parent / "shared" / "data")) / "olist"
ORDERS = 300

with_the_dataset = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the Olist dataset is not here; set SHARED_DATA_OPENAISLE to the folder above it"
)


async def started(*, home: Path, data: Path, orders: int | None = None, hostile: bool = False) -> Process:
    """Start a replay in a process group of its own."""
    part = [] if orders is None else ["--orders", str(orders)]
    part += ["--hostile"] if hostile else []
    command = ["-m", "openaisle.entrypoints.cli", "--home", str(home), "replay", "olist", str(data), "--json", *part]
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True, cwd=home.parent
    )


async def report_of(replay: Process) -> tuple[int, dict[str, Any]]:
    out, told = await replay.communicate()
    assert out, told.decode()[-2000:]
    return replay.returncode or 0, json.loads(out)


async def killed_once_orders_are_placed(replay: Process, *, home: Path, at_least: int) -> None:
    """Wait until the replay says that so many orders are placed, then kill it and every process it started."""
    assert replay.stderr is not None
    async for line in replay.stderr:
        if not line.startswith(b'{"step"'):
            continue
        told = json.loads(line)
        if told["step"] == "orders are placed" and told["done"] >= at_least:
            break
    for identifier in [replay.pid, *processes_of(home=home)]:
        os.kill(identifier, signal.SIGKILL)
    await replay.wait()


def processes_of(*, home: Path) -> list[int]:
    """The processes whose environment names the home: API, worker and simulated suppliers."""
    wanted = f"OPENAISLE_HOME={home}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
    return found


async def test_a_small_history_reconciles_and_its_dirt_is_named(tmp_path: Path) -> None:
    data = olist_folder(folder=tmp_path / "data")
    status, report = await report_of(await started(home=tmp_path / "home", data=data))
    assert status == 0, report
    reconciliation = report["reconciliation"]
    assert reconciliation["differences"] == []
    assert reconciliation["orders_found"] == 3
    assert reconciliation["found"] == {
        "purchase_orders": 4,
        "units": 5,
        "items_minor": 681475,
        "freight_minor": 20960,
    }
    assert report["onboarding"]["active"] == 3
    assert [review["city"] for review in report["onboarding"]["reviews"]] == ["4482255"]
    mended = {(one["field"], one["rule"]) for one in report["supplier_corrections"]}
    assert {("address.city", "brazil.city-name"), ("address.postal_code", "brazil.leading-zero")} <= mended
    assert report["catalog"]["issues"]["category_missing"] == 1


async def test_a_replay_that_is_run_again_places_nothing_twice(tmp_path: Path) -> None:
    data = olist_folder(folder=tmp_path / "data")
    await report_of(await started(home=tmp_path / "home", data=data))
    status, report = await report_of(await started(home=tmp_path / "home", data=data))
    assert status == 0, report
    assert report["orders_placed"] == 0
    assert report["reconciliation"]["found"]["purchase_orders"] == 4


async def test_a_history_that_changed_meanwhile_is_found_to_differ(tmp_path: Path) -> None:
    data = olist_folder(folder=tmp_path / "data")
    await report_of(await started(home=tmp_path / "home", data=data))
    items = data / "olist_order_items_dataset.csv"
    items.write_text(items.read_text().replace("58.90", "58.91"))
    status, report = await report_of(await started(home=tmp_path / "home", data=data))
    assert status == 1
    (difference,) = report["reconciliation"]["differences"]
    assert (difference["figure"], difference["expected"] - difference["found"]) == ("items_minor", 1)


@with_the_dataset
async def test_a_part_of_the_real_history_reconciles_though_every_process_is_killed_in_its_middle(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    await killed_once_orders_are_placed(await started(home=home, data=SHARED, orders=ORDERS), home=home, at_least=1)
    status, report = await report_of(await started(home=home, data=SHARED, orders=ORDERS))
    assert status == 0, report
    assert report["reconciliation"]["differences"] == []
    assert report["reconciliation"]["orders_found"] == ORDERS
    assert report["reconciliation"]["unsettled_purchase_orders"] == 0


async def test_a_history_with_hostile_suppliers_ends_every_line_with_its_reason(tmp_path: Path) -> None:
    data = olist_folder(folder=tmp_path / "data")
    status, report = await report_of(await started(home=tmp_path / "home", data=data, hostile=True))
    assert status == 0, report
    hostile = report["hostile"]
    assert hostile["differences"] == []
    assert hostile["suppliers"] == {"prompt": 2, "rejecting": 1}
    assert (hostile["outcome"]["lines"], hostile["outcome"]["delivered"]) == (5, 3)
    assert hostile["outcome"]["canceled"] == {"no_supplier_left": 2}
    assert hostile["outcome"]["purchase_orders"] == {"delivered": 3, "rejected": 1}
