"""Where the days stand. They leave no trace in the change stream, which they follow.

Access patterns: one day by its key, ``ANALYTICS`` and ``DAY#2026-11-23``; the days of a range by the same partition.
"""

from __future__ import annotations

from openaisle.analytics.model import Day
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key


def day_key(*, day: str) -> Key:
    """Return where a day stands."""
    return Key("ANALYTICS", f"DAY#{day}")


DAYS: RecordType[Day] = RecordType(
    kind="analytics_day", model=Day, key=lambda record: day_key(day=record.day), streamed=False
)
