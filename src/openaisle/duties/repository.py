"""Where duties stand in the table: a supplier's sales by day and its duties in one partition."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from openaisle.duties.model import SupplierDuties
from openaisle.duties.sales import SalesDay
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time

DUE_TOPIC = "duties"
CLOCKS = "DUTY-CLOCKS"
DAY_PREFIX = "DAY#"


def partition_of(*, supplier_id: str) -> str:
    """Access pattern: all days of one supplier, in order (use_cases.Duties)."""
    return f"DUTIES#{supplier_id}"


def day_key(*, supplier_id: str, day: date) -> Key:
    """Access pattern: one day of one supplier (projection)."""
    return Key(partition_of(supplier_id=supplier_id), f"{DAY_PREFIX}{day.isoformat()}")


def duties_key(*, supplier_id: str) -> Key:
    """Access pattern: the duties of one supplier, one get."""
    return Key(partition_of(supplier_id=supplier_id), "DUTIES")


def _look_again_at(duties: SupplierDuties) -> datetime:
    # Every day makes its own of the windows and the clocks; one that was never looked at is due at once.
    if duties.looked_at_on is None:
        return datetime.min.replace(year=2000, tzinfo=UTC)
    return datetime.combine(duties.looked_at_on + timedelta(days=1), time.min, UTC)


def _indexes(duties: SupplierDuties) -> tuple[IndexEntry, ...]:
    due = due_entry(topic=DUE_TOPIC, at=sortable_time(_look_again_at(duties)), identifier=duties.supplier_id)
    if duties.next_due_on is None:
        return (due,)
    # Access pattern: all suppliers with a running clock, what is due next first (use_cases.Duties.clocks).
    return (due, IndexEntry(Index.FIRST, CLOCKS, f"{duties.next_due_on.isoformat()}#{duties.supplier_id}"))


SALES_DAYS: RecordType[SalesDay] = RecordType(
    kind="duty_sales_day",
    model=SalesDay,
    key=lambda record: day_key(supplier_id=record.supplier_id, day=record.day),
    streamed=False,
)
DUTIES: RecordType[SupplierDuties] = RecordType(
    kind="supplier_duties",
    model=SupplierDuties,
    key=lambda record: duties_key(supplier_id=record.supplier_id),
    indexes=_indexes,
)
