"""How many units of an order came back: what the room of orders shows beside what was shipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from openaisle.kernel.table import Table
from openaisle.returns.repository import RETURN_PREFIX, RETURNS, returns_partition

# An order has fewer returns than that (Books).
_EVERY_RETURN = 1_000


class CameBack:
    """Counts units that suppliers received; implements what orders/ asks for."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def of_order(self, *, order_id: str) -> Mapping[int, int]:
        """Return the units that came back, by line number."""
        page = await self._table.query(
            partition=returns_partition(order_id=order_id), sort_prefix=RETURN_PREFIX, limit=_EVERY_RETURN
        )
        units: Counter[int] = Counter()
        for item in page.items:
            units.update(RETURNS.record(item.body).received)
        return units
