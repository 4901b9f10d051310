"""A day in numbers, and how changes add to it. Pure; counted once however often a change is delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from openaisle.catalog.events import (
    ProductSubmissionAccepted,
    ProductSubmissionRejected,
    ProductSubmissionReviewRequested,
)
from openaisle.feeds.events import FeedApplied
from openaisle.kernel.stream import Change
from openaisle.orders.events import (
    OrderLineCanceled,
    OrderPlaced,
    OrderUnallocatable,
    PurchaseOrderAccepted,
    PurchaseOrderCanceled,
    PurchaseOrderCreated,
    PurchaseOrderDelivered,
    PurchaseOrderExpired,
    PurchaseOrderPartiallyAccepted,
    PurchaseOrderRejected,
    PurchaseOrderSent,
    PurchaseOrderShipped,
)
from openaisle.reviews.events import ReviewOpened, ReviewResolved, ReviewWithdrawn
from openaisle.suppliers.events import (
    SupplierActivated,
    SupplierApplied,
    SupplierReinstated,
    SupplierRejected,
    SupplierReviewRequested,
    SupplierSuspended,
)

_MINUTES_KEPT = 60

_PURCHASE_ORDER_OUTCOMES = {
    event.TYPE: event.TYPE.partition(".")[2]
    for event in (
        PurchaseOrderCreated,
        PurchaseOrderSent,
        PurchaseOrderAccepted,
        PurchaseOrderPartiallyAccepted,
        PurchaseOrderRejected,
        PurchaseOrderExpired,
        PurchaseOrderShipped,
        PurchaseOrderDelivered,
        PurchaseOrderCanceled,
    )
}
_VERDICTS = {
    ProductSubmissionAccepted.TYPE: "accepted",
    ProductSubmissionReviewRequested.TYPE: "in_review",
    ProductSubmissionRejected.TYPE: "rejected",
}
_SUPPLIER_STEPS = {
    event.TYPE: event.TYPE.partition(".")[2]
    for event in (
        SupplierApplied,
        SupplierActivated,
        SupplierReviewRequested,
        SupplierRejected,
        SupplierSuspended,
        SupplierReinstated,
    )
}
_REVIEW_STEPS = {event.TYPE: event.TYPE.partition(".")[2] for event in (ReviewOpened, ReviewResolved, ReviewWithdrawn)}


class Day(msgspec.Struct, kw_only=True):
    """One UTC day in numbers.

    ``position`` is the sequence of the newest change that is counted in; changes up to it are passed over. Values are
    minor units by currency. ``orders_by_hour`` has the hours 0 to 23 that had orders, ``orders_by_minute`` the last
    60 minutes that had, by minute of the day. The counts by name are of things that happened on this day: a purchase
    order that was sent and delivered counts under both.
    """

    day: str
    position: int = 0
    orders_placed: int = 0
    lines_placed: int = 0
    units_placed: int = 0
    value_minor: dict[str, int] = msgspec.field(default_factory=dict)
    orders_by_hour: dict[int, int] = msgspec.field(default_factory=dict)
    orders_by_minute: dict[int, int] = msgspec.field(default_factory=dict)
    cancellations: int = 0
    units_canceled: int = 0
    orders_unallocatable: int = 0
    purchase_orders: dict[str, int] = msgspec.field(default_factory=dict)
    suppliers: dict[str, int] = msgspec.field(default_factory=dict)
    submissions: dict[str, int] = msgspec.field(default_factory=dict)
    reviews: dict[str, int] = msgspec.field(default_factory=dict)


def day_of(*, at: datetime) -> str:
    """Return the UTC day of a moment, ``2026-11-23``."""
    return at.astimezone(UTC).date().isoformat()


def by_day(*, changes: Iterable[Change]) -> dict[str, list[Change]]:
    """Return the changes of each UTC day, in their order."""
    days: dict[str, list[Change]] = {}
    for change in changes:
        days.setdefault(day_of(at=change.at), []).append(change)
    return days


def count_in(*, day: Day, changes: Sequence[Change]) -> bool:
    """Count into ``day`` the changes that it does not hold yet; return whether there were any."""
    fresh = [change for change in changes if change.sequence > day.position]
    for change in fresh:
        for event in change.events:
            count = COUNTERS.get(event.type)
            if count is not None:
                count(day, change, event.data)
    if fresh:
        day.position = max(change.sequence for change in fresh)
        newest = max(day.orders_by_minute, default=0)
        for minute in [minute for minute in day.orders_by_minute if minute <= newest - _MINUTES_KEPT]:
            del day.orders_by_minute[minute]
    return bool(fresh)


class _PlacedLine(msgspec.Struct, gc=False):
    quantity: int


class _Placed(msgspec.Struct, gc=False):
    currency: str
    total_minor: int
    lines: list[_PlacedLine]


class _Quantity(msgspec.Struct, gc=False):
    quantity: int


class _Rows(msgspec.Struct, gc=False):
    rows: int
    rejected: int
    in_review: int


_placed = msgspec.json.Decoder(_Placed).decode
_quantity = msgspec.json.Decoder(_Quantity).decode
_rows = msgspec.json.Decoder(_Rows).decode

Counter = Callable[[Day, Change, msgspec.Raw], None]


def _add(counts: dict[Any, int], name: str | int, number: int = 1) -> None:
    counts[name] = counts.get(name, 0) + number


def _count_order(day: Day, change: Change, data: msgspec.Raw) -> None:
    placed = _placed(data)
    at = change.at.astimezone(UTC)
    day.orders_placed += 1
    day.lines_placed += len(placed.lines)
    day.units_placed += sum(line.quantity for line in placed.lines)
    _add(day.value_minor, placed.currency, placed.total_minor)
    _add(day.orders_by_hour, at.hour)
    _add(day.orders_by_minute, at.hour * 60 + at.minute)


def _count_cancellation(day: Day, _change: Change, data: msgspec.Raw) -> None:
    day.cancellations += 1
    day.units_canceled += _quantity(data).quantity


def _count_unallocatable(day: Day, _change: Change, _data: msgspec.Raw) -> None:
    day.orders_unallocatable += 1


def _count_rows(day: Day, _change: Change, data: msgspec.Raw) -> None:
    # The rows of a feed are judged without an event each: a feed may have a million.
    rows = _rows(data)
    _add(day.submissions, "accepted", rows.rows - rows.rejected - rows.in_review)
    _add(day.submissions, "in_review", rows.in_review)
    _add(day.submissions, "rejected", rows.rejected)


def _counting(*, attribute: str, name: str) -> Counter:
    def count(day: Day, _change: Change, _data: msgspec.Raw) -> None:
        _add(getattr(day, attribute), name)

    return count


COUNTERS: Mapping[str, Counter] = {
    OrderPlaced.TYPE: _count_order,
    OrderLineCanceled.TYPE: _count_cancellation,
    OrderUnallocatable.TYPE: _count_unallocatable,
    FeedApplied.TYPE: _count_rows,
    **{type_: _counting(attribute="purchase_orders", name=name) for type_, name in _PURCHASE_ORDER_OUTCOMES.items()},
    **{type_: _counting(attribute="submissions", name=name) for type_, name in _VERDICTS.items()},
    **{type_: _counting(attribute="suppliers", name=name) for type_, name in _SUPPLIER_STEPS.items()},
    **{type_: _counting(attribute="reviews", name=name) for type_, name in _REVIEW_STEPS.items()},
}


def orders_a_minute(*, day: Day, before: Day | None, at: datetime) -> tuple[int, ...]:
    """Return how many orders each of the last 60 minutes had, the oldest first, the present minute last.

    ``day`` is the one of ``at``, ``before`` the one before it.
    """
    present = at.astimezone(UTC)
    counts = []
    for ago in range(_MINUTES_KEPT - 1, -1, -1):
        moment = present - timedelta(minutes=ago)
        source = day if day_of(at=moment) == day.day else before
        counts.append(source.orders_by_minute.get(moment.hour * 60 + moment.minute, 0) if source is not None else 0)
    return tuple(counts)
