"""What every bulk table does: all items appear together with the commit's writes, or not at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.bulk import BulkItem, BulkTable, place
from openaisle.kernel.records import stored
from openaisle.kernel.table import CommitRefused, Index, Item, Key, Put, RefusalReason
from tests.contract.adapters import Engine
from tests.factories.contexts import make_context
from tests.support.clocks import FakeClock

REPORT = Key("FEED#1", "PART#1")


@pytest.fixture
async def bulk(engine: Engine, tmp_path: Path, store: Any) -> AsyncIterator[BulkTable]:
    async with engine.bulk(tmp_path, store) as opened:
        yield opened


def at(partition: str, sort: str) -> str:
    return place(partition=partition, sort=sort)


def group(name: str) -> list[BulkItem]:
    body = json.dumps({"name": name, "text": "Bolt ⌀8"}).encode()
    return [
        (at(f"PRODUCT#{name}", "PRODUCT"), "product", body, at(f"PRODUCT#{name}", "PRODUCT"), at("PRODUCTS#1", name)),
        (at(f"OFFER#{name}", "OFFER"), "offer", body, at(f"PRODUCT#{name}", f"OFFER#{name}"), None),
    ]


def report(*, expected_version: int | None = 0, **changes: Any) -> Put:
    return Put(key=REPORT, kind="part", body=b'{"rows":2}', expected_version=expected_version, **changes)


async def test_items_stand_with_their_indexes_beside_the_writes_of_the_commit(bulk: BulkTable, store: Any) -> None:
    assert await bulk.create(items=[*group("a"), *group("b")], writes=[report()], context=make_context()) == []
    found = await store.get(key=Key("OFFER#a", "OFFER"))
    assert found == Item(key=Key("OFFER#a", "OFFER"), kind="offer", version=1, body=group("a")[1][2])
    page = await store.query(partition="PRODUCT#a", index=Index.FIRST)
    assert [item.key.sort for item in page.items] == ["OFFER", "PRODUCT"]
    listed = await store.query(partition="PRODUCTS#1", index=Index.SECOND)
    assert [item.key.partition for item in listed.items] == ["PRODUCT#a", "PRODUCT#b"]
    assert await store.get(key=REPORT) is not None


async def test_taken_keys_are_told_and_then_nothing_is_written(bulk: BulkTable, store: Any) -> None:
    await bulk.create(items=group("a"), writes=[], context=make_context())
    taken = await bulk.create(items=[*group("b"), *group("a")], writes=[report()], context=make_context())
    assert taken == [Key("PRODUCT#a", "PRODUCT"), Key("OFFER#a", "OFFER")]
    assert await store.get(key=Key("OFFER#b", "OFFER")) is None
    assert await store.get(key=REPORT) is None


async def test_a_key_named_twice_is_taken_the_second_time(bulk: BulkTable, store: Any) -> None:
    taken = await bulk.create(items=[*group("a"), *group("a")], writes=[], context=make_context())
    assert taken == [Key("PRODUCT#a", "PRODUCT"), Key("OFFER#a", "OFFER")]
    assert await store.get(key=Key("OFFER#a", "OFFER")) is None


async def test_a_condition_of_the_writes_that_fails_undoes_the_items(bulk: BulkTable, store: Any) -> None:
    await store.commit(writes=[report()], context=make_context())
    with pytest.raises(CommitRefused) as refused:
        await bulk.create(items=group("a"), writes=[report()], context=make_context())
    assert refused.value.refusals[0].reason is RefusalReason.EXISTS
    assert await store.get(key=Key("OFFER#a", "OFFER")) is None
    assert await bulk.create(items=group("a"), writes=[], context=make_context()) == []


async def test_what_expired_is_no_hindrance(bulk: BulkTable, store: Any, clock: FakeClock) -> None:
    old = Put(
        key=Key("OFFER#a", "OFFER"),
        kind="offer",
        body=b"{}",
        expected_version=0,
        expires_at=int(clock.now().timestamp()) - 1,
    )
    await store.commit(writes=[old], context=make_context(at=clock.now()))
    assert await bulk.create(items=group("a"), writes=[], context=make_context(at=clock.now())) == []
    found = await store.get(key=Key("OFFER#a", "OFFER"))
    assert found is not None
    assert found.version == 1


async def test_only_the_writes_of_the_commit_are_streamed(bulk: BulkTable, store: Any) -> None:
    await bulk.create(items=group("a"), writes=[report(events=stored(()))], context=make_context())
    assert [change.key for change in await store.read(after=0, limit=100)] == [REPORT]


async def test_a_reader_who_waits_is_woken(bulk: BulkTable, store: Any) -> None:
    await bulk.create(items=group("a"), writes=[report()], context=make_context())
    assert await store.wait(after=0, timeout_seconds=1.0)
