"""The pages of orders."""

from __future__ import annotations

import re

from starlette.responses import Response

from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.pages.parties import product_titles, supplier_names
from openaisle.entrypoints.console.views.orders import OrderPage, OrdersPage, order_page, orders_page
from openaisle.entrypoints.console.visits import Visit
from openaisle.orders.model import OrderLineState
from openaisle.orders.queries import OrderQueries
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class OrderPages:
    """The list of orders, and one order with the reasons of its allocation."""

    def __init__(self, *, queries: OrderQueries, suppliers: SupplierQueries, catalog: CatalogQueries) -> None:
        """Take the queries of orders, and those that name suppliers and products."""
        self._queries = queries
        self._suppliers = suppliers
        self._catalog = catalog

    async def listed(self, visit: Visit) -> Response:
        """Show the orders of a day."""
        return visit.page(template="orders", here="orders", page=await self._list(visit))

    async def list_fragment(self, visit: Visit) -> Response:
        """Show the rows alone."""
        return visit.fragment(template="order_list", page=await self._list(visit))

    async def detail(self, visit: Visit) -> Response:
        """Show one order."""
        return visit.page(template="order", here="orders", page=await self._detail(visit))

    async def detail_fragment(self, visit: Visit) -> Response:
        """Show the changing part of one order alone."""
        return visit.fragment(template="order", page=await self._detail(visit))

    async def _list(self, visit: Visit) -> OrdersPage:
        day = visit.asked(name="day")
        day = day if _DAY.fullmatch(day) else f"{visit.now:%Y-%m-%d}"
        state = visit.asked(name="state")
        state = state if state in set(OrderLineState) else ""
        after = visit.asked(name="after")
        listed = await self._queries.orders_of_day(day=day, after=after or None, limit=_ROWS)
        return orders_page(listed=listed, day=day, state=state, after=after)

    async def _detail(self, visit: Visit) -> OrderPage:
        view = await self._queries.order(order_id=visit.path(name="order_id"), principal=visit.context.principal)
        supplier_ids = {one.supplier_id for one in view.purchase_orders}
        for run in view.allocations:
            supplier_ids |= {one.supplier_id for line in run.lines for one in line.candidates if one.supplier_id}
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids, at=visit.now)
        titles = await product_titles(queries=self._catalog, product_ids=[line.product_id for line in view.lines])
        return order_page(view=view, suppliers=names, products=titles)
