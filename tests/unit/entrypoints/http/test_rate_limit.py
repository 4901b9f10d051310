"""How often strangers may knock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.entrypoints.http.rate_limit import RateLimit, RequestsTooMany
from openaisle.kernel.http import ANYONE, Answer
from tests.factories.http import api, call, operation


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def taken(limit: RateLimit, *, host: str, times: int) -> int:
    """How many of so many requests at once are let through."""
    through = 0
    for _ in range(times):
        try:
            limit.require(host=host)
        except RequestsTooMany:
            continue
        through += 1
    return through


def test_a_minutes_requests_are_taken_at_once_and_then_one_each_time_it_has_filled() -> None:
    clock = Seconds()
    limit = RateLimit(per_address=6, overall=0, monotonic=clock)
    assert taken(limit, host="192.0.2.1", times=10) == 6
    with pytest.raises(RequestsTooMany) as refused:
        limit.require(host="192.0.2.1")
    assert refused.value.retry_after_seconds == 10
    clock.now += 9.9
    assert taken(limit, host="192.0.2.1", times=1) == 0
    clock.now += 0.1
    assert taken(limit, host="192.0.2.1", times=2) == 1
    clock.now += 10_000
    assert taken(limit, host="192.0.2.1", times=10) == 6


def test_one_address_takes_nothing_from_another_and_a_household_is_one() -> None:
    limit = RateLimit(per_address=2, overall=0, monotonic=Seconds())
    assert taken(limit, host="192.0.2.1", times=5) == 2
    assert taken(limit, host="192.0.2.2", times=5) == 2
    assert taken(limit, host="2001:db8::1", times=1) + taken(limit, host="2001:db8::2", times=5) == 2


def test_all_together_have_a_limit_that_also_holds_for_this_machine() -> None:
    limit = RateLimit(per_address=2, overall=5, monotonic=Seconds())
    assert sum(taken(limit, host=f"192.0.2.{number}", times=2) for number in range(1, 3)) == 4
    assert taken(limit, host="127.0.0.1", times=5) == 1


def test_what_is_refused_by_one_limit_takes_nothing_from_the_other() -> None:
    clock = Seconds()
    limit = RateLimit(per_address=1, overall=3, monotonic=clock)
    assert taken(limit, host="192.0.2.1", times=100) == 1
    assert taken(limit, host="192.0.2.2", times=1) == 1


def test_without_limits_everything_is_let_through() -> None:
    limit = RateLimit(per_address=0, overall=0, monotonic=Seconds())
    assert taken(limit, host="192.0.2.1", times=1_000) == 1_000


@given(st.lists(st.floats(min_value=0, max_value=20), max_size=200))
def test_never_more_than_a_minutes_worth_beside_what_has_filled(pauses: list[float]) -> None:
    clock = Seconds()
    limit = RateLimit(per_address=6, overall=0, monotonic=clock)
    through = 0
    for pause in pauses:
        clock.now += pause
        through += taken(limit, host="192.0.2.1", times=1)
    assert through <= 6 + sum(pauses) / 10 + 1e-6


async def test_a_stranger_who_knocks_too_often_is_told_when_to_come_again() -> None:
    async def greet(request: object) -> Answer:
        return Answer(value={"hello": True})

    limit = RateLimit(per_address=0, overall=1, monotonic=Seconds())
    limited = api(operation(handle=greet, roles=ANYONE, rate_limited=True), limit=limit)
    assert (await call(limited, path="/v1/things", key=None)).status == 200
    refused = await call(limited, path="/v1/things", key=None)
    assert refused.status == 429
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "requests-too-many"
