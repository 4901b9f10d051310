"""A day's numbers are right however often, and in whatever portions, the changes are delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from openaisle.analytics.model import COUNTERS, Day, by_day, count_in, day_of, orders_a_minute
from openaisle.kernel.stream import Change, ChangeOperation
from openaisle.kernel.table import Key, StoredEvent

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def change(*, sequence: int = 1, at: datetime = NOON, events: Sequence[tuple[str, dict[str, Any]]] = ()) -> Change:
    return Change(
        sequence=sequence,
        at=at,
        actor="storefront:1",
        correlation_id="c",
        key=Key("ORDER#1", "ORDER"),
        kind="order",
        operation=ChangeOperation.PUT,
        version=1,
        body=None,
        events=tuple(StoredEvent(type=type_, data=msgspec.Raw(msgspec.json.encode(data))) for type_, data in events),
    )


def placed(
    *, total_minor: int = 1000, currency: str = "EUR", quantities: Sequence[int] = (1,)
) -> tuple[str, dict[str, Any]]:
    lines = [{"line_number": number, "quantity": quantity} for number, quantity in enumerate(quantities, start=1)]
    return "order.placed", {"order_id": "o", "currency": currency, "total_minor": total_minor, "lines": lines}


def test_an_order_counts_once_with_its_lines_units_and_value() -> None:
    day = Day(day="2026-11-23")
    assert count_in(day=day, changes=[change(events=[placed(total_minor=2500, quantities=(2, 3))])])
    assert (day.orders_placed, day.lines_placed, day.units_placed) == (1, 2, 5)
    assert day.value_minor == {"EUR": 2500}
    assert day.orders_by_hour == {12: 1}


def test_values_of_different_currencies_are_never_added() -> None:
    day = Day(day="2026-11-23")
    events = [placed(total_minor=5, currency="EUR"), placed(total_minor=7, currency="JPY"), placed(total_minor=1)]
    count_in(day=day, changes=[change(events=events)])
    assert day.value_minor == {"EUR": 6, "JPY": 7}


def test_what_was_counted_is_passed_over() -> None:
    day = Day(day="2026-11-23")
    changes = [change(sequence=1, events=[placed()]), change(sequence=2, events=[placed()])]
    count_in(day=day, changes=changes[:1])
    assert count_in(day=day, changes=changes)
    assert not count_in(day=day, changes=changes)
    assert (day.orders_placed, day.position) == (2, 2)


def test_steps_and_verdicts_are_counted_by_name() -> None:
    day = Day(day="2026-11-23")
    events: list[tuple[str, dict[str, Any]]] = [
        ("purchase_order.accepted", {}),
        ("purchase_order.accepted", {}),
        ("purchase_order.expired", {}),
        ("supplier.activated", {}),
        ("product_submission.rejected", {}),
        ("feed.applied", {"feed_id": "f", "rows": 10, "rejected": 2, "in_review": 1}),
        ("order.line_canceled", {"quantity": 3}),
        ("something.else", {}),
    ]
    count_in(day=day, changes=[change(events=events)])
    assert day.purchase_orders == {"accepted": 2, "expired": 1}
    assert day.suppliers == {"activated": 1}
    assert day.submissions == {"rejected": 3, "accepted": 7, "in_review": 1}
    assert (day.cancellations, day.units_canceled) == (1, 3)


def test_only_the_last_hour_is_kept_by_the_minute() -> None:
    day = Day(day="2026-11-23")
    changes = [
        change(sequence=number, at=NOON + timedelta(minutes=number), events=[placed()]) for number in range(1, 181)
    ]
    count_in(day=day, changes=changes)
    assert len(day.orders_by_minute) == 60
    assert sum(day.orders_by_hour.values()) == 180


def test_the_last_hour_reaches_over_midnight() -> None:
    before = Day(day="2026-11-23", orders_by_minute={23 * 60 + 59: 4})
    today = Day(day="2026-11-24", orders_by_minute={0: 5})
    minutes = orders_a_minute(day=today, before=before, at=datetime(2026, 11, 24, 0, 1, 30, tzinfo=UTC))
    assert minutes[-3:] == (4, 5, 0)
    assert len(minutes) == 60


@given(
    moments=st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=40),
    portions=st.lists(st.integers(1, 10), min_size=1, max_size=20),
    data=st.data(),
)
def test_delivery_in_any_portions_and_repetitions_gives_the_same_days(
    moments: list[int], portions: list[int], data: st.DataObject
) -> None:
    changes = [
        change(sequence=number, at=NOON + timedelta(minutes=minute), events=[placed(total_minor=number)])
        for number, minute in enumerate(sorted(moments), start=1)
    ]
    at_once = counted([changes])
    portioned: list[list[Change]] = []
    start = 0
    while start < len(changes):
        size = data.draw(st.sampled_from(portions))
        # At least once: a portion may begin before what was delivered.
        overlap = data.draw(st.integers(0, min(start, 5)))
        portioned.append(changes[start - overlap : start + size])
        start += size
    assert counted(portioned) == at_once


def counted(portions: Sequence[Sequence[Change]]) -> dict[str, Day]:
    days: dict[str, Day] = {}
    for portion in portions:
        for day, changes in by_day(changes=portion).items():
            count_in(day=days.setdefault(day, Day(day=day)), changes=changes)
    return days


def test_a_day_is_one_of_utc() -> None:
    assert day_of(at=datetime.fromisoformat("2026-11-24T01:00:00+02:00")) == "2026-11-23"


def test_every_counter_listens_to_an_event_that_exists() -> None:
    from openaisle.bootstrap.event_types import event_types

    assert set(COUNTERS) <= event_types()
