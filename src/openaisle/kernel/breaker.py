"""A circuit breaker as a record: pure decisions, so that all processes share it by storing it in the table.

A breaker in memory is useless where many processes and short-lived functions call the same party. Here the
state is a value; who calls loads it, asks ``decide_call``, and afterwards stores what ``after_success`` or
``after_failure`` returned. A healthy party costs no write: as long as nothing fails, the functions return the
very object they were given (compare with ``is``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class BreakerState(StrEnum):
    """Whether the party may be called: freely, not at all, or by one probe at a time."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BreakerPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a breaker opens and how long it stays so.

    It opens after ``consecutive_failures``, or when within ``window_seconds`` of a first failure at least
    ``minimum_calls`` were made and ``failure_rate_percent`` of them failed. Each opening in a row waits
    ``pause_factor`` times longer, from ``first_pause_seconds`` to ``maximum_pause_seconds``. A probe that has not
    answered after ``probe_seconds`` counts as lost, and another may be made.
    """

    consecutive_failures: int = 5
    minimum_calls: int = 20
    failure_rate_percent: int = 50
    window_seconds: float = 60.0
    first_pause_seconds: float = 2.0
    pause_factor: float = 2.0
    maximum_pause_seconds: float = 300.0
    probe_seconds: float = 60.0


class Breaker(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of the calls to one party; a new one is closed.

    ``failures`` counts failures in a row. ``window_*`` count calls since the first failure of the window.
    ``openings`` counts openings since the party last worked. ``opened_at`` and ``retry_at`` are set unless the
    breaker is closed: before ``retry_at`` nobody calls. ``reason`` is why the last call failed.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    window_started_at: datetime | None = None
    window_calls: int = 0
    window_failures: int = 0
    openings: int = 0
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    reason: str = ""


class CallDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to call now.

    ``breaker`` is to be stored before the call if it is not the object that was given: it reserves the probe,
    and the optimistic version sees that only one process makes it. ``retry_at`` is set where it is refused.
    """

    allowed: bool
    breaker: Breaker
    retry_at: datetime | None = None


DEFAULT_POLICY = BreakerPolicy()
_NEW = Breaker()


def decide_call(*, breaker: Breaker, now: datetime, policy: BreakerPolicy = DEFAULT_POLICY) -> CallDecision:
    """Decide whether the party may be called at ``now``."""
    if breaker.state is BreakerState.CLOSED or breaker.retry_at is None:
        return CallDecision(allowed=True, breaker=breaker)
    if now < breaker.retry_at:
        return CallDecision(allowed=False, breaker=breaker, retry_at=breaker.retry_at)
    # The pause is over, or an earlier probe was lost with its process: this caller probes, others wait for it.
    probe_ends_at = now + timedelta(seconds=policy.probe_seconds)
    probing = msgspec.structs.replace(breaker, state=BreakerState.HALF_OPEN, retry_at=probe_ends_at)
    return CallDecision(allowed=True, breaker=probing)


def after_success(*, breaker: Breaker, now: datetime, policy: BreakerPolicy = DEFAULT_POLICY) -> Breaker:
    """Return the breaker after an answer that shows the party works.

    An open breaker stays open: the answer belongs to a call from before, only a probe closes it.
    """
    if breaker.state is BreakerState.HALF_OPEN:
        return _NEW
    if breaker.state is BreakerState.OPEN or breaker.window_started_at is None:
        return breaker
    if _window_is_over(breaker=breaker, now=now, policy=policy):
        return _NEW
    return msgspec.structs.replace(breaker, failures=0, window_calls=breaker.window_calls + 1)


def after_failure(*, breaker: Breaker, now: datetime, reason: str, policy: BreakerPolicy = DEFAULT_POLICY) -> Breaker:
    """Return the breaker after a call that failed, for ``reason`` (kept to 300 characters).

    A failure that arrives while the breaker is open belongs to a call from before and does not lengthen the pause.
    """
    if breaker.state is BreakerState.OPEN:
        return breaker
    counted = _counted(breaker=breaker, now=now, reason=reason[:300], policy=policy)
    if breaker.state is BreakerState.HALF_OPEN or _is_too_much(breaker=counted, policy=policy):
        return _opened(breaker=counted, now=now, policy=policy)
    return counted


def pause_seconds(*, openings: int, policy: BreakerPolicy = DEFAULT_POLICY) -> float:
    """Return how long the breaker stays open the ``openings``-th time in a row (1 is the first)."""
    pause = policy.first_pause_seconds
    for _ in range(openings - 1):
        # The cap is looked at in each step, so that a party that is down for months overflows nothing.
        pause *= policy.pause_factor
        if pause >= policy.maximum_pause_seconds:
            break
    return min(pause, policy.maximum_pause_seconds)


def _counted(*, breaker: Breaker, now: datetime, reason: str, policy: BreakerPolicy) -> Breaker:
    starts_anew = breaker.window_started_at is None or _window_is_over(breaker=breaker, now=now, policy=policy)
    return msgspec.structs.replace(
        breaker,
        failures=breaker.failures + 1,
        window_started_at=now if starts_anew else breaker.window_started_at,
        window_calls=1 if starts_anew else breaker.window_calls + 1,
        window_failures=1 if starts_anew else breaker.window_failures + 1,
        reason=reason,
    )


def _window_is_over(*, breaker: Breaker, now: datetime, policy: BreakerPolicy) -> bool:
    started_at = breaker.window_started_at
    return started_at is not None and now - started_at > timedelta(seconds=policy.window_seconds)


def _is_too_much(*, breaker: Breaker, policy: BreakerPolicy) -> bool:
    if breaker.failures >= policy.consecutive_failures:
        return True
    if breaker.window_calls < policy.minimum_calls:
        return False
    return breaker.window_failures * 100 >= breaker.window_calls * policy.failure_rate_percent


def _opened(*, breaker: Breaker, now: datetime, policy: BreakerPolicy) -> Breaker:
    openings = breaker.openings + 1
    return Breaker(
        state=BreakerState.OPEN,
        failures=breaker.failures,
        openings=openings,
        opened_at=now,
        retry_at=now + timedelta(seconds=pause_seconds(openings=openings, policy=policy)),
        reason=breaker.reason,
    )
