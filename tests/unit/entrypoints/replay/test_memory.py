"""A replay remembers what it needs to go on after it was killed."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec

from openaisle.entrypoints.replay.memory import OnboardedSupplier, ReplayMemory


def supplier(*, handle: str = "one", signing_secret: str = "") -> OnboardedSupplier:
    return OnboardedSupplier(handle=handle, supplier_id=f"sup_{handle}", api_key="key", signing_secret=signing_secret)


def test_a_new_memory_knows_nothing(tmp_path: Path) -> None:
    memory = ReplayMemory(directory=tmp_path / "new")
    assert memory.suppliers == {}
    assert memory.orders_placed == 0


def test_the_last_thing_learned_of_a_supplier_counts(tmp_path: Path) -> None:
    memory = ReplayMemory(directory=tmp_path)
    memory.remember(supplier=supplier())
    memory.remember(supplier=supplier(signing_secret="whsec_1"))
    assert ReplayMemory(directory=tmp_path).suppliers == {"one": supplier(signing_secret="whsec_1")}


def test_a_torn_last_line_is_forgotten_and_the_rest_is_kept(tmp_path: Path) -> None:
    ReplayMemory(directory=tmp_path).remember(supplier=supplier())
    with (tmp_path / "suppliers.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(supplier(handle="two"))[:20])
    assert ReplayMemory(directory=tmp_path).suppliers == {"one": supplier()}


def test_only_its_owner_may_read_the_keys(tmp_path: Path) -> None:
    ReplayMemory(directory=tmp_path).remember(supplier=supplier())
    assert (tmp_path / "suppliers.jsonl").stat().st_mode & 0o077 == 0


def test_orders_that_finish_out_of_order_count_from_the_first_on_without_a_gap(tmp_path: Path) -> None:
    memory = ReplayMemory(directory=tmp_path)
    positions = [position for position in range(100) if position != 40]
    random.Random(7).shuffle(positions)
    for position in positions:
        memory.order_placed(position=position)
    assert memory.orders_placed == 40
    memory.order_placed(position=40)
    assert memory.orders_placed == 100


def test_how_far_the_orders_are_survives_a_restart(tmp_path: Path) -> None:
    memory = ReplayMemory(directory=tmp_path)
    for position in range(7):
        memory.order_placed(position=position)
    memory.save()
    assert ReplayMemory(directory=tmp_path).orders_placed == 7
