"""The overview: what happens on the marketplace now, and where somebody is waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from openaisle.analytics.queries import Overview
from openaisle.entrypoints.console.charts import BarChart, bar_chart
from openaisle.entrypoints.console.views.common import EventRow, StateCount
from openaisle.entrypoints.console.views.orders import OrderRow
from openaisle.kernel.breaker import Breaker
from openaisle.kernel.money import Money

_USUAL_STEPS = frozenset({"sent", "accepted", "shipped", "delivered"})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How many purchase orders took a step today; ``width`` is its bar in thousandths of those that were made."""

    state: str
    count: int
    width: str


class TroubledSupplier(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier whose system failed just now; ``retry_at`` is set while it is left alone."""

    name: str
    href: str
    reason: str
    retry_at: datetime | None


class OverviewFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the present UTC day.

    ``orders_a_minute`` holds the last hour; ``values`` one amount per currency, the largest count first.
    """

    order_count: int
    values: tuple[Money, ...]
    orders_a_minute: BarChart
    orders_last_minute: int
    purchase_orders_made: int
    purchase_order_steps: tuple[Step, ...]
    reviews_waiting: int
    oldest_review_at: datetime | None
    suppliers: tuple[StateCount, ...]
    troubled: tuple[TroubledSupplier, ...]


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The whole overview."""

    figures: OverviewFigures
    orders: tuple[OrderRow, ...]
    events: tuple[EventRow, ...]


def overview_figures(
    *, overview: Overview, troubled: Mapping[str, Breaker], names: Mapping[str, str], at: datetime
) -> OverviewFigures:
    """Return the figures of the day; ``troubled`` are the suppliers whose systems fail, ``names`` all their names."""
    steps = overview.purchase_orders
    counted = ((name, getattr(steps, name)) for name in steps.__struct_fields__ if name != "created")
    waiting = overview.reviews_now
    return OverviewFigures(
        order_count=overview.orders_placed,
        values=overview.order_values,
        orders_a_minute=bar_chart(counts=overview.orders_a_minute),
        orders_last_minute=_last_minute(counts=overview.orders_a_minute, at=at),
        purchase_orders_made=steps.created,
        purchase_order_steps=tuple(
            Step(state=name, count=count, width=_width(count=count, whole=steps.created))
            for name, count in counted
            if count or name in _USUAL_STEPS
        ),
        reviews_waiting=waiting.open + waiting.claimed,
        oldest_review_at=waiting.oldest_requested_at,
        suppliers=tuple(
            StateCount(state=state.value, count=count, href=f"/console/suppliers?state={state.value}")
            for state, count in sorted(overview.suppliers_now.items(), key=lambda entry: -entry[1])
            if count
        ),
        troubled=tuple(
            TroubledSupplier(
                name=names.get(supplier_id, supplier_id),
                href=f"/console/suppliers/{supplier_id}",
                reason=breaker.reason,
                retry_at=breaker.retry_at,
            )
            for supplier_id, breaker in troubled.items()
        ),
    )


def _last_minute(*, counts: Sequence[int], at: datetime) -> int:
    """Return about how many orders came in the last 60 seconds: the present minute and the rest of the one before."""
    return counts[-1] + round(counts[-2] * (60 - at.second) / 60)


def _width(*, count: int, whole: int) -> str:
    # A purchase order may leave in several shipments, so a step can be taken more often than orders were made.
    return f"{min(1_000.0, 1_000 * count / whole if whole else 0):.1f}"
