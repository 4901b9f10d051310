"""The allocation engine: which offer and location fills which line, and why. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openaisle.inventory.model import NotSellableReason, OfferWithStock
from openaisle.orders.allocating.model import AllocationDecision, Assessment, LineDecision, Share, Verdict
from openaisle.orders.allocating.request import WantedLine
from openaisle.orders.allocating.strategy import DEFAULT_STRATEGY, AllocationStrategy, Choice

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
