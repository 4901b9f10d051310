"""What the numbers say."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from openaisle.analytics.model import Day, day_of, orders_a_minute
from openaisle.analytics.repository import DAYS, day_key
from openaisle.kernel.money import Money
from openaisle.kernel.table import Table
from openaisle.reviews.queries import ReviewQueries
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.queries import SupplierQueries

_GAUGE_AGE = timedelta(seconds=1)


class PurchaseOrderSteps(msgspec.Struct, frozen=True, kw_only=True):
    """How many purchase orders took each step on the day."""

    created: int = 0
    sent: int = 0
    accepted: int = 0
    partially_accepted: int = 0
    rejected: int = 0
    expired: int = 0
    shipped: int = 0
    delivered: int = 0
    canceled: int = 0


class SupplierSteps(msgspec.Struct, frozen=True, kw_only=True):
    """How many suppliers took each step on the day."""

    applied: int = 0
    activated: int = 0
    review_requested: int = 0
    rejected: int = 0
    suspended: int = 0
    reinstated: int = 0


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """How many product submissions and rows of feeds got each verdict on the day."""

    accepted: int = 0
    in_review: int = 0
    rejected: int = 0


class ReviewsWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many review tasks wait for somebody, how many are in somebody's hands, and since when the oldest waits."""

    open: int
    claimed: int
    oldest_requested_at: datetime | None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A UTC day in numbers, and how the marketplace stands at the present moment.

    ``order_values`` has one amount per currency. ``orders_by_hour`` has 24 numbers. ``orders_a_minute`` has the last
    60 minutes before the question, the present one last, whatever the day. ``cancellations`` counts decisions,
    ``units_canceled`` what they took away. ``suppliers_now`` and ``reviews_now`` are of this moment.
    """

    day: date
    orders_placed: int
    lines_placed: int
    units_placed: int
    order_values: tuple[Money, ...]
    orders_by_hour: tuple[int, ...]
    orders_a_minute: tuple[int, ...]
    cancellations: int
    units_canceled: int
    orders_unallocatable: int
    purchase_orders: PurchaseOrderSteps
    suppliers: SupplierSteps
    submissions: Verdicts
    suppliers_now: dict[SupplierState, int]
    reviews_now: ReviewsWaiting


class OverviewQueries:
    """The queries of the numbers."""

    def __init__(self, *, table: Table, suppliers: SupplierQueries, reviews: ReviewQueries) -> None:
        """Take the table, and the rooms that are asked how things stand at this moment."""
        self._table = table
        self._suppliers = suppliers
        self._reviews = reviews
        self._suppliers_now: dict[SupplierState, int] = {}
        self._counted_at: datetime | None = None

    async def overview(self, *, at: datetime, day: date | None = None) -> Overview:
        """Return the numbers of ``day`` (else of the day of ``at``); a day without events has zeros."""
        wanted = day_of(at=at) if day is None else day.isoformat()
        today, yesterday = day_of(at=at), day_of(at=at - timedelta(days=1))
        items = await self._table.get_many(keys=[day_key(day=one) for one in (wanted, today, yesterday)])
        found, present, before = (DAYS.decode(item).record if item is not None else None for item in items)
        numbers = found or Day(day=wanted)
        return Overview(
            day=date.fromisoformat(wanted),
            orders_placed=numbers.orders_placed,
            lines_placed=numbers.lines_placed,
            units_placed=numbers.units_placed,
            order_values=_values(numbers),
            orders_by_hour=tuple(numbers.orders_by_hour.get(hour, 0) for hour in range(24)),
            orders_a_minute=orders_a_minute(day=present or Day(day=today), before=before, at=at),
            cancellations=numbers.cancellations,
            units_canceled=numbers.units_canceled,
            orders_unallocatable=numbers.orders_unallocatable,
            purchase_orders=msgspec.convert(numbers.purchase_orders, PurchaseOrderSteps),
            suppliers=msgspec.convert(numbers.suppliers, SupplierSteps),
            submissions=msgspec.convert(numbers.submissions, Verdicts),
            suppliers_now=await self._supplier_counts(at=at),
            reviews_now=await self._reviews_waiting(),
        )

    async def _supplier_counts(self, *, at: datetime) -> dict[SupplierState, int]:
        # Counting walks over the index; several consoles that ask at once share one walk.
        if self._counted_at is None or at - self._counted_at > _GAUGE_AGE:
            self._suppliers_now = await self._suppliers.counts()
            self._counted_at = at
        return self._suppliers_now

    async def _reviews_waiting(self) -> ReviewsWaiting:
        counts = await self._reviews.counts()
        return ReviewsWaiting(open=counts.open, claimed=counts.claimed, oldest_requested_at=counts.oldest_requested_at)


def _values(numbers: Day) -> tuple[Money, ...]:
    largest_first = sorted(numbers.value_minor.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Money(amount_minor=amount, currency=currency) for currency, amount in largest_first)
