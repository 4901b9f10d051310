"""Read scorecards: for people with every number, for allocation the score alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from openaisle.kernel.table import Index, Table
from openaisle.scorecards.measures import Measure, ScoreDay, measures_of
from openaisle.scorecards.model import Scorecard, ScorecardMissing, Standing
from openaisle.scorecards.policy import WINDOWS, ScorecardPolicy
from openaisle.scorecards.repository import (
    ALL_CARDS,
    DAY_PREFIX,
    SCORE_DAYS,
    SCORECARDS,
    card_key,
    cards_in,
    partition_of,
)
from openaisle.scorecards.views import ScorecardPage, ScorecardView, scorecard_view, summary_of

# A score moves at most once a minute, so that asking for it with every order costs a read a minute.
_SCORE_AGE = timedelta(seconds=60)
_SCORES_MAXIMUM = 20_000
_DAYS = 2 * max(WINDOWS)


class ScorecardQueries:
    """The queries of scorecards; the scores that allocation asks for are among them."""

    def __init__(self, *, table: Table, policy: ScorecardPolicy) -> None:
        """Take the table, and the policy that says how numbers are judged."""
        self._table = table
        self._policy = policy
        self._scores: dict[str, tuple[datetime, int]] = {}

    async def score(self, *, supplier_id: str, at: datetime) -> int:
        """Return a supplier's score (0 to 1000) as it was at most a minute before ``at``."""
        kept = self._scores.get(supplier_id)
        if kept is not None and at - kept[0] <= _SCORE_AGE:
            return kept[1]
        item = await self._table.get(key=card_key(supplier_id=supplier_id))
        score = None if item is None else SCORECARDS.record(item.body).score
        if len(self._scores) >= _SCORES_MAXIMUM:
            self._scores.clear()
        found = self._policy.score_without_evidence if score is None else score
        self._scores[supplier_id] = (at, found)
        return found

    async def scorecard(self, *, supplier_id: str, at: datetime) -> ScorecardView:
        """Return a supplier's scorecard with its numbers of ``at``; raises ScorecardMissing."""
        item = await self._table.get(key=card_key(supplier_id=supplier_id))
        if item is None:
            raise ScorecardMissing(detail=f"There is no scorecard of {supplier_id[:40]}.")
        card = SCORECARDS.record(item.body)
        return scorecard_view(card=card, measures=await self.measures(card=card, at=at), policy=self._policy)

    async def listed(
        self, *, standing: Standing | None = None, after: str | None = None, limit: int = 100
    ) -> ScorecardPage:
        """Return a page of scorecards, of one standing or all, the lowest score first."""
        index, partition = Index.SECOND, ALL_CARDS
        if standing is not None:
            index, partition = Index.FIRST, cards_in(standing=standing)
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit)
        cards = [summary_of(card=SCORECARDS.record(item.body)) for item in page.items]
        return ScorecardPage(scorecards=cards, next_after=page.cursor)

    async def measures(self, *, card: Scorecard, at: datetime) -> tuple[Measure, ...]:
        """Return every metric of a supplier over every window that ends with the day of ``at``."""
        page = await self._table.query(
            partition=partition_of(supplier_id=card.supplier_id),
            sort_prefix=DAY_PREFIX,
            limit=_DAYS,
            descending=True,
        )
        days: list[ScoreDay] = [SCORE_DAYS.record(item.body) for item in page.items]
        return measures_of(
            days=days, today=at.astimezone(UTC).date(), judged_from=card.judged_from, policy=self._policy
        )
