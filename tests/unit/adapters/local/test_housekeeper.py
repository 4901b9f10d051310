"""The store is kept small in steps, until there is nothing left to do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.housekeeper import Housekeeper


class FakeStore:
    """Has so many rows to drop, at most ten a step."""

    def __init__(self, *, rows: int) -> None:
        self.rows = rows
        self.steps: list[timedelta] = []

    async def maintain(self, *, now: datetime, keep_changes_for: timedelta) -> int:
        self.steps.append(keep_changes_for)
        dropped = min(self.rows, 10)
        self.rows -= dropped
        return dropped


class EnoughSeen(Exception):
    """Ends a loop that has no end."""


async def test_each_round_goes_on_until_nothing_is_left_and_lets_writers_in_between() -> None:
    store = FakeStore(rows=25)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        if pauses.count(60.0) == 2:
            raise EnoughSeen
        pauses.append(seconds)

    keeper = Housekeeper(table=store, clock=SystemClock(), changes_kept_for=timedelta(days=30), sleep=sleep)
    with pytest.raises(EnoughSeen):
        await keeper.run()
    assert store.rows == 0
    assert pauses == [60.0, 0.05, 0.05, 0.05, 60.0]
    assert store.steps == [timedelta(days=30)] * 5
