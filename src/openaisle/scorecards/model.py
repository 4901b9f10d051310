"""A supplier's scorecard: where it stands, and what each look at its numbers makes of that. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from openaisle.kernel.errors import NotFound, TransitionRefused
from openaisle.scorecards.events import (
    Beyond,
    ScorecardEased,
    ScorecardForgiven,
    ScorecardNoticeGiven,
    ScorecardRecovered,
    ScorecardSuspended,
    ScorecardSuspensionDue,
    ScorecardWarned,
)
from openaisle.scorecards.measures import (
    DEFINITIONS,
    WHOLE,
    Measure,
    Metric,
    Severity,
    breaches_of,
    limit_of,
    rule_of,
    score_of,
    severity_of,
)
from openaisle.scorecards.policy import ScorecardPolicy, Suspension

_HISTORY_MAXIMUM = 50
_SECONDS_PER_HOUR = 3_600


class Standing(StrEnum):
    """Where a supplier stands with its promises."""

    GOOD = "good"
    WARNED = "warned"
    NOTICE = "notice"
    DUE = "due"
    SUSPENDED = "suspended"


_S = Standing
TRANSITIONS: Mapping[Standing, frozenset[Standing]] = {
    _S.GOOD: frozenset({_S.WARNED, _S.NOTICE}),
    _S.WARNED: frozenset({_S.GOOD, _S.NOTICE, _S.SUSPENDED}),
    # A supplier is never suspended before its notice has run out, but by a person.
    _S.NOTICE: frozenset({_S.GOOD, _S.WARNED, _S.DUE, _S.SUSPENDED}),
    _S.DUE: frozenset({_S.GOOD, _S.WARNED, _S.SUSPENDED}),
    _S.SUSPENDED: frozenset({_S.GOOD}),
}


class ScorecardMissing(NotFound):
    """Nothing has been counted of this supplier yet, or there is no such supplier."""

    code = "scorecard-missing"
    title = "The supplier has no scorecard"
    mend = "It gets one with the first purchase order it answers."


class ScorecardDecisionRefused(TransitionRefused):
    """The scorecard's standing does not allow this decision."""

    code = "scorecard-decision-refused"
    title = "The scorecard's standing does not allow this"
    mend = "Suspend or forgive a supplier that was warned; one that is suspended is reinstated."


class StandingChange(msgspec.Struct, frozen=True, kw_only=True):
    """When a supplier came to stand elsewhere, who decided it, and with what numbers."""

    at: datetime
    before: Standing
    after: Standing
    actor: str
    reason: str
    score: int
    beyond: tuple[Beyond, ...] = ()


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a supplier's standing.

    ``look_at`` is when its numbers are looked at next. ``judged_from`` is the first day that is judged after the
    supplier was forgiven or reinstated. ``notice_ends_at`` is when a notice runs out; ``clean_since`` since when
    nothing is beyond a limit. ``is_carried_out`` is false from the decision to suspend until the supplier is suspended.
    """

    supplier_id: str
    look_at: datetime
    standing: Standing = Standing.GOOD
    score: int | None = None
    since: datetime | None = None
    judged_from: date | None = None
    notice_ends_at: datetime | None = None
    clean_since: datetime | None = None
    is_carried_out: bool = True
    looked_at: datetime | None = None
    beyond: tuple[Beyond, ...] = ()
    history: tuple[StandingChange, ...] = ()


ScorecardEvent = (
    ScorecardWarned
    | ScorecardNoticeGiven
    | ScorecardSuspensionDue
    | ScorecardSuspended
    | ScorecardEased
    | ScorecardRecovered
    | ScorecardForgiven
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision makes of a scorecard.

    ``suspends`` is the reason for which the supplier is to be suspended once the card is kept, ``reinstates`` that for
    which it is to sell again.
    """

    card: Scorecard
    events: tuple[ScorecardEvent, ...] = ()
    suspends: str | None = None
    reinstates: str | None = None


def decide_look(
    *,
    card: Scorecard,
    measures: Sequence[Measure],
    policy: ScorecardPolicy,
    may_sell: bool,
    actor: str,
    at: datetime,
) -> Outcome:
    """Let the numbers of the day move a supplier's standing.

    A supplier that may not sell stays where it stands: what it does not do is nobody's loss.
    """
    breaches = breaches_of(measures=measures)
    severity = severity_of(breaches=breaches)
    beyond = tuple(beyond_of(measure=one, policy=policy) for one in breaches)
    looked = msgspec.structs.replace(
        card,
        score=score_of(measures=measures, policy=policy),
        looked_at=at,
        # Days move the windows, so each makes its own of the same events.
        look_at=_day_after(at),
        beyond=beyond,
        clean_since=(card.clean_since or at) if severity is None else None,
    )
    run_out = card.standing is Standing.NOTICE and card.notice_ends_at is not None and at >= card.notice_ends_at
    outcome = Outcome(card=looked)
    match card.standing:
        case Standing.SUSPENDED:
            outcome = _still_suspended(looked, policy=policy, may_sell=may_sell, at=at)
        case _ if not may_sell:
            pass
        case Standing.NOTICE if run_out and severity is Severity.SUSPENSION:
            outcome = _notice_over(looked, policy=policy, actor=actor, at=at)
        case Standing.NOTICE if run_out:
            outcome = _moved(looked, Standing.WARNED, ScorecardEased, actor=actor, at=at)
        case Standing.GOOD | Standing.WARNED if severity is Severity.SUSPENSION and policy.suspension is not _NEVER:
            outcome = _noticed(looked, ends_at=at + timedelta(days=policy.notice_days), actor=actor, at=at)
        case Standing.GOOD if severity is not None:
            outcome = _moved(looked, Standing.WARNED, ScorecardWarned, actor=actor, at=at)
        case Standing.DUE if severity is Severity.WARNING:
            outcome = _moved(looked, Standing.WARNED, ScorecardEased, actor=actor, at=at)
        case Standing.WARNED | Standing.NOTICE | Standing.DUE if _has_recovered(looked, policy=policy, at=at):
            outcome = _moved(looked, Standing.GOOD, ScorecardRecovered, actor=actor, at=at)
    return outcome


def decide_suspension(*, card: Scorecard, reason: str, actor: str, at: datetime) -> Outcome:
    """Suspend a supplier for its scorecard, by a person's decision; raises ScorecardDecisionRefused."""
    _require(card, Standing.SUSPENDED)
    return _suspended(card, reason=reason, actor=actor, at=at)


def decide_carried_out(*, card: Scorecard) -> Scorecard:
    """Note that the supplier is suspended as was decided."""
    return msgspec.structs.replace(card, is_carried_out=True, look_at=_day_after(card.look_at))


def decide_reinstated(*, card: Scorecard, reason: str, reinstated_at: datetime, actor: str, at: datetime) -> Outcome:
    """Follow a supplier that sells again: only what comes from the day after is judged; told again, nothing changes."""
    judged_from = _day_after(reinstated_at).date()
    if card.judged_from is not None and card.judged_from >= judged_from and card.standing is Standing.GOOD:
        return Outcome(card=card)
    return _forgiven(card, reason=reason, judged_from=judged_from, actor=actor, at=at)


def decide_forgiven(*, card: Scorecard, reason: str, actor: str, at: datetime) -> Outcome:
    """Judge only what comes from tomorrow on; raises ScorecardDecisionRefused for one that is good or suspended."""
    _require(card, Standing.GOOD)
    return _forgiven(card, reason=reason, judged_from=_day_after(at).date(), actor=actor, at=at)


def beyond_of(*, measure: Measure, policy: ScorecardPolicy) -> Beyond:
    """Return a measure that is beyond its limit, with the sentence that explains it."""
    rule = rule_of(policy=policy, metric=measure.metric)
    severity = measure.severity or Severity.WARNING
    limit = limit_of(metric=measure.metric, limit=rule.suspend_at if severity is Severity.SUSPENSION else rule.warn_at)
    value = measure.value or 0
    definition = DEFINITIONS[measure.metric]
    shown, wanted = shown_value(metric=measure.metric, value=value), shown_value(metric=measure.metric, value=limit)
    side = "at least" if definition.more_is_better else "at most"
    name = measure.metric.value.replace("_", " ")
    cases = f"{measure.count} cases" if definition.is_time else f"{measure.cases} of {measure.count}"
    explanation = f"{name}: {shown} ({cases} in {measure.window_days} days), wanted {side} {wanted}"
    return Beyond(
        metric=measure.metric.value,
        window_days=measure.window_days,
        count=measure.count,
        value=value,
        limit=limit,
        severity=severity.value,
        explanation=explanation,
    )


def shown_value(*, metric: Metric, value: int) -> str:
    """Return a measure's value as people read it: ``95.5 %`` or ``26.0 h``."""
    if DEFINITIONS[metric].is_time:
        return f"{value // _SECONDS_PER_HOUR}.{value % _SECONDS_PER_HOUR * 10 // _SECONDS_PER_HOUR} h"
    return f"{value * 100 // WHOLE}.{value % 100 // 10} %"


def told_of(*, beyond: Sequence[Beyond]) -> str:
    """Return what is beyond its limit as one text, a line each."""
    return "\n".join(f"- {one.explanation}" for one in beyond)


_NEVER = Suspension.NEVER


def _noticed(card: Scorecard, *, ends_at: datetime, actor: str, at: datetime) -> Outcome:
    noticed = msgspec.structs.replace(card, notice_ends_at=ends_at)
    event = ScorecardNoticeGiven(**_names(card), notice_ends_at=ends_at.isoformat())
    return Outcome(card=_stands(noticed, Standing.NOTICE, actor=actor, at=at), events=(event,))


def _notice_over(card: Scorecard, *, policy: ScorecardPolicy, actor: str, at: datetime) -> Outcome:
    if policy.suspension is Suspension.AUTOMATIC:
        return _suspended(card, reason="; ".join(one.explanation for one in card.beyond)[:1_000], actor=actor, at=at)
    if policy.suspension is Suspension.PROPOSE:
        return _moved(card, Standing.DUE, ScorecardSuspensionDue, actor=actor, at=at)
    return _moved(card, Standing.WARNED, ScorecardEased, actor=actor, at=at)


def _suspended(card: Scorecard, *, reason: str, actor: str, at: datetime) -> Outcome:
    # Looked at again at once should the process end before the supplier is suspended.
    after = msgspec.structs.replace(
        _stands(card, Standing.SUSPENDED, actor=actor, at=at, reason=reason), is_carried_out=False, look_at=at
    )
    return Outcome(card=after, events=(ScorecardSuspended(**_names(card), reason=reason),), suspends=reason)


def _still_suspended(card: Scorecard, *, policy: ScorecardPolicy, may_sell: bool, at: datetime) -> Outcome:
    if not card.is_carried_out:
        return Outcome(card=msgspec.structs.replace(card, look_at=at), suspends=card.history[-1].reason)
    days = policy.reinstated_after_days
    if may_sell or not days or card.since is None or at < card.since + timedelta(days=days):
        return Outcome(card=card)
    # The event of the reinstatement then forgives the card.
    return Outcome(card=card, reinstates=f"{days} days have passed since the suspension for its scorecard.")


def _forgiven(card: Scorecard, *, reason: str, judged_from: date, actor: str, at: datetime) -> Outcome:
    forgiven = msgspec.structs.replace(
        card,
        judged_from=judged_from,
        clean_since=None,
        is_carried_out=True,
        beyond=(),
        look_at=at,
    )
    event = ScorecardForgiven(**_names(forgiven), reason=reason)
    return Outcome(card=_stands(forgiven, Standing.GOOD, actor=actor, at=at, reason=reason), events=(event,))


def _day_after(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)


def _has_recovered(card: Scorecard, *, policy: ScorecardPolicy, at: datetime) -> bool:
    return card.clean_since is not None and at >= card.clean_since + timedelta(days=policy.recovered_after_days)


def _moved(
    card: Scorecard,
    after: Standing,
    event: type[ScorecardWarned | ScorecardSuspensionDue | ScorecardEased | ScorecardRecovered],
    *,
    actor: str,
    at: datetime,
) -> Outcome:
    return Outcome(card=_stands(card, after, actor=actor, at=at), events=(event(**_names(card)),))


def _stands(card: Scorecard, after: Standing, *, actor: str, at: datetime, reason: str = "") -> Scorecard:
    change = StandingChange(
        at=at,
        before=card.standing,
        after=after,
        actor=actor,
        reason=reason or "; ".join(one.explanation for one in card.beyond) or "Everything is within its limits.",
        score=card.score or 0,
        beyond=card.beyond,
    )
    return msgspec.structs.replace(
        card,
        standing=after,
        since=at,
        notice_ends_at=card.notice_ends_at if after is Standing.NOTICE else None,
        history=(*card.history, change)[-_HISTORY_MAXIMUM:],
    )


def _require(card: Scorecard, after: Standing) -> None:
    if after not in TRANSITIONS[card.standing] or (after is Standing.GOOD and card.standing is Standing.SUSPENDED):
        detail = f"The scorecard of {card.supplier_id} is {card.standing.value}; it cannot become {after.value} so."
        raise ScorecardDecisionRefused(detail=detail)


def _names(card: Scorecard) -> dict[str, Any]:
    return {"supplier_id": card.supplier_id, "score": card.score or 0, "beyond": card.beyond}
