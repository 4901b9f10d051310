from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.inventory import movements
from openaisle.inventory.model import QuantityInvalid, StockLevel
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.inventory.use_cases import StockRow, StockUseCases
from openaisle.kernel.table import CommitRefused
from tests.factories.inventory import SCOPE, context, stock_level
from tests.factories.offers import offer

MOVES = {
    "reserve": movements.reserve,
    "release": movements.release,
    "ship": movements.ship,
    "receive": movements.receive,
}


async def level(table: LocalTable) -> StockLevel:
    item = await table.get(key=stock_key(offer_id=offer().offer_id, location="default"))
    return STOCK_LEVELS.record(item.body)


async def move(table: LocalTable, name: str, quantity: int) -> bool:
    write = MOVES[name](offer_id=offer().offer_id, location="default", quantity=quantity)
    try:
        await table.commit(writes=[write], context=context())
    except CommitRefused:
        return False
    return True


async def test_twenty_four_shoppers_after_five_pieces_get_five(table):
    await table.commit(writes=[STOCK_LEVELS.create(stock_level(on_hand=5))], context=context())
    won = await asyncio.gather(*(move(table, "reserve", 1) for _ in range(24)))
    assert sum(won) == 5
    assert (await level(table)).available == 0


async def test_what_was_reserved_and_shipped_has_left(table):
    await table.commit(writes=[STOCK_LEVELS.create(stock_level(on_hand=5))], context=context())
    assert await move(table, "reserve", 3)
    assert await move(table, "ship", 2)
    assert await move(table, "release", 1)
    found = await level(table)
    assert (found.on_hand, found.reserved, found.available) == (3, 0, 3)


async def test_more_than_is_reserved_can_be_neither_released_nor_shipped(table):
    await table.commit(writes=[STOCK_LEVELS.create(stock_level(on_hand=5, reserved=1))], context=context())
    assert not await move(table, "release", 2)
    assert not await move(table, "ship", 2)


async def test_too_little_stock_names_the_offer_and_location(table):
    await table.commit(writes=[STOCK_LEVELS.create(stock_level(on_hand=1))], context=context())
    write = movements.reserve(offer_id=offer().offer_id, location="default", quantity=2)
    with pytest.raises(CommitRefused) as caught:
        await table.commit(writes=[write], context=context())
    error = movements.insufficient_stock(refused=caught.value)
    assert error is not None
    assert error.status == 409
    assert offer().offer_id in error.findings[0].detail


@pytest.mark.parametrize("name", sorted(MOVES))
@pytest.mark.parametrize("quantity", [0, -1])
def test_a_movement_of_nothing_or_less_is_refused(name, quantity):
    with pytest.raises(QuantityInvalid):
        MOVES[name](offer_id="off_1", location="default", quantity=quantity)


STEP = st.tuples(st.sampled_from([*MOVES, "tell"]), st.integers(1, 12))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rounds=st.lists(st.lists(STEP, min_size=1, max_size=6), max_size=6))
def test_the_stock_invariant_survives_any_interleaving_of_movements(rounds):
    async def run() -> None:
        with TemporaryDirectory() as folder:
            table = LocalTable(path=Path(folder) / "store.db", clock=SystemClock(), durable=False)
            use_cases = StockUseCases(table=table)
            await table.commit(writes=[STOCK_LEVELS.create(stock_level(on_hand=10))], context=context())
            for steps in rounds:
                await asyncio.gather(*(step(table, use_cases, name, quantity) for name, quantity in steps))
                found = await level(table)
                assert 0 <= found.reserved <= found.on_hand
                assert found.available == found.on_hand - found.reserved
            await table.close()

    asyncio.run(run())


async def step(table: LocalTable, use_cases: StockUseCases, name: str, quantity: int) -> None:
    if name != "tell":
        await move(table, name, quantity)
        return
    rows = [StockRow(supplier_sku="MUG-1", location="default", on_hand=quantity)]
    await use_cases.set_on_hand(scope=SCOPE, rows=rows, context=context())
