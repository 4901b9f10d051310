"""Scorecards as they come to be: counts of days, and the look at them."""

from __future__ import annotations

from datetime import datetime

from openaisle.kernel.table import Table
from openaisle.scorecards.measures import Count, ScoreDay
from openaisle.scorecards.model import Scorecard
from openaisle.scorecards.repository import SCORE_DAYS, SCORECARDS
from tests.factories.contexts import NOON, make_context


async def counted_on(table: Table, *, at: datetime = NOON, supplier_id: str = "sup_bergmann", **counts: int) -> None:
    """Keep a day's counts of a supplier, and its card where it has none."""
    day = ScoreDay(
        supplier_id=supplier_id,
        day=at.date(),
        position=1,
        counts={Count(name): count for name, count in counts.items()},
    )
    card = SCORECARDS.store(Scorecard(supplier_id=supplier_id, look_at=at))
    await table.commit(writes=[SCORE_DAYS.store(day), card], context=make_context(at=at))
