"""The cheapest way to fill an order over all its lines together, by the means that suit its size. Pure."""

from __future__ import annotations

from typing import NamedTuple

from openaisle.kernel.optimum import Optimizer, OptimumNotFound
from openaisle.orders.allocating.enumeration import enumerated
from openaisle.orders.allocating.problem import (
    Part,
    Problem,
    Reduced,
    Solution,
    Task,
    reduced,
    whole,
    within,
)
from openaisle.orders.allocating.programs import Splitting, cheapest_whole

# An order with more ways than that to fill it is seldom tried to the end within the steps that are allowed.
COMBINATIONS_TRIED = 1_000_000
# Whole numbers of 64 bits hold twice as much; the search counts in parts of a minor unit, 64 to the unit.
_COUNTABLE = 2**62 // 64


class Found(NamedTuple):
    """A solution, and whether it is proven that none is better."""

    solution: Solution
    proven: bool


def best_solution(*, problem: Problem, optimizer: Optimizer | None = None) -> Found:
    """Return the solution that fills most tasks, of these the one of fewest parts, of these the cheapest.

    Orders of the usual size are enumerated; beyond it the ``optimizer`` decides. Without one, or where it gives up,
    task after task takes what is best for it, and ``proven`` is False.
    """
    if not problem.tasks:
        return Found((), proven=True)
    reduction = reduced(problem=problem)
    if reduction.is_possible:
        found = _whole(problem=problem, reduction=reduction, optimizer=optimizer)
        if found is not None:
            return found
    if len(problem.tasks) == 1 and not problem.tasks[0].ways:
        return Found(((),), proven=True)
    if optimizer is not None:
        try:
            return Found(Splitting(problem=problem).solution(optimizer=optimizer), proven=True)
        except OptimumNotFound:
            pass
    return Found(task_after_task(problem=problem), proven=False)


def _whole(*, problem: Problem, reduction: Reduced, optimizer: Optimizer | None) -> Found | None:
    """Return the best solution without a split, None if there is not stock enough for any."""
    chosen = None
    if reduction.contended or reduction.combinations <= COMBINATIONS_TRIED:
        chosen = enumerated(problem=problem, reduction=reduction)
    if chosen is not None:
        return Found(whole(chosen=chosen, problem=problem), proven=True) if chosen else None
    known: Found | None = None
    if not reduction.contended and _is_countable(problem=problem):
        # Its library takes a while to load, and most orders never need it.
        from openaisle.orders.allocating.parcel_sets import ParcelSets

        narrowed = ParcelSets(problem=problem, reduction=reduction).search()
        known = Found(whole(chosen=narrowed.chosen, problem=problem), proven=narrowed.proven)
        if narrowed.proven:
            return known
        reduction = within(problem=problem, reduction=reduction, parcels=narrowed.parcels)
    if optimizer is not None:
        try:
            chosen = cheapest_whole(problem=problem, reduction=reduction, optimizer=optimizer)
            return Found(whole(chosen=chosen, problem=problem), proven=True)
        except OptimumNotFound:
            pass
    return known


def _is_countable(*, problem: Problem) -> bool:
    """Return whether no sum of the search over sets of parcels can leave the whole numbers of a machine."""
    tasks = problem.tasks
    dearest = sum(max((way.cost(task.quantity) for way in task.ways), default=0) for task in tasks)
    return (dearest + sum(problem.parcel_costs) + 1) * (len(tasks) + 1) < _COUNTABLE


def task_after_task(*, problem: Problem) -> Solution:
    """Return a good solution without a search: each task in turn takes what is cheapest given those before it."""
    left = list(problem.stock)
    opened: set[int] = set()
    solution = []
    for task in problem.tasks:
        parts = _filled(problem=problem, task=task, left=left, opened=opened)
        for part in parts:
            left[task.ways[part.way].place] -= part.quantity
            opened.add(task.ways[part.way].parcel)
        solution.append(parts)
    return tuple(solution)


def _filled(*, problem: Problem, task: Task, left: list[int], opened: set[int]) -> tuple[Part, ...]:
    def cost(position: int) -> tuple[int, int]:
        way = task.ways[position]
        fee = 0 if way.parcel in opened else problem.parcel_costs[way.parcel]
        return way.cost(task.quantity) + fee, position

    ranked = sorted(range(len(task.ways)), key=cost)
    for position in ranked:
        if left[task.ways[position].place] >= task.quantity:
            return (Part(position, task.quantity),)
    parts, missing = [], task.quantity
    for position in ranked:
        quantity = min(missing, left[task.ways[position].place])
        if quantity > 0:
            parts.append(Part(position, quantity))
            missing -= quantity
    return () if missing else tuple(parts)
