"""The overview and its fragments, which the script asks for every few seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from starlette.responses import Response

from openaisle.entrypoints.console.charts import bar_chart
from openaisle.entrypoints.console.pages.latest_changes import latest_changes
from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.views.common import EventRow, StateCount
from openaisle.entrypoints.console.views.events import event_rows, supplier_ids_of
from openaisle.entrypoints.console.views.orders import OrderRow, order_row
from openaisle.entrypoints.console.views.overview import OverviewFigures, OverviewPage
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.money import Money
from openaisle.kernel.stream import ChangeStream
from openaisle.orders.queries import OrderQueries
from openaisle.reviews.queries import ReviewQueries
from openaisle.suppliers.queries import SupplierQueries

_ORDERS_SHOWN = 12
_EVENTS_SHOWN = 14
# Counting walks an index; everybody who looks at the overview shares one count a second.
_FIGURES_AGE = timedelta(seconds=1)


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What a day brought: orders, their value by currency, orders of each of the last 60 minutes (oldest first)."""

    order_count: int
    values: Mapping[str, int]
    orders_a_minute: Sequence[int]
    purchase_orders: Mapping[str, int]


class ActivityReader(Protocol):
    """Tells the day's activity without walking the day's orders."""

    async def activity(self, *, at: datetime) -> Activity:
        """Return the activity of the UTC day of ``at``, up to ``at``."""
        ...


class OverviewPages:
    """The overview and its fragments."""

    def __init__(
        self,
        *,
        activity: ActivityReader,
        orders: OrderQueries,
        reviews: ReviewQueries,
        suppliers: SupplierQueries,
        stream: ChangeStream,
    ) -> None:
        """Take what tells of the day, the rooms' queries, and the change stream for the latest events."""
        self._activity = activity
        self._orders = orders
        self._reviews = reviews
        self._suppliers = suppliers
        self._stream = stream
        self._figures_kept: tuple[datetime, OverviewFigures] | None = None

    async def show(self, visit: Visit) -> Response:
        """Show the whole overview."""
        at = visit.now
        page = OverviewPage(
            figures=await self._figures(at=at),
            orders=await self._latest_orders(at=at),
            events=await self._events(at=at),
        )
        return visit.page(template="overview", here="overview", page=page)

    async def figures_fragment(self, visit: Visit) -> Response:
        """Show the figures alone."""
        page = OverviewPage(figures=await self._figures(at=visit.now), orders=(), events=())
        return visit.fragment(template="figures", page=page)

    async def orders_fragment(self, visit: Visit) -> Response:
        """Show the latest orders alone."""
        return visit.fragment(template="latest_orders", page={"orders": await self._latest_orders(at=visit.now)})

    async def events_fragment(self, visit: Visit) -> Response:
        """Show the latest events alone."""
        return visit.fragment(template="events", page={"events": await self._events(at=visit.now)})

    async def _figures(self, *, at: datetime) -> OverviewFigures:
        kept = self._figures_kept
        if kept is not None and timedelta(0) <= at - kept[0] < _FIGURES_AGE:
            return kept[1]
        activity = await self._activity.activity(at=at)
        reviews = await self._reviews.counts()
        suppliers = await self._suppliers.counts()
        figures = OverviewFigures(
            order_count=activity.order_count,
            values=tuple(
                Money(amount_minor=amount, currency=currency)
                for currency, amount in sorted(activity.values.items(), key=lambda entry: -entry[1])
            ),
            orders_a_minute=bar_chart(counts=activity.orders_a_minute),
            orders_last_minute=activity.orders_a_minute[-1] if activity.orders_a_minute else 0,
            purchase_orders=tuple(
                StateCount(state=state, count=count) for state, count in activity.purchase_orders.items() if count
            ),
            reviews_waiting=reviews.open + reviews.claimed,
            oldest_review_at=reviews.oldest_requested_at,
            suppliers=tuple(
                StateCount(state=state.value, count=count, href=f"/console/suppliers?state={state.value}")
                for state, count in suppliers.items()
                if count
            ),
        )
        self._figures_kept = (at, figures)
        return figures

    async def _latest_orders(self, *, at: datetime) -> tuple[OrderRow, ...]:
        listed = await self._orders.recent_orders(at=at, limit=_ORDERS_SHOWN)
        return tuple(order_row(order=order) for order in listed.orders)

    async def _events(self, *, at: datetime) -> tuple[EventRow, ...]:
        changes = await latest_changes(stream=self._stream, event_count=_EVENTS_SHOWN)
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids_of(changes=changes), at=at)
        return event_rows(changes=changes, suppliers=names, limit=_EVENTS_SHOWN)
