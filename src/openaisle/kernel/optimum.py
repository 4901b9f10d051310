"""The port of exact optimization: the cheapest whole numbers that meet a list of conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from openaisle.kernel.errors import OpenAisleError


class OptimumNotFound(OpenAisleError):
    """No numbers meet the conditions, or none were proven the cheapest with the effort that is allowed."""

    code = "optimum-not-found"
    title = "No optimum was found"
    status = 500
    mend = "Whoever asked falls back on a simpler rule; nothing needs to be done."


class Condition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``lower <= sum of coefficient x number <= upper``; a bound that is None does not hold anything."""

    numbers: Sequence[int]
    coefficients: Sequence[int]
    lower: int | None = None
    upper: int | None = None


class Program(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whole numbers from 0 to ``maximums``, one for each of ``costs``, whose summed costs are to be least."""

    costs: Sequence[int]
    maximums: Sequence[int]
    conditions: Sequence[Condition]


class Optimizer(Protocol):
    """Solves programs; the same program always gives the same numbers."""

    def minimum(self, *, program: Program) -> tuple[int, ...]:
        """Return the numbers, proven the cheapest; raises OptimumNotFound."""
        ...
