from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.duties.sales import SalesDay, Window, months_after, volume_of, years_before

TODAY = date(2026, 11, 23)


def sold(day: date, sales: int, revenue_minor: int, *, currency: str = "USD") -> SalesDay:
    return SalesDay(supplier_id="sup_1", day=day, sales={currency: sales}, revenue_minor={currency: revenue_minor})


@pytest.mark.parametrize(
    ("sales", "revenue_minor", "is_high"),
    [(199, 500_000, False), (200, 499_999, False), (200, 500_000, True), (201, 500_001, True), (199, 10**9, False)],
)
def test_both_thresholds_must_be_reached(sales: int, revenue_minor: int, is_high: bool) -> None:
    volume = volume_of(days=[sold(TODAY, sales, revenue_minor)], today=TODAY)
    assert volume.is_high is is_high
    assert volume.deciding == Window(first=date(2025, 11, 24), last=TODAY, sales=sales, revenue_minor=revenue_minor)


@pytest.mark.parametrize(("revenue_minor", "must_disclose"), [(1_999_999, False), (2_000_000, True), (2_000_001, True)])
def test_from_twenty_thousand_dollars_on_shoppers_are_told(revenue_minor: int, must_disclose: bool) -> None:
    assert volume_of(days=[sold(TODAY, 200, revenue_minor)], today=TODAY).must_disclose is must_disclose


def test_who_sells_much_in_few_sales_need_not_be_told_of() -> None:
    assert not volume_of(days=[sold(TODAY, 199, 10**9)], today=TODAY).must_disclose


@pytest.mark.parametrize(
    ("first", "last", "together"),
    [
        (date(2025, 6, 2), date(2026, 6, 1), True),
        (date(2025, 6, 1), date(2026, 6, 1), False),
        # The twelve months that end on a leap day begin on 1 March; those that begin on one end on 28 February.
        (date(2023, 3, 1), date(2024, 2, 29), True),
        (date(2023, 2, 28), date(2024, 2, 29), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 28), date(2025, 2, 28), False),
        (date(2024, 2, 29), date(2025, 3, 1), False),
        (date(2024, 3, 2), date(2025, 3, 1), True),
    ],
)
def test_only_sales_within_twelve_months_count_together(first: date, last: date, together: bool) -> None:
    days = [sold(first, 100, 250_000), sold(last, 100, 250_000)]
    assert volume_of(days=days, today=last).is_high is together


@pytest.mark.parametrize(
    ("day", "today", "is_high"),
    [
        (date(2024, 11, 24), TODAY, True),
        (date(2024, 11, 23), TODAY, False),
        (date(2024, 2, 29), date(2026, 2, 28), True),
        (date(2024, 2, 28), date(2026, 2, 28), False),
        (date(2022, 3, 1), date(2024, 2, 29), True),
        (TODAY + timedelta(days=1), TODAY, False),
    ],
)
def test_only_the_last_two_years_count(day: date, today: date, is_high: bool) -> None:
    assert volume_of(days=[sold(day, 200, 500_000)], today=today).is_high is is_high


def test_other_currencies_are_named_and_not_counted() -> None:
    days = [sold(TODAY - timedelta(days=1), 500, 10**8, currency="EUR"), sold(TODAY, 1, 100)]
    volume = volume_of(days=days, today=TODAY)
    assert not volume.is_high
    assert volume.not_counted == {"EUR": 500}


def test_a_busy_year_that_is_over_still_counts() -> None:
    days = [sold(date(2025, 1, 10), 200, 500_000), sold(TODAY, 1, 100)]
    volume = volume_of(days=days, today=TODAY)
    assert volume.is_high
    assert volume.deciding is not None
    assert volume.deciding.last == date(2025, 1, 10)


@given(
    st.dictionaries(
        st.integers(0, 740), st.tuples(st.integers(0, 90), st.integers(0, 400_000)), min_size=0, max_size=30
    )
)
def test_the_windows_hold_what_a_slow_count_finds(given_days: dict[int, tuple[int, int]]) -> None:
    days = sorted(
        (sold(TODAY - timedelta(days=ago), *numbers) for ago, numbers in given_days.items()), key=lambda one: one.day
    )
    earliest = years_before(day=TODAY, years=2)
    expected = False
    for last in (one.day for one in days):
        within = [one for one in days if years_before(day=last) < one.day <= last and one.day > earliest]
        sales = sum(one.sales["USD"] for one in within)
        expected |= sales >= 200 and sum(one.revenue_minor["USD"] for one in within) >= 500_000
    assert volume_of(days=days, today=TODAY).is_high is expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
        (date(2026, 1, 31), 11, date(2026, 12, 31)),
    ],
)
def test_months_end_where_they_end(day: date, months: int, expected: date) -> None:
    assert months_after(day=day, months=months) == expected
