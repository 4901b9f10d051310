"""The overview and its fragments, which the script asks for every few seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from openaisle.analytics.queries import OverviewQueries
from openaisle.entrypoints.console.pages.latest_changes import latest_changes
from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.views.common import EventRow
from openaisle.entrypoints.console.views.events import event_rows, supplier_ids_of
from openaisle.entrypoints.console.views.orders import OrderRow, order_row
from openaisle.entrypoints.console.views.overview import OverviewFigures, OverviewPage, overview_figures
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.stream import ChangeStream
from openaisle.orders.queries import OrderQueries
from openaisle.suppliers.queries import SupplierQueries

_ORDERS_SHOWN = 12
_EVENTS_SHOWN = 14
_TROUBLED_SHOWN = 5
# Counting walks an index; everybody who looks at the overview shares one count a second.
_FIGURES_AGE = timedelta(seconds=1)


class OverviewPages:
    """The overview and its fragments."""

    def __init__(
        self,
        *,
        overview: OverviewQueries,
        orders: OrderQueries,
        suppliers: SupplierQueries,
        stream: ChangeStream,
    ) -> None:
        """Take the queries of the day's numbers, of orders and suppliers, and the stream for the latest events."""
        self._overview = overview
        self._orders = orders
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
        overview = await self._overview.overview(at=at)
        troubled = await self._orders.troubled_suppliers(limit=_TROUBLED_SHOWN)
        names = await supplier_names(queries=self._suppliers, supplier_ids=troubled, at=at)
        figures = overview_figures(overview=overview, troubled=troubled, names=names, at=at)
        self._figures_kept = (at, figures)
        return figures

    async def _latest_orders(self, *, at: datetime) -> tuple[OrderRow, ...]:
        listed = await self._orders.recent_orders(at=at, limit=_ORDERS_SHOWN)
        return tuple(order_row(order=order) for order in listed.orders)

    async def _events(self, *, at: datetime) -> tuple[EventRow, ...]:
        changes = await latest_changes(stream=self._stream, event_count=_EVENTS_SHOWN)
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids_of(changes=changes), at=at)
        return event_rows(changes=changes, suppliers=names, limit=_EVENTS_SHOWN)
