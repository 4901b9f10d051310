"""The pipe that counts: one commit a batch, and a batch only every fifth of a second."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.analytics.model import COUNTERS, Day, by_day, count_in
from openaisle.analytics.repository import DAYS, day_key
from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Table, Write

NAME = "overview"
_BATCH_SIZE = 1_000
# A commit holds 100 writes; a batch that spans more days than this comes from a very long standstill.
_DAYS_PER_COMMIT = 50
# Numbers may be a moment old; waiting lets many orders share one commit, so that counting never slows placing.
_REST_SECONDS = 0.2


def overview_pipe(*, table: Table, clock: Clock) -> Pipe:
    """Return the pipe that keeps the days' numbers."""

    async def handle(changes: Sequence[Change]) -> None:
        days = list(by_day(changes=changes).items())
        for start in range(0, len(days), _DAYS_PER_COMMIT):
            await _counted(table=table, clock=clock, days=days[start : start + _DAYS_PER_COMMIT])

    return Pipe(
        name=NAME,
        handle=handle,
        event_types=frozenset(COUNTERS),
        batch_size=_BATCH_SIZE,
        rest_seconds=_REST_SECONDS,
    )


async def _counted(*, table: Table, clock: Clock, days: Sequence[tuple[str, Sequence[Change]]]) -> None:
    correlation_id = days[-1][1][-1].correlation_id
    context = system_context(name=NAME, at=clock.now(), correlation_id=correlation_id)

    async def attempt() -> None:
        items = await table.get_many(keys=[day_key(day=day) for day, _ in days])
        writes: list[Write] = []
        for (day, changes), item in zip(days, items, strict=True):
            found = DAYS.decode(item) if item is not None else Versioned(Day(day=day), 0)
            if count_in(day=found.record, changes=changes):
                writes.append(DAYS.replace(found.record, version=found.version))
        if writes:
            await table.commit(writes=writes, context=context)

    await decided_anew(attempt)
