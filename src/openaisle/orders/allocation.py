"""The allocation engine: which offer and location fills which line, and why. Pure and deterministic."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from openaisle.inventory.model import NotSellableReason, OfferWithStock

# Up to this many ways to fill an order are all looked at; beyond it, line after line takes its best.
COMBINATIONS_MAXIMUM = 4_096


class Verdict(StrEnum):
    """What the engine thought of one candidate for one line."""

    CHOSEN = "chosen"
    BETTER_FOUND = "better_found"
    UNKNOWN = "unknown"
    OFFER_PAUSED = "offer_paused"
    OFFER_WITHDRAWN = "offer_withdrawn"
    SUPPLIER_NOT_ACTIVE = "supplier_not_active"
    PRODUCT_NOT_ACTIVE = "product_not_active"
    CURRENCY_DIFFERS = "currency_differs"
    NO_STOCK = "no_stock"
    TOO_LITTLE_STOCK = "too_little_stock"
    REFUSED_BEFORE = "refused_before"


class WantedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is to be filled: so many units of a product, by ``offer_id`` alone where the storefront fixed it."""

    line_number: int
    quantity: int
    offer_id: str | None = None


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One candidate for one line: its numbers as they were then, and the verdict.

    ``score_minor`` is what the strategy compared: less is better; None where nothing was compared.
    ``quantity`` is how much of the line it fills.
    """

    offer_id: str
    supplier_id: str
    verdict: Verdict
    available: int
    price_minor: int
    lead_time_days: int
    score_minor: int | None = None
    quantity: int = 0


class LineDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why a line is filled as it is: ``fixed`` if the storefront chose the offer, ``unfilled`` units found nobody.

    ``left_out`` counts assessments that are not kept, because there were too many.
    """

    line_number: int
    assessments: tuple[Assessment, ...]
    fixed: bool = False
    unfilled: int = 0
    left_out: int = 0


class Share(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a line, filled by one offer from one location."""

    line_number: int
    quantity: int
    location: str
    candidate: OfferWithStock


class AllocationDecision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The shares of all lines and the reasons; a line is filled wholly or, in ``unfilled``, not at all."""

    shares: tuple[Share, ...]
    lines: tuple[LineDecision, ...]

    @property
    def unfilled(self) -> tuple[LineDecision, ...]:
        """The lines for which there was not enough."""
        return tuple(line for line in self.lines if line.unfilled)


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
_NOTHING_EXCLUDED: frozenset[str] = frozenset()


def allocate(
    *,
    lines: Sequence[WantedLine],
    candidates: Mapping[int, Sequence[OfferWithStock]],
    currency: str,
    excluded: Mapping[int, frozenset[str]] | None = None,
    strategy: AllocationStrategy = DEFAULT_STRATEGY,
) -> AllocationDecision:
    """Return which offers and locations fill the lines, with a verdict on every candidate.

    ``candidates`` are the offers looked at for each line number, ``excluded`` the offers that refused the line
    before. Lines whose offer is fixed take their stock first. A line is split over offers only if no single
    one can fill it. Nothing is reserved by this; the caller commits the shares or decides anew.
    """
    engine = _Engine(currency=currency, excluded=excluded or {}, strategy=strategy)
    return engine.run(lines=lines, candidates=candidates)


class _Engine:
    """One run: it remembers what the lines before have already taken."""

    def __init__(self, *, currency: str, excluded: Mapping[int, frozenset[str]], strategy: AllocationStrategy) -> None:
        self._currency = currency
        self._excluded = excluded
        self._strategy = strategy
        self._taken: dict[tuple[str, str], int] = {}
        self._shares: list[Share] = []

    def run(
        self, *, lines: Sequence[WantedLine], candidates: Mapping[int, Sequence[OfferWithStock]]
    ) -> AllocationDecision:
        decided: dict[int, LineDecision] = {}
        for line in lines:
            if line.offer_id is not None:
                decided[line.line_number] = self._fixed(line=line, candidates=candidates[line.line_number])
        if len(decided) < len(lines):
            free = [line for line in lines if line.offer_id is None]
            decided.update(self._chosen(lines=free, candidates=candidates))
        ordered = tuple(decided[line.line_number] for line in lines)
        return AllocationDecision(shares=tuple(self._shares), lines=ordered)

    def _fixed(self, *, line: WantedLine, candidates: Sequence[OfferWithStock]) -> LineDecision:
        number = line.line_number
        if not candidates:
            return LineDecision(line_number=number, assessments=(), fixed=True, unfilled=line.quantity)
        candidate = candidates[0]
        verdict = self._verdict(line_number=number, candidate=candidate)
        if verdict is None:
            filled = self._take(line=line, preferred=(candidate,))
            verdict = Verdict.CHOSEN if filled else Verdict.TOO_LITTLE_STOCK
        chosen = verdict is Verdict.CHOSEN
        assessment = _assessment(candidate=candidate, verdict=verdict, quantity=line.quantity if chosen else 0)
        return LineDecision(
            line_number=number, assessments=(assessment,), fixed=True, unfilled=0 if chosen else line.quantity
        )

    def _chosen(
        self, *, lines: Sequence[WantedLine], candidates: Mapping[int, Sequence[OfferWithStock]]
    ) -> dict[int, LineDecision]:
        verdicts = {
            (line.line_number, candidate.offer.offer_id): self._verdict(
                line_number=line.line_number, candidate=candidate
            )
            for line in lines
            for candidate in candidates[line.line_number]
        }
        choices = [
            Choice(
                line=line,
                candidates=tuple(
                    one
                    for one in candidates[line.line_number]
                    if verdicts[line.line_number, one.offer.offer_id] is None and self._left(candidate=one) > 0
                ),
            )
            for line in lines
        ]
        parcels = frozenset(share.candidate.offer.supplier_id for share in self._shares)
        preferences = self._strategy.preferences(choices=choices, parcels=parcels)
        decided = {}
        for line in lines:
            taken = self._take(line=line, preferred=preferences.get(line.line_number, ()))
            assessments = tuple(
                self._assessed(line=line, candidate=one, verdict=verdicts[line.line_number, one.offer.offer_id])
                for one in candidates[line.line_number]
            )
            unfilled = 0 if taken else line.quantity
            decided[line.line_number] = LineDecision(
                line_number=line.line_number, assessments=assessments, unfilled=unfilled
            )
        return decided

    def _assessed(self, *, line: WantedLine, candidate: OfferWithStock, verdict: Verdict | None) -> Assessment:
        quantity = sum(
            share.quantity
            for share in self._shares
            if share.line_number == line.line_number and share.candidate is candidate
        )
        if quantity:
            verdict = Verdict.CHOSEN
        elif verdict is None:
            verdict = Verdict.BETTER_FOUND if candidate.available >= line.quantity else Verdict.TOO_LITTLE_STOCK
        score_minor = self._strategy.score(candidate=candidate, quantity=line.quantity)
        return _assessment(candidate=candidate, verdict=verdict, quantity=quantity, score_minor=score_minor)

    def _verdict(self, *, line_number: int, candidate: OfferWithStock) -> Verdict | None:
        if candidate.reasons:
            return _VERDICTS[candidate.reasons[0]]
        offer = candidate.offer
        if offer.currency != self._currency:
            return Verdict.CURRENCY_DIFFERS
        if offer.offer_id in self._excluded.get(line_number, _NOTHING_EXCLUDED):
            return Verdict.REFUSED_BEFORE
        return None

    def _left(self, *, candidate: OfferWithStock) -> int:
        offer_id = candidate.offer.offer_id
        return sum(
            max(level.available - self._taken.get((offer_id, level.location), 0), 0) for level in candidate.stock
        )

    def _take(self, *, line: WantedLine, preferred: Sequence[OfferWithStock]) -> bool:
        for candidate in preferred:
            for level in candidate.stock:
                place = (candidate.offer.offer_id, level.location)
                if level.available - self._taken.get(place, 0) >= line.quantity:
                    self._share(line=line, candidate=candidate, location=level.location, quantity=line.quantity)
                    return True
        if sum(self._left(candidate=candidate) for candidate in preferred) < line.quantity:
            return False
        self._split(line=line, preferred=preferred)
        return True

    def _split(self, *, line: WantedLine, preferred: Sequence[OfferWithStock]) -> None:
        missing = line.quantity
        for candidate in preferred:
            # The fullest location first: the fewest parcels.
            for level in sorted(candidate.stock, key=lambda level: (-level.available, level.location)):
                place = (candidate.offer.offer_id, level.location)
                quantity = min(missing, level.available - self._taken.get(place, 0))
                if quantity > 0:
                    self._share(line=line, candidate=candidate, location=level.location, quantity=quantity)
                    missing -= quantity

    def _share(self, *, line: WantedLine, candidate: OfferWithStock, location: str, quantity: int) -> None:
        place = (candidate.offer.offer_id, location)
        self._taken[place] = self._taken.get(place, 0) + quantity
        self._shares.append(
            Share(line_number=line.line_number, quantity=quantity, location=location, candidate=candidate)
        )


_VERDICTS = {
    NotSellableReason.OFFER_PAUSED: Verdict.OFFER_PAUSED,
    NotSellableReason.OFFER_WITHDRAWN: Verdict.OFFER_WITHDRAWN,
    NotSellableReason.SUPPLIER_NOT_ACTIVE: Verdict.SUPPLIER_NOT_ACTIVE,
    NotSellableReason.PRODUCT_NOT_ACTIVE: Verdict.PRODUCT_NOT_ACTIVE,
    NotSellableReason.NO_STOCK: Verdict.NO_STOCK,
}


def _assessment(
    *, candidate: OfferWithStock, verdict: Verdict, quantity: int, score_minor: int | None = None
) -> Assessment:
    offer = candidate.offer
    return Assessment(
        offer_id=offer.offer_id,
        supplier_id=offer.supplier_id,
        verdict=verdict,
        available=candidate.available,
        price_minor=offer.price_minor,
        lead_time_days=offer.lead_time_days,
        score_minor=score_minor,
        quantity=quantity,
    )


def _whole_first(candidates: Sequence[OfferWithStock], *, quantity: int) -> Sequence[OfferWithStock]:
    whole = [one for one in candidates if one.available >= quantity]
    return whole or candidates[:1]
