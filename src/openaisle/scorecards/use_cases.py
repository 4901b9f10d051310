"""Look at scorecards as days pass, and decide what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from openaisle.kernel.context import Context, system_context
from openaisle.kernel.errors import NotFound, TransitionRefused
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Item, Table
from openaisle.scorecards.model import (
    Outcome,
    Scorecard,
    ScorecardMissing,
    decide_carried_out,
    decide_forgiven,
    decide_look,
    decide_reinstated,
    decide_suspension,
)
from openaisle.scorecards.policy import ScorecardPolicy
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.scorecards.repository import DUE_TOPIC, SCORECARDS, card_key

NAME = "scorecards"


class Standings(Protocol):
    """What this room asks of suppliers/ before it warns anybody."""

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        """Return whether a supplier's offers may be sold."""
        ...


class SuspendsSuppliers(Protocol):
    """What this room has done by suppliers/."""

    async def suspend(self, *, supplier_id: str, reason: str, context: Context) -> object:
        """Stop an active supplier's sales; raises TransitionRefused for one that is not active."""
        ...

    async def reinstate(self, *, supplier_id: str, reason: str, context: Context) -> object:
        """Let a suspended supplier sell again; raises TransitionRefused for one that is not suspended."""
        ...


class Scorecards:
    """The use cases of scorecards."""

    def __init__(
        self,
        *,
        table: Table,
        queries: ScorecardQueries,
        standings: Standings,
        suppliers: SuspendsSuppliers,
        policy: ScorecardPolicy,
    ) -> None:
        """Take the table, the queries that measure, the room of suppliers, and the policy."""
        self._table = table
        self._queries = queries
        self._standings = standings
        self._suppliers = suppliers
        self._policy = policy

    def timer(self) -> Timer:
        """Return the timer that looks at each card soon after new counts, and with every new day."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                supplier_id = SCORECARDS.record(item.body).supplier_id
                correlation_id = f"{NAME}:{supplier_id}:{now.isoformat()}"
                context = system_context(name=NAME, at=now, correlation_id=correlation_id)
                await self.look(supplier_id=supplier_id, context=context)

        return Timer(topic=DUE_TOPIC, handle=handle, batch_size=20)

    async def look(self, *, supplier_id: str, context: Context) -> Scorecard:
        """Let the numbers of this moment move a supplier's standing; raises ScorecardMissing."""

        async def attempt() -> Outcome:
            found = await self._found(supplier_id=supplier_id)
            outcome = decide_look(
                card=found.record,
                measures=await self._queries.measures(card=found.record, at=context.at),
                policy=self._policy,
                may_sell=await self._standings.is_active(supplier_id=supplier_id, at=context.at),
                actor=context.principal.actor,
                at=context.at,
            )
            await self._commit(found=found, outcome=outcome, context=context)
            return outcome

        outcome = await decided_anew(attempt)
        await self._carry_out(outcome, context=context)
        return outcome.card

    async def suspend(self, *, supplier_id: str, reason: str, context: Context) -> Scorecard:
        """Suspend a supplier that was warned; raises ScorecardMissing, ScorecardDecisionRefused."""

        def decide(card: Scorecard) -> Outcome:
            return decide_suspension(card=card, reason=reason, actor=context.principal.actor, at=context.at)

        outcome = await self._decided(supplier_id=supplier_id, decide=decide, context=context)
        await self._carry_out(outcome, context=context)
        return outcome.card

    async def forgive(self, *, supplier_id: str, reason: str, context: Context) -> Scorecard:
        """Judge a supplier that was warned only by what comes; raises ScorecardMissing, ScorecardDecisionRefused."""

        def decide(card: Scorecard) -> Outcome:
            return decide_forgiven(card=card, reason=reason, actor=context.principal.actor, at=context.at)

        return (await self._decided(supplier_id=supplier_id, decide=decide, context=context)).card

    async def follow_reinstatement(
        self, *, supplier_id: str, reason: str, reinstated_at: datetime, context: Context
    ) -> None:
        """Let a supplier that sells again begin anew; nothing for one without a card. Again changes nothing."""

        def decide(card: Scorecard) -> Outcome:
            return decide_reinstated(
                card=card, reason=reason, reinstated_at=reinstated_at, actor=context.principal.actor, at=context.at
            )

        try:
            await self._decided(supplier_id=supplier_id, decide=decide, context=context)
        except ScorecardMissing:
            return

    async def _decided(self, *, supplier_id: str, decide: Callable[[Scorecard], Outcome], context: Context) -> Outcome:
        async def attempt() -> Outcome:
            found = await self._found(supplier_id=supplier_id)
            outcome = decide(found.record)
            await self._commit(found=found, outcome=outcome, context=context)
            return outcome

        return await decided_anew(attempt)

    async def _carry_out(self, outcome: Outcome, *, context: Context) -> None:
        """Have the suspension done that was decided; a process that ends before does it with its next look."""
        supplier_id = outcome.card.supplier_id
        try:
            if outcome.suspends is not None:
                await self._suppliers.suspend(supplier_id=supplier_id, reason=outcome.suspends, context=context)
            elif outcome.reinstates is not None:
                await self._suppliers.reinstate(supplier_id=supplier_id, reason=outcome.reinstates, context=context)
        except (TransitionRefused, NotFound):
            # It is suspended, or has left, by somebody else's decision: what was wanted is so.
            pass
        if outcome.suspends is None:
            return

        def decide(card: Scorecard) -> Outcome:
            return Outcome(card=card if card.is_carried_out else decide_carried_out(card=card))

        await self._decided(supplier_id=supplier_id, decide=decide, context=context)

    async def _found(self, *, supplier_id: str) -> Versioned[Scorecard]:
        item = await self._table.get(key=card_key(supplier_id=supplier_id))
        if item is None:
            raise ScorecardMissing(detail=f"There is no scorecard of {supplier_id[:40]}.")
        return SCORECARDS.decode(item)

    async def _commit(self, *, found: Versioned[Scorecard], outcome: Outcome, context: Context) -> None:
        if outcome.card is not found.record:
            write = SCORECARDS.replace(outcome.card, version=found.version, events=outcome.events)
            await self._table.commit(writes=[write], context=context)
