"""The pipe that counts what suppliers did, by supplier and day; a change that comes twice is counted once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Table, Write
from openaisle.scorecards.counting import COUNTERS, Counted, count_in, counted
from openaisle.scorecards.measures import ScoreDay
from openaisle.scorecards.model import Scorecard
from openaisle.scorecards.repository import SCORE_DAYS, SCORECARDS, card_key, day_key

NAME = "scorecards"
_BATCH_SIZE = 1_000
# A commit holds 100 writes: the days, and at most as many cards.
_DAYS_PER_COMMIT = 45
# Numbers may be a moment old; waiting lets many purchase orders of a supplier share one write.
_REST_SECONDS = 1.0
# New counts are looked at soon, but a card is written at most once in this time however much is counted.
_LOOK_AFTER = timedelta(seconds=60)


def scorecards_pipe(*, table: Table, clock: Clock) -> Pipe:
    """Return the pipe that counts."""

    async def handle(changes: Sequence[Change]) -> None:
        days: dict[tuple[str, date], list[Counted]] = {}
        for change in changes:
            for one in counted(change=change):
                days.setdefault((one.supplier_id, one.day), []).append(one)
        listed = sorted(days.items())
        for start in range(0, len(listed), _DAYS_PER_COMMIT):
            await _counted_in(
                table=table,
                clock=clock,
                days=listed[start : start + _DAYS_PER_COMMIT],
                correlation_id=changes[-1].correlation_id,
            )

    return Pipe(
        name=NAME,
        handle=handle,
        event_types=frozenset(COUNTERS),
        batch_size=_BATCH_SIZE,
        rest_seconds=_REST_SECONDS,
    )


async def _counted_in(
    *,
    table: Table,
    clock: Clock,
    days: Sequence[tuple[tuple[str, date], list[Counted]]],
    correlation_id: str,
) -> None:
    now = clock.now()
    context = system_context(name=NAME, at=now, correlation_id=correlation_id)
    suppliers = sorted({supplier_id for (supplier_id, _), _ in days})
    day_keys = [day_key(supplier_id=supplier_id, day=day) for (supplier_id, day), _ in days]
    card_keys = [card_key(supplier_id=supplier_id) for supplier_id in suppliers]

    async def attempt() -> None:
        items = await table.get_many(keys=[*day_keys, *card_keys])
        writes: list[Write] = []
        for ((supplier_id, day), changes), item in zip(days, items, strict=False):
            found = SCORE_DAYS.decode(item) if item is not None else None
            record = found.record if found is not None else ScoreDay(supplier_id=supplier_id, day=day)
            if count_in(day=record, changes=changes):
                writes.append(SCORE_DAYS.replace(record, version=found.version if found is not None else 0))
        if not writes:
            return
        look_at = now + _LOOK_AFTER
        for supplier_id, item in zip(suppliers, items[len(days) :], strict=True):
            if item is None:
                writes.append(SCORECARDS.create(Scorecard(supplier_id=supplier_id, look_at=look_at)))
                continue
            card = SCORECARDS.decode(item)
            if card.record.look_at > look_at:
                sooner = msgspec.structs.replace(card.record, look_at=look_at)
                writes.append(SCORECARDS.replace(sooner, version=card.version))
        await table.commit(writes=writes, context=context)

    await decided_anew(attempt)
