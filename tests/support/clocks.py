"""A clock that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.factories.contexts import NOON


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self, *, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def go_on(self, *, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at
