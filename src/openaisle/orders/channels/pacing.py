"""How often a supplier is called: never more in a minute than it allows, whoever asks and however often."""

from __future__ import annotations

from datetime import datetime, timedelta

_BURST_SECONDS = 10


class Pacer:
    """Remembers of each supplier with a rate limit when it may be called next.

    Calls are spread evenly; what was not used in the last ten seconds may be used at once.
    """

    def __init__(self) -> None:
        """Start with nobody called."""
        self._theoretical: dict[str, datetime] = {}

    def seconds_until_allowed(self, *, supplier_id: str, per_minute: int | None, now: datetime) -> float:
        """Return how long a call must wait, 0 if it may be made now; asking takes nothing."""
        if per_minute is None:
            return 0.0
        earliest = self._theoretical.get(supplier_id, now) - self._burst(per_minute)
        return max((earliest - now).total_seconds(), 0.0)

    def note_call(self, *, supplier_id: str, per_minute: int | None, now: datetime) -> None:
        """Remember that a call is made now."""
        if per_minute is None:
            return
        # A clock that was set back must not silence a supplier for as long as it was set back.
        theoretical = min(self._theoretical.get(supplier_id, now), now + timedelta(minutes=1))
        self._theoretical[supplier_id] = max(theoretical, now) + timedelta(seconds=60 / per_minute)

    @staticmethod
    def _burst(per_minute: int) -> timedelta:
        interval = 60 / per_minute
        return timedelta(seconds=max(_BURST_SECONDS - interval, 0.0))
