"""The optimizer on HiGHS, loaded with the first program: most orders never need it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from openaisle.kernel.optimum import OptimumNotFound, Program

if TYPE_CHECKING:
    import highspy

# Counted and not timed, so that a busy machine decides the same as an idle one.
_NODES_MAXIMUM = 20_000


class HighsOptimizer:
    """Solves programs with one thread and a fixed seed, so that the same program gives the same numbers."""

    def minimum(self, *, program: Program) -> tuple[int, ...]:
        """Return the numbers, proven the cheapest; raises OptimumNotFound."""
        import highspy

        solver = _quiet()()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            # All costs are whole numbers: whoever is nearer than half a unit to the bound has reached it.
            ("mip_abs_gap", 0.5),
            ("mip_max_nodes", _NODES_MAXIMUM),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(_model(program=program))
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise OptimumNotFound(detail=f"HiGHS ended with {solver.modelStatusToString(solver.getModelStatus())}.")
        return tuple(round(value) for value in solver.getSolution().col_value)


@functools.cache
def _quiet() -> type[highspy.Highs]:
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS writes its name to the standard output as soon as callbacks are set, whatever its options say.

        Nobody calls back here, and what commands print may be read by machines.
        """

        def enableCallbacks(self) -> None:  # noqa: N802 - the name highspy calls it by
            return None

    return Quiet


def _model(*, program: Program) -> highspy.HighsLp:
    import highspy

    conditions = program.conditions
    starts, numbers, coefficients = [0], list[int](), list[float]()
    lower, upper = list[float](), list[float]()
    for condition in conditions:
        numbers.extend(condition.numbers)
        coefficients.extend(map(float, condition.coefficients))
        starts.append(len(numbers))
        lower.append(-highspy.kHighsInf if condition.lower is None else float(condition.lower))
        upper.append(highspy.kHighsInf if condition.upper is None else float(condition.upper))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.costs), len(conditions)
    model.col_cost_ = list(map(float, program.costs))
    model.col_lower_ = [0.0] * len(program.costs)
    model.col_upper_ = list(map(float, program.maximums))
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = starts, numbers, coefficients
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(program.costs)
    return model
