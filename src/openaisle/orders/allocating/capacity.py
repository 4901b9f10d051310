"""How many orders more a supplier takes on a day: counted where the order is placed, so that it is never exceeded."""

from __future__ import annotations

import msgspec

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key


class DayCapacity(msgspec.Struct, frozen=True, kw_only=True):
    """What is ``left`` of a supplier's ``capacity`` of a day; one that took no order yet has no such record."""

    supplier_id: str
    day: str
    capacity: int
    left: int
    expires_at: int

    def left_with(self, *, capacity: int) -> int:
        """Return what is left if the supplier has changed its capacity meanwhile."""
        return self.left + capacity - self.capacity


def capacity_key(*, supplier_id: str, day: str) -> Key:
    """Access pattern: what is left of one supplier's day, one get (allocator.Allocator)."""
    return Key(f"SUPPLIER#{supplier_id}#CAPACITY", day)


DAY_CAPACITIES = RecordType[DayCapacity](
    kind="day_capacity",
    model=DayCapacity,
    key=lambda record: capacity_key(supplier_id=record.supplier_id, day=record.day),
    expires_at=lambda record: record.expires_at,
    streamed=False,
)
