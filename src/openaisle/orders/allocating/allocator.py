"""Allocation with what is known of suppliers: it gathers the facts, lets the engine decide, and counts capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from openaisle.inventory.model import OfferWithStock
from openaisle.kernel.optimum import Optimizer
from openaisle.kernel.table import Adjust, Table, Write
from openaisle.orders.allocating.capacity import DAY_CAPACITIES, DayCapacity, capacity_key
from openaisle.orders.allocating.eligibility import SupplierFacts
from openaisle.orders.allocating.engine import Candidates, allocate
from openaisle.orders.allocating.fairness import RecentChoices
from openaisle.orders.allocating.model import AllocationDecision
from openaisle.orders.allocating.policy import STANDARD_POLICY, AllocationPolicy
from openaisle.orders.allocating.request import AllocationRequest
from openaisle.orders.allocating.strategy import AllocationStrategy, LandedCostStrategy
from openaisle.suppliers.shipping_terms import ShippingTerms, calendar_of

_KEPT_AFTER = timedelta(days=30)


class ShippingTermsSource(Protocol):
    """Finds shipping terms; ``suppliers.queries.SupplierQueries`` is one, read-through."""

    async def shipping_terms(self, *, supplier_id: str, at: datetime) -> ShippingTerms | None:
        """Return a supplier's terms, None if it stated none."""
        ...


class SupplierScores(Protocol):
    """Finds suppliers' scores; read-through, so asking often costs nothing."""

    async def score(self, *, supplier_id: str, at: datetime) -> int | None:
        """Return the score from 0 to 1,000, None where too little is known."""
        ...


class Allocator:
    """The allocation engine over the sources of its facts."""

    def __init__(
        self,
        *,
        table: Table,
        shipping_terms: ShippingTermsSource | None = None,
        scores: SupplierScores | None = None,
        policy: AllocationPolicy = STANDARD_POLICY,
        strategy: AllocationStrategy | None = None,
        optimizer: Optimizer | None = None,
    ) -> None:
        """Take what there is; a source that is None tells nothing, and its part of the decision falls away.

        Without a ``strategy`` the landed cost by the weights of the ``policy`` decides.
        """
        self._table = table
        self._shipping_terms = shipping_terms
        self._scores = scores
        self._policy = policy
        self._strategy = strategy or LandedCostStrategy(weights=policy.weights)
        self._optimizer = optimizer
        self._recent = RecentChoices()

    async def allocate(
        self,
        *,
        request: AllocationRequest,
        candidates: Candidates,
        excluded: Mapping[int, frozenset[str]] | None = None,
    ) -> AllocationDecision:
        """Return which offers and locations fill the lines; see ``engine.allocate``."""
        decision = allocate(
            request=request,
            candidates=candidates,
            excluded=excluded or {},
            facts=await self.facts(request=request, candidates=candidates),
            policy=self._policy,
            strategy=self._strategy,
            optimizer=self._optimizer,
        )
        if self._strategy.weights.fairness_minor:
            self._recent.note(supplier_ids={share.candidate.offer.supplier_id for share in decision.shares})
        return decision

    async def facts(self, *, request: AllocationRequest, candidates: Candidates) -> dict[str, SupplierFacts]:
        """Return what is known of the suppliers that may fill the lines; nothing of those about whom nothing is."""
        chosen_for = {line.line_number for line in request.lines if line.offer_id is None}
        facts: dict[str, SupplierFacts] = {}
        for number, offers in candidates.items():
            # A fixed offer is compared with nobody, so its supplier's score is not asked for.
            scores = self._scores if number in chosen_for and _is_choice(offers) else None
            for one in offers:
                supplier_id = one.offer.supplier_id
                known = facts.get(supplier_id)
                if one.reasons or (known is not None and (scores is None or known.scorecard is not None)):
                    continue
                facts[supplier_id] = await self._facts_of(supplier_id=supplier_id, scores=scores, at=request.at)
        return facts

    async def capacity_writes(self, *, decision: AllocationDecision, at: datetime) -> list[Write]:
        """Return the writes that take the decision from its suppliers' capacity; none where nobody limits it.

        They belong into the commit of the shares: refused for a minimum, the day is full and all is decided anew.
        """
        writes: list[Write] = []
        for supplier_id, day in decision.begins_on.items():
            terms = await self._terms(supplier_id=supplier_id, at=at)
            if terms is None or terms.daily_capacity is None:
                continue
            key = capacity_key(supplier_id=supplier_id, day=day)
            item = await self._table.get(key=key)
            if item is None:
                writes.append(DAY_CAPACITIES.create(_day_of(terms=terms, day=day, left=terms.daily_capacity - 1)))
                continue
            found = DAY_CAPACITIES.decode(item)
            if found.record.capacity == terms.daily_capacity:
                writes.append(Adjust(key=key, changes={"left": -1}, minimums={"left": 0}, streamed=False))
            else:
                left = found.record.left_with(capacity=terms.daily_capacity) - 1
                writes.append(DAY_CAPACITIES.replace(_day_of(terms=terms, day=day, left=left), version=found.version))
        return writes

    async def _facts_of(self, *, supplier_id: str, scores: SupplierScores | None, at: datetime) -> SupplierFacts:
        terms = await self._terms(supplier_id=supplier_id, at=at)
        capacity_left = {}
        if terms is not None and terms.daily_capacity is not None:
            begins_on = calendar_of(terms=terms, at=at, lead_time_days=0, transit_days=0).begins_on.isoformat()
            item = await self._table.get(key=capacity_key(supplier_id=supplier_id, day=begins_on))
            if item is not None:
                record = DAY_CAPACITIES.decode(item).record
                capacity_left[begins_on] = record.left_with(capacity=terms.daily_capacity)
        return SupplierFacts(
            terms=terms,
            scorecard=None if scores is None else await scores.score(supplier_id=supplier_id, at=at),
            share_permille=self._recent.share_permille(supplier_id=supplier_id),
            capacity_left=capacity_left,
        )

    async def _terms(self, *, supplier_id: str, at: datetime) -> ShippingTerms | None:
        if self._shipping_terms is None:
            return None
        return await self._shipping_terms.shipping_terms(supplier_id=supplier_id, at=at)


def _is_choice(offers: Sequence[OfferWithStock]) -> bool:
    return sum(not one.reasons for one in offers) > 1


def _day_of(*, terms: ShippingTerms, day: str, left: int) -> DayCapacity:
    assert terms.daily_capacity is not None
    expires = datetime.combine(date.fromisoformat(day) + _KEPT_AFTER, time.min, tzinfo=UTC)
    return DayCapacity(
        supplier_id=terms.supplier_id,
        day=day,
        capacity=terms.daily_capacity,
        left=left,
        expires_at=int(expires.timestamp()),
    )
