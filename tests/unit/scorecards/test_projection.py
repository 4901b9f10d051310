"""Counted as it happens, in whatever portions and however often: exactly what the purchase orders tell in the end."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.stream import Change, ChangeOperation
from openaisle.kernel.table import Key, StoredEvent
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    LineAcknowledgment,
    LineToShip,
    NewShipment,
    ShipmentItem,
)
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder
from openaisle.orders.shipping.model import TrackingState
from openaisle.scorecards.counting import COUNTERS, count_in, counted
from openaisle.scorecards.measures import Count, ScoreDay
from openaisle.scorecards.projection import scorecards_pipe
from openaisle.scorecards.repository import DAY_PREFIX, SCORE_DAYS, SCORECARDS, card_key, partition_of
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, supplier_context

SUPPLIERS = ("sup_a", "sup_b")
NUMBERS = st.integers(0, 9)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), NUMBERS, st.lists(st.booleans(), min_size=1, max_size=2)),
        st.tuples(st.just("ship"), NUMBERS, st.integers(1, 2), st.integers(1, 3), NUMBERS),
        st.tuples(st.just("ship_twice"), NUMBERS, NUMBERS),
        st.tuples(st.just("expire"), NUMBERS),
        st.tuples(st.just("wait"), st.integers(0, 30)),
    ),
    max_size=25,
)


class FixedClock:
    def now(self) -> datetime:
        return NOON


async def purchase_orders_of(room: OrderRoom, references: Sequence[str]) -> list[PurchaseOrder]:
    return [one for reference in references for one in (await room.whole(reference=reference))[1]]


async def acted(room: OrderRoom, acts: Sequence[tuple], references: Sequence[str]) -> None:
    at = NOON + timedelta(seconds=90)
    for name, *details in acts:
        found = await purchase_orders_of(room, references)
        if name == "wait":
            at += timedelta(hours=details[0])
            continue
        chosen = found[details[0] % len(found)]
        context = supplier_context(supplier_id=chosen.supplier_id, at=at)
        try:
            match name:
                case "answer":
                    answers = zip(chosen.lines, details[1], strict=False)
                    lines = [
                        LineAcknowledgment(
                            line_number=line.line_number,
                            decision=AcknowledgmentDecision.ACCEPTED if yes else AcknowledgmentDecision.REJECTED,
                        )
                        for line, yes in answers
                    ]
                    await room.purchase_orders.acknowledge(
                        purchase_order_id=chosen.purchase_order_id,
                        acknowledgment=Acknowledgment(lines=lines),
                        context=context,
                        scope=None,
                    )
                case "ship":
                    await room.purchase_orders.ship(
                        purchase_order_id=chosen.purchase_order_id,
                        shipment=NewShipment(
                            carrier="Own Van",
                            tracking_number=f"VAN{details[3]:05d}",
                            lines=[LineToShip(line_number=details[1], quantity=details[2])],
                        ),
                        context=context,
                        scope=None,
                    )
                case "ship_twice":
                    parcels = [
                        ShipmentItem(
                            purchase_order_id=chosen.purchase_order_id,
                            carrier="Own Van",
                            tracking_number=f"BATCH{details[1]:05d}{part}",
                            lines=[LineToShip(line_number=line.line_number, quantity=1)],
                        )
                        for part, line in enumerate(chosen.lines)
                    ]
                    await room.purchase_orders.ship_many(shipments=parcels, context=context, scope=None)
                case "expire":
                    late = make_context(at=NOON + timedelta(days=40))
                    await room.purchase_orders.expire(purchase_order_ids=[chosen.purchase_order_id], context=late)
        except OpenAisleError:
            continue


def recomputed(purchase_orders: Sequence[PurchaseOrder]) -> dict[str, Counter[Count]]:
    """The counts that follow from the records alone, by supplier; nothing of when."""
    counts: dict[str, Counter[Count]] = {}
    answers = {
        LineAnswer.ACCEPTED: Count.LINES_ACCEPTED,
        LineAnswer.REJECTED: Count.LINES_REJECTED,
        LineAnswer.EXPIRED: Count.LINES_EXPIRED,
    }
    for one in purchase_orders:
        own = counts.setdefault(one.supplier_id, Counter())
        own[Count.PURCHASE_ORDERS_SHIPPED] += bool(one.shipments)
        for line in one.lines:
            if line.answer in answers:
                own[answers[line.answer]] += 1
            own[Count.LINES_SHIPPED] += line.shipped_quantity > 0
        for shipment in one.shipments:
            own[Count.TRACKING_VERIFIED] += shipment.tracking_state is TrackingState.VERIFIED
            own[Count.TRACKING_INVALID] += shipment.tracking_state in {TrackingState.INVALID, TrackingState.MISSING}
    return counts


async def kept_days(table: LocalTable, supplier_id: str) -> list[ScoreDay]:
    page = await table.query(partition=partition_of(supplier_id=supplier_id), sort_prefix=DAY_PREFIX, limit=400)
    return [SCORE_DAYS.record(item.body) for item in page.items]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=ACTS, portions=st.lists(st.integers(1, 7), min_size=1, max_size=8), data=st.data())
async def test_the_counts_are_those_of_the_records_however_the_changes_come(
    acts: list[tuple], portions: list[int], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = LocalTable(path=Path(folder) / "store.db", clock=SystemClock(), durable=False)
        try:
            room = OrderRoom(table=table)
            mugs = await room.stock(supplier_id="sup_a", supplier_sku="M", on_hand=100)
            bowls = await room.stock(supplier_id="sup_b", supplier_sku="B", on_hand=100)
            cups = await room.stock(supplier_id="sup_a", supplier_sku="C", on_hand=100)
            references = ["R-0", "R-1", "R-2"]
            for reference in references:
                lines = [make_line(offer_id=one.offer_id, quantity=2) for one in (mugs, bowls, cups)]
                await room.place(*lines, reference=reference)
            await acted(room, acts, references)
            changes = list(await table.read(after=0, limit=10_000))
            await delivered(table, changes, portions, data)
            expected = recomputed(await purchase_orders_of(room, references))
            for supplier_id in SUPPLIERS:
                days = await kept_days(table, supplier_id)
                totals: Counter[Count] = Counter()
                for day in days:
                    totals.update(day.counts)
                for name in set(Count) - _OF_TIME:
                    assert totals[name] == expected[supplier_id][name], (supplier_id, name)
                # And day by day what one look at the whole stream gives.
                assert {day.day: day.counts for day in days} == recounted(changes, supplier_id)
        finally:
            await table.close()


# What depends on when, and on suppliers' promises, is compared day by day with a count of the whole stream.
_OF_TIME = {Count.ACCEPTANCE_SECONDS, Count.LINES_IN_TIME, Count.LINES_LATE}


def recounted(changes: Sequence[Change], supplier_id: str) -> dict:
    days: dict = {}
    for change in changes:
        for one in counted(change=change):
            if one.supplier_id == supplier_id:
                day = days.setdefault(one.day, ScoreDay(supplier_id=supplier_id, day=one.day))
                count_in(day=day, changes=[one])
    return {day: record.counts for day, record in days.items()}


async def delivered(table: LocalTable, changes: Sequence[Change], portions: list[int], data: st.DataObject) -> None:
    pipe = scorecards_pipe(table=table, clock=FixedClock())
    wanted = [change for change in changes if pipe.wants(change)]
    start = 0
    while start < len(wanted):
        size = data.draw(st.sampled_from(portions))
        # At least once: a portion may begin before what was delivered.
        again = data.draw(st.integers(0, 3))
        await pipe.handle(wanted[max(0, start - again) : start + size])
        start += size
    if wanted:
        await pipe.handle(wanted)


def change(*, sequence: int, event: str, at: datetime = NOON, body: dict | None = None, **told: object) -> Change:
    data = msgspec.json.encode({"supplier_id": "sup_a", **told})
    return Change(
        sequence=sequence,
        at=at,
        actor="supplier:sup_a",
        correlation_id="c",
        key=Key("ORDER#1", "PO#01"),
        kind="purchase_order" if body is not None else "return",
        operation=ChangeOperation.PUT,
        version=1,
        body=None if body is None else msgspec.Raw(msgspec.json.encode(body)),
        events=(StoredEvent(type=event, data=msgspec.Raw(data)),),
    )


def line(number: int = 1, quantity: int = 1) -> dict:
    return {"line_number": number, "quantity": quantity}


def only(one: Change) -> dict[Count, int]:
    (found,) = counted(change=one)
    return found.counts


def test_the_time_to_accept_runs_from_the_making_of_the_purchase_order() -> None:
    body = {"created_at": (NOON - timedelta(hours=2)).isoformat(), "lines": [line()], "shipments": []}
    counts = only(change(sequence=1, event="purchase_order.accepted", body=body, lines=[line(1), line(2)]))
    assert counts == {Count.LINES_ACCEPTED: 2, Count.ACCEPTANCE_SECONDS: 2 * 7_200}


def test_a_line_that_leaves_after_its_promise_is_late_and_one_found_overdue_is_late_once() -> None:
    shipment = {"shipment_id": "shp_1", "shipped_at": "2026-11-23T10:00:00.000000Z", "tracking_state": "verified"}
    lines = [
        {"line_number": 1, "shipped_quantity": 1, "ship_by": "2026-11-23T09:00:00.000000Z"},
        {"line_number": 2, "shipped_quantity": 1, "ship_by": "2026-11-23T11:00:00.000000Z"},
        {"line_number": 3, "shipped_quantity": 1, "ship_by": "2026-11-22T00:00:00.000000Z", "late_at": "2026-11-22"},
    ]
    body = {"created_at": "2026-11-20T00:00:00Z", "lines": lines, "shipments": [shipment]}
    told = {"shipment_id": "shp_1", "lines": [line(1), line(2), line(3)]}
    assert only(change(sequence=1, event="purchase_order.shipped", body=body, **told)) == {
        Count.LINES_SHIPPED: 3,
        Count.PURCHASE_ORDERS_SHIPPED: 1,
        Count.TRACKING_VERIFIED: 1,
        Count.LINES_LATE: 1,
        Count.LINES_IN_TIME: 1,
    }
    overdue = only(change(sequence=2, event="purchase_order.late", body=body, lines=[line(3)]))
    assert overdue == {Count.LINES_LATE: 1}


def test_tracking_that_nobody_can_verify_counts_neither_way() -> None:
    for state, expected in [("unverified", set()), ("invalid", {Count.TRACKING_INVALID})]:
        shipment = {"shipment_id": "shp_1", "shipped_at": "2026-11-23T10:00:00.000000Z", "tracking_state": state}
        body = {"created_at": "2026-11-20T00:00:00Z", "lines": [], "shipments": [shipment]}
        told = {"shipment_id": "shp_1", "lines": []}
        found = counted(change=change(sequence=1, event="purchase_order.shipped", body=body, **told))
        assert {name for one in found for name in one.counts} == expected


def test_a_line_taken_back_in_parts_is_taken_back_once() -> None:
    for withdrawn, expected in [(2, 1), (5, 0)]:
        body = {"created_at": "2026-11-20T00:00:00Z", "lines": [{"line_number": 1, "withdrawn_quantity": withdrawn}]}
        one = change(sequence=1, event="purchase_order.withdrawn", body=body, lines=[line(1, 2)])
        assert sum(found.counts.get(Count.LINES_WITHDRAWN, 0) for found in counted(change=one)) == expected


def test_returns_and_incidents_count_for_the_supplier_they_are_about() -> None:
    returned = only(change(sequence=1, event="return.authorized", lines=[line(1), line(2)]))
    assert returned == {Count.LINES_RETURNED: 2}
    assert only(change(sequence=2, event="incident.opened", opened_by="storefront")) == {Count.INCIDENTS: 1}
    assert counted(change=change(sequence=3, event="incident.opened", opened_by="supplier")) == []


async def test_a_card_is_made_with_the_first_count_and_then_only_brought_forward(table: LocalTable) -> None:
    pipe = scorecards_pipe(table=table, clock=FixedClock())
    assert pipe.event_types == frozenset(COUNTERS)
    await pipe.handle([change(sequence=1, event="incident.opened")])
    first = await table.get(key=card_key(supplier_id="sup_a"))
    assert first is not None
    assert SCORECARDS.record(first.body).look_at == NOON + timedelta(seconds=60)
    await pipe.handle([change(sequence=2, event="incident.opened")])
    second = await table.get(key=card_key(supplier_id="sup_a"))
    assert second is not None
    assert second.version == first.version
    (day,) = await kept_days(table, "sup_a")
    assert (day.counts, day.position) == ({Count.INCIDENTS: 2}, 2)
