"""Where scorecards stand in the table: a supplier's days and its card in one partition.

The days leave no trace in the change stream, which they follow; the card's changes carry the events of its standing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.scorecards.measures import ScoreDay
from openaisle.scorecards.model import Scorecard, Standing
from openaisle.scorecards.policy import WINDOWS

DUE_TOPIC = "scorecards"
DAY_PREFIX = "DAY#"
ALL_CARDS = "SCORECARDS"
# A day is kept a month longer than the longest window looks at it.
_DAYS_KEPT = max(WINDOWS) + 31


def partition_of(*, supplier_id: str) -> str:
    """Access pattern: all days of one supplier, in order (queries.ScorecardQueries)."""
    return f"SCORECARD#{supplier_id}"


def day_key(*, supplier_id: str, day: date) -> Key:
    """Access pattern: one day of one supplier (projection)."""
    return Key(partition_of(supplier_id=supplier_id), f"{DAY_PREFIX}{day.isoformat()}")


def card_key(*, supplier_id: str) -> Key:
    """Access pattern: the card of one supplier, one get."""
    return Key(partition_of(supplier_id=supplier_id), "CARD")


def cards_in(*, standing: Standing) -> str:
    """Access pattern: the cards of a standing, the lowest score first (queries.ScorecardQueries.listed)."""
    return f"{ALL_CARDS}#{standing.value}"


def _expires_at(day: ScoreDay) -> int:
    return int(datetime.combine(day.day + timedelta(days=_DAYS_KEPT), time.min, UTC).timestamp())


def _indexes(card: Scorecard) -> tuple[IndexEntry, ...]:
    due = due_entry(topic=DUE_TOPIC, at=sortable_time(card.look_at), identifier=card.supplier_id)
    if card.score is None:
        # Not looked at yet: it says nothing that could be listed.
        return (due,)
    sort = f"{card.score:04d}#{card.supplier_id}"
    return (
        due,
        IndexEntry(Index.FIRST, cards_in(standing=card.standing), sort),
        # Access pattern: all cards, the lowest score first (queries.ScorecardQueries.listed).
        IndexEntry(Index.SECOND, ALL_CARDS, sort),
    )


SCORE_DAYS: RecordType[ScoreDay] = RecordType(
    kind="score_day",
    model=ScoreDay,
    key=lambda record: day_key(supplier_id=record.supplier_id, day=record.day),
    expires_at=_expires_at,
    streamed=False,
)
SCORECARDS: RecordType[Scorecard] = RecordType(
    kind="scorecard",
    model=Scorecard,
    key=lambda record: card_key(supplier_id=record.supplier_id),
    indexes=_indexes,
)
