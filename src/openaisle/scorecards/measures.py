"""What the counts of days come to: measures by metric and window, points, a score, and what is beyond its limit. Pure.

Rates are whole hundredths of a percent and times whole seconds, so that the same counts always give the same answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from openaisle.scorecards.policy import WINDOWS, Rule, ScorecardPolicy

POINTS_MAXIMUM = 1_000
_POINTS_AT_WARNING = 600
_POINTS_AT_SUSPENSION = 200
WHOLE = 10_000
_SECONDS_PER_HOUR = 3_600


class Count(StrEnum):
    """What is counted of a supplier on a day."""

    LINES_ACCEPTED = "lines_accepted"
    LINES_REJECTED = "lines_rejected"
    LINES_EXPIRED = "lines_expired"
    ACCEPTANCE_SECONDS = "acceptance_seconds"
    LINES_WITHDRAWN = "lines_withdrawn"
    LINES_IN_TIME = "lines_in_time"
    LINES_LATE = "lines_late"
    LINES_SHIPPED = "lines_shipped"
    PURCHASE_ORDERS_SHIPPED = "purchase_orders_shipped"
    TRACKING_VERIFIED = "tracking_verified"
    TRACKING_INVALID = "tracking_invalid"
    LINES_RETURNED = "lines_returned"
    INCIDENTS = "incidents"


class Metric(StrEnum):
    """What suppliers are judged by."""

    ACCEPTANCE = "acceptance"
    ACCEPTANCE_TIME = "acceptance_time"
    EXPIRY = "expiry"
    LATE_SHIPMENT = "late_shipment"
    CANCELLATION = "cancellation"
    VALID_TRACKING = "valid_tracking"
    RETURNS = "returns"
    INCIDENTS = "incidents"


class Severity(StrEnum):
    """How far a measure is beyond its limits."""

    WARNING = "warning"
    SUSPENSION = "suspension"


class ScoreDay(msgspec.Struct, kw_only=True):
    """The counts of one supplier on one UTC day.

    ``position`` is the sequence of the newest change that is counted in; changes up to it are passed over.
    """

    supplier_id: str
    day: date
    position: int = 0
    counts: dict[Count, int] = msgspec.field(default_factory=dict)


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over one window: ``value`` of ``count`` cases, None without any.

    A rate is in hundredths of a percent, a time in seconds. ``points`` (0 to 1000) are given once there are enough
    cases to judge. ``severity`` says that a limit is passed.
    """

    metric: Metric
    window_days: int
    count: int
    cases: int
    value: int | None
    points: int | None = None
    severity: Severity | None = None


class _Definition(msgspec.Struct, frozen=True):
    """How a metric follows from counts: the ``cases`` of it, of all that are in ``of``."""

    cases: Count
    of: tuple[Count, ...]
    more_is_better: bool = False
    is_time: bool = False


_DECIDED = (Count.LINES_ACCEPTED, Count.LINES_REJECTED, Count.LINES_EXPIRED)
DEFINITIONS: Mapping[Metric, _Definition] = {
    Metric.ACCEPTANCE: _Definition(Count.LINES_ACCEPTED, _DECIDED, more_is_better=True),
    Metric.ACCEPTANCE_TIME: _Definition(Count.ACCEPTANCE_SECONDS, (Count.LINES_ACCEPTED,), is_time=True),
    Metric.EXPIRY: _Definition(Count.LINES_EXPIRED, _DECIDED),
    Metric.LATE_SHIPMENT: _Definition(Count.LINES_LATE, (Count.LINES_IN_TIME, Count.LINES_LATE)),
    Metric.CANCELLATION: _Definition(Count.LINES_WITHDRAWN, (Count.LINES_ACCEPTED,)),
    Metric.VALID_TRACKING: _Definition(
        Count.TRACKING_VERIFIED, (Count.TRACKING_VERIFIED, Count.TRACKING_INVALID), more_is_better=True
    ),
    Metric.RETURNS: _Definition(Count.LINES_RETURNED, (Count.LINES_SHIPPED,)),
    Metric.INCIDENTS: _Definition(Count.INCIDENTS, (Count.PURCHASE_ORDERS_SHIPPED,)),
}


def rule_of(*, policy: ScorecardPolicy, metric: Metric) -> Rule:
    """Return how a metric is judged."""
    rule: Rule = getattr(policy, metric.value)
    return rule


def summed(*, days: Iterable[ScoreDay], today: date, window_days: int, judged_from: date | None) -> dict[Count, int]:
    """Return the counts of the last ``window_days`` days, today among them, none from before ``judged_from``."""
    first = today - timedelta(days=window_days - 1)
    if judged_from is not None:
        first = max(first, judged_from)
    counts: dict[Count, int] = {}
    for day in days:
        if first <= day.day <= today:
            for name, count in day.counts.items():
                counts[name] = counts.get(name, 0) + count
    return counts


def measures_of(
    *, days: Iterable[ScoreDay], today: date, judged_from: date | None, policy: ScorecardPolicy
) -> tuple[Measure, ...]:
    """Return every metric over every window; points and severity only in the window that the policy judges by."""
    kept = tuple(days)
    sums = {
        window_days: summed(days=kept, today=today, window_days=window_days, judged_from=judged_from)
        for window_days in WINDOWS
    }
    return tuple(
        measured(metric=metric, window_days=window_days, counts=sums[window_days], policy=policy)
        for metric in Metric
        for window_days in WINDOWS
    )


def measured(*, metric: Metric, window_days: int, counts: Mapping[Count, int], policy: ScorecardPolicy) -> Measure:
    """Return what the counts of a window come to in one metric."""
    definition = DEFINITIONS[metric]
    rule = rule_of(policy=policy, metric=metric)
    cases = counts.get(definition.cases, 0)
    count = sum(counts.get(name, 0) for name in definition.of)
    if not count:
        return Measure(metric=metric, window_days=window_days, count=0, cases=cases, value=None)
    # What happened on the days of a window need not be about what was sent in them, so a rate is capped.
    value = cases // count if definition.is_time else min(WHOLE, cases * WHOLE // count)
    if window_days != rule.window_days or count < rule.minimum_count:
        return Measure(metric=metric, window_days=window_days, count=count, cases=cases, value=value)
    return Measure(
        metric=metric,
        window_days=window_days,
        count=count,
        cases=cases,
        value=value,
        points=points_of(metric=metric, value=value, rule=rule),
        severity=_severity(metric=metric, value=value, rule=rule),
    )


def limit_of(*, metric: Metric, limit: float) -> int:
    """Return a limit of the policy, percent or hours, in the unit of measures."""
    return round(limit * (_SECONDS_PER_HOUR if DEFINITIONS[metric].is_time else WHOLE // 100))


def points_of(*, metric: Metric, value: int, rule: Rule) -> int:
    """Return the points of a value: 1000 for the best, 600 at the warning, 200 at the suspension, 0 for the worst.

    A worse value never gets more.
    """
    definition = DEFINITIONS[metric]
    warning, suspension = limit_of(metric=metric, limit=rule.warn_at), limit_of(metric=metric, limit=rule.suspend_at)
    # Turned so that 0 is best: then every metric is a walk downhill.
    if definition.more_is_better:
        value, warning, suspension = WHOLE - value, WHOLE - warning, WHOLE - suspension
    if value <= 0:
        return POINTS_MAXIMUM
    suspension = max(suspension, warning)
    worst = max(2 * suspension, 1) if definition.is_time else max(WHOLE, suspension)
    steps = ((0, POINTS_MAXIMUM), (warning, _POINTS_AT_WARNING), (suspension, _POINTS_AT_SUSPENSION), (worst, 0))
    for (begin, high), (end, low) in itertools.pairwise(steps):
        if value <= end and end > begin:
            return high - (high - low) * (max(value, begin) - begin) // (end - begin)
    return 0


def score_of(*, measures: Iterable[Measure], policy: ScorecardPolicy) -> int:
    """Return the score (0 to 1000): the mean of the points by weight, of what can be judged."""
    weighted = total = 0
    for one in measures:
        weight = rule_of(policy=policy, metric=one.metric).weight
        if one.points is not None and weight:
            weighted += one.points * weight
            total += weight
    return weighted // total if total else policy.score_without_evidence


def breaches_of(*, measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """Return the measures that are beyond a limit, in the order of metrics."""
    return tuple(one for one in measures if one.severity is not None)


def severity_of(*, breaches: Iterable[Measure]) -> Severity | None:
    """Return the worst of the breaches, None without any."""
    found = {one.severity for one in breaches}
    if Severity.SUSPENSION in found:
        return Severity.SUSPENSION
    return Severity.WARNING if Severity.WARNING in found else None


def _severity(*, metric: Metric, value: int, rule: Rule) -> Severity | None:
    if not rule.is_judged:
        return None
    warning, suspension = limit_of(metric=metric, limit=rule.warn_at), limit_of(metric=metric, limit=rule.suspend_at)
    if DEFINITIONS[metric].more_is_better:
        value, warning, suspension = -value, -warning, -suspension
    if value > suspension:
        return Severity.SUSPENSION
    return Severity.WARNING if value > warning else None
