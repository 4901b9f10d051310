from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openaisle.adapters.optimum import HighsOptimizer
from openaisle.kernel.optimum import Condition, OptimumNotFound, Program
from openaisle.orders.allocating.enumeration import enumerated
from openaisle.orders.allocating.optimum import best_solution, task_after_task
from openaisle.orders.allocating.parcel_sets import ParcelSets
from openaisle.orders.allocating.problem import Part, Problem, Solution, Task, Way, cost_of, reduced, whole
from openaisle.orders.allocating.programs import Splitting, cheapest_whole

OPTIMIZER = HighsOptimizer()
PLENTY = 1_000


class NoOptimizer:
    def minimum(self, *, program: Program) -> tuple[int, ...]:
        raise OptimumNotFound(detail=f"Nobody solves {len(program.costs)} numbers here.")


@st.composite
def problems(draw, *, tasks: int, places: int, quantity: int, stock: int) -> Problem:
    """Return a small problem; the parcels stand for suppliers that hold one or two places."""
    parcels = draw(st.lists(st.integers(0, max(0, places - 1)), min_size=places, max_size=places))
    fees = draw(st.lists(st.sampled_from((0, 3, 7, 20)), min_size=places, max_size=places))
    levels = draw(st.lists(st.integers(0, stock), min_size=places, max_size=places))
    found = []
    for _ in range(draw(st.integers(1, tasks))):
        held = draw(st.lists(st.integers(0, places - 1), min_size=0, max_size=places, unique=True))
        ways = [Way(place, parcels[place], draw(st.integers(-3, 12)), draw(st.integers(-5, 9))) for place in held]
        found.append(Task(draw(st.integers(1, quantity)), tuple(ways)))
    return Problem(tuple(found), tuple(levels), tuple(fees))


def distributions(quantity: int, ways: int) -> Iterator[tuple[int, ...]]:
    if ways == 0:
        if quantity == 0:
            yield ()
        return
    for taken in range(quantity + 1):
        for rest in distributions(quantity - taken, ways - 1):
            yield (taken, *rest)


def is_possible(problem: Problem, solution: Solution) -> bool:
    left = list(problem.stock)
    for task, parts in zip(problem.tasks, solution, strict=True):
        assert not parts or sum(part.quantity for part in parts) == task.quantity
        for part in parts:
            left[task.ways[part.way].place] -= part.quantity
    return min(left, default=0) >= 0


def worth(problem: Problem, solution: Solution) -> tuple[int, int, int]:
    """Return what is compared: most tasks filled, of as many the earlier ones; fewest parts; least cost."""
    count = len(problem.tasks)
    filled = sum(count * count + count - number for number, parts in enumerate(solution) if parts)
    return -filled, sum(map(len, solution)), cost_of(problem=problem, solution=solution)


def best_by_brute_force(problem: Problem) -> tuple[int, int, int]:
    ways_to_fill = [
        [
            (),
            *(
                tuple(Part(way, units) for way, units in enumerate(shares) if units)
                for shares in distributions(task.quantity, len(task.ways))
            ),
        ]
        for task in problem.tasks
    ]
    solutions = itertools.product(*ways_to_fill)
    return min(worth(problem, one) for one in solutions if is_possible(problem, one))


def cheapest_whole_by_brute_force(problem: Problem) -> int | None:
    costs = [
        cost_of(problem=problem, solution=solution)
        for chosen in itertools.product(*(range(len(task.ways)) for task in problem.tasks))
        if is_possible(problem, solution := whole(chosen=chosen, problem=problem))
    ]
    return min(costs, default=None)


def market(*, lines: int, candidates: int, suppliers: int, seed: int, stock: int = PLENTY) -> Problem:
    """Return a problem as a marketplace poses it: prices within a fifth of one another, and a fee for each parcel."""
    chance = random.Random(seed)
    tasks, levels = [], []
    for _ in range(lines):
        price, ways = chance.randint(500, 20_000), []
        for supplier in sorted(chance.sample(range(suppliers), candidates)):
            ways.append(Way(len(levels), supplier, price * chance.randint(80, 120) // 100, chance.randint(50, 900)))
            levels.append(stock)
        tasks.append(Task(chance.randint(1, 3), tuple(ways)))
    return Problem(tuple(tasks), tuple(levels), (400,) * suppliers)


@given(problems(tasks=3, places=3, quantity=3, stock=4))
@settings(max_examples=150, deadline=None)
def test_no_way_to_fill_an_order_is_better_than_the_one_found(problem):
    found = best_solution(problem=problem, optimizer=OPTIMIZER)
    assert found.proven
    assert is_possible(problem, found.solution)
    assert worth(problem, found.solution) == best_by_brute_force(problem)


@given(problems(tasks=4, places=4, quantity=2, stock=5))
@settings(max_examples=150, deadline=None)
def test_enumeration_and_program_find_what_trying_everything_finds(problem):
    expected = cheapest_whole_by_brute_force(problem)
    reduction = reduced(problem=problem)
    if not reduction.is_possible:
        assert expected is None
        return
    chosen = enumerated(problem=problem, reduction=reduction)
    assert chosen is not None
    if not chosen:
        assert expected is None
        with pytest.raises(OptimumNotFound):
            cheapest_whole(problem=problem, reduction=reduction, optimizer=OPTIMIZER)
        return
    by_program = cheapest_whole(problem=problem, reduction=reduction, optimizer=OPTIMIZER)
    for one in (chosen, by_program):
        assert cost_of(problem=problem, solution=whole(chosen=one, problem=problem)) == expected


@given(problems(tasks=5, places=6, quantity=2, stock=0))
@settings(max_examples=200, deadline=None)
def test_the_search_over_parcels_finds_what_trying_everything_finds(problem):
    problem = problem._replace(stock=(PLENTY,) * len(problem.stock))
    reduction = reduced(problem=problem)
    if not reduction.is_possible:
        return
    assert not reduction.contended
    narrowed = ParcelSets(problem=problem, reduction=reduction).search()
    solution = whole(chosen=narrowed.chosen, problem=problem)
    assert narrowed.proven
    assert cost_of(problem=problem, solution=solution) == narrowed.cost == cheapest_whole_by_brute_force(problem)


@given(problems(tasks=3, places=3, quantity=4, stock=5))
@settings(max_examples=100, deadline=None)
def test_splitting_fills_most_with_fewest_parts_at_the_least_cost(problem):
    solution = Splitting(problem=problem).solution(optimizer=OPTIMIZER)
    assert is_possible(problem, solution)
    assert worth(problem, solution) == best_by_brute_force(problem)


@given(problems(tasks=4, places=4, quantity=4, stock=6))
@settings(max_examples=150, deadline=None)
def test_without_an_optimizer_nothing_impossible_is_decided_and_what_is_not_proven_is_not_called_so(problem):
    for optimizer in (None, NoOptimizer()):
        found = best_solution(problem=problem, optimizer=optimizer)
        assert is_possible(problem, found.solution)
        if found.proven:
            assert found.solution == best_solution(problem=problem, optimizer=OPTIMIZER).solution
    assert is_possible(problem, task_after_task(problem=problem))


@pytest.mark.parametrize("seed", range(6))
def test_twenty_lines_of_fifty_candidates_are_decided_exactly_and_the_same_each_time(seed):
    problem = market(lines=20, candidates=50, suppliers=60, seed=seed)
    found = best_solution(problem=problem, optimizer=OPTIMIZER)
    assert found.proven
    assert found == best_solution(problem=problem, optimizer=OPTIMIZER)


def test_orders_too_large_to_be_enumerated_are_decided_as_the_program_decides_them():
    for seed in range(4):
        problem = market(lines=9, candidates=12, suppliers=14, seed=seed)
        reduction = reduced(problem=problem)
        by_program = cheapest_whole(problem=problem, reduction=reduction, optimizer=OPTIMIZER)
        expected = cost_of(problem=problem, solution=whole(chosen=by_program, problem=problem))
        found = best_solution(problem=problem, optimizer=OPTIMIZER)
        assert (found.proven, cost_of(problem=problem, solution=found.solution)) == (True, expected)


def test_stock_that_several_lines_want_is_never_counted_twice():
    problem = market(lines=8, candidates=4, suppliers=5, seed=3, stock=2)
    shared = Problem(
        tuple(Task(1, tuple(way._replace(place=way.parcel) for way in task.ways)) for task in problem.tasks),
        (2,) * 5,
        problem.parcel_costs,
    )
    found = best_solution(problem=shared, optimizer=OPTIMIZER)
    assert found.proven
    assert is_possible(shared, found.solution)
    assert all(found.solution)


def test_the_optimizer_finds_the_cheapest_whole_numbers_that_meet_the_conditions():
    conditions = [
        Condition(numbers=[0, 1], coefficients=[2, 3], lower=7),
        Condition(numbers=[0], coefficients=[1], upper=2),
    ]
    program = Program(costs=[3, 5], maximums=[5, 5], conditions=conditions)
    assert OPTIMIZER.minimum(program=program) == (2, 1)
    impossible = Program(costs=[1], maximums=[1], conditions=[Condition(numbers=[0], coefficients=[1], lower=2)])
    with pytest.raises(OptimumNotFound):
        OPTIMIZER.minimum(program=impossible)
