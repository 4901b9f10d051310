"""Whatever is committed in whatever order, a table answers as the simplest table one can think of."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openaisle.kernel.table import (
    Adjust,
    Check,
    CommitRefused,
    Delete,
    Index,
    IndexEntry,
    Key,
    Put,
    RefusalReason,
    Write,
)
from tests.contract.adapters import ENGINES
from tests.factories.contexts import make_context
from tests.support.clocks import FakeClock

KEYS = [Key(partition, sort) for partition in ("A", "B") for sort in ("1", "2")]
keys = some.sampled_from(KEYS)
versions = some.none() | some.integers(0, 3)
amounts = some.dictionaries(some.sampled_from(["on_hand", "reserved"]), some.integers(-3, 3), min_size=1)
bodies = some.fixed_dictionaries({"on_hand": some.integers(0, 5)})
entries = some.lists(
    some.builds(IndexEntry, some.just(Index.FIRST), some.just("P"), some.sampled_from(["x", "y"])), max_size=1
).map(tuple)

writes = some.one_of(
    some.builds(
        Put,
        key=keys,
        kind=some.just("stock"),
        body=bodies.map(lambda body: json.dumps(body).encode()),
        expected_version=versions,
        indexes=entries,
    ),
    some.builds(Delete, key=keys, expected_version=some.none() | some.integers(1, 3)),
    some.builds(Check, key=keys, expected_version=some.integers(0, 3)),
    some.builds(Adjust, key=keys, changes=amounts, minimums=some.sampled_from([{}, {"on_hand": 0}]).map(dict)).filter(
        lambda adjust: set(adjust.minimums) <= set(adjust.changes)
    ),
)
commits = some.lists(some.lists(writes, min_size=1, max_size=3, unique_by=lambda write: write.key), max_size=15)


class Model:
    """Items as version, body and place in the index."""

    def __init__(self) -> None:
        self.items: dict[Key, tuple[int, dict[str, int], str | None]] = {}
        self.streamed: list[tuple[Key, str, int]] = []

    def commit(self, batch: list[Write]) -> RefusalReason | None:
        """Apply the writes, or return why the first that fails was refused."""
        items, streamed = dict(self.items), list(self.streamed)
        for write in batch:
            reason = self._apply(write)
            if reason is not None:
                self.items, self.streamed = items, streamed
                return reason
        return None

    def _apply(self, write: Write) -> RefusalReason | None:
        version, body, place = self.items.get(write.key, (0, {}, None))
        expected = None if isinstance(write, Adjust) else write.expected_version
        if expected is not None and expected != version:
            if expected == 0:
                return RefusalReason.EXISTS
            return RefusalReason.VERSION if version else RefusalReason.MISSING
        match write:
            case Put():
                place = write.indexes[0].sort if write.indexes else None
                self.items[write.key] = (version + 1, json.loads(write.body), place)
                self.streamed.append((write.key, "put", version + 1))
            case Delete() if version:
                del self.items[write.key]
                self.streamed.append((write.key, "delete", version + 1))
            case Adjust():
                changed = body | {name: body.get(name, 0) + amount for name, amount in write.changes.items()}
                if not version:
                    return RefusalReason.MISSING
                if any(changed[name] < least for name, least in write.minimums.items()):
                    return RefusalReason.MINIMUM
                self.items[write.key] = (version + 1, changed, place)
                self.streamed.append((write.key, "adjust", version + 1))
            case _:
                pass
        return None


async def outcome_of(store: Any, batch: list[Write]) -> RefusalReason | None:
    try:
        await store.commit(writes=batch, context=make_context())
    except CommitRefused as refused:
        return refused.refusals[0].reason
    return None


async def compare(store: Any, batches: list[list[Write]]) -> None:
    model = Model()
    for batch in batches:
        assert await outcome_of(store, batch) == model.commit(batch)
    for key, item in zip(KEYS, await store.get_many(keys=KEYS), strict=True):
        found = None if item is None else (item.version, json.loads(item.body))
        assert found == (model.items[key][:2] if key in model.items else None)
    for partition in ("A", "B"):
        page = await store.query(partition=partition)
        assert [item.key for item in page.items] == [key for key in KEYS if key in model.items and key[0] == partition]
    page = await store.query(partition="P", index=Index.FIRST)
    indexed = {key: place for key, (_, _, place) in model.items.items() if place is not None}
    assert {item.key for item in page.items} == set(indexed)
    places = [indexed[item.key] for item in page.items]
    assert places == sorted(places)
    changes = await store.read(after=0, limit=1000)
    assert [(change.key, change.operation.value, change.version) for change in changes] == model.streamed


@pytest.mark.parametrize("engine_name", sorted(ENGINES))
@settings(max_examples=60, deadline=None)
@given(batches=commits)
def test_a_table_answers_as_the_simplest_one_does(engine_name: str, batches: list[list[Write]]) -> None:
    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with ENGINES[engine_name].store(Path(folder), FakeClock()) as store:
                await compare(store, batches)

    asyncio.run(scenario())
