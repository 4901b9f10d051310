"""Exact search over sets of parcels, for orders of many lines and candidates whose stock nobody contends for. Pure.

Once it is known which parcels leave, each task takes its cheapest way in one of them; so the question is only which.
It is a facility location problem. Two bounds make it small: prices per task (Lagrange multipliers), which show of most
parcels that no cheapest set holds them, and what further parcels can save at most, which is never more than what each
of them would save alone. Costs stand in tables of whole numbers, a row for each parcel and a column for each task, so
that many parcels are compared at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from openaisle.orders.allocating.prices import SCALE, Prices
from openaisle.orders.allocating.problem import Problem, Reduced

# Effort is counted and not timed, so that a busy machine decides the same as an idle one.
COMPARISONS_MAXIMUM = 120_000
# A node from which at least so many parcels go on gets prices of its own, in so many rounds: it costs as much as some
# dozen nodes, and leaves out hundreds.
_BOUNDED_ANEW_FROM = 12
_ROUNDS_ANEW = 15

Row = NDArray[np.int64]
Table = NDArray[np.int64]


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
        fees = [problem.parcel_costs[parcel] for parcel in self._paid]
        # Dearer than any solution: what a task costs in a parcel that cannot hold it.
        nowhere = 1 + sum(max(cost for cost, _ in by.values()) for by in self._tasks) + sum(fees)
        base = [min((by[parcel][0] for parcel in self._free if parcel in by), default=nowhere) for by in self._tasks]
        rows = [[by[parcel][0] if parcel in by else nowhere for by in self._tasks] for parcel in self._paid]
        self._fees = np.array(fees, dtype=np.int64)
        self._base = np.array(base, dtype=np.int64)
        self._rows = np.array(rows, dtype=np.int64).reshape(len(fees), len(base))

    def search(self, *, comparisons_maximum: int = COMPARISONS_MAXIMUM) -> Narrowed:
        """Return the cheapest combination, or the best that was found when ``comparisons_maximum`` were used up."""
        cost, members = self._extended((), among=range(len(self._paid)))
        prices = Prices(rows=self._rows, fees=self._fees, base=self._base)
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
        row = np.minimum.reduce([self._base, *(self._rows[number] for number in members)])
        fees = sum(int(self._fees[number]) for number in members)
        cost = fees + int(row.sum())
        numbers = list(among)
        if not numbers:
            return cost, members
        rows, each = self._rows[numbers], self._fees[numbers]
        while True:
            trials = np.minimum(rows, row).sum(axis=1) + each
            best = int(trials.argmin())
            if fees + int(trials[best]) >= cost:
                return cost, members
            row, cost, fees = np.minimum(row, rows[best]), fees + int(trials[best]), fees + int(each[best])
            members = (*members, numbers[best])

    def _chosen(self, *, members: Sequence[int]) -> list[int]:
        leaving = [*self._free, *(self._paid[number] for number in members)]
        return [min(by[parcel] for parcel in leaving if parcel in by)[1] for by in self._tasks]


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
        rows: Table,
        fees: Row,
        prices: Prices,
        cost: int,
        members: tuple[int, ...],
        budget: int,
    ) -> None:
        self._rows = rows
        self._fees_of = fees
        self._fees: list[int] = fees.tolist()
        self._losses: list[int] = prices.losses.tolist()
        self._bound = prices.bound
        self._prices = prices.best
        self.cost = cost
        self.members = members
        self.budget = budget

    def go(self, *, base: Row, possible: Sequence[int]) -> None:
        """Look at all sets of the ``possible`` parcels that may be cheaper than what is known."""
        goods = int(base.sum())
        if goods < self.cost:
            self.cost, self.members = goods, ()
        numbers = np.array(possible, dtype=np.int64)
        node = _Node(base, goods, 0, (), self._bound)
        self._extend(node, savings=self._useful(node, numbers=numbers))

    def _extend(self, node: _Node, *, savings: list[tuple[int, int]]) -> None:
        if not savings:
            return
        row, cost, fees, members, penalty = node
        numbers = np.array([number for _, number in savings], dtype=np.int64)
        floor = int(np.minimum(row, self._rows[numbers].min(axis=0)).sum())
        least_fees = _least_from(fees=[self._fees[number] for _, number in savings])
        for position, (saving, number) in enumerate(savings):
            least_fee = least_fees[position]
            if self.budget < 0 or not self._may_gain(
                cost=cost, fees=fees, floor=floor, savings=savings, start=position, least_fee=least_fee
            ):
                return
            loss = self._losses[number]
            # Whoever leaves at a loss raises the bound by it, and so does leaving out whoever would gain.
            within, penalty = penalty + max(0, loss), penalty + max(0, -loss)
            if within < self.cost * SCALE:
                fee = self._fees[number]
                merged = np.minimum(row, self._rows[number])
                taken = _Node(merged, cost - saving + fee, fees + fee, (*members, number), within)
                self._take(
                    taken, floor=floor, savings=savings, start=position + 1, least_fees=least_fees, numbers=numbers
                )
            if penalty >= self.cost * SCALE:
                return

    def _take(
        self,
        node: _Node,
        *,
        floor: int,
        savings: list[tuple[int, int]],
        start: int,
        least_fees: list[int],
        numbers: Row,
    ) -> None:
        if node.cost < self.cost:
            self.cost, self.members = node.cost, node.members
        # In a greater set nothing saves more than it did before, so the savings known are a bound for those to come.
        if start == len(savings) or not self._may_gain(
            cost=node.cost, fees=node.fees, floor=floor, savings=savings, start=start, least_fee=least_fees[start]
        ):
            return
        self.budget -= len(savings) - start
        further = self._useful(node, numbers=numbers[start:])
        if len(further) >= _BOUNDED_ANEW_FROM:
            further = self._priced(node, savings=further)
        self._extend(node, savings=further)

    def _priced(self, node: _Node, *, savings: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Leave out what prices of this very node show to be in no cheaper set."""
        numbers = [number for _, number in savings]
        prices = Prices(rows=self._rows[numbers], fees=self._fees_of[numbers], base=node.row)
        known = self.cost - node.fees
        prices.climb(known=known, prices=self._prices, rounds=_ROUNDS_ANEW)
        self.budget -= _ROUNDS_ANEW * len(numbers)
        return [savings[position] for position in prices.possible(known=known)]

    def _useful(self, node: _Node, *, numbers: Row) -> list[tuple[int, int]]:
        """Return what each parcel saves if it joins, of those that save more than their fee, the best first."""
        # What does not save its fee now saves it in no greater set.
        savings = (node.cost - node.fees) - np.minimum(self._rows[numbers], node.row).sum(axis=1)
        gains = savings - self._fees_of[numbers]
        kept = np.flatnonzero(gains > 0)
        order = kept[np.lexsort((numbers[kept], -gains[kept]))]
        return list(zip(savings[order].tolist(), numbers[order].tolist(), strict=True))

    def _may_gain(
        self, *, cost: int, fees: int, floor: int, savings: list[tuple[int, int]], start: int, least_fee: int
    ) -> bool:
        """Return whether some of the ``savings`` from ``start`` on may together lead below the known cost."""
        known, enough = self.cost, fees + floor
        for position in range(start, len(savings)):
            saving, number = savings[position]
            cost += self._fees[number] - saving
            enough += least_fee
            if enough >= known:
                return False
            if cost < known:
                return True
        return False


def _least_from(*, fees: list[int]) -> list[int]:
    """Return for each position the least fee from there on."""
    least = list(fees)
    for position in range(len(fees) - 2, -1, -1):
        least[position] = min(least[position], least[position + 1])
    return least


def _cheapest_by_parcel(*, costs: Sequence[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for cost, position, parcel in costs:
        if parcel not in found or (cost, position) < found[parcel]:
            found[parcel] = (cost, position)
    return found


def _above_least(by_parcel: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    least = min(cost for cost, _ in by_parcel.values())
    return {parcel: (cost - least, position) for parcel, (cost, position) in by_parcel.items()}
