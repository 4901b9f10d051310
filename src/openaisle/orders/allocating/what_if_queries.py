"""What-if over a day: all its orders allocated again by other weights, and both ways compared."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.optimum import Optimizer
from openaisle.kernel.table import Index, Table
from openaisle.orders.allocating.policy import AllocationWeights
from openaisle.orders.allocating.what_if import ChangedLine, LeftOut, Sums, replayed
from openaisle.orders.commands import IsoDate
from openaisle.orders.repository import ORDERS, day_partition

MAXIMUM_ORDERS = 20_000
MAXIMUM_EXAMPLES = 50
_PAGE = 100

_Minor = Annotated[int, Meta(ge=0, le=10_000_000)] | None
_Permille = Annotated[int, Meta(ge=0, le=10_000)] | None


class WeightsGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Allocation weights, as in the order policy; one that is absent or null is the one in force."""

    price_permille: _Permille = None
    margin_permille: _Permille = None
    commission_permille: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    day_minor: _Minor = None
    zone_minor: _Minor = None
    parcel_minor: _Minor = None
    scorecard_minor: _Minor = None
    fairness_minor: _Minor = None
    own_stock_minor: _Minor = None

    def over(self, *, weights: AllocationWeights) -> AllocationWeights:
        """Return ``weights`` with those that are given."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(weights, **given)


class WhatIfBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day (``2026-11-23``, UTC) whose orders are allocated again, and the weights to do it by."""

    day: IsoDate
    weights: WeightsGiven = WeightsGiven()


class WayOfFilling(msgspec.Struct, frozen=True, kw_only=True):
    """What filling the orders of one currency comes to.

    ``cost_minor`` is by the weights that are tried, ``price_minor`` what suppliers ask. A parcel is a supplier of an
    order, a split a line that several offers fill. ``average_days`` to the delivery count lines with a promised day;
    null where there is none.
    """

    cost_minor: int
    price_minor: int
    parcels: int
    splits: int
    average_days: float | None


class CurrencyCompared(msgspec.Struct, frozen=True, kw_only=True):
    """The orders of one currency: as they were allocated, and as they would have been."""

    currency: str
    orders: int
    actual: WayOfFilling
    replayed: WayOfFilling


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """A day's orders by other ``weights``.

    ``orders`` were replayed. Left out were ``orders_shortened``, which do not keep all reasons, and
    ``orders_incomplete``, which do not keep the numbers. ``has_more`` says that the day has more orders than are looked
    at. ``examples`` are the first of the ``lines_changed``, which other suppliers would have filled.
    """

    day: str
    weights: dict[str, int]
    orders: int
    lines: int
    orders_shortened: int
    orders_incomplete: int
    has_more: bool
    currencies: list[CurrencyCompared]
    lines_changed: int
    examples: list[ChangedLine]


class WhatIfQueries:
    """Replays the orders of a day; nothing is changed by it."""

    def __init__(
        self,
        *,
        table: Table,
        weights: AllocationWeights,
        optimizer: Optimizer | None = None,
        most: int = MAXIMUM_ORDERS,
    ) -> None:
        """Take the ``weights`` in force; at ``most`` so many orders of a day are looked at."""
        self._table = table
        self._weights = weights
        self._optimizer = optimizer
        self._most = most

    async def compared(self, *, day: str, given: WeightsGiven) -> WhatIf:
        """Return how the orders of ``day`` were allocated beside how they would be by the weights ``given``."""
        tally = _Tally(weights=given.over(weights=self._weights), optimizer=self._optimizer)
        cursor, left = None, self._most
        while left > 0:
            page = await self._table.query(
                partition=day_partition(day=day), index=Index.SECOND, after=cursor, limit=min(_PAGE, left)
            )
            for item in page.items:
                tally.add(body=item.body)
                # Requests of others take turns with the orders of a long day.
                await asyncio.sleep(0)
            cursor, left = page.cursor, left - len(page.items)
            if cursor is None:
                break
        return tally.told(day=day, has_more=cursor is not None)


class _Tally:
    """What was counted so far."""

    def __init__(self, *, weights: AllocationWeights, optimizer: Optimizer | None) -> None:
        self._weights = weights
        self._optimizer = optimizer
        self._left_out = dict.fromkeys(LeftOut, 0)
        self._lines = 0
        self._changed = 0
        self._examples: list[ChangedLine] = []
        self._sums: dict[str, tuple[int, Sums, Sums]] = {}

    def add(self, *, body: bytes) -> None:
        order = ORDERS.record(body)
        replay = replayed(order=order, weights=self._weights, optimizer=self._optimizer)
        if isinstance(replay, LeftOut):
            self._left_out[replay] += 1
            return
        count, actual, other = self._sums.get(order.currency, (0, Sums(), Sums()))
        self._sums[order.currency] = (count + 1, actual.plus(replay.actual), other.plus(replay.replayed))
        self._lines += replay.lines
        self._changed += len(replay.changed)
        self._examples.extend(replay.changed[: MAXIMUM_EXAMPLES - len(self._examples)])

    def told(self, *, day: str, has_more: bool) -> WhatIf:
        return WhatIf(
            day=day,
            weights=msgspec.structs.asdict(self._weights),
            orders=sum(count for count, _, _ in self._sums.values()),
            lines=self._lines,
            orders_shortened=self._left_out[LeftOut.SHORTENED],
            orders_incomplete=self._left_out[LeftOut.INCOMPLETE],
            has_more=has_more,
            currencies=[
                CurrencyCompared(currency=currency, orders=count, actual=_way(actual), replayed=_way(other))
                for currency, (count, actual, other) in sorted(self._sums.items())
            ],
            lines_changed=self._changed,
            examples=self._examples,
        )


def _way(sums: Sums) -> WayOfFilling:
    average = round(sums.promised_days / sums.promised_lines, 2) if sums.promised_lines else None
    return WayOfFilling(
        cost_minor=sums.cost_minor,
        price_minor=sums.price_minor,
        parcels=sums.parcels,
        splits=sums.splits,
        average_days=average,
    )
