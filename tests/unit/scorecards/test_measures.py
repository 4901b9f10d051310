"""What counts come to: rates in whole hundredths of a percent, points that never reward a worse value, one score."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.scorecards.measures import (
    DEFINITIONS,
    POINTS_MAXIMUM,
    WHOLE,
    Count,
    Metric,
    ScoreDay,
    Severity,
    breaches_of,
    limit_of,
    measured,
    measures_of,
    points_of,
    rule_of,
    score_of,
    severity_of,
)
from openaisle.scorecards.policy import AcceptanceRule, IncidentRule, ScorecardPolicy

TODAY = date(2026, 11, 24)
POLICY = ScorecardPolicy()


def day(*, ago: int = 0, **counts: int) -> ScoreDay:
    return ScoreDay(
        supplier_id="sup_a",
        day=TODAY - timedelta(days=ago),
        counts={Count(name): count for name, count in counts.items()},
    )


def test_a_rate_is_judged_in_its_window_once_there_are_enough_cases() -> None:
    few = measured(
        metric=Metric.ACCEPTANCE,
        window_days=30,
        counts={Count.LINES_ACCEPTED: 9, Count.LINES_REJECTED: 5, Count.LINES_EXPIRED: 5},
        policy=POLICY,
    )
    assert (few.count, few.value, few.points, few.severity) == (19, 4_736, None, None)
    enough = measured(
        metric=Metric.ACCEPTANCE,
        window_days=30,
        counts={Count.LINES_ACCEPTED: 19, Count.LINES_REJECTED: 1},
        policy=POLICY,
    )
    assert (enough.count, enough.cases, enough.value, enough.severity) == (20, 19, 9_500, Severity.WARNING)
    elsewhere = measured(metric=Metric.ACCEPTANCE, window_days=7, counts={Count.LINES_REJECTED: 100}, policy=POLICY)
    assert (elsewhere.value, elsewhere.points, elsewhere.severity) == (0, None, None)


@pytest.mark.parametrize(
    ("value", "severity"),
    [(9_600, None), (9_599, Severity.WARNING), (8_000, Severity.WARNING), (7_999, Severity.SUSPENSION)],
)
def test_a_limit_is_kept_by_who_just_reaches_it(value: int, severity: Severity | None) -> None:
    one = measured(
        metric=Metric.ACCEPTANCE,
        window_days=30,
        counts={Count.LINES_ACCEPTED: value, Count.LINES_REJECTED: WHOLE - value},
        policy=POLICY,
    )
    assert one.severity is severity


def test_a_metric_that_is_not_judged_only_counts_in_the_score() -> None:
    counts = {Count.LINES_SHIPPED: 100, Count.LINES_RETURNED: 90}
    one = measured(metric=Metric.RETURNS, window_days=30, counts=counts, policy=POLICY)
    assert one.severity is None
    assert one.points is not None
    assert one.points < 200


def test_the_time_to_accept_is_a_mean_in_seconds() -> None:
    counts = {Count.ACCEPTANCE_SECONDS: 20 * 30 * 3_600, Count.LINES_ACCEPTED: 20}
    one = measured(metric=Metric.ACCEPTANCE_TIME, window_days=30, counts=counts, policy=POLICY)
    assert (one.value, one.severity) == (30 * 3_600, Severity.WARNING)


def test_a_rate_is_never_more_than_all() -> None:
    counts = {Count.INCIDENTS: 50, Count.PURCHASE_ORDERS_SHIPPED: 20}
    one = measured(metric=Metric.INCIDENTS, window_days=30, counts=counts, policy=POLICY)
    assert (one.value, one.points) == (WHOLE, 0)


def test_windows_end_today_and_begin_no_earlier_than_what_is_judged() -> None:
    days = [day(ago=0, lines_accepted=1), day(ago=6, lines_accepted=2), day(ago=7, lines_accepted=4)]
    days += [day(ago=29, lines_accepted=8), day(ago=89, lines_accepted=16), day(ago=90, lines_accepted=32)]
    all_of_them = measures_of(days=days, today=TODAY, judged_from=None, policy=POLICY)
    counts = {one.window_days: one.count for one in all_of_them if one.metric is Metric.ACCEPTANCE}
    assert counts == {7: 3, 30: 15, 90: 31}
    later = measures_of(days=days, today=TODAY, judged_from=TODAY - timedelta(days=6), policy=POLICY)
    counts = {one.window_days: one.count for one in later if one.metric is Metric.ACCEPTANCE}
    assert counts == {7: 3, 30: 3, 90: 3}


def test_a_supplier_of_which_nothing_is_known_has_the_score_of_the_policy() -> None:
    measures = measures_of(days=[day(lines_accepted=3)], today=TODAY, judged_from=None, policy=POLICY)
    assert score_of(measures=measures, policy=POLICY) == POLICY.score_without_evidence


def test_the_score_is_the_mean_of_points_by_weight() -> None:
    policy = ScorecardPolicy(
        acceptance=AcceptanceRule(weight=3, minimum_count=1), incidents=IncidentRule(weight=1, minimum_count=1)
    )
    days = [day(lines_accepted=10, purchase_orders_shipped=1, incidents=1)]
    measures = measures_of(days=days, today=TODAY, judged_from=None, policy=policy)
    points = {one.metric: one.points for one in measures if one.points is not None}
    assert points == {Metric.ACCEPTANCE: 1_000, Metric.INCIDENTS: 0}
    assert score_of(measures=measures, policy=policy) == 750
    assert severity_of(breaches=breaches_of(measures=measures)) is Severity.SUSPENSION


@given(metric=st.sampled_from(Metric), values=st.lists(st.integers(0, 400_000), min_size=2, max_size=20))
def test_a_worse_value_never_gets_more_points(metric: Metric, values: list[int]) -> None:
    rule = rule_of(policy=POLICY, metric=metric)
    more_is_better = DEFINITIONS[metric].more_is_better
    if not DEFINITIONS[metric].is_time:
        values = [value % (WHOLE + 1) for value in values]
    points = [points_of(metric=metric, value=value, rule=rule) for value in sorted(values, reverse=more_is_better)]
    assert all(0 <= one <= POINTS_MAXIMUM for one in points)
    assert points == sorted(points, reverse=True)


@pytest.mark.parametrize("metric", Metric)
def test_the_best_gets_all_points_and_the_limits_get_what_is_told(metric: Metric) -> None:
    rule = rule_of(policy=POLICY, metric=metric)
    best = WHOLE if DEFINITIONS[metric].more_is_better else 0
    assert points_of(metric=metric, value=best, rule=rule) == 1_000
    assert points_of(metric=metric, value=limit_of(metric=metric, limit=rule.warn_at), rule=rule) == 600
    assert points_of(metric=metric, value=limit_of(metric=metric, limit=rule.suspend_at), rule=rule) == 200


@given(warn=st.floats(0, 100), suspend=st.floats(0, 100), value=st.integers(0, WHOLE), metric=st.sampled_from(Metric))
def test_whatever_limits_an_operator_writes_points_stay_points(
    warn: float, suspend: float, value: int, metric: Metric
) -> None:
    rule = AcceptanceRule(warn_at=warn, suspend_at=suspend)
    assert 0 <= points_of(metric=metric, value=value, rule=rule) <= POINTS_MAXIMUM
