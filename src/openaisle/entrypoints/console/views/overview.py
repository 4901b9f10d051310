"""The overview: what happens on the marketplace now, and where somebody is waited for."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.charts import BarChart
from openaisle.entrypoints.console.views.common import EventRow, StateCount
from openaisle.entrypoints.console.views.orders import OrderRow
from openaisle.kernel.money import Money


class OverviewFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the present UTC day.

    ``orders_a_minute`` holds the last hour; ``values`` one amount per currency, the largest count first.
    """

    order_count: int
    values: tuple[Money, ...]
    orders_a_minute: BarChart
    orders_last_minute: int
    purchase_orders: tuple[StateCount, ...]
    reviews_waiting: int
    oldest_review_at: datetime | None
    suppliers: tuple[StateCount, ...]


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The whole overview."""

    figures: OverviewFigures
    orders: tuple[OrderRow, ...]
    events: tuple[EventRow, ...]
