"""Exact search by trying all ways that can still be the cheapest; for orders of the usual size. Pure."""

from __future__ import annotations

import itertools

from openaisle.orders.allocating.problem import Problem, Reduced

# Effort is counted and not timed, so that a busy machine decides the same as an idle one.
STEPS_MAXIMUM = 3_000


def enumerated(*, problem: Problem, reduction: Reduced, steps_maximum: int = STEPS_MAXIMUM) -> list[int] | None:
    """Return the way of each task in the cheapest combination, by trying tasks one after the other.

    The first of equals wins. Returns an empty list if no combination has enough stock, and None if the search was
    given up after ``steps_maximum`` steps.
    """
    search = _Search(problem=problem, reduction=reduction, steps_maximum=steps_maximum)
    search.go(position=0, cost=0)
    if search.steps > steps_maximum:
        return None
    return search.best or []


class _Search:
    """A depth-first search with a bound: what is left costs at least the cheapest way of each task."""

    def __init__(self, *, problem: Problem, reduction: Reduced, steps_maximum: int) -> None:
        self._tasks = [
            sorted((task.ways[position].cost(task.quantity), position) for position in positions)
            for task, positions in zip(problem.tasks, reduction.ways, strict=True)
        ]
        self._problem = problem
        self._contended = reduction.contended
        self._left = list(problem.stock)
        least = [costs[0][0] for costs in self._tasks]
        self._least_from = list(itertools.accumulate(reversed(least), initial=0))[::-1]
        self._opened = [0] * len(problem.parcel_costs)
        self._chosen: list[int] = []
        self._steps_maximum = steps_maximum
        self._best_cost: int | None = None
        self.best: list[int] | None = None
        self.steps = 0

    def go(self, *, position: int, cost: int) -> None:
        """Try all ways of the task at ``position``, given what those before it cost."""
        if position == len(self._tasks):
            if self._best_cost is None or cost < self._best_cost:
                self._best_cost, self.best = cost, list(self._chosen)
            return
        task, parcel_costs = self._problem.tasks[position], self._problem.parcel_costs
        after = self._least_from[position + 1]
        for goods, choice in self._tasks[position]:
            self.steps += 1
            if self.steps > self._steps_maximum:
                return
            if self._best_cost is not None and cost + goods + after >= self._best_cost:
                # The ways are sorted: those that follow cost no less.
                return
            way = task.ways[choice]
            total = cost + goods + (0 if self._opened[way.parcel] else parcel_costs[way.parcel])
            if self._best_cost is not None and total + after >= self._best_cost:
                continue
            contended = way.place in self._contended
            if contended and self._left[way.place] < task.quantity:
                continue
            self._left[way.place] -= task.quantity
            self._opened[way.parcel] += 1
            self._chosen.append(choice)
            self.go(position=position + 1, cost=total)
            self._chosen.pop()
            self._opened[way.parcel] -= 1
            self._left[way.place] += task.quantity
