"""From a warning over a notice to a suspension: never without notice, always with numbers, and back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.scorecards.measures import Measure, Metric, Severity
from openaisle.scorecards.model import (
    TRANSITIONS,
    Outcome,
    Scorecard,
    ScorecardDecisionRefused,
    Standing,
    decide_carried_out,
    decide_forgiven,
    decide_look,
    decide_reinstated,
    decide_suspension,
)
from openaisle.scorecards.policy import ScorecardPolicy, Suspension
from tests.factories.contexts import NOON

AUTOMATIC = ScorecardPolicy(suspension=Suspension.AUTOMATIC)
PROPOSING = ScorecardPolicy()


def measures(severity: Severity | None) -> tuple[Measure, ...]:
    value = {None: 10_000, Severity.WARNING: 9_000, Severity.SUSPENSION: 5_000}[severity]
    return (
        Measure(
            metric=Metric.ACCEPTANCE, window_days=30, count=100, cases=value // 100, value=value, points=600,
            severity=severity,
        ),
    )  # fmt: skip


def make_card(**given_: object) -> Scorecard:
    return msgspec.structs.replace(Scorecard(supplier_id="sup_a", look_at=NOON), **given_)


def looked(
    card: Scorecard,
    severity: Severity | None,
    *,
    at: datetime = NOON,
    policy: ScorecardPolicy = AUTOMATIC,
    may_sell: bool = True,
) -> Outcome:
    return decide_look(
        card=card, measures=measures(severity), policy=policy, may_sell=may_sell, actor="system:test", at=at
    )


def types_of(outcome: Outcome) -> list[str]:
    return [event.TYPE for event in outcome.events]


def test_who_does_not_keep_a_limit_is_warned_with_the_numbers() -> None:
    outcome = looked(make_card(), Severity.WARNING)
    assert (outcome.card.standing, types_of(outcome)) == (Standing.WARNED, ["scorecard.warned"])
    (change,) = outcome.card.history
    assert change.reason == "acceptance: 90.0 % (90 of 100 in 30 days), wanted at least 96.0 %"
    again = looked(outcome.card, Severity.WARNING, at=NOON + timedelta(hours=1))
    assert not again.events


def test_who_is_far_beyond_a_limit_gets_notice_and_is_suspended_when_it_ends() -> None:
    noticed = looked(make_card(), Severity.SUSPENSION)
    assert types_of(noticed) == ["scorecard.notice_given"]
    assert noticed.card.notice_ends_at == NOON + timedelta(days=7)
    assert noticed.suspends is None
    early = looked(noticed.card, Severity.SUSPENSION, at=NOON + timedelta(days=7, seconds=-1))
    assert early.card.standing is Standing.NOTICE
    suspended = looked(early.card, Severity.SUSPENSION, at=NOON + timedelta(days=7))
    assert (suspended.card.standing, types_of(suspended)) == (Standing.SUSPENDED, ["scorecard.suspended"])
    assert suspended.suspends is not None
    assert "50.0 %" in suspended.suspends


def test_a_suspension_that_was_decided_and_not_done_is_done_with_the_next_look() -> None:
    noticed = looked(make_card(), Severity.SUSPENSION).card
    decided = looked(noticed, Severity.SUSPENSION, at=NOON + timedelta(days=7)).card
    assert decided.look_at == NOON + timedelta(days=7)
    again = looked(decided, Severity.SUSPENSION, at=NOON + timedelta(days=7, minutes=1))
    assert again.suspends is not None
    done = looked(decide_carried_out(card=again.card), Severity.SUSPENSION, at=NOON + timedelta(days=8))
    assert done.suspends is None


def test_by_default_the_operator_decides_when_the_notice_has_ended() -> None:
    noticed = looked(make_card(), Severity.SUSPENSION, policy=PROPOSING).card
    due = looked(noticed, Severity.SUSPENSION, policy=PROPOSING, at=NOON + timedelta(days=7))
    assert (due.card.standing, due.suspends, types_of(due)) == (Standing.DUE, None, ["scorecard.suspension_due"])
    decided = decide_suspension(card=due.card, reason="Enough.", actor="operator:ana", at=NOON)
    assert (decided.card.standing, decided.suspends) == (Standing.SUSPENDED, "Enough.")


def test_a_policy_without_suspensions_only_warns() -> None:
    never = ScorecardPolicy(suspension=Suspension.NEVER)
    outcome = looked(make_card(), Severity.SUSPENSION, policy=never)
    assert (outcome.card.standing, types_of(outcome)) == (Standing.WARNED, ["scorecard.warned"])


def test_a_notice_ends_without_a_suspension_for_who_has_come_nearer() -> None:
    noticed = looked(make_card(), Severity.SUSPENSION).card
    eased = looked(noticed, Severity.WARNING, at=NOON + timedelta(days=7))
    assert (eased.card.standing, types_of(eased)) == (Standing.WARNED, ["scorecard.eased"])


def test_a_warning_ends_once_everything_has_been_in_order_for_some_days() -> None:
    card = looked(make_card(), Severity.WARNING).card
    clean = looked(card, None, at=NOON + timedelta(days=1))
    assert clean.card.standing is Standing.WARNED
    relapsed = looked(clean.card, Severity.WARNING, at=NOON + timedelta(days=2)).card
    assert relapsed.clean_since is None
    clean_again = looked(relapsed, None, at=NOON + timedelta(days=3)).card
    recovered = looked(clean_again, None, at=NOON + timedelta(days=5))
    assert (recovered.card.standing, types_of(recovered)) == (Standing.GOOD, ["scorecard.recovered"])


def test_who_may_not_sell_stays_where_it_stands() -> None:
    card = make_card()
    assert looked(card, Severity.SUSPENSION, may_sell=False).card.standing is Standing.GOOD
    noticed = looked(card, Severity.SUSPENSION).card
    later = looked(noticed, Severity.SUSPENSION, may_sell=False, at=NOON + timedelta(days=30))
    assert (later.card.standing, later.suspends) == (Standing.NOTICE, None)


def test_a_reinstated_supplier_is_judged_from_the_next_day_on_and_only_once() -> None:
    suspended = decide_suspension(
        card=looked(make_card(), Severity.WARNING).card, reason="Enough.", actor="operator:ana", at=NOON
    ).card
    outcome = decide_reinstated(
        card=suspended, reason="Sorry.", reinstated_at=NOON, actor="system:test", at=NOON + timedelta(minutes=1)
    )
    assert (outcome.card.standing, types_of(outcome)) == (Standing.GOOD, ["scorecard.forgiven"])
    assert outcome.card.judged_from == (NOON + timedelta(days=1)).date()
    again = decide_reinstated(
        card=outcome.card, reason="Sorry.", reinstated_at=NOON, actor="system:test", at=NOON + timedelta(hours=1)
    )
    assert again.card is outcome.card
    assert not again.events


def test_suspended_suppliers_sell_again_by_themselves_only_where_the_policy_says_so() -> None:
    card = decide_carried_out(
        card=decide_suspension(
            card=looked(make_card(), Severity.WARNING).card, reason="Enough.", actor="operator:ana", at=NOON
        ).card
    )
    after = NOON + timedelta(days=14)
    assert looked(card, None, may_sell=False, at=after).reinstates is None
    forgiving = ScorecardPolicy(reinstated_after_days=14)
    assert looked(card, None, may_sell=False, at=after, policy=forgiving).reinstates is not None
    early = looked(card, None, may_sell=False, at=after - timedelta(seconds=1), policy=forgiving)
    assert early.reinstates is None


@pytest.mark.parametrize("standing", [Standing.GOOD, Standing.SUSPENDED])
def test_only_who_was_warned_can_be_forgiven_or_suspended(standing: Standing) -> None:
    card = make_card(standing=standing)
    for decide in (decide_forgiven, decide_suspension):
        with pytest.raises(ScorecardDecisionRefused):
            decide(card=card, reason="Why not.", actor="operator:ana", at=NOON)


@given(
    days=st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from([None, *Severity]), st.booleans()), min_size=1, max_size=40
    ),
    policy=st.builds(
        ScorecardPolicy,
        suspension=st.sampled_from(Suspension),
        notice_days=st.integers(1, 10),
        recovered_after_days=st.integers(0, 4),
    ),
)
def test_no_course_of_days_leaves_the_table_of_transitions_or_suspends_without_notice(
    days: list[tuple[int, Severity | None, bool]], policy: ScorecardPolicy
) -> None:
    card, at, noticed_at = make_card(), NOON, None
    for hours, severity, may_sell in days:
        at += timedelta(hours=hours)
        outcome = looked(card, severity, at=at, policy=policy, may_sell=may_sell)
        after = outcome.card.standing
        assert len(outcome.events) == (after is not card.standing)
        if after is not card.standing:
            assert after in TRANSITIONS[card.standing]
            assert outcome.card.history[-1].after is after
            if after is Standing.NOTICE:
                noticed_at = at
            if after in {Standing.SUSPENDED, Standing.DUE}:
                assert noticed_at is not None
                assert at >= noticed_at + timedelta(days=policy.notice_days)
        assert (outcome.card.notice_ends_at is not None) == (after is Standing.NOTICE)
        assert outcome.card.look_at > at or outcome.suspends
        assert outcome.card.look_at.tzinfo is UTC
        card = decide_carried_out(card=outcome.card) if outcome.suspends else outcome.card
