"""The bare limit of the store writes what a real order writes."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from benchmarks.bare_store import ShapeUnknown, bare_store_limit, order_shape, store_mark
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import system_context
from openaisle.kernel.table import Adjust, Index, IndexEntry, Key, Put
from openaisle.kernel.times import sortable_time

STOCK = [Key(f"OFFER#{number}", "STOCK#default") for number in range(5)]
SUPPLIERS = [f"sup_{number:026d}" for number in range(3)]


async def place(*, table: LocalTable, order: str) -> None:
    """Write what a small order does: two new items, two changed stock levels."""
    context = system_context(name="test", at=SystemClock().now(), correlation_id="test")
    place_in_list = IndexEntry(Index.FIRST, f"SUPPLIER#{SUPPLIERS[0]}", f"{sortable_time(context.at)}#{order}")
    await table.commit(
        writes=[
            Put(key=Key(f"ORDER#{order}", "ORDER"), kind="order", body=b'{"a":1}', expected_version=0),
            Put(
                key=Key(f"ORDER#{order}", "PO"),
                kind="purchase_order",
                body=b'{"bb":2}',
                expected_version=0,
                indexes=(place_in_list,),
            ),
            *(Adjust(key=key, changes={"available": -1}, minimums={"available": 0}) for key in STOCK[:2]),
        ],
        context=context,
    )


async def prepared_store(*, path: Path) -> LocalTable:
    table = LocalTable(path=path, clock=SystemClock())
    context = system_context(name="test", at=SystemClock().now(), correlation_id="test")
    stock = [
        Put(
            key=key,
            kind="stock_level",
            body=b'{"available":9,"supplier_id":"%s"}' % supplier.encode(),
            expected_version=0,
        )
        for key, supplier in zip(STOCK, itertools.cycle(SUPPLIERS), strict=False)
    ]
    await table.commit(writes=stock, context=context)
    return table


async def test_the_shape_of_an_order_is_read_back_and_written_again(tmp_path: Path):
    path = tmp_path / "store.db"
    table = await prepared_store(path=path)
    before = store_mark(store_file=path)
    await place(table=table, order="ord_0123456789abcdefghjkmnpqrs")
    shape = order_shape(store_file=path, before=before)
    await table.close()
    assert [row.kind for row in shape.inserted] == ["order", "purchase_order"]
    assert len(shape.updated_bodies) == 2
    assert shape.rows == 5

    after = store_mark(store_file=path)
    limit = bare_store_limit(store_file=path, shape=shape, seconds=0.01, orders_per_transaction=3)
    written = store_mark(store_file=path)
    orders = limit.transactions * 3
    assert written.item - after.item == 2 * orders
    assert written.change - after.change == orders
    assert sum(written.versions.values()) - sum(after.versions.values()) == (2 + 2) * orders
    assert limit.orders_per_second > 0


async def test_a_store_without_an_order_has_no_shape(tmp_path: Path):
    path = tmp_path / "store.db"
    await (await prepared_store(path=path)).close()
    with pytest.raises(ShapeUnknown):
        order_shape(store_file=path, before=store_mark(store_file=path))


async def test_a_key_that_cannot_be_told_from_another_orders_is_not_imitated(tmp_path: Path):
    path = tmp_path / "store.db"
    table = await prepared_store(path=path)
    before = store_mark(store_file=path)
    await place(table=table, order="always-the-same")
    shape = order_shape(store_file=path, before=before)
    await table.close()
    with pytest.raises(ShapeUnknown):
        bare_store_limit(store_file=path, shape=shape, seconds=0.01)
