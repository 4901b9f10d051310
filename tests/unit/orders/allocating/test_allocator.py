from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.allocating.capacity import DAY_CAPACITIES, capacity_key
from openaisle.orders.allocating.policy import AllocationPolicy, AllocationWeights
from openaisle.orders.model import OrderNotDeliverable
from openaisle.suppliers.shipping_terms import ShippingTerms
from tests.factories.contexts import NOON
from tests.factories.orders import OrderRoom, make_line

TODAY = NOON.date().isoformat()


class FixedTerms:
    """Shipping terms as suppliers stated them, and scores; counts how often scores were asked for."""

    def __init__(self, **capacities: int | None) -> None:
        self.capacities = capacities
        self.scores: dict[str, int] = {}
        self.asked = 0

    async def shipping_terms(self, *, supplier_id: str, at: datetime) -> ShippingTerms | None:
        if supplier_id not in self.capacities:
            return None
        return ShippingTerms(
            supplier_id=supplier_id, working_days=(1, 2, 3, 4, 5, 6, 7), daily_capacity=self.capacities[supplier_id]
        )

    async def score(self, *, supplier_id: str, at: datetime) -> int | None:
        self.asked += 1
        return self.scores.get(supplier_id)


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield table
    await table.close()


def order_room(*, table: LocalTable, facts: FixedTerms, **weights: int) -> OrderRoom:
    policy = AllocationPolicy(weights=AllocationWeights(**weights))
    return OrderRoom(table=table, allocator=Allocator(table=table, shipping_terms=facts, scores=facts, policy=policy))


async def two_offers(room: OrderRoom) -> str:
    cheap = await room.stock(supplier_id="sup_a", price_minor=100, on_hand=50)
    await room.stock(supplier_id="sup_b", product_id=cheap.product_id, price_minor=900, on_hand=50)
    return cheap.product_id


async def capacity_left(table: LocalTable, *, supplier_id: str = "sup_a") -> int | None:
    item = await table.get(key=capacity_key(supplier_id=supplier_id, day=TODAY))
    return None if item is None else DAY_CAPACITIES.decode(item).record.left


async def test_orders_that_come_at_once_never_exceed_a_suppliers_day_and_the_others_go_elsewhere(table):
    room = order_room(table=table, facts=FixedTerms(sup_a=5))
    product_id = await two_offers(room)
    placed = await asyncio.gather(
        *(room.place(make_line(product_id=product_id), reference=f"R-{number}") for number in range(12))
    )
    chosen = Counter(one.lines[0].supplier_id for one in placed)
    assert chosen == {"sup_a": 5, "sup_b": 7}
    assert await capacity_left(table) == 0


async def test_a_fixed_offer_whose_supplier_is_full_is_refused_and_takes_nothing(table):
    room = order_room(table=table, facts=FixedTerms(sup_a=1))
    mug = await room.stock(supplier_id="sup_a")
    await room.place(make_line(offer_id=mug.offer_id))
    with pytest.raises(OrderNotDeliverable):
        await room.place(make_line(offer_id=mug.offer_id), reference="R-2")
    assert (await room.level(mug)).reserved == 1
    assert await capacity_left(table) == 0


async def test_a_supplier_that_changes_its_capacity_within_the_day_is_believed_at_once(table):
    facts = FixedTerms(sup_a=1)
    room = order_room(table=table, facts=facts)
    mug = await room.stock(supplier_id="sup_a")
    await room.place(make_line(offer_id=mug.offer_id))
    facts.capacities["sup_a"] = 3
    for number in (2, 3):
        await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
    assert await capacity_left(table) == 0
    facts.capacities["sup_a"] = 2
    with pytest.raises(OrderNotDeliverable):
        await room.place(make_line(offer_id=mug.offer_id), reference="R-4")


async def test_suppliers_without_a_limit_have_no_counter(table):
    room = order_room(table=table, facts=FixedTerms(sup_a=None))
    mug = await room.stock(supplier_id="sup_a")
    await room.place(make_line(offer_id=mug.offer_id))
    assert await capacity_left(table) is None


async def test_the_better_score_wins_between_equal_offers_and_a_fixed_offer_asks_for_none(table):
    facts = FixedTerms()
    facts.scores = {"sup_a": 300, "sup_b": 950}
    room = order_room(table=table, facts=facts)
    mug = await room.stock(supplier_id="sup_a", price_minor=500)
    await room.stock(supplier_id="sup_b", product_id=mug.product_id, price_minor=500)
    await room.place(make_line(offer_id=mug.offer_id), reference="R-fixed")
    assert facts.asked == 0
    placed = await room.place(make_line(product_id=mug.product_id))
    assert placed.lines[0].supplier_id == "sup_b"
    assert facts.asked == 2


async def test_fairness_gives_equal_suppliers_their_turn(table):
    room = order_room(table=table, facts=FixedTerms(), fairness_minor=500)
    mug = await room.stock(supplier_id="sup_a", price_minor=500)
    await room.stock(supplier_id="sup_b", product_id=mug.product_id, price_minor=500)
    chosen: Counter[str] = Counter()
    for number in range(6):
        placed = await room.place(make_line(product_id=mug.product_id), reference=f"R-{number}")
        chosen[placed.lines[0].supplier_id] += 1
    assert chosen == {"sup_a": 3, "sup_b": 3}
