"""A bound from below for sets of parcels: tasks pay prices, and a parcel leaves only if they pay more than it costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 90
_ROUNDS_WITHOUT_GAIN = 4
# Prices are whole numbers, too: of so many parts of a minor unit.
SCALE = 64
_STEP_WHOLE = 1_000
_STEP_SHRINKS_TO = 600

Row = NDArray[np.int64]
Table = NDArray[np.int64]


class Prices:
    """Prices per task (Lagrange multipliers), raised round after round.

    ``bound`` is the highest one found, in parts of a minor unit; ``losses`` says what each parcel loses by leaving at
    its prices, in the same unit. ``suggested`` are sets of parcels that good prices would have leave.
    """

    def __init__(self, *, rows: Table, fees: Row, base: Row) -> None:
        """Take the costs of tasks in parcels, the parcels' fees, and the costs in what leaves anyway."""
        # The last row stands for what leaves anyway.
        self._rows: Table = np.vstack([rows, base]) * SCALE
        self._fees: Row = np.append(fees, 0) * SCALE
        self._count = len(fees)
        self._is_known = False
        self._possible = np.arange(self._count)
        self.bound = 0
        self.best: Row = self._rows[-1]
        self.losses: Row = np.zeros(self._count, dtype=np.int64)
        self.suggested: list[tuple[int, ...]] = []

    def climb(self, *, known: int, prices: Row | None = None, rounds: int = ROUNDS) -> None:
        """Raise the bound, round after round; ``known`` is the cost of a known solution.

        It begins with ``prices`` where some are given, those of a problem that is nearly the same.
        """
        prices = self._first_prices() if prices is None else prices
        step, idle = _STEP_WHOLE, 0
        for _ in range(rounds):
            among = self._possible
            bound, losses, surplus = self._evaluated(prices, among=among)
            if bound > self.bound or not self._is_known:
                self.bound, self.best, idle, self._is_known = bound, prices, 0, True
                self.losses[among] = losses
                self._suggest(tuple(among[losses < 0].tolist()))
                # What no better solution holds need not be looked at any more.
                self._possible = among[self.bound + np.maximum(losses, 0) < known * SCALE]
            else:
                idle += 1
                if idle >= _ROUNDS_WITHOUT_GAIN:
                    step, idle = step * _STEP_SHRINKS_TO // _STEP_WHOLE, 0
            weight = int((surplus * surplus).sum())
            gap = known * SCALE - bound
            if not weight or gap <= 0:
                return
            stride = step * gap // (weight * _STEP_WHOLE)
            if not stride:
                return
            prices = np.maximum(prices + stride * surplus, 0)

    def _first_prices(self) -> Row:
        tasks = self._rows.shape[1]
        share = int(self._fees[:-1].min(initial=np.iinfo(np.int64).max) if self._count else 0) // max(1, tasks)
        second = min(1, self._count)
        first: Row = np.partition(self._rows, second, axis=0)[second] + share
        return first

    def possible(self, *, known: int) -> list[int]:
        """Return the parcels that a solution cheaper than ``known`` may hold."""
        left = self._possible
        kept: list[int] = left[self.bound + np.maximum(self.losses[left], 0) < known * SCALE].tolist()
        return kept

    def _evaluated(self, prices: Row, *, among: Row) -> tuple[int, Row, Row]:
        """Return the bound, what each parcel would lose by leaving, and how many parcels too few want each task."""
        looked_at = np.append(among, self._count)
        gains = np.maximum(prices - self._rows[looked_at], 0)
        losses = self._fees[looked_at] - gains.sum(axis=1)
        leaving = losses < 0
        bound = int(prices.sum() + losses[leaving].sum())
        surplus = 1 - (gains[leaving] > 0).sum(axis=0)
        return bound, losses[:-1], surplus

    def _suggest(self, members: tuple[int, ...]) -> None:
        # The last ones are the best: they come from the highest bounds.
        if members and members not in self.suggested:
            self.suggested = [*self.suggested[-2:], members]
