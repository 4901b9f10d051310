"""What every change stream does: each streamed write once, whole commits, in their order."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.stream import ChangeOperation
from openaisle.kernel.table import Adjust, Check, CommitRefused, Delete, Key, Put, StoredEvent, Write
from tests.contract.adapters import Engine
from tests.contract.processes import another_process
from tests.factories.contexts import NOON, make_context
from tests.support.clocks import FakeClock

HERE = Key("ORDER#1", "ORDER")


def make_put(key: Key = HERE, *, body: bytes = b'{"n":1}', **changes: Any) -> Put:
    return Put(**{"key": key, "kind": "order", "body": body, "expected_version": None, **changes})


async def commit(store: Any, *writes: Write) -> None:
    await store.commit(writes=writes, context=make_context())


async def test_a_new_stream_is_empty(store: Any) -> None:
    assert await store.latest() == 0
    assert await store.trimmed_through() == 0
    assert list(await store.read(after=0, limit=10)) == []


async def test_a_change_tells_what_was_written_when_and_by_whom(store: Any) -> None:
    event = StoredEvent(type="order.placed", data=msgspec.Raw(b'{"order_id":"ord_1"}'))
    context = make_context(role=Role.STOREFRONT, subject_id="web", correlation_id="cor_7")
    await store.commit(writes=[make_put(events=(event,))], context=context)
    (change,) = await store.read(after=0, limit=10)
    assert change.sequence > 0
    assert (change.key, change.kind, change.operation, change.version) == (HERE, "order", ChangeOperation.PUT, 1)
    assert (change.at, change.actor, change.correlation_id) == (NOON, "storefront:web", "cor_7")
    assert json.loads(bytes(change.body)) == {"n": 1}
    (told,) = change.events
    assert told.type == "order.placed"
    assert json.loads(bytes(told.data)) == {"order_id": "ord_1"}


async def test_while_all_is_kept_nothing_counts_as_dropped(store: Any) -> None:
    await commit(store, make_put())
    await commit(store, make_put())
    assert await store.trimmed_through() == 0
    assert len(await store.read(after=0, limit=10)) == 2


async def test_each_kind_of_write_appears_with_the_body_it_left(store: Any) -> None:
    await commit(store, make_put())
    await commit(store, Adjust(key=HERE, changes={"n": 4}))
    await commit(store, Delete(key=HERE, expected_version=2))
    changes = await store.read(after=0, limit=10)
    assert [(change.operation.value, change.version) for change in changes] == [
        ("put", 1),
        ("adjust", 2),
        ("delete", 3),
    ]
    assert [None if change.body is None else json.loads(bytes(change.body)) for change in changes] == [
        {"n": 1},
        {"n": 5},
        None,
    ]
    assert [change.kind for change in changes] == ["order"] * 3


async def test_what_is_not_streamed_or_writes_nothing_leaves_no_trace(store: Any) -> None:
    await commit(
        store, make_put(streamed=False), make_put(Key("SEEN", "X")), Check(key=Key("FREE", "X"), expected_version=0)
    )
    await commit(store, Adjust(key=HERE, changes={"n": 1}, streamed=False))
    await commit(store, Delete(key=HERE, expected_version=None, streamed=False))
    await commit(store, Delete(key=Key("NOTHING", "X"), expected_version=None))
    assert [change.key.partition for change in await store.read(after=0, limit=10)] == ["SEEN"]


async def test_a_refused_commit_leaves_no_trace(store: Any) -> None:
    with suppress(CommitRefused):
        await commit(store, make_put(Key("SEEN", "X")), make_put(expected_version=4))
    assert list(await store.read(after=0, limit=10)) == []


async def test_the_writes_of_a_commit_stand_together_in_their_order(store: Any) -> None:
    await commit(store, *(make_put(Key("A", sort)) for sort in "cab"))
    await commit(store, make_put(Key("B", "z")))
    changes = await store.read(after=0, limit=10)
    assert [change.key.sort for change in changes] == ["c", "a", "b", "z"]
    sequences = [change.sequence for change in changes]
    assert sequences == sorted(set(sequences))


async def test_reading_goes_on_behind_a_sequence_and_never_splits_a_commit(store: Any) -> None:
    await commit(store, *(make_put(Key("A", sort)) for sort in "abc"))
    await commit(store, make_put(Key("B", "d")))
    first = await store.read(after=0, limit=1)
    assert [change.key.sort for change in first] == ["a", "b", "c"]
    second = await store.read(after=first[-1].sequence, limit=1)
    assert [change.key.sort for change in second] == ["d"]
    assert list(await store.read(after=second[-1].sequence, limit=1)) == []
    assert second[-1].sequence <= await store.latest()


async def test_a_reader_that_stopped_inside_a_commit_gets_the_rest_of_it(store: Any) -> None:
    await commit(store, *(make_put(Key("A", sort)) for sort in "abc"))
    first, *_ = await store.read(after=0, limit=1)
    assert await store.wait(after=first.sequence, timeout_seconds=0)
    rest = await store.read(after=first.sequence, limit=1)
    assert [change.key.sort for change in rest] == ["b", "c"]


async def test_a_commit_of_a_hundred_writes_is_read_whole(store: Any) -> None:
    await commit(store, *(make_put(Key("A", f"{number:03}")) for number in range(100)))
    await commit(store, make_put(Key("B", "X")))
    changes = await store.read(after=0, limit=1000)
    assert len(changes) == 101
    assert len({change.sequence for change in changes}) == 101


async def test_commits_made_at_once_appear_each_once_and_whole(store: Any) -> None:
    await asyncio.gather(
        *(commit(store, make_put(Key(f"{number}", "a")), make_put(Key(f"{number}", "b"))) for number in range(40))
    )
    changes = await store.read(after=0, limit=1000)
    places = [change.key for change in changes]
    assert len(set(places)) == 80
    assert all(places[at].partition == places[at + 1].partition for at in range(0, 80, 2))


async def test_waiting_ends_at_once_when_there_is_something(store: Any) -> None:
    await commit(store, make_put())
    assert await store.wait(after=0, timeout_seconds=0)


async def test_waiting_ends_in_vain_when_everything_was_read(store: Any) -> None:
    assert not await store.wait(after=0, timeout_seconds=0.01)
    await commit(store, make_put(), make_put(Key("B", "X")))
    changes = await store.read(after=0, limit=10)
    assert not await store.wait(after=changes[-1].sequence, timeout_seconds=0.01)
    assert not await store.wait(after=await store.latest(), timeout_seconds=0.01)


async def test_waiting_ends_with_the_next_commit(store: Any) -> None:
    await commit(store, make_put())
    waiting = asyncio.ensure_future(store.wait(after=await store.latest(), timeout_seconds=30))
    await asyncio.sleep(0)
    await commit(store, make_put())
    assert await waiting


async def test_waiting_notices_the_commits_of_other_processes(engine_name: str, store: Any, tmp_path: Path) -> None:
    async with another_process("write_and_tell", engine_name=engine_name, folder=tmp_path, name="OTHER", count=1):
        assert await store.wait(after=0, timeout_seconds=30)
        (first, second) = await store.read(after=0, limit=10)
    assert (first.key.partition, second.key.partition) == ("OTHER#0", "OTHER#0")


async def test_a_consumer_that_sees_no_newer_change_than_its_position_missed_none(
    engine_name: str, store: Any, tmp_path: Path
) -> None:
    # Two processes commit while a third reads on: a sequence must never appear behind a reader's back.
    read: list[str] = []
    position = 0
    async with (
        another_process("write_and_tell", engine_name=engine_name, folder=tmp_path, name="ONE", count=80) as one,
        another_process("write_and_tell", engine_name=engine_name, folder=tmp_path, name="TWO", count=80) as two,
    ):
        while len(read) < 320:
            assert await store.wait(after=position, timeout_seconds=30)
            for change in await store.read(after=position, limit=7):
                read.append(change.key.partition)
                position = change.sequence
        assert [await one.wait(), await two.wait()] == [0, 0]
    for name in ("ONE", "TWO"):
        numbers = [int(place.split("#")[1]) for place in read if place.startswith(name)]
        assert numbers == [number for number in range(80) for _ in "AB"]


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, "é"]}', "{}"])
async def test_a_body_comes_out_as_the_json_that_went_in(
    engine: Engine, store: Any, tmp_path: Path, clock: FakeClock, text: str
) -> None:
    await commit(store, make_put(body=text.encode()))
    async with engine.store(tmp_path, clock) as again:
        (change,) = await again.read(after=0, limit=1)
        assert json.loads(bytes(change.body)) == json.loads(text)
