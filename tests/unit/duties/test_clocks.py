from __future__ import annotations

from datetime import date, timedelta

import pytest

from openaisle.duties.model import (
    Clock,
    ClockState,
    DutyKind,
    NothingToCertify,
    Outcome,
    SupplierDuties,
    TraderStanding,
    decide_certified,
    decide_day,
    disclosure_explanation,
    volume_explanation,
)
from openaisle.duties.sales import SalesDay, Volume, volume_of

START = date(2026, 3, 1)
NOTHING = Volume(deciding=None, highest=None, not_counted={})
HIGH = volume_of(
    days=[SalesDay(supplier_id="sup_1", day=START, sales={"USD": 200}, revenue_minor={"USD": 500_000})], today=START
)


def trader(
    *,
    inform: tuple[str, ...] = (),
    traders: tuple[str, ...] = (),
    is_verified: bool = True,
    sells_itself: bool = True,
    may_sell: bool = True,
    left_on: date | None = None,
) -> TraderStanding:
    return TraderStanding(
        missing_for_inform=inform,
        missing_for_traders=traders,
        is_verified=is_verified,
        sells_itself=sells_itself,
        may_sell=may_sell,
        left_on=left_on,
    )


def on(today: date, standing: TraderStanding, duties: SupplierDuties | None = None, volume: Volume = HIGH) -> Outcome:
    before = duties or SupplierDuties(supplier_id="sup_1", volume=NOTHING)
    return decide_day(duties=before, volume=volume, trader=standing, today=today)


def clock_of(outcome: Outcome, kind: DutyKind) -> Clock | None:
    return next((one for one in outcome.duties.clocks if one.kind is kind), None)


LACKING = trader(inform=("bank_account",))


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, ClockState.RUNNING), (9, ClockState.RUNNING), (10, ClockState.RUNNING), (11, ClockState.OVERDUE)],
)
def test_ten_days_are_there_to_collect(days: int, state: ClockState) -> None:
    first = on(START, LACKING)
    clock = clock_of(on(START + timedelta(days=days), LACKING, first.duties), DutyKind.COLLECT)
    assert clock is not None
    assert (clock.due_on, clock.state) == (date(2026, 3, 11), state)
    assert "bank_account is missing" in clock.explanation


@pytest.mark.parametrize(("days", "state"), [(10, ClockState.RUNNING), (11, ClockState.OVERDUE)])
def test_ten_days_are_there_to_verify(days: int, state: ClockState) -> None:
    unverified = trader(is_verified=False)
    collected = on(START + timedelta(days=5), unverified, on(START, LACKING).duties)
    clock = clock_of(on(START + timedelta(days=5 + days), unverified, collected.duties), DutyKind.VERIFY)
    assert clock is not None
    assert (clock.due_on, clock.state) == (date(2026, 3, 16), state)


@pytest.mark.parametrize(
    ("today", "state", "is_noticed"),
    [
        (date(2027, 2, 28), ClockState.RUNNING, False),
        (date(2027, 3, 1), ClockState.RUNNING, True),
        (date(2027, 3, 11), ClockState.RUNNING, True),
        (date(2027, 3, 12), ClockState.OVERDUE, False),
    ],
)
def test_after_a_year_the_particulars_are_certified_again(today: date, state: ClockState, is_noticed: bool) -> None:
    outcome = on(today, trader(), on(START, trader()).duties)
    clock = clock_of(outcome, DutyKind.CERTIFY)
    assert clock is not None
    assert (clock.due_on, clock.state) == (date(2027, 3, 11), state)
    assert (clock in outcome.notices) is is_noticed


def test_a_certification_starts_a_new_year() -> None:
    due = on(date(2027, 3, 5), trader(), on(START, trader()).duties)
    certified = decide_certified(duties=due.duties, trader=trader(), by="Ana", today=date(2027, 3, 5))
    clock = clock_of(on(date(2027, 3, 5), trader(), certified), DutyKind.CERTIFY)
    assert clock is not None
    assert clock.due_on == date(2028, 3, 15)
    with pytest.raises(NothingToCertify):
        decide_certified(duties=due.duties, trader=LACKING, by="Ana", today=date(2027, 3, 5))


def test_what_is_overdue_is_told_once_and_leads_to_suspension_after_ten_days() -> None:
    duties = on(START, LACKING).duties
    overdue = on(date(2026, 3, 12), LACKING, duties)
    assert [event.duty for event in overdue.events] == ["inform_collect"]
    assert overdue.suspension_due is None
    again = on(date(2026, 3, 13), LACKING, overdue.duties)
    assert again.events == ()
    tenth = on(date(2026, 3, 22), LACKING, again.duties)
    assert tenth.suspension_due is None
    eleventh = on(date(2026, 3, 23), LACKING, tenth.duties)
    assert eleventh.suspension_due is not None
    suspended = trader(inform=("bank_account",), may_sell=False)
    assert on(date(2026, 3, 24), suspended, eleventh.duties).suspension_due is None
    mended = on(date(2026, 3, 24), trader(), eleventh.duties)
    assert mended.suspension_due is None
    assert clock_of(mended, DutyKind.SUSPEND) is None


def test_the_same_day_again_changes_and_tells_nothing() -> None:
    first = on(date(2026, 3, 12), LACKING, on(START, LACKING).duties)
    second = on(date(2026, 3, 12), LACKING, first.duties)
    assert second.duties == first.duties
    assert (second.notices, second.overdue, second.events) == ((), (), ())


def test_who_sells_little_or_ships_for_the_operator_has_no_clock_of_inform() -> None:
    for outcome in (on(START, LACKING, volume=NOTHING), on(START, trader(inform=("x",), sells_itself=False))):
        assert [one.kind for one in outcome.duties.clocks] == [DutyKind.TRADER]
        assert outcome.duties.next_due_on is None


@pytest.mark.parametrize(
    ("today", "state"), [(date(2027, 2, 28), ClockState.RUNNING), (date(2027, 3, 1), ClockState.OVERDUE)]
)
def test_six_months_after_the_end_of_the_contract_the_data_go(today: date, state: ClockState) -> None:
    outcome = on(today, trader(left_on=date(2026, 8, 31), may_sell=False))
    assert [(one.kind, one.due_on, one.state) for one in outcome.duties.clocks] == [
        (DutyKind.DELETE, date(2027, 2, 28), state)
    ]


def test_a_trader_is_told_what_is_missing_before_it_is_listed() -> None:
    clock = clock_of(on(START, trader(traders=("agreement",)), volume=NOTHING), DutyKind.TRADER)
    assert clock is not None
    assert clock.state is ClockState.RUNNING
    assert "agreement is missing" in clock.explanation
    assert "Article 30(1)" in clock.source


def test_numbers_are_explained() -> None:
    assert volume_explanation(HIGH) == (
        "200 sales (threshold 200) of $5,000.00 (threshold $5,000.00) from 2025-03-02 through 2026-03-01, the deciding "
        "twelve months of the last 24."
    )
    assert "No sales" in volume_explanation(NOTHING)
    assert "need not" in disclosure_explanation(HIGH)
