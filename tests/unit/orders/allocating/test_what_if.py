"""What-if: orders allocated again by other weights, from the reasons they keep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.optimum import HighsOptimizer
from openaisle.inventory.model import OfferWithStock
from openaisle.orders.allocating.engine import allocate
from openaisle.orders.allocating.model import Verdict
from openaisle.orders.allocating.policy import AllocationPolicy, AllocationWeights
from openaisle.orders.allocating.request import AllocationRequest, WantedLine
from openaisle.orders.allocating.strategy import LandedCostStrategy
from openaisle.orders.allocating.what_if import LeftOut, Replay, replayed
from openaisle.orders.allocating.what_if_queries import WeightsGiven, WhatIfQueries
from openaisle.orders.model import AllocationRecord, Order, OrderLine
from tests.factories.contexts import NOON
from tests.factories.inventory import stock_level
from tests.factories.offers import offer
from tests.factories.orders import OrderRoom, make_line

HIGHS = HighsOptimizer()
PARCELS_DEAR = AllocationWeights(parcel_minor=5_000)
PARCELS_FREE = AllocationWeights(parcel_minor=0)


def candidate(*, supplier_id: str, product: int, price_minor: int, on_hand: int = 9, days: int = 2) -> OfferWithStock:
    made = offer(supplier_id=supplier_id, supplier_sku=f"P-{product}", price_minor=price_minor, lead_time_days=days)
    return OfferWithStock(offer=made, stock=(stock_level(of=made, on_hand=on_hand),), reasons=())


def allocated(
    *, quantities: list[int], candidates: list[list[OfferWithStock]], weights: AllocationWeights, fixed: int = 0
) -> Order:
    """Return an order as it keeps its reasons; the first ``fixed`` lines name their first candidate."""
    offers = {number: some[:1] if number <= fixed else some for number, some in enumerate(candidates, start=1) if some}
    decision = allocate(
        request=AllocationRequest(
            at=NOON,
            currency="EUR",
            lines=tuple(
                WantedLine(
                    line_number=number,
                    quantity=quantity,
                    offer_id=offers[number][0].offer.offer_id if number <= fixed else None,
                )
                for number, quantity in enumerate(quantities, start=1)
            ),
        ),
        candidates=offers,
        policy=AllocationPolicy(weights=weights),
        strategy=LandedCostStrategy(weights=weights),
        optimizer=HIGHS,
    )
    return Order(
        order_id="ord_1",
        storefront_id="sto_web",
        reference="R-1",
        currency="EUR",
        total_minor=0,
        placed_at=NOON.isoformat(),
        ship_to="",
        lines=tuple(
            OrderLine(line_number=number, product_id=f"prd_{number}", quantity=quantity, unit_price_minor=2_000)
            for number, quantity in enumerate(quantities, start=1)
        ),
        allocations=(AllocationRecord(at=NOON.isoformat(), cause="placed", lines=decision.lines),),
    )


def two_parcels_or_one(*, weights: AllocationWeights, fixed: int = 0) -> Order:
    """Two lines: each cheaper from a supplier of its own, both to be had from ``sup_a``."""
    first = [candidate(supplier_id="sup_a", product=1, price_minor=500)]
    second = [
        candidate(supplier_id="sup_b", product=2, price_minor=500),
        candidate(supplier_id="sup_a", product=2, price_minor=700),
    ]
    if fixed:
        first, second = second, first
    return allocated(quantities=[1, 1], candidates=[first, second], weights=weights, fixed=fixed)


def replay_of(order: Order, *, weights: AllocationWeights) -> Replay:
    found = replayed(order=order, weights=weights, optimizer=HIGHS)
    assert isinstance(found, Replay)
    return found


def test_dearer_parcels_bring_two_lines_into_one():
    found = replay_of(two_parcels_or_one(weights=PARCELS_FREE), weights=PARCELS_DEAR)
    assert (found.actual.parcels, found.replayed.parcels) == (2, 1)
    assert found.replayed.price_minor - found.actual.price_minor == 200
    assert found.actual.cost_minor - found.replayed.cost_minor == 5_000 - 200
    (changed,) = found.changed
    assert (changed.line_number, changed.actual[0].supplier_id, changed.replayed[0].supplier_id) == (
        2,
        "sup_b",
        "sup_a",
    )


def test_the_same_weights_change_nothing():
    found = replay_of(two_parcels_or_one(weights=PARCELS_FREE), weights=PARCELS_FREE)
    assert found.actual == found.replayed
    assert found.changed == ()
    assert found.actual.promised_days / found.actual.promised_lines == 5


def test_a_line_whose_offer_was_fixed_stays_and_its_parcel_leaves_anyway():
    order = two_parcels_or_one(weights=PARCELS_FREE, fixed=1)
    found = replay_of(order, weights=PARCELS_DEAR)
    assert found.changed == ()
    assert (found.replayed.parcels, found.replayed.price_minor) == (2, 1_000)
    assert found.replayed.promised_lines == 2


def test_an_order_whose_reasons_are_not_all_kept_is_left_out():
    order = two_parcels_or_one(weights=PARCELS_FREE)
    record = order.allocations[0]
    lines = (msgspec.structs.replace(record.lines[0], left_out=1), record.lines[1])
    shortened = msgspec.structs.replace(record, lines=lines)
    found = replayed(order=msgspec.structs.replace(order, allocations=(shortened,)), weights=PARCELS_DEAR)
    assert found is LeftOut.SHORTENED


def test_an_order_without_the_numbers_of_its_scores_is_left_out():
    order = two_parcels_or_one(weights=PARCELS_FREE)
    record = order.allocations[0]
    old = [
        msgspec.structs.replace(
            line, assessments=tuple(msgspec.structs.replace(one, days=None) for one in line.assessments)
        )
        for line in record.lines
    ]
    of_old = msgspec.structs.replace(record, lines=tuple(old))
    for allocations in ((of_old,), ()):
        found = replayed(order=msgspec.structs.replace(order, allocations=allocations), weights=PARCELS_DEAR)
        assert found is LeftOut.INCOMPLETE


@st.composite
def orders(draw, *, weights: AllocationWeights):
    quantities = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    candidates = [
        [
            candidate(
                supplier_id=supplier_id,
                product=product,
                price_minor=draw(st.integers(1, 900)),
                on_hand=draw(st.integers(1, 5)),
                days=draw(st.integers(0, 9)),
            )
            for supplier_id in draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True))
        ]
        for product in range(len(quantities))
    ]
    fixed = draw(st.integers(0, 1))
    return allocated(quantities=quantities, candidates=candidates, weights=weights, fixed=fixed)


@given(data=st.data(), parcel_minor=st.integers(0, 2_000), more_minor=st.integers(0, 2_000), day=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_a_replay_never_costs_more_than_what_was_done_and_dearer_parcels_are_never_more(
    data, parcel_minor, more_minor, day
):
    done_by = AllocationWeights(day_minor=data.draw(st.integers(0, 99)))
    order = data.draw(orders(weights=done_by))
    weights = AllocationWeights(parcel_minor=parcel_minor, day_minor=day)
    found = replayed(order=order, weights=weights, optimizer=HIGHS)
    if any(line.unfilled for line in order.allocations[0].lines):
        assert found is LeftOut.INCOMPLETE
        return
    assert isinstance(found, Replay)
    assert found.replayed.cost_minor <= found.actual.cost_minor
    assert found.replayed.splits <= found.actual.splits
    same = replay_of(order, weights=done_by)
    assert same.actual == same.replayed
    chosen = [one for line in order.allocations[0].lines for one in line.assessments if one.verdict is Verdict.CHOSEN]
    assert found.actual.price_minor == sum(one.price_minor * one.quantity for one in chosen)
    dearer = msgspec.structs.replace(weights, parcel_minor=parcel_minor + more_minor)
    assert replay_of(order, weights=dearer).replayed.parcels <= found.replayed.parcels


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield table
    await table.close()


async def test_a_day_is_compared_page_by_page_and_no_further_than_is_allowed(table):
    room = OrderRoom(table=table)
    cheap = await room.stock(supplier_id="sup_a", price_minor=500, on_hand=500, lead_time_days=9)
    await room.stock(supplier_id="sup_b", product_id=cheap.product_id, price_minor=1_000, on_hand=500, lead_time_days=1)
    for number in range(105):
        await room.place(make_line(product_id=cheap.product_id), reference=f"R-{number}")
    what_ifs = WhatIfQueries(table=table, weights=AllocationWeights(day_minor=0))
    hurried = WeightsGiven(day_minor=1_000)
    told = await what_ifs.compared(day="2026-11-23", given=hurried)
    assert (told.orders, told.lines, told.lines_changed, told.has_more) == (105, 105, 105, False)
    assert len(told.examples) == 50
    assert told.weights["day_minor"] == 1_000
    (euros,) = told.currencies
    assert (euros.actual.average_days, euros.replayed.average_days) == (12.0, 4.0)
    assert euros.replayed.price_minor - euros.actual.price_minor == 105 * 500
    few = await WhatIfQueries(table=table, weights=AllocationWeights(), most=30).compared(
        day="2026-11-23", given=WeightsGiven()
    )
    assert (few.orders, few.has_more) == (30, True)
    nothing = await what_ifs.compared(day="2026-11-24", given=hurried)
    assert (nothing.orders, nothing.currencies, nothing.has_more) == (0, [], False)
