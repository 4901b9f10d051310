"""What-if: an order allocated again from the reasons it keeps, by other weights. Pure.

The reasons keep numbers by offer, not by location, so here every offer ships all it has from one place, and a parcel is
a supplier. Where that makes an order look as if it could be filled better than it could, the replay says too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.kernel.optimum import Optimizer
from openaisle.orders.allocating.model import Assessment, LineDecision, Prospect, Verdict
from openaisle.orders.allocating.optimum import best_solution
from openaisle.orders.allocating.policy import AllocationWeights
from openaisle.orders.allocating.problem import Part, Problem, Solution, Task, Way, cost_of
from openaisle.orders.allocating.strategy import LandedCostStrategy
from openaisle.orders.model import AllocationRecord, Order
from openaisle.orders.totals import net_unit_price_minor

_PLACED = "placed"
_WHOLE = 1_000


class LeftOut(StrEnum):
    """Why an order cannot be replayed: it does not keep all reasons, or not the numbers that scores are made of."""

    SHORTENED = "shortened"
    INCOMPLETE = "incomplete"


class ReplayedPart(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """So many units of a line from one offer; ``days`` to the delivery are null where none were promised."""

    supplier_id: str
    offer_id: str
    quantity: int
    price_minor: int
    days: int | None


class ChangedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that other suppliers would have filled."""

    order_id: str
    reference: str
    line_number: int
    actual: tuple[ReplayedPart, ...]
    replayed: tuple[ReplayedPart, ...]


class Sums(NamedTuple):
    """What one way to fill an order comes to; ``promised_days`` is the sum over ``promised_lines`` lines."""

    cost_minor: int = 0
    price_minor: int = 0
    parcels: int = 0
    splits: int = 0
    promised_days: int = 0
    promised_lines: int = 0

    def plus(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums(*(mine + its for mine, its in zip(self, other, strict=True)))


class Replay(NamedTuple):
    """An order as it was allocated and as it would have been, both by the other weights."""

    actual: Sums
    replayed: Sums
    lines: int
    changed: tuple[ChangedLine, ...]


class _Line(NamedTuple):
    """A line that was free to be chosen for; ``sources`` stand in the order of the ways of its task."""

    number: int
    sources: tuple[Assessment, ...]


class _Table(NamedTuple):
    """The free lines as a problem of numbers, and what was done as one of its solutions."""

    problem: Problem
    lines: tuple[_Line, ...]
    done: Solution


def replayed(*, order: Order, weights: AllocationWeights, optimizer: Optimizer | None = None) -> Replay | LeftOut:
    """Return how the order would have been allocated by ``weights`` when it was placed, or why nobody can tell.

    Lines whose offer was fixed stay; of them only the price and the parcel cost anything. What was done also stays
    where nothing is cheaper, so a draw changes nothing.
    """
    record = next((one for one in order.allocations if one.cause == _PLACED), None)
    if record is None:
        return LeftOut.INCOMPLETE
    if any(line.left_out for line in record.lines):
        return LeftOut.SHORTENED
    if any(line.unfilled or not _is_telling(line) for line in record.lines):
        return LeftOut.INCOMPLETE
    fixed = {line.line_number: _chosen(line) for line in record.lines if line.fixed}
    table = _tabled(order=order, record=record, fixed=fixed, strategy=LandedCostStrategy(weights=weights))
    found = best_solution(problem=table.problem, optimizer=optimizer).solution
    cheaper = all(found) and _cost(table=table, solution=found) < _cost(table=table, solution=table.done)
    before = _parts(table=table, solution=table.done)
    after = _parts(table=table, solution=found) if cheaper else before
    kept = {
        number: tuple(_part(one, quantity=one.quantity, days=_promised(one, order=order)) for one in chosen)
        for number, chosen in fixed.items()
    }
    # What fixed lines cost is the same on both sides.
    standing = sum(
        part.price_minor * weights.price_permille // _WHOLE * part.quantity for parts in kept.values() for part in parts
    )
    standing += weights.parcel_minor * len(_suppliers(kept))
    sums = [
        _sums(parts=kept | parts, cost_minor=standing + _cost(table=table, solution=solution))
        for parts, solution in ((before, table.done), (after, found if cheaper else table.done))
    ]
    return Replay(sums[0], sums[1], len(record.lines), _changed(order=order, before=before, after=after))


def _is_telling(line: LineDecision) -> bool:
    chosen = _chosen(line)
    return bool(chosen) and (line.fixed or all(_is_scored(one) for one in chosen))


def _is_scored(assessment: Assessment) -> bool:
    return assessment.days is not None and assessment.scorecard is not None


def _chosen(line: LineDecision) -> tuple[Assessment, ...]:
    return tuple(one for one in line.assessments if one.verdict is Verdict.CHOSEN and one.quantity)


def _tabled(
    *,
    order: Order,
    record: AllocationRecord,
    fixed: Mapping[int, Sequence[Assessment]],
    strategy: LandedCostStrategy,
) -> _Table:
    """Return the free lines as a problem; the ways stand in the order in which equals are preferred."""
    ordered = {line.line_number: line for line in order.lines}
    places: dict[str, int] = {}
    stock = _stock(record=record, fixed=fixed)
    parcels = {one.supplier_id: 0 for chosen in fixed.values() for one in chosen}
    parcels = {supplier_id: number for number, supplier_id in enumerate(parcels)}
    leaving = len(parcels)
    tasks, lines, done = [], [], []
    for line in record.lines:
        if line.fixed:
            continue
        quantity = sum(one.quantity for one in _chosen(line))
        net_minor = line.net_price_minor
        if net_minor is None:
            net_minor = net_unit_price_minor(
                line=ordered[line.line_number], prices_include_tax=order.prices_include_tax
            )
        ways = []
        for one in line.assessments:
            if not _is_scored(one) or stock[one.offer_id] <= 0:
                continue
            score = strategy.score(prospect=_prospect(one), net_price_minor=net_minor)
            place = places.setdefault(one.offer_id, len(places))
            parcel = parcels.setdefault(one.supplier_id, len(parcels))
            ways.append((Way(place, parcel, score.unit_minor, score.once_minor), one))
        ways.sort(key=lambda one: (one[0].cost(quantity), one[1].offer_id))
        tasks.append(Task(quantity, tuple(way for way, _ in ways)))
        lines.append(_Line(line.line_number, tuple(source for _, source in ways)))
        done.append(
            tuple(Part(number, one.quantity) for number, (_, one) in enumerate(ways) if one.verdict is Verdict.CHOSEN)
        )
    fees = [0] * leaving + [strategy.weights.parcel_minor] * (len(parcels) - leaving)
    problem = Problem(tuple(tasks), tuple(stock[offer_id] for offer_id in places), tuple(fees))
    return _Table(problem, tuple(lines), tuple(done))


def _stock(*, record: AllocationRecord, fixed: Mapping[int, Sequence[Assessment]]) -> dict[str, int]:
    """Return what free lines may take of each offer: what it had, less what fixed lines took, or what they did take."""
    had: dict[str, int] = {}
    taken: dict[str, int] = {}
    for line in record.lines:
        for one in line.assessments:
            had[one.offer_id] = max(one.available, had.get(one.offer_id, 0))
            if line.line_number not in fixed:
                taken[one.offer_id] = taken.get(one.offer_id, 0) + one.quantity
    for chosen in fixed.values():
        for one in chosen:
            had[one.offer_id] -= one.quantity
    # A reservation may have filled lines from more than was available to others.
    return {offer_id: max(quantity, taken.get(offer_id, 0)) for offer_id, quantity in had.items()}


def _prospect(assessment: Assessment) -> Prospect:
    assert assessment.days is not None
    assert assessment.scorecard is not None
    return Prospect(
        price_minor=assessment.price_minor,
        days=assessment.days,
        zone=assessment.zone,
        scorecard=assessment.scorecard,
        share_permille=assessment.share_permille,
        own_stock=assessment.own_stock,
    )


def _cost(*, table: _Table, solution: Solution) -> int:
    return cost_of(problem=table.problem, solution=solution)


def _parts(*, table: _Table, solution: Solution) -> dict[int, tuple[ReplayedPart, ...]]:
    return {
        line.number: tuple(
            _part(line.sources[part.way], quantity=part.quantity, days=line.sources[part.way].days) for part in parts
        )
        for line, parts in zip(table.lines, solution, strict=True)
    }


def _part(assessment: Assessment, *, quantity: int, days: int | None) -> ReplayedPart:
    return ReplayedPart(
        supplier_id=assessment.supplier_id,
        offer_id=assessment.offer_id,
        quantity=quantity,
        price_minor=assessment.price_minor,
        days=days,
    )


def _promised(assessment: Assessment, *, order: Order) -> int | None:
    if assessment.delivered_on is None:
        return None
    days = date.fromisoformat(assessment.delivered_on) - date.fromisoformat(order.placed_at[:10])
    return max(0, days.days)


def _suppliers(parts: Mapping[int, Sequence[ReplayedPart]]) -> set[str]:
    return {part.supplier_id for some in parts.values() for part in some}


def _sums(*, parts: Mapping[int, Sequence[ReplayedPart]], cost_minor: int) -> Sums:
    # A line is there once its last part is.
    days = [max(found) for some in parts.values() if (found := [one.days for one in some if one.days is not None])]
    return Sums(
        cost_minor=cost_minor,
        price_minor=sum(part.price_minor * part.quantity for some in parts.values() for part in some),
        parcels=len(_suppliers(parts)),
        splits=sum(len(some) > 1 for some in parts.values()),
        promised_days=sum(days),
        promised_lines=len(days),
    )


def _changed(
    *, order: Order, before: Mapping[int, tuple[ReplayedPart, ...]], after: Mapping[int, tuple[ReplayedPart, ...]]
) -> tuple[ChangedLine, ...]:
    return tuple(
        ChangedLine(
            order_id=order.order_id,
            reference=order.reference,
            line_number=number,
            actual=parts,
            replayed=after[number],
        )
        for number, parts in before.items()
        if {one.supplier_id for one in parts} != {one.supplier_id for one in after[number]}
    )
