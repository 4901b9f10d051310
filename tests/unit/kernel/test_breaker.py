"""The circuit breaker: when it opens, who may probe, how long it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from openaisle.kernel.breaker import (
    Breaker,
    BreakerPolicy,
    BreakerState,
    after_failure,
    after_success,
    decide_call,
    pause_seconds,
)

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = BreakerPolicy(consecutive_failures=3, minimum_calls=6, first_pause_seconds=2, maximum_pause_seconds=30)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def failed(*, times: int, breaker: Breaker | None = None, now: datetime = START) -> Breaker:
    breaker = breaker or Breaker()
    for _ in range(times):
        breaker = after_failure(breaker=breaker, now=now, reason="status 503", policy=POLICY)
    return breaker


def probing(breaker: Breaker) -> Breaker:
    assert breaker.retry_at is not None
    return decide_call(breaker=breaker, now=breaker.retry_at, policy=POLICY).breaker


def test_a_healthy_party_costs_no_write():
    breaker = Breaker()
    assert decide_call(breaker=breaker, now=START, policy=POLICY).breaker is breaker
    assert after_success(breaker=breaker, now=START, policy=POLICY) is breaker


def test_failures_in_a_row_open_it_and_say_why():
    assert failed(times=2).state is BreakerState.CLOSED
    opened = failed(times=3)
    assert opened.state is BreakerState.OPEN
    assert opened.reason == "status 503"
    refused = decide_call(breaker=opened, now=later(1.9), policy=POLICY)
    assert not refused.allowed
    assert refused.retry_at == later(2)


def test_a_success_between_failures_starts_the_row_anew():
    breaker = after_success(breaker=failed(times=2), now=START, policy=POLICY)
    assert failed(times=2, breaker=breaker).state is BreakerState.CLOSED


def test_a_high_share_of_failures_opens_it_though_none_are_in_a_row():
    breaker = Breaker()
    for _ in range(3):
        breaker = after_failure(breaker=breaker, now=START, reason="down", policy=POLICY)
        if breaker.state is BreakerState.CLOSED:
            breaker = after_success(breaker=breaker, now=START, policy=POLICY)
    assert breaker.state is BreakerState.CLOSED
    assert failed(times=1, breaker=breaker).state is BreakerState.OPEN


def test_old_failures_are_forgotten():
    breaker = after_success(breaker=failed(times=2), now=later(61), policy=POLICY)
    assert breaker == Breaker()


def test_after_the_pause_one_probe_is_made_and_others_wait_for_it():
    opened = failed(times=3)
    first = decide_call(breaker=opened, now=later(2), policy=POLICY)
    assert first.allowed
    assert first.breaker.state is BreakerState.HALF_OPEN
    assert not decide_call(breaker=first.breaker, now=later(3), policy=POLICY).allowed


def test_a_probe_lost_with_its_process_is_made_again():
    probe = probing(failed(times=3))
    again = decide_call(breaker=probe, now=later(2 + POLICY.probe_seconds), policy=POLICY)
    assert again.allowed


def test_a_probe_that_succeeds_closes_it():
    assert after_success(breaker=probing(failed(times=3)), now=later(3), policy=POLICY) == Breaker()


def test_a_probe_that_fails_doubles_the_pause():
    reopened = failed(times=1, breaker=probing(failed(times=3)), now=later(2))
    assert reopened.state is BreakerState.OPEN
    assert reopened.retry_at == later(2 + 4)


def test_answers_to_calls_from_before_change_nothing_while_it_is_open():
    opened = failed(times=3)
    assert after_success(breaker=opened, now=later(1), policy=POLICY) is opened
    assert failed(times=1, breaker=opened, now=later(1)) is opened


def test_it_survives_storage():
    opened = failed(times=3)
    assert msgspec.json.decode(msgspec.json.encode(opened), type=Breaker) == opened


@given(openings=st.integers(min_value=1, max_value=10_000))
def test_the_pause_grows_to_its_cap_and_never_beyond(openings: int):
    pause = pause_seconds(openings=openings, policy=POLICY)
    assert POLICY.first_pause_seconds <= pause <= POLICY.maximum_pause_seconds
    assert pause <= pause_seconds(openings=openings + 1, policy=POLICY)


steps = st.lists(st.tuples(st.floats(min_value=0, max_value=100), st.sampled_from(["works", "fails", "lost"])))


@given(steps=steps)
def test_whatever_happens_it_keeps_its_promises(steps: list[tuple[float, str]]):
    breaker, now = Breaker(), START
    for seconds, outcome in steps:
        now += timedelta(seconds=seconds)
        decision = decide_call(breaker=breaker, now=now, policy=POLICY)
        # Nobody calls during the pause or beside a probe; once the time has come somebody may.
        assert decision.allowed == (breaker.retry_at is None or now >= breaker.retry_at)
        if not decision.allowed:
            continue
        breaker = decision.breaker
        if outcome == "works":
            breaker = after_success(breaker=breaker, now=now, policy=POLICY)
        elif outcome == "fails":
            breaker = after_failure(breaker=breaker, now=now, reason="down", policy=POLICY)
        assert (breaker.retry_at is None) == (breaker.state is BreakerState.CLOSED)
        assert breaker.failures < POLICY.consecutive_failures or breaker.state is not BreakerState.CLOSED
        if breaker.state is BreakerState.OPEN:
            assert breaker.retry_at is not None
            pause = (breaker.retry_at - now).total_seconds()
            assert POLICY.first_pause_seconds <= pause <= POLICY.maximum_pause_seconds
