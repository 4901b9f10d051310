"""The allocation engine: which offer and location fills which line, and why. Pure and deterministic."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from openaisle.inventory.model import OfferWithStock, StockLevel
from openaisle.kernel.optimum import Optimizer
from openaisle.orders.allocating.eligibility import Eligibility, Expectation, SupplierFacts
from openaisle.orders.allocating.model import (
    AllocationDecision,
    Assessment,
    LineDecision,
    Prospect,
    Score,
    Share,
    Verdict,
)
from openaisle.orders.allocating.optimum import best_solution
from openaisle.orders.allocating.policy import STANDARD_POLICY, AllocationPolicy
from openaisle.orders.allocating.problem import Part, Problem, Task, Way
from openaisle.orders.allocating.request import AllocationRequest, WantedLine
from openaisle.orders.allocating.strategy import DEFAULT_STRATEGY, AllocationStrategy

_NOTHING_KNOWN: Mapping[str, SupplierFacts] = {}
_NOTHING_EXCLUDED: Mapping[int, frozenset[str]] = {}

Candidates = Mapping[int, Sequence[OfferWithStock]]


def allocate(
    *,
    request: AllocationRequest,
    candidates: Candidates,
    excluded: Mapping[int, frozenset[str]] = _NOTHING_EXCLUDED,
    facts: Mapping[str, SupplierFacts] = _NOTHING_KNOWN,
    policy: AllocationPolicy = STANDARD_POLICY,
    strategy: AllocationStrategy = DEFAULT_STRATEGY,
    optimizer: Optimizer | None = None,
) -> AllocationDecision:
    """Return which offers and locations fill the lines, with a verdict on every candidate.

    ``candidates`` are the offers looked at for each line number, ``excluded`` the offers that refused the line
    before, ``facts`` what is known of suppliers beyond their offers. Lines whose offer is fixed take their stock
    first. A line is split over offers only if no single one can fill it. Nothing is reserved by this; the caller
    commits the shares or decides anew.
    """
    eligibility = Eligibility(request=request, facts=facts, excluded=excluded, policy=policy)
    engine = _Engine(eligibility=eligibility, strategy=strategy, optimizer=optimizer)
    return engine.run(lines=request.lines, candidates=candidates)


class _Scored(NamedTuple):
    """What is to be expected of a candidate that ships from ``location``, and what that costs."""

    cost_minor: int
    location: str
    available: int
    prospect: Prospect
    score: Score


class _Considered(NamedTuple):
    """One candidate of a line that the engine chooses for: why not, or else its locations, the best first."""

    candidate: OfferWithStock
    verdict: Verdict | None
    expected: Expectation | None
    ways: list[_Scored]


_Source = tuple[OfferWithStock, str]


_by_cost = operator.itemgetter(0, 1)
_by_preference = operator.itemgetter(0, 1, 2)


class _Table(NamedTuple):
    """A problem of numbers, and for each task what its ways stand for."""

    problem: Problem
    ways: list[list[_Source]]


class _Engine:
    """One run: it remembers what the lines before have already taken."""

    def __init__(self, *, eligibility: Eligibility, strategy: AllocationStrategy, optimizer: Optimizer | None) -> None:
        self._eligibility = eligibility
        self._strategy = strategy
        self._optimizer = optimizer
        self._taken: dict[tuple[str, str], int] = {}
        self._shares: list[Share] = []
        self._begins_on: dict[str, str] = {}
        self._proven = True

    def run(self, *, lines: Sequence[WantedLine], candidates: Candidates) -> AllocationDecision:
        decided: dict[int, LineDecision] = {}
        for line in lines:
            if line.offer_id is not None:
                decided[line.line_number] = self._fixed(line=line, candidates=candidates[line.line_number])
        if len(decided) < len(lines):
            free = [line for line in lines if line.offer_id is None]
            decided.update(self._chosen(lines=free, candidates=candidates))
        return AllocationDecision(
            shares=tuple(self._shares),
            lines=tuple(decided[line.line_number] for line in lines),
            proven=self._proven,
            begins_on=self._begins_on,
        )

    def _fixed(self, *, line: WantedLine, candidates: Sequence[OfferWithStock]) -> LineDecision:
        number = line.line_number
        if not candidates:
            return LineDecision(line_number=number, assessments=(), fixed=True, unfilled=line.quantity)
        candidate = candidates[0]
        judged = self._eligibility.judged(line_number=number, candidate=candidate)
        if isinstance(judged, Verdict):
            verdict = judged
        else:
            filled = self._take_fixed(line=line, candidate=candidate)
            verdict = Verdict.CHOSEN if filled else Verdict.TOO_LITTLE_STOCK
        chosen = verdict is Verdict.CHOSEN
        offer = candidate.offer
        assessment = Assessment(
            offer_id=offer.offer_id,
            supplier_id=offer.supplier_id,
            verdict=verdict,
            available=candidate.available,
            price_minor=offer.price_minor,
            lead_time_days=offer.lead_time_days,
            quantity=line.quantity if chosen else 0,
            delivered_on=self._shares[-1].delivered_on if chosen else None,
        )
        return LineDecision(
            line_number=number, assessments=(assessment,), fixed=True, unfilled=0 if chosen else line.quantity
        )

    def _take_fixed(self, *, line: WantedLine, candidate: OfferWithStock) -> bool:
        levels = candidate.stock
        if len(levels) > 1:
            levels = self._nearest_first(candidate)
        for level in levels:
            if self._left(candidate=candidate, location=level.location) >= line.quantity:
                self._share(line=line, candidate=candidate, location=level.location, quantity=line.quantity)
                return True
        left = {level.location: self._left(candidate=candidate, location=level.location) for level in levels}
        if sum(left.values()) < line.quantity:
            return False
        missing = line.quantity
        # The fullest location first: the fewest parcels.
        for location in sorted(left, key=lambda one: (-left[one], one)):
            quantity = min(missing, left[location])
            if quantity > 0:
                self._share(line=line, candidate=candidate, location=location, quantity=quantity)
                missing -= quantity
        return True

    def _nearest_first(self, candidate: OfferWithStock) -> tuple[StockLevel, ...]:
        """Return the locations of an offer, those first from which a parcel leaves anyway, then the near ones."""
        supplier_id = candidate.offer.supplier_id
        used = {share.location for share in self._shares if share.candidate.offer.supplier_id == supplier_id}

        def rank(level: StockLevel) -> tuple[bool, int]:
            prospect = self._eligibility.prospect(candidate=candidate, location=level.location, days=0)
            return level.location not in used, prospect.zone

        return tuple(sorted(candidate.stock, key=rank))

    def _chosen(self, *, lines: Sequence[WantedLine], candidates: Candidates) -> dict[int, LineDecision]:
        considered = {
            line.line_number: [self._considered(line=line, candidate=one) for one in candidates[line.line_number]]
            for line in lines
        }
        table = self._tabled(lines=lines, considered=considered)
        found = best_solution(problem=table.problem, optimizer=self._optimizer)
        self._proven = found.proven
        for line, ways, parts in zip(lines, table.ways, found.solution, strict=True):
            for part in parts:
                candidate, location = ways[part.way]
                self._share(line=line, candidate=candidate, location=location, quantity=part.quantity)
        return {
            line.line_number: self._decided(line=line, considered=considered[line.line_number], parts=parts)
            for line, parts in zip(lines, found.solution, strict=True)
        }

    def _considered(self, *, line: WantedLine, candidate: OfferWithStock) -> _Considered:
        judged = self._eligibility.judged(line_number=line.line_number, candidate=candidate)
        if isinstance(judged, Verdict):
            return _Considered(candidate, judged, None, [])
        ways: list[_Scored] = []
        for level in candidate.stock:
            location = level.location
            prospect = self._eligibility.prospect(candidate=candidate, location=location, days=judged.days)
            score = self._strategy.score(prospect=prospect, net_price_minor=line.net_price_minor)
            way = _Scored(score.total_minor(quantity=line.quantity), location, level.available, prospect, score)
            ways.append(way)
        if len(ways) > 1:
            ways.sort(key=_by_cost)
        return _Considered(candidate, None, judged, ways)

    def _tabled(self, *, lines: Sequence[WantedLine], considered: Mapping[int, Sequence[_Considered]]) -> _Table:
        """Return the lines as a problem of numbers; the ways stand in the order in which equals are preferred."""
        places: dict[tuple[str, str], int] = {}
        stock: list[int] = []
        parcels = {(share.candidate.offer.supplier_id, share.location): 0 for share in self._shares}
        parcels = {parcel: number for number, parcel in enumerate(parcels)}
        fees = [0] * len(parcels)
        parcel_minor = self._strategy.weights.parcel_minor
        tasks, sources = [], []
        for line in lines:
            found: list[tuple[int, str, str, Way, _Source]] = []
            for candidate, _, _, ways in considered[line.line_number]:
                offer = candidate.offer
                offer_id, supplier_id = offer.offer_id, offer.supplier_id
                for cost, location, available, _, score in ways:
                    left = available - self._taken.get((offer_id, location), 0)
                    if left <= 0:
                        continue
                    place = places.setdefault((offer_id, location), len(places))
                    if place == len(stock):
                        stock.append(left)
                    parcel = parcels.setdefault((supplier_id, location), len(parcels))
                    if parcel == len(fees):
                        fees.append(parcel_minor)
                    way = Way(place, parcel, score.unit_minor, score.once_minor)
                    found.append((cost, offer_id, location, way, (candidate, location)))
            found.sort(key=_by_preference)
            tasks.append(Task(line.quantity, tuple(one[3] for one in found)))
            sources.append([one[4] for one in found])
        return _Table(Problem(tuple(tasks), tuple(stock), tuple(fees)), sources)

    def _decided(self, *, line: WantedLine, considered: Sequence[_Considered], parts: Sequence[Part]) -> LineDecision:
        filled: dict[str, int] = {}
        for share in self._shares:
            if share.line_number == line.line_number:
                offer_id = share.candidate.offer.offer_id
                filled[offer_id] = filled.get(offer_id, 0) + share.quantity
        weights = self._strategy.weights
        return LineDecision(
            line_number=line.line_number,
            assessments=tuple(self._assessed(line=line, considered=one, filled=filled) for one in considered),
            unfilled=0 if parts else line.quantity,
            net_price_minor=line.net_price_minor if weights.margin_permille else None,
        )

    def _assessed(self, *, line: WantedLine, considered: _Considered, filled: Mapping[str, int]) -> Assessment:
        candidate, verdict, expected, ways = considered
        offer = candidate.offer
        available = candidate.available
        if expected is None or not ways:
            return Assessment(
                offer_id=offer.offer_id,
                supplier_id=offer.supplier_id,
                verdict=verdict or Verdict.TOO_LITTLE_STOCK,
                available=available,
                price_minor=offer.price_minor,
                lead_time_days=offer.lead_time_days,
            )
        quantity = filled.get(offer.offer_id, 0)
        if quantity:
            verdict = Verdict.CHOSEN
        else:
            verdict = Verdict.BETTER_FOUND if available >= line.quantity else Verdict.TOO_LITTLE_STOCK
        cost, _, _, prospect, _ = ways[0]
        return Assessment(
            offer_id=offer.offer_id,
            supplier_id=offer.supplier_id,
            verdict=verdict,
            available=available,
            price_minor=offer.price_minor,
            lead_time_days=offer.lead_time_days,
            score_minor=cost,
            quantity=quantity,
            days=prospect.days,
            delivered_on=expected.delivered_on,
            zone=prospect.zone,
            scorecard=prospect.scorecard,
            share_permille=prospect.share_permille,
            own_stock=prospect.own_stock,
        )

    def _left(self, *, candidate: OfferWithStock, location: str) -> int:
        available = next(level.available for level in candidate.stock if level.location == location)
        return max(0, available - self._taken.get((candidate.offer.offer_id, location), 0))

    def _share(self, *, line: WantedLine, candidate: OfferWithStock, location: str, quantity: int) -> None:
        offer = candidate.offer
        place = (offer.offer_id, location)
        self._taken[place] = self._taken.get(place, 0) + quantity
        expected = self._eligibility.expected(candidate=candidate)
        delivered_on = None
        if isinstance(expected, Expectation):
            delivered_on = expected.delivered_on
            if self._eligibility.has_capacity(supplier_id=offer.supplier_id):
                self._begins_on[offer.supplier_id] = expected.begins_on
        self._shares.append(
            Share(
                line_number=line.line_number,
                quantity=quantity,
                location=location,
                candidate=candidate,
                delivered_on=delivered_on,
            )
        )
