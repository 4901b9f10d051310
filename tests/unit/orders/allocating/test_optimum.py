"""The optimum over all lines: every way of searching finds what trying everything finds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openaisle.adapters.optimum import HighsOptimizer
from openaisle.kernel.optimum import Condition, OptimumNotFound, Program
from openaisle.orders.allocating.enumeration import enumerated
from openaisle.orders.allocating.optimum import best_solution
from openaisle.orders.allocating.parcel_sets import ParcelSets
from openaisle.orders.allocating.problem import Part, Problem, Task, Way, cost_of, reduced, whole
from openaisle.orders.allocating.programs import cheapest_whole

HIGHS = HighsOptimizer()


@st.composite
def problems(draw, *, stock_maximum: int = 6, tasks_maximum: int = 4):
    places = draw(st.integers(1, 4))
    parcel_of = [draw(st.integers(0, 2)) for _ in range(places)]
    tasks = []
    for _ in range(draw(st.integers(1, tasks_maximum))):
        used = draw(st.lists(st.integers(0, places - 1), min_size=0, max_size=places, unique=True))
        ways = [Way(place, parcel_of[place], draw(st.integers(0, 90)), draw(st.integers(-20, 60))) for place in used]
        tasks.append(Task(draw(st.integers(1, 3)), tuple(ways)))
    stock = tuple(draw(st.integers(0, stock_maximum)) for _ in range(places))
    fees = tuple(draw(st.sampled_from([0, 40, 120])) for _ in range(3))
    return Problem(tuple(tasks), stock, fees)


def every_solution(problem: Problem):
    """All ways to fill each task wholly or not at all, in whatever parts, that the stock allows."""
    choices = []
    for task in problem.tasks:
        counts = itertools.product(*(range(min(task.quantity, problem.stock[way.place]) + 1) for way in task.ways))
        filled = [one for one in counts if sum(one) == task.quantity]
        choices.append([tuple(Part(way, units) for way, units in enumerate(one) if units) for one in filled] + [()])
    for solution in itertools.product(*choices):
        left = list(problem.stock)
        for task, parts in zip(problem.tasks, solution, strict=True):
            for part in parts:
                left[task.ways[part.way].place] -= part.quantity
        if min(left) >= 0:
            yield solution


def rank(problem: Problem, solution):
    unfilled = [not parts for parts in solution]
    parts = sum(len(one) for one in solution)
    return sum(unfilled), unfilled, parts, cost_of(problem=problem, solution=solution)


@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_the_best_solution_is_that_of_trying_everything(problem):
    found = best_solution(problem=problem, optimizer=HIGHS)
    assert found.proven
    best = min(rank(problem, one) for one in every_solution(problem))
    mine = rank(problem, found.solution)
    assert (mine[0], mine[2], mine[3]) == (best[0], best[2], best[3])
    assert found == best_solution(problem=problem, optimizer=HIGHS)


@given(problem=problems(stock_maximum=40, tasks_maximum=6))
@settings(max_examples=60, deadline=None)
def test_all_ways_to_search_agree_on_the_cost(problem):
    reduction = reduced(problem=problem)
    if not reduction.is_possible:
        return
    tried = enumerated(problem=problem, reduction=reduction)
    assert tried is not None
    costs = set()
    if tried:
        costs.add(cost_of(problem=problem, solution=whole(chosen=tried, problem=problem)))
        programmed = cheapest_whole(problem=problem, reduction=reduction, optimizer=HIGHS)
        costs.add(cost_of(problem=problem, solution=whole(chosen=programmed, problem=problem)))
    if not reduction.contended:
        narrowed = ParcelSets(problem=problem, reduction=reduction).search()
        assert narrowed.proven
        chosen = cost_of(problem=problem, solution=whole(chosen=narrowed.chosen, problem=problem))
        assert narrowed.cost == chosen
        costs.add(chosen)
    assert len(costs) <= 1


def large(*, seed: int, lines: int = 20, candidates: int = 50, spread: int = 500) -> Problem:
    from random import Random

    random = Random(seed)
    tasks = [
        Task(
            1,
            tuple(
                Way(line * candidates + one, one, 1000 + random.randrange(spread), 50 * random.randrange(4))
                for one in range(candidates)
            ),
        )
        for line in range(lines)
    ]
    return Problem(tuple(tasks), (100,) * (lines * candidates), (400,) * candidates)


@pytest.mark.parametrize(
    ("seed", "lines", "candidates", "spread"),
    [(0, 12, 12, 500), (1, 12, 12, 500), (2, 14, 24, 200), (3, 10, 30, 2_000)],
)
def test_a_large_order_is_proven_and_costs_what_highs_finds(seed, lines, candidates, spread):
    problem = large(seed=seed, lines=lines, candidates=candidates, spread=spread)
    reduction = reduced(problem=problem)
    found = best_solution(problem=problem)
    assert found.proven
    chosen = cheapest_whole(problem=problem, reduction=reduction, optimizer=HIGHS)
    expected = cost_of(problem=problem, solution=whole(chosen=chosen, problem=problem))
    assert cost_of(problem=problem, solution=found.solution) == expected


def test_twenty_lines_of_fifty_candidates_are_proven_without_a_solver():
    assert best_solution(problem=large(seed=1)).proven


def test_costs_beyond_the_whole_numbers_of_a_machine_are_never_counted_wrong():
    problem = large(seed=1)
    huge = problem._replace(parcel_costs=(10**18,) * len(problem.parcel_costs))
    assert not best_solution(problem=huge).proven


def test_without_an_optimizer_a_split_is_found_but_not_proven():
    problem = Problem((Task(5, (Way(0, 0, 10, 0), Way(1, 1, 20, 0))),), (3, 4), (40, 40))
    assert best_solution(problem=problem) == (((Part(0, 3), Part(1, 2)),), False)
    assert best_solution(problem=problem, optimizer=HIGHS) == (((Part(0, 3), Part(1, 2)),), True)


def test_conditions_that_nothing_meets_are_told():
    program = Program(costs=[1], maximums=[1], conditions=[Condition(numbers=[0], coefficients=[1], lower=2)])
    with pytest.raises(OptimumNotFound):
        HIGHS.minimum(program=program)
