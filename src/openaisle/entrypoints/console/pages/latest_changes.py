"""The end of the change stream, which can only be read forwards."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.stream import Change, ChangeStream

# How far back the first look goes, in sequence numbers; a store may leave gaps between the commits' numbers.
_FIRST_SPAN = 1 << 15
_GROWTH = 16
_CHANGES_PER_READ = 500
_CHANGES_MAXIMUM = 2_000


async def latest_changes(*, stream: ChangeStream, event_count: int) -> Sequence[Change]:
    """Return the last changes of the stream in their order, going back until they hold ``event_count`` events.

    It gives up going back once it would have to read more than about two thousand changes.
    """
    latest = await stream.latest()
    span = _FIRST_SPAN
    while True:
        after = max(0, latest - span)
        changes = await _between(stream=stream, after=after, through=latest)
        found = sum(len(change.events) for change in changes)
        if found >= event_count or after == 0 or len(changes) >= _CHANGES_MAXIMUM:
            return changes
        span *= _GROWTH


async def _between(*, stream: ChangeStream, after: int, through: int) -> list[Change]:
    changes: list[Change] = []
    # The stream may grow while it is read; what comes later is shown the next time.
    while after < through:
        read = await stream.read(after=after, limit=_CHANGES_PER_READ)
        if not read:
            break
        changes = [*changes, *read][-_CHANGES_MAXIMUM:]
        after = read[-1].sequence
    return changes
