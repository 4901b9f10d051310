"""The allocation of an order as programs of whole numbers, for orders that enumeration cannot reach. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.optimum import Condition, Optimizer, Program
from openaisle.orders.allocating.problem import Part, Problem, Reduced, Solution, Way


def cheapest_whole(*, problem: Problem, reduction: Reduced, optimizer: Optimizer) -> list[int]:
    """Return the way of each task in the cheapest combination without a split; raises OptimumNotFound."""
    pairs = [(task, position) for task, kept in enumerate(reduction.ways) for position in kept]
    parcels = sorted({problem.tasks[task].ways[position].parcel for task, position in pairs})
    paid = [parcel for parcel in parcels if problem.parcel_costs[parcel]]
    parcel_number = {parcel: len(pairs) + offset for offset, parcel in enumerate(paid)}
    goods = [problem.tasks[task].ways[position].cost(problem.tasks[task].quantity) for task, position in pairs]
    # What each task costs at least is the same in all combinations; without it the numbers stay small.
    least = {task: min(cost for cost, pair in zip(goods, pairs, strict=True) if pair[0] == task) for task, _ in pairs}
    conditions: list[Condition] = []
    in_parcel: dict[tuple[int, int], list[int]] = {}
    at_place: dict[int, tuple[list[int], list[int]]] = {}
    of_task: dict[int, list[int]] = {}
    for number, (task, position) in enumerate(pairs):
        way = problem.tasks[task].ways[position]
        of_task.setdefault(task, []).append(number)
        if way.parcel in parcel_number:
            in_parcel.setdefault((task, way.parcel), []).append(number)
        if way.place in reduction.contended:
            numbers, quantities = at_place.setdefault(way.place, ([], []))
            numbers.append(number)
            quantities.append(problem.tasks[task].quantity)
    conditions.extend(
        Condition(numbers=numbers, coefficients=[1] * len(numbers), lower=1, upper=1) for numbers in of_task.values()
    )
    for (_, parcel), numbers in in_parcel.items():
        with_parcel = [*numbers, parcel_number[parcel]]
        conditions.append(Condition(numbers=with_parcel, coefficients=[1] * len(numbers) + [-1], upper=0))
    for place, (numbers, quantities) in at_place.items():
        conditions.append(Condition(numbers=numbers, coefficients=quantities, upper=problem.stock[place]))
    program = Program(
        costs=[cost - least[task] for cost, (task, _) in zip(goods, pairs, strict=True)]
        + [problem.parcel_costs[parcel] for parcel in paid],
        maximums=[1] * (len(pairs) + len(paid)),
        conditions=conditions,
    )
    found = optimizer.minimum(program=program)
    return [position for number, (_, position) in enumerate(pairs) if found[number]]


class Splitting:
    """The program in which a task may be filled in parts: solved for most tasks, then fewest parts, then least cost."""

    def __init__(self, *, problem: Problem) -> None:
        """Take the problem."""
        self._problem = problem
        self._pairs = [
            (task, position)
            for task, one in enumerate(problem.tasks)
            for position, way in enumerate(one.ways)
            if problem.stock[way.place] > 0
        ]
        count = len(self._pairs)
        # The numbers: units of each pair, whether it is used, whether each task is filled, whether a parcel leaves.
        self._used = count
        self._filled = 2 * count
        paid = sorted({self._way(number).parcel for number in range(count)})
        self._paid = [parcel for parcel in paid if problem.parcel_costs[parcel]]
        self._parcel = {parcel: self._filled + len(problem.tasks) + offset for offset, parcel in enumerate(self._paid)}
        self._size = self._filled + len(problem.tasks) + len(self._paid)

    def solution(self, *, optimizer: Optimizer) -> Solution:
        """Return the best solution; raises OptimumNotFound."""
        count = len(self._problem.tasks)
        conditions = self._conditions()
        # More tasks are always better; of as many the earlier ones.
        worth = [0] * self._size
        for task in range(count):
            worth[self._filled + task] = count * count + count - task
        filled = optimizer.minimum(
            program=Program(costs=[-one for one in worth], maximums=self._maximums(), conditions=conditions)
        )
        for task in range(count):
            number = self._filled + task
            bound = filled[number]
            conditions.append(Condition(numbers=[number], coefficients=[1], lower=bound, upper=bound))
        parts = [0] * self._size
        parts[self._used : self._filled] = [1] * len(self._pairs)
        fewest = optimizer.minimum(program=Program(costs=parts, maximums=self._maximums(), conditions=conditions))
        used = list(range(self._used, self._filled))
        least = sum(fewest[number] for number in used)
        conditions.append(Condition(numbers=used, coefficients=[1] * len(used), upper=least))
        best = optimizer.minimum(program=Program(costs=self._costs(), maximums=self._maximums(), conditions=conditions))
        return self._solution(best)

    def _way(self, number: int) -> Way:
        task, position = self._pairs[number]
        return self._problem.tasks[task].ways[position]

    def _maximums(self) -> list[int]:
        units = [
            min(self._problem.tasks[task].quantity, self._problem.stock[self._way(number).place])
            for number, (task, _) in enumerate(self._pairs)
        ]
        return units + [1] * (self._size - len(units))

    def _costs(self) -> list[int]:
        least: dict[int, int] = {}
        for number, (task, _) in enumerate(self._pairs):
            unit = self._way(number).unit
            least[task] = min(least.get(task, unit), unit)
        # The least unit cost of a task is paid for each of its units anyway; without it the numbers stay small.
        units = [self._way(number).unit - least[task] for number, (task, _) in enumerate(self._pairs)]
        once = [self._way(number).once for number in range(len(self._pairs))]
        parcels = [self._problem.parcel_costs[parcel] for parcel in self._paid]
        return [*units, *once, *([0] * len(self._problem.tasks)), *parcels]

    def _conditions(self) -> list[Condition]:
        conditions: list[Condition] = []
        of_task: dict[int, list[int]] = {}
        of_place: dict[int, list[int]] = {}
        for number, (task, _) in enumerate(self._pairs):
            way = self._way(number)
            of_task.setdefault(task, []).append(number)
            of_place.setdefault(way.place, []).append(number)
            most = min(self._problem.tasks[task].quantity, self._problem.stock[way.place])
            conditions.append(Condition(numbers=[number, self._used + number], coefficients=[1, -most], upper=0))
            # A pair that is used has units: an empty part would be no part.
            conditions.append(Condition(numbers=[number, self._used + number], coefficients=[1, -1], lower=0))
            if way.parcel in self._parcel:
                numbers = [self._used + number, self._parcel[way.parcel]]
                conditions.append(Condition(numbers=numbers, coefficients=[1, -1], upper=0))
        for task, one in enumerate(self._problem.tasks):
            numbers = [*of_task.get(task, ()), self._filled + task]
            coefficients = [1] * (len(numbers) - 1) + [-one.quantity]
            conditions.append(Condition(numbers=numbers, coefficients=coefficients, lower=0, upper=0))
        for place, found in of_place.items():
            upper = self._problem.stock[place]
            conditions.append(Condition(numbers=found, coefficients=[1] * len(found), upper=upper))
        return conditions

    def _solution(self, numbers: Sequence[int]) -> Solution:
        parts: list[list[Part]] = [[] for _ in self._problem.tasks]
        for number, (task, position) in enumerate(self._pairs):
            if numbers[number]:
                parts[task].append(Part(position, numbers[number]))
        return tuple(tuple(one) for one in parts)
