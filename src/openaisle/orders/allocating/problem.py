"""The allocation of an order as a problem of numbers: what each way costs, and what stock there is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple


class Way(NamedTuple):
    """One way to fill a line, or a part of it: from the stock at ``place``, in the parcel ``parcel``.

    So many units cost ``unit`` each and ``once`` together, whatever their number.
    """

    place: int
    parcel: int
    unit: int
    once: int

    def cost(self, quantity: int) -> int:
        """Return what ``quantity`` units cost this way, parcels aside."""
        return self.unit * quantity + self.once


class Task(NamedTuple):
    """A line to be filled: so many units, and the ways to do so, in the order in which equals are preferred."""

    quantity: int
    ways: tuple[Way, ...]


class Part(NamedTuple):
    """So many units of a task by the way of that position."""

    way: int
    quantity: int


class Problem(NamedTuple):
    """Tasks that share stock (``stock`` by place) and parcels; ``parcel_costs`` is 0 for one that leaves anyway."""

    tasks: tuple[Task, ...]
    stock: tuple[int, ...]
    parcel_costs: tuple[int, ...]


# For each task its parts; a task that cannot be filled wholly has none.
Solution = tuple[tuple[Part, ...], ...]


def cost_of(*, problem: Problem, solution: Solution) -> int:
    """Return what a solution costs, unfilled tasks aside."""
    goods, parcels = 0, set[int]()
    for task, parts in zip(problem.tasks, solution, strict=True):
        for part in parts:
            way = task.ways[part.way]
            goods += way.cost(part.quantity)
            parcels.add(way.parcel)
    return goods + sum(problem.parcel_costs[parcel] for parcel in parcels)


def whole(*, chosen: Sequence[int], problem: Problem) -> Solution:
    """Return the solution in which each task is filled by the one way chosen for it."""
    return tuple((Part(way, task.quantity),) for way, task in zip(chosen, problem.tasks, strict=True))


class Reduced(NamedTuple):
    """A problem of whole tasks without the ways that cannot be the cheapest; ``ways`` are the positions kept."""

    ways: tuple[tuple[int, ...], ...]
    contended: frozenset[int]

    @property
    def combinations(self) -> int:
        """Return how many ways there are to fill all tasks, each alone."""
        return prod(len(positions) for positions in self.ways)

    @property
    def is_possible(self) -> bool:
        """Return whether each task has at least one way to be filled by alone."""
        return all(self.ways)


def reduced(*, problem: Problem) -> Reduced:
    """Return which ways can fill a task alone and may be the cheapest over all tasks together.

    A way that costs more than another one and the parcel of that one is never taken, unless that other one's
    stock (``contended``: fewer units than all tasks together may want of it) can be gone.
    """
    able = [
        [position for position, way in enumerate(task.ways) if problem.stock[way.place] >= task.quantity]
        for task in problem.tasks
    ]
    wanted: dict[int, int] = {}
    for task, positions in zip(problem.tasks, able, strict=True):
        for place in {task.ways[position].place for position in positions}:
            wanted[place] = wanted.get(place, 0) + task.quantity
    contended = frozenset(place for place, quantity in wanted.items() if quantity > problem.stock[place])
    kept = tuple(
        _useful(task=task, positions=positions, problem=problem, contended=contended)
        for task, positions in zip(problem.tasks, able, strict=True)
    )
    return Reduced(kept, contended)


def _useful(*, task: Task, positions: Sequence[int], problem: Problem, contended: frozenset[int]) -> tuple[int, ...]:
    ways, quantity = task.ways, task.quantity
    safe = [
        ways[position].cost(quantity) + problem.parcel_costs[ways[position].parcel]
        for position in positions
        if ways[position].place not in contended
    ]
    if not safe:
        return tuple(positions)
    limit = min(safe)
    return tuple(
        position
        for position in positions
        if (cost := ways[position].cost(quantity)) < limit
        or (cost == limit and problem.parcel_costs[ways[position].parcel] == 0)
    ) or tuple(positions)


def within(*, problem: Problem, reduction: Reduced, parcels: frozenset[int]) -> Reduced:
    """Return the reduction without the ways that leave in other parcels than these."""
    kept = tuple(
        tuple(position for position in positions if task.ways[position].parcel in parcels)
        for task, positions in zip(problem.tasks, reduction.ways, strict=True)
    )
    return reduction._replace(ways=kept)
