"""Exact search over sets of parcels, for orders of many lines and candidates whose stock nobody contends for. Pure.

Once it is known which parcels leave, each task takes its cheapest way in one of them; so the question is only which.
It is a facility location problem. Two bounds make it small: prices per task (Lagrange multipliers), which show of most
parcels that no cheapest set holds them, and what further parcels can save at most, which is never more than what each
of them would save alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openaisle.orders.allocating.problem import Problem, Reduced

# Effort is counted and not timed, so that a busy machine decides the same as an idle one.
COMPARISONS_MAXIMUM = 60_000
_ROUNDS = 45
_ROUNDS_WITHOUT_GAIN = 4
# Prices are whole numbers, too: of so many parts of a minor unit.
_SCALE = 64
_STEP_WHOLE = 1_000
_STEP_SHRINKS_TO = 600
# The number of what leaves anyway, beside those of parcels.
_BASE = -1

Row = list[int]


class Narrowed(NamedTuple):
    """What came of the search: the chosen ways if they are ``proven`` the cheapest, and the parcels still possible."""

    chosen: list[int]
    cost: int
    proven: bool
    parcels: frozenset[int]


class ParcelSets:
    """The search for the cheapest set of parcels."""

    def __init__(self, *, problem: Problem, reduction: Reduced) -> None:
        """Take the problem and the ways that may be the cheapest; no stock of them may be contended for."""
        self._tasks = [
            _cheapest_by_parcel(
                costs=[
                    (task.ways[position].cost(task.quantity), position, task.ways[position].parcel)
                    for position in positions
                ]
            )
            for task, positions in zip(problem.tasks, reduction.ways, strict=True)
        ]
        # What a task costs at least is paid in any case; without it no cost is negative, and the bounds hold.
        self._least = sum(min(cost for cost, _ in by.values()) for by in self._tasks)
        self._tasks = [_above_least(by) for by in self._tasks]
        parcels = sorted({parcel for by_parcel in self._tasks for parcel in by_parcel})
        self._free = [parcel for parcel in parcels if problem.parcel_costs[parcel] == 0]
        self._paid = [parcel for parcel in parcels if problem.parcel_costs[parcel] > 0]
        self._fees = [problem.parcel_costs[parcel] for parcel in self._paid]
        # Dearer than any solution: what a task costs in a parcel that cannot hold it.
        self._nowhere = 1 + sum(max(cost for cost, _ in by.values()) for by in self._tasks) + sum(self._fees)
        self._base = [
            min((by[parcel][0] for parcel in self._free if parcel in by), default=self._nowhere) for by in self._tasks
        ]
        self._rows = [[by[parcel][0] if parcel in by else self._nowhere for by in self._tasks] for parcel in self._paid]

    def search(self, *, comparisons_maximum: int = COMPARISONS_MAXIMUM) -> Narrowed:
        """Return the cheapest combination, or the best that was found when ``comparisons_maximum`` were used up."""
        everyone = range(len(self._paid))
        cost, members = self._extended((), among=everyone)
        prices = _Prices(rows=self._rows, fees=self._fees, base=self._base)
        prices.climb(known=cost)
        # Better solutions hold no others, so only these are looked at from here on.
        possible = prices.possible(known=cost)
        starts = [(cost, members), *(self._extended(start, among=possible) for start in prices.suggested)]
        cost, members = self._local_optimum(*min(starts), among=possible)
        possible = prices.possible(known=cost)
        sets = _Sets(
            rows=self._rows,
            fees=self._fees,
            prices=prices,
            cost=cost,
            members=members,
            budget=comparisons_maximum,
        )
        sets.go(base=self._base, possible=possible)
        parcels = frozenset(self._paid[number] for number in (*possible, *sets.members)) | frozenset(self._free)
        return Narrowed(self._chosen(members=sets.members), sets.cost + self._least, sets.budget >= 0, parcels)

    def _local_optimum(
        self, cost: int, members: tuple[int, ...], *, among: Sequence[int]
    ) -> tuple[int, tuple[int, ...]]:
        """Return a set that no parcel less or other of those ``among`` makes cheaper, and its cost."""
        while True:
            # One of the set left out, and what then is cheapest taken for it.
            trials = [tuple(one for one in members if one != gone) for gone in members]
            found = min((self._extended(trial, among=among) for trial in trials), default=(cost, members))
            if found[0] >= cost:
                return cost, members
            cost, members = found

    def _extended(self, members: tuple[int, ...], *, among: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """Return the set with parcel after parcel added that makes it cheaper, the best one first."""
        row, fees = self._row(members), sum(self._fees[number] for number in members)
        cost = fees + sum(row)
        while True:
            best, added = cost, -1
            for number in among:
                trial = fees + self._fees[number] + sum(map(min, row, self._rows[number]))
                if trial < best:
                    best, added = trial, number
            if added < 0:
                return cost, members
            row, fees, cost = list(map(min, row, self._rows[added])), fees + self._fees[added], best
            members = (*members, added)

    def _row(self, members: Sequence[int]) -> Row:
        row = self._base
        for number in members:
            row = list(map(min, row, self._rows[number]))
        return row

    def _chosen(self, *, members: Sequence[int]) -> list[int]:
        leaving = [*self._free, *(self._paid[number] for number in members)]
        return [min(by[parcel] for parcel in leaving if parcel in by)[1] for by in self._tasks]


class _Prices:
    """A bound from below: tasks pay prices, and a parcel leaves only if its tasks pay more than it costs."""

    def __init__(self, *, rows: Sequence[Row], fees: Sequence[int], base: Row) -> None:
        self._rows = [[cost * _SCALE for cost in row] for row in rows]
        self._fees = [fee * _SCALE for fee in fees]
        self._base = [cost * _SCALE for cost in base]
        self.bound = 0
        self.losses: dict[int, int] = {}
        self._open = list(range(len(rows)))
        self.suggested: list[tuple[int, ...]] = []

    def climb(self, *, known: int) -> None:
        """Raise the bound, round after round; ``known`` is the cost of a known solution."""
        columns = list(zip(self._base, *self._rows, strict=True))
        share = min(self._fees, default=0) // max(1, len(self._base))
        prices = [sorted(column)[min(1, len(column) - 1)] + share for column in columns]
        step, idle = _STEP_WHOLE, 0
        for _ in range(_ROUNDS):
            bound, losses, surplus = self._evaluated(prices)
            if bound > self.bound or not self.losses:
                self.bound, self.losses, idle = bound, losses, 0
                self._suggest(tuple(number for number, loss in losses.items() if loss < 0))
                # What no better solution holds need not be looked at any more.
                self._open = self.possible(known=known)
            else:
                idle += 1
                if idle >= _ROUNDS_WITHOUT_GAIN:
                    step, idle = step * _STEP_SHRINKS_TO // _STEP_WHOLE, 0
            weight = sum(one * one for one in surplus)
            gap = known * _SCALE - bound
            if not weight or gap <= 0:
                return
            stride = step * gap // (weight * _STEP_WHOLE)
            if not stride:
                return
            prices = [max(0, price + stride * one) for price, one in zip(prices, surplus, strict=True)]

    def possible(self, *, known: int) -> list[int]:
        """Return the parcels that a solution cheaper than ``known`` may hold."""
        limit = known * _SCALE
        return [number for number, loss in self.losses.items() if self.bound + max(0, loss) < limit]

    def _evaluated(self, prices: Row) -> tuple[int, dict[int, int], list[int]]:
        """Return the bound, what each parcel would lose by leaving, and how many parcels too few want each task."""
        bound, losses, surplus = sum(prices), dict[int, int](), [1] * len(prices)
        for number in (*self._open, _BASE):
            row, fee = (self._base, 0) if number == _BASE else (self._rows[number], self._fees[number])
            gains = [price - cost for price, cost in zip(prices, row, strict=True) if price > cost]
            loss = fee - sum(gains)
            if number != _BASE:
                losses[number] = loss
            if loss < 0:
                bound += loss
                for position, cost in enumerate(row):
                    if prices[position] > cost:
                        surplus[position] -= 1
        return bound, losses, surplus

    def _suggest(self, members: tuple[int, ...]) -> None:
        # The last ones are the best: they come from the highest bounds.
        if members and members not in self.suggested:
            self.suggested = [*self.suggested[-2:], members]


class _Node(NamedTuple):
    """A set of parcels: what each task costs at least, all of it, the fees of it, and how far above the bound it is."""

    row: Row
    cost: int
    fees: int
    members: tuple[int, ...]
    penalty: int


class _Sets:
    """A search through sets of parcels that starts from a known one and keeps the cheapest."""

    def __init__(
        self,
        *,
        rows: Sequence[Row],
        fees: Sequence[int],
        prices: _Prices,
        cost: int,
        members: tuple[int, ...],
        budget: int,
    ) -> None:
        self._rows = rows
        self._fees = fees
        self._prices = prices
        self.cost = cost
        self.members = members
        self.budget = budget

    def go(self, *, base: Row, possible: Sequence[int]) -> None:
        """Look at all sets of the ``possible`` parcels that may be cheaper than what is known."""
        goods = sum(base)
        if goods < self.cost:
            self.cost, self.members = goods, ()
        savings = [(goods - sum(map(min, base, self._rows[number])), number) for number in possible]
        self._extend(_Node(base, goods, 0, (), self._prices.bound), savings=self._useful(savings))

    def _extend(self, node: _Node, *, savings: list[tuple[int, int]]) -> None:
        if not savings:
            return
        row, cost, fees, members, penalty = node
        floor = sum(map(min, row, *(self._rows[number] for _, number in savings)))
        for position, (saving, number) in enumerate(savings):
            if self.budget < 0 or not self._may_gain(cost=cost, fees=fees, floor=floor, savings=savings[position:]):
                return
            loss = self._prices.losses[number]
            # Whoever leaves at a loss raises the bound by it, and so does leaving out whoever would gain.
            within, penalty = penalty + max(0, loss), penalty + max(0, -loss)
            if within < self.cost * _SCALE:
                fee = self._fees[number]
                merged = list(map(min, row, self._rows[number]))
                taken = _Node(merged, cost - saving + fee, fees + fee, (*members, number), within)
                self._take(taken, floor=floor, rest=savings[position + 1 :])
            if penalty >= self.cost * _SCALE:
                return

    def _take(self, node: _Node, *, floor: int, rest: list[tuple[int, int]]) -> None:
        if node.cost < self.cost:
            self.cost, self.members = node.cost, node.members
        # In a greater set nothing saves more than it did before, so the savings known are a bound for those to come.
        if not rest or not self._may_gain(cost=node.cost, fees=node.fees, floor=floor, savings=rest):
            return
        goods = node.cost - node.fees
        self.budget -= len(rest)
        further = [(goods - sum(map(min, node.row, self._rows[other])), other) for _, other in rest]
        self._extend(node, savings=self._useful(further))

    def _useful(self, savings: list[tuple[int, int]]) -> list[tuple[int, int]]:
        # What does not save its fee now saves it in no greater set.
        return sorted(
            ((saving, number) for saving, number in savings if saving > self._fees[number]),
            key=lambda one: (self._fees[one[1]] - one[0], one[1]),
        )

    def _may_gain(self, *, cost: int, fees: int, floor: int, savings: Sequence[tuple[int, int]]) -> bool:
        """Return whether some of the ``savings`` together may lead below the known cost."""
        least_fee = min(self._fees[number] for _, number in savings)
        for count, (saving, number) in enumerate(savings, start=1):
            cost += self._fees[number] - saving
            enough = fees + count * least_fee + floor
            if enough >= self.cost:
                return False
            if cost < self.cost:
                return True
        return False


def _cheapest_by_parcel(*, costs: Sequence[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for cost, position, parcel in costs:
        if parcel not in found or (cost, position) < found[parcel]:
            found[parcel] = (cost, position)
    return found


def _above_least(by_parcel: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    least = min(cost for cost, _ in by_parcel.values())
    return {parcel: (cost - least, position) for parcel, (cost, position) in by_parcel.items()}
