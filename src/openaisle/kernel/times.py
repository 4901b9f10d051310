"""Moments as texts that sort as they pass."""

from __future__ import annotations

from datetime import UTC, datetime


def sortable_time(moment: datetime) -> str:
    """Return a UTC moment as ``2026-11-23T18:03:34.123456Z``: always 27 characters, so texts sort by time."""
    if moment.tzinfo is None:
        message = "a moment without a time zone cannot be compared"
        raise ValueError(message)
    # isoformat drops the fraction when it is zero; timespec keeps the width.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
