"""What every table does: get, query, and commits that happen whole or not at all."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.table import (
    MAXIMUM_BODY_BYTES,
    Adjust,
    Check,
    CommitRefused,
    CommitTooLarge,
    Delete,
    Index,
    IndexEntry,
    Item,
    Key,
    Put,
    RefusalReason,
    Write,
)
from tests.contract.adapters import Engine
from tests.contract.processes import COUNTER, another_process
from tests.factories.contexts import make_context
from tests.support.clocks import FakeClock

HERE = Key("ORDER#1", "ORDER")


def make_put(key: Key = HERE, *, body: Any = None, **changes: Any) -> Put:
    encoded = json.dumps({} if body is None else body).encode()
    return Put(**{"key": key, "kind": "order", "body": encoded, "expected_version": 0, **changes})


async def commit(store: Any, *writes: Write, clock: FakeClock | None = None) -> None:
    context = make_context() if clock is None else make_context(at=clock.now())
    await store.commit(writes=writes, context=context)


async def refusal_of(store: Any, *writes: Write, clock: FakeClock | None = None) -> tuple[int, Key, RefusalReason]:
    with pytest.raises(CommitRefused) as refused:
        await commit(store, *writes, clock=clock)
    return tuple(refused.value.refusals[0])


def body_of(item: Item | None) -> Any:
    assert item is not None
    return json.loads(item.body)


async def sorts_of(store: Any, partition: str, **arguments: Any) -> list[str]:
    page = await store.query(partition=partition, **arguments)
    return [item.key.sort for item in page.items]


# ------------------------------------------------------------------------------------------------ one item


async def test_what_was_put_is_found(store: Any) -> None:
    await commit(store, make_put(body={"total": 1, "name": "Bolt ⌀8"}))
    item = await store.get(key=HERE)
    assert item == Item(key=HERE, kind="order", version=1, body=item.body)
    assert body_of(item) == {"total": 1, "name": "Bolt ⌀8"}


async def test_a_free_key_holds_nothing(store: Any) -> None:
    assert await store.get(key=HERE) is None


async def test_many_are_got_in_the_order_of_their_keys(store: Any) -> None:
    keys = [Key("A", "1"), Key("B", "1"), Key("A", "2")]
    await commit(store, make_put(keys[2], body={"n": 2}), make_put(keys[0], body={"n": 0}))
    found = await store.get_many(keys=keys)
    assert [None if item is None else body_of(item)["n"] for item in found] == [0, None, 2]


async def test_each_write_raises_the_version_by_one(store: Any) -> None:
    await commit(store, make_put())
    await commit(store, make_put(body={"n": 2}, expected_version=1))
    await commit(store, make_put(body={"n": 3}, expected_version=None))
    await commit(store, Adjust(key=HERE, changes={"n": 1}))
    item = await store.get(key=HERE)
    assert item.version == 4
    assert body_of(item) == {"n": 4}


async def test_a_put_that_replaces_whatever_stands_there_may_also_be_the_first(store: Any) -> None:
    await commit(store, make_put(expected_version=None))
    assert (await store.get(key=HERE)).version == 1


async def test_a_put_of_a_new_item_is_refused_where_one_stands(store: Any) -> None:
    await commit(store, make_put(body={"n": 1}))
    assert await refusal_of(store, make_put(body={"n": 2})) == (0, HERE, RefusalReason.EXISTS)
    assert body_of(await store.get(key=HERE)) == {"n": 1}


async def test_a_put_over_another_version_is_refused(store: Any) -> None:
    await commit(store, make_put())
    assert await refusal_of(store, make_put(expected_version=2)) == (0, HERE, RefusalReason.VERSION)


async def test_a_put_over_a_version_of_nothing_is_refused(store: Any) -> None:
    assert await refusal_of(store, make_put(expected_version=1)) == (0, HERE, RefusalReason.MISSING)


async def test_a_delete_removes_the_version_it_names(store: Any) -> None:
    await commit(store, make_put())
    assert await refusal_of(store, Delete(key=HERE, expected_version=2)) == (0, HERE, RefusalReason.VERSION)
    await commit(store, Delete(key=HERE, expected_version=1))
    assert await store.get(key=HERE) is None
    assert await refusal_of(store, Delete(key=HERE, expected_version=1)) == (0, HERE, RefusalReason.MISSING)


async def test_a_delete_of_whatever_stands_there_may_meet_nothing(store: Any) -> None:
    await commit(store, Delete(key=HERE, expected_version=None))
    await commit(store, make_put())
    await commit(store, Delete(key=HERE, expected_version=None))
    assert await store.get(key=HERE) is None


async def test_a_key_that_was_deleted_starts_again_at_version_one(store: Any) -> None:
    await commit(store, make_put())
    await commit(store, Delete(key=HERE, expected_version=1))
    await commit(store, make_put())
    assert (await store.get(key=HERE)).version == 1


async def test_a_check_writes_nothing_and_refuses_what_does_not_hold(store: Any) -> None:
    await commit(store, Check(key=HERE, expected_version=0))
    assert await refusal_of(store, Check(key=HERE, expected_version=1)) == (0, HERE, RefusalReason.MISSING)
    await commit(store, make_put())
    await commit(store, Check(key=HERE, expected_version=1))
    assert await refusal_of(store, Check(key=HERE, expected_version=0)) == (0, HERE, RefusalReason.EXISTS)
    assert await refusal_of(store, Check(key=HERE, expected_version=2)) == (0, HERE, RefusalReason.VERSION)
    assert (await store.get(key=HERE)).version == 1


# ------------------------------------------------------------------------------------------------ adjustments


async def test_an_adjustment_adds_and_leaves_everything_else(store: Any) -> None:
    await commit(store, make_put(body={"on_hand": 5, "name": "Bolt"}, indexes=(IndexEntry(Index.FIRST, "P", "1"),)))
    await commit(store, Adjust(key=HERE, changes={"on_hand": -2, "reserved": 2}))
    assert body_of(await store.get(key=HERE)) == {"on_hand": 3, "name": "Bolt", "reserved": 2}
    assert await sorts_of(store, "P", index=Index.FIRST) == ["ORDER"]


async def test_an_adjustment_below_its_minimum_is_refused_and_changes_nothing(store: Any) -> None:
    await commit(store, make_put(body={"available": 2, "reserved": 0}))
    take_three = Adjust(key=HERE, changes={"available": -3, "reserved": 3}, minimums={"available": 0})
    assert await refusal_of(store, take_three) == (0, HERE, RefusalReason.MINIMUM)
    assert body_of(await store.get(key=HERE)) == {"available": 2, "reserved": 0}
    await commit(store, Adjust(key=HERE, changes={"available": -2}, minimums={"available": 0}))
    assert body_of(await store.get(key=HERE))["available"] == 0


async def test_an_adjustment_may_fall_below_zero_where_no_minimum_is_named(store: Any) -> None:
    await commit(store, make_put(body={"balance": 0}))
    await commit(store, Adjust(key=HERE, changes={"balance": -7}))
    assert body_of(await store.get(key=HERE)) == {"balance": -7}


async def test_an_adjustment_of_nothing_is_refused(store: Any) -> None:
    assert await refusal_of(store, Adjust(key=HERE, changes={"n": 1})) == (0, HERE, RefusalReason.MISSING)


# ------------------------------------------------------------------------------------------------ commits


async def test_a_commit_happens_whole_or_not_at_all(store: Any) -> None:
    await commit(store, make_put(body={"n": 1}))
    writes = (
        make_put(Key("NEW", "X")),
        Adjust(key=HERE, changes={"n": 1}),
        make_put(Key("MISSING", "X"), expected_version=3),
    )
    assert await refusal_of(store, *writes) == (2, Key("MISSING", "X"), RefusalReason.MISSING)
    assert await store.get(key=Key("NEW", "X")) is None
    assert body_of(await store.get(key=HERE)) == {"n": 1}


async def test_a_commit_that_names_a_key_twice_is_a_mistake(store: Any) -> None:
    with pytest.raises(ValueError, match="only once"):
        await commit(store, make_put(), Adjust(key=HERE, changes={"n": 1}))
    assert await store.get(key=HERE) is None


async def test_a_commit_holds_a_hundred_writes_and_no_more(store: Any) -> None:
    writes = [make_put(Key("MANY", f"{number:03}")) for number in range(101)]
    with pytest.raises(CommitTooLarge):
        await commit(store, *writes)
    assert await sorts_of(store, "MANY") == []
    await commit(store, *writes[:100])
    assert len(await sorts_of(store, "MANY")) == 100


async def test_a_body_may_have_its_maximum_and_no_byte_more(store: Any) -> None:
    with pytest.raises(CommitTooLarge):
        await commit(store, make_put(body={"text": "x" * MAXIMUM_BODY_BYTES}))
    text = "x" * (MAXIMUM_BODY_BYTES - len('{"text": ""}'))
    await commit(store, make_put(body={"text": text}))
    assert body_of(await store.get(key=HERE)) == {"text": text}


async def test_of_many_that_create_one_key_at_once_one_wins(store: Any) -> None:
    commits = [commit(store, make_put(body={"n": number})) for number in range(30)]
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert all(isinstance(one, CommitRefused) for one in outcomes if one is not None)
    assert body_of(await store.get(key=HERE)) == {"n": outcomes.index(None)}


async def test_stock_taken_by_many_at_once_is_never_oversold(store: Any) -> None:
    await commit(store, make_put(body={"available": 5}))
    take = Adjust(key=HERE, changes={"available": -1}, minimums={"available": 0})
    outcomes = await asyncio.gather(*(commit(store, take) for _ in range(24)), return_exceptions=True)
    assert outcomes.count(None) == 5
    assert body_of(await store.get(key=HERE)) == {"available": 0}


# ------------------------------------------------------------------------------------------------ expiry


async def test_an_item_that_expired_is_not_there(store: Any, clock: FakeClock) -> None:
    at = int(clock.now().timestamp()) + 10
    await commit(store, make_put(expires_at=at, indexes=(IndexEntry(Index.FIRST, "P", "1"),)), clock=clock)
    assert await store.get(key=HERE) is not None
    clock.go_on(seconds=10)
    assert await store.get(key=HERE) is None
    assert await store.get_many(keys=[HERE]) == [None]
    assert await sorts_of(store, "ORDER#1") == []
    assert await sorts_of(store, "P", index=Index.FIRST) == []


@pytest.mark.parametrize(
    "write",
    [
        Adjust(key=HERE, changes={"n": 1}),
        Check(key=HERE, expected_version=1),
        make_put(expected_version=1),
        Delete(key=HERE, expected_version=1),
    ],
    ids=["adjust", "check", "put", "delete"],
)
async def test_a_write_that_expects_an_item_does_not_meet_an_expired_one(
    store: Any, clock: FakeClock, write: Write
) -> None:
    await commit(store, make_put(expires_at=int(clock.now().timestamp()) + 10), clock=clock)
    clock.go_on(seconds=11)
    assert await refusal_of(store, write, clock=clock) == (0, HERE, RefusalReason.MISSING)


async def test_the_key_of_an_expired_item_is_free(store: Any, clock: FakeClock) -> None:
    await commit(store, make_put(body={"n": 1}, expires_at=int(clock.now().timestamp()) + 10), clock=clock)
    clock.go_on(seconds=11)
    await commit(store, Check(key=HERE, expected_version=0), clock=clock)
    await commit(store, make_put(body={"n": 2}), clock=clock)
    assert body_of(await store.get(key=HERE)) == {"n": 2}
    assert (await store.get(key=HERE)).version == 1


# ------------------------------------------------------------------------------------------------ queries


async def test_a_query_gives_its_partition_in_the_order_of_the_sort_keys(store: Any) -> None:
    await commit(store, *(make_put(Key("P", sort)) for sort in ("b", "a", "B", "10", "9", "é")))
    await commit(store, make_put(Key("P2", "a")), make_put(Key("O", "a")))
    assert await sorts_of(store, "P") == ["10", "9", "B", "a", "b", "é"]
    assert await sorts_of(store, "P", descending=True) == ["é", "b", "a", "B", "9", "10"]


async def test_a_query_may_be_narrowed_to_a_prefix_and_to_an_end(store: Any) -> None:
    sorts = ["LINE#1", "LINE#2", "LINE#3", "LINE%", "ORDER", "LINE_"]
    await commit(store, *(make_put(Key("P", sort)) for sort in sorts))
    assert await sorts_of(store, "P", sort_prefix="LINE#") == ["LINE#1", "LINE#2", "LINE#3"]
    assert await sorts_of(store, "P", sort_prefix="LINE%") == ["LINE%"]
    assert await sorts_of(store, "P", sort_through="LINE#2") == ["LINE#1", "LINE#2"]
    assert await sorts_of(store, "P", sort_prefix="LINE#", sort_through="LINE#2", descending=True) == [
        "LINE#2",
        "LINE#1",
    ]
    assert await sorts_of(store, "P", sort_prefix="O", sort_through="A") == []


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("index", [None, Index.FIRST, Index.SECOND, Index.DUE])
async def test_pages_follow_each_other_without_gap_or_repeat(store: Any, index: Index | None, descending: bool) -> None:
    # Half of the entries share a sort key, as due items of one moment do.
    puts = [
        make_put(
            Key("P", f"{number:02}"),
            indexes=() if index is None else (IndexEntry(index, "P", f"{number // 2:02}"),),
        )
        for number in range(11)
    ]
    await commit(store, *puts)
    pages: list[list[str]] = []
    cursor = None
    while True:
        page = await store.query(partition="P", index=index, after=cursor, limit=3, descending=descending)
        pages.append([item.key.sort for item in page.items])
        cursor = page.cursor
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 3, 2]
    found = [sort for page in pages for sort in page]
    assert sorted(found) == [f"{number:02}" for number in range(11)]
    moments = [int(sort) // 2 for sort in found]
    assert moments == sorted(moments, reverse=descending)


async def test_a_page_that_ends_with_the_partition_has_no_cursor(store: Any) -> None:
    await commit(store, *(make_put(Key("P", sort)) for sort in "abc"))
    assert (await store.query(partition="P", limit=3)).cursor is None
    assert (await store.query(partition="P", limit=2)).cursor is not None


async def test_a_cursor_still_works_when_its_item_is_gone(store: Any) -> None:
    await commit(store, *(make_put(Key("P", sort)) for sort in "abcd"))
    page = await store.query(partition="P", limit=2)
    await commit(store, Delete(key=Key("P", "b"), expected_version=None))
    assert await sorts_of(store, "P", after=page.cursor) == ["c", "d"]


async def test_an_item_moves_in_the_index_with_each_put_and_leaves_it_when_it_has_no_entry(store: Any) -> None:
    await commit(store, make_put(indexes=(IndexEntry(Index.DUE, "DUE#t", "1"), IndexEntry(Index.FIRST, "P", "1"))))
    await commit(store, make_put(indexes=(IndexEntry(Index.DUE, "DUE#t", "2"),), expected_version=1))
    assert await sorts_of(store, "DUE#t", index=Index.DUE, sort_through="1") == []
    assert await sorts_of(store, "DUE#t", index=Index.DUE, sort_through="2") == ["ORDER"]
    assert await sorts_of(store, "P", index=Index.FIRST) == []
    await commit(store, make_put(expected_version=2))
    assert await sorts_of(store, "DUE#t", index=Index.DUE) == []


async def test_the_indexes_do_not_see_each_other(store: Any) -> None:
    await commit(store, make_put(indexes=(IndexEntry(Index.FIRST, "P", "1"),)))
    assert await sorts_of(store, "P", index=Index.SECOND) == []
    assert await sorts_of(store, "P") == []


# ------------------------------------------------------------------------------------------------ many processes


async def test_what_one_opening_of_the_store_wrote_another_reads(
    engine: Engine, store: Any, tmp_path: Path, clock: FakeClock
) -> None:
    async with engine.store(tmp_path, clock) as other:
        await commit(store, make_put())
        assert await other.get(key=HERE) is not None
        await commit(other, make_put(body={"n": 2}, expected_version=1))
        assert body_of(await store.get(key=HERE)) == {"n": 2}


async def test_two_processes_that_commit_at_once_lose_nothing(
    engine_name: str, store: Any, tmp_path: Path, clock: FakeClock
) -> None:
    await commit(store, make_put(COUNTER, body={"total": 0}))
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(
                another_process("count_up", engine_name=engine_name, folder=tmp_path, count=150)
            )
            for _ in range(2)
        ]
        assert [await process.wait() for process in processes] == [0, 0]
    item = await store.get(key=COUNTER)
    assert body_of(item) == {"total": 300}
    assert item.version == 301


async def test_a_process_that_is_killed_loses_no_answered_commit_and_leaves_no_half_of_one(
    engine_name: str, store: Any, tmp_path: Path
) -> None:
    async with another_process(
        "write_and_tell", engine_name=engine_name, folder=tmp_path, name="KILLED", count=100_000
    ) as process:
        assert process.stdout is not None
        told = [int(await process.stdout.readline()) for _ in range(60)]
        process.kill()
        rest = await process.stdout.read()
        told += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
        await process.wait()
    assert len(told) >= 60
    for number in range(len(told) + 50):
        sides = await store.get_many(keys=[Key(f"KILLED#{number}", side) for side in "AB"])
        assert (sides[0] is None) == (sides[1] is None)
        assert number not in told or sides[0] is not None
