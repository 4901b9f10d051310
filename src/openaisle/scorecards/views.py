"""What the API shows of scorecards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from openaisle.scorecards.events import Beyond
from openaisle.scorecards.measures import (
    DEFINITIONS,
    Measure,
    Metric,
    Severity,
    breaches_of,
    limit_of,
    rule_of,
    score_of,
)
from openaisle.scorecards.model import Scorecard, Standing, StandingChange, beyond_of, shown_value
from openaisle.scorecards.policy import ScorecardPolicy


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """A metric over one window: so many ``cases`` of ``count``; for a time ``count`` cases of ``cases`` seconds in all.

    ``value`` is in hundredths of a percent, or in seconds; null without a case. ``shown`` is how people read it.
    """

    window_days: int
    count: int
    cases: int
    value: int | None
    shown: str


class MetricView(msgspec.Struct, frozen=True, kw_only=True):
    """A metric with its limits: judged over ``judged_window_days`` from ``minimum_count`` cases on.

    ``points`` (0 to 1000, null where too little is known) enter the score with ``weight``.
    """

    metric: Metric
    more_is_better: bool
    unit: str
    judged_window_days: int
    minimum_count: int
    warn_at: int
    suspend_at: int
    wanted: str
    is_judged: bool
    weight: int
    points: int | None
    severity: Severity | None
    windows: tuple[WindowView, ...]


class ScorecardView(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's scorecard as it is now; ``history`` tells the newest change of its standing first."""

    supplier_id: str
    standing: Standing
    score: int
    since: datetime | None
    judged_from: date | None
    notice_ends_at: datetime | None
    looked_at: datetime | None
    explanation: str
    beyond: tuple[Beyond, ...]
    metrics: tuple[MetricView, ...]
    history: tuple[StandingChange, ...]


class ScorecardSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A scorecard in a list, as it was when it was last looked at."""

    supplier_id: str
    standing: Standing
    score: int
    since: datetime | None
    notice_ends_at: datetime | None
    looked_at: datetime | None
    beyond: tuple[Beyond, ...]


class ScorecardPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of scorecards, the lowest score first; ``next_after`` is null on the last page."""

    scorecards: list[ScorecardSummary]
    next_after: str | None


def summary_of(*, card: Scorecard) -> ScorecardSummary:
    """Return a card as lists show it."""
    return ScorecardSummary(
        supplier_id=card.supplier_id,
        standing=card.standing,
        score=card.score or 0,
        since=card.since,
        notice_ends_at=card.notice_ends_at,
        looked_at=card.looked_at,
        beyond=card.beyond,
    )


def scorecard_view(*, card: Scorecard, measures: Iterable[Measure], policy: ScorecardPolicy) -> ScorecardView:
    """Return a card with its numbers of this moment."""
    known = tuple(measures)
    beyond = tuple(beyond_of(measure=one, policy=policy) for one in breaches_of(measures=known))
    score = score_of(measures=known, policy=policy)
    return ScorecardView(
        supplier_id=card.supplier_id,
        standing=card.standing,
        score=score,
        since=card.since,
        judged_from=card.judged_from,
        notice_ends_at=card.notice_ends_at,
        looked_at=card.looked_at,
        explanation=_explanation(measures=known, score=score, policy=policy),
        beyond=beyond,
        metrics=tuple(_metric(metric, measures=known, policy=policy) for metric in Metric),
        history=tuple(reversed(card.history)),
    )


def _metric(metric: Metric, *, measures: Iterable[Measure], policy: ScorecardPolicy) -> MetricView:
    own = [one for one in measures if one.metric is metric]
    definition, rule = DEFINITIONS[metric], rule_of(policy=policy, metric=metric)
    warn_at = limit_of(metric=metric, limit=rule.warn_at)
    judged = next(one for one in own if one.window_days == rule.window_days)
    side = "at least" if definition.more_is_better else "at most"
    return MetricView(
        metric=metric,
        more_is_better=definition.more_is_better,
        unit="seconds" if definition.is_time else "hundredths of a percent",
        judged_window_days=rule.window_days,
        minimum_count=rule.minimum_count,
        warn_at=warn_at,
        suspend_at=limit_of(metric=metric, limit=rule.suspend_at),
        wanted=f"{side} {shown_value(metric=metric, value=warn_at)}",
        is_judged=rule.is_judged,
        weight=rule.weight,
        points=judged.points,
        severity=judged.severity,
        windows=tuple(
            WindowView(
                window_days=one.window_days,
                count=one.count,
                cases=one.cases,
                value=one.value,
                shown="-" if one.value is None else shown_value(metric=metric, value=one.value),
            )
            for one in own
        ),
    )


def _explanation(*, measures: Iterable[Measure], score: int, policy: ScorecardPolicy) -> str:
    """Return the sum by which the score came about."""
    parts = [
        f"{one.metric.value.replace('_', ' ')} {one.points} x {weight}"
        for one in measures
        if one.points is not None and (weight := rule_of(policy=policy, metric=one.metric).weight)
    ]
    if not parts:
        return f"Too little is known to judge; such a supplier scores {policy.score_without_evidence}."
    return f"{score} of 1000: the mean by weight of {', '.join(parts)}."
