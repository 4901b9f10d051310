"""Whom the allocation engine prefers: the protocol of a strategy and, beside it, the one that holds by default."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from openaisle.inventory.model import OfferWithStock
from openaisle.orders.allocating.request import WantedLine

# Up to this many ways to fill an order are all looked at; beyond it, line after line takes its best.
COMBINATIONS_MAXIMUM = 4_096


class Choice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line for which the engine may choose: the candidates that could fill at least a part of it."""

    line: WantedLine
    candidates: tuple[OfferWithStock, ...]


class AllocationStrategy(Protocol):
    """Says whom to prefer; what is eligible and what stock is left, the engine looks after."""

    def score(self, *, candidate: OfferWithStock, quantity: int) -> int:
        """Return the cost of ``quantity`` units by this candidate, in minor units of the order; less is better."""
        ...

    def preferences(
        self, *, choices: Sequence[Choice], parcels: frozenset[str]
    ) -> dict[int, tuple[OfferWithStock, ...]]:
        """Return for each line number its candidates, the best first.

        ``parcels`` are the suppliers that send a parcel of this order anyway.
        """
        ...


class AllocationWeights(msgspec.Struct, frozen=True, kw_only=True):
    """What a day of waiting and one more parcel are worth, in minor units of the order's currency."""

    lead_time_day_minor: int = 50
    parcel_minor: int = 400


DEFAULT_WEIGHTS = AllocationWeights()


class LandedCostStrategy:
    """The default: lowest price, plus the worth of each day of lead time, plus that of each further parcel.

    For an order with few ways to fill it all of them are compared over all lines together, so that no two
    lines split needlessly; for others each line takes its best in turn.
    """

    def __init__(self, *, weights: AllocationWeights = DEFAULT_WEIGHTS) -> None:
        """Take the ``weights`` of time and parcels against price."""
        self._weights = weights

    def score(self, *, candidate: OfferWithStock, quantity: int) -> int:
        """Return price and lead time as one amount; parcels are counted over the whole order."""
        offer = candidate.offer
        return offer.price_minor * quantity + offer.lead_time_days * self._weights.lead_time_day_minor

    def preferences(
        self, *, choices: Sequence[Choice], parcels: frozenset[str]
    ) -> dict[int, tuple[OfferWithStock, ...]]:
        """Return each line's candidates, the one of the cheapest combination first, then by score."""
        ranked = {choice.line.line_number: self._ranked(choice) for choice in choices}
        chosen = self._combination(choices=choices, ranked=ranked, parcels=parcels)
        return {
            number: (chosen[number], *(one for one in candidates if one is not chosen[number]))
            for number, candidates in ranked.items()
            if candidates
        }

    def _ranked(self, choice: Choice) -> tuple[OfferWithStock, ...]:
        quantity = choice.line.quantity

        def rank(candidate: OfferWithStock) -> tuple[bool, int, str]:
            # Whoever can fill the whole line comes first; the identifier settles a draw, always the same way.
            return (
                candidate.available < quantity,
                self.score(candidate=candidate, quantity=quantity),
                candidate.offer.offer_id,
            )

        return tuple(sorted(choice.candidates, key=rank))

    def _combination(
        self,
        *,
        choices: Sequence[Choice],
        ranked: Mapping[int, tuple[OfferWithStock, ...]],
        parcels: frozenset[str],
    ) -> dict[int, OfferWithStock]:
        open_lines = [choice.line for choice in choices if ranked[choice.line.line_number]]
        options = [_whole_first(ranked[line.line_number], quantity=line.quantity) for line in open_lines]
        ways = 1
        for candidates in options:
            ways *= len(candidates)
            if ways > COMBINATIONS_MAXIMUM:
                return self._line_after_line(lines=open_lines, options=options, parcels=parcels)

        def cost(combination: tuple[OfferWithStock, ...]) -> int:
            pairs = zip(open_lines, combination, strict=True)
            goods = sum(self.score(candidate=one, quantity=line.quantity) for line, one in pairs)
            suppliers = {one.offer.supplier_id for one in combination} - parcels
            return goods + len(suppliers) * self._weights.parcel_minor

        # min keeps the first of equals, and the candidates are ranked: the same input gives the same order.
        best = min(itertools.product(*options), key=cost, default=())
        return {line.line_number: one for line, one in zip(open_lines, best, strict=True)}

    def _line_after_line(
        self, *, lines: Sequence[WantedLine], options: Sequence[Sequence[OfferWithStock]], parcels: frozenset[str]
    ) -> dict[int, OfferWithStock]:
        used = set(parcels)
        chosen = {}
        for line, candidates in zip(lines, options, strict=True):
            costs = [
                self.score(candidate=one, quantity=line.quantity)
                + (0 if one.offer.supplier_id in used else self._weights.parcel_minor)
                for one in candidates
            ]
            best = candidates[costs.index(min(costs))]
            used.add(best.offer.supplier_id)
            chosen[line.line_number] = best
        return chosen


DEFAULT_STRATEGY = LandedCostStrategy()


def _whole_first(candidates: Sequence[OfferWithStock], *, quantity: int) -> Sequence[OfferWithStock]:
    whole = [one for one in candidates if one.available >= quantity]
    return whole or candidates[:1]
