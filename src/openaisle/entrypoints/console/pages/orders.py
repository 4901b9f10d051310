"""The pages of orders."""

from __future__ import annotations

import contextlib
import re

from starlette.responses import Response

from openaisle.access.queries import ApiKeyQueries
from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.pages.parties import product_titles, supplier_names
from openaisle.entrypoints.console.views.orders import LIST_HREF, OrderPage, OrdersPage, order_page, orders_page
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.context import Role
from openaisle.orders import views as room
from openaisle.orders.model import OrderLineState, OrderUnknown, order_identifier
from openaisle.orders.queries import OrderQueries
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50
_PAGES_LOOKED_AT = 6
_PURCHASE_ORDER = re.compile(r"po_([0-9a-z]{26})_[0-9]{2,4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class OrderPages:
    """The list of orders, and one order with the reasons of its allocation."""

    def __init__(
        self, *, queries: OrderQueries, suppliers: SupplierQueries, catalog: CatalogQueries, api_keys: ApiKeyQueries
    ) -> None:
        """Take the queries of orders, and those that name suppliers, products and (by their keys) storefronts."""
        self._queries = queries
        self._suppliers = suppliers
        self._catalog = catalog
        self._api_keys = api_keys

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
        listed = await self._of_state(day=day, state=state, after=after or None)
        return orders_page(listed=listed, day=day, state=state, after=after)

    async def _of_state(self, *, day: str, state: str, after: str | None) -> room.OrderPage:
        # An order's state follows from its purchase orders, so no index holds it: a page of one state is picked from
        # the day's orders, and ends after so many that it still comes at once.
        found: list[room.OrderSummary] = []
        for _ in range(_PAGES_LOOKED_AT if state else 1):
            page = await self._queries.orders_of_day(day=day, after=after, limit=_ROWS)
            found += [order for order in page.orders if not state or order.state.value == state]
            after = page.next_after
            if after is None or len(found) >= _ROWS // 2:
                break
        return room.OrderPage(orders=found, next_after=after)

    async def find(self, visit: Visit) -> Response:
        """Lead to the order that goes by an identifier, or by its reference at any storefront."""
        sought = visit.asked(name="sought").strip()
        for order_id in await self._candidates(sought=sought):
            with contextlib.suppress(OrderUnknown):
                view = await self._queries.order(order_id=order_id, principal=visit.context.principal)
                return visit.sent_on(href=f"{LIST_HREF}/{view.order_id}")
        raise OrderUnknown(detail=f"No order goes by {sought[:100]!r}, as its reference or identifier.")

    async def _candidates(self, *, sought: str) -> list[str]:
        if found := _PURCHASE_ORDER.fullmatch(sought):
            return [f"ord_{found[1]}"]
        if sought.startswith("ord_"):
            return [sought]
        storefronts: dict[str, None] = {}
        after: str | None = None
        for _ in range(_PAGES_LOOKED_AT):
            keys = await self._api_keys.listed(after=after)
            storefronts |= {key.subject_id: None for key in keys.api_keys if key.role is Role.STOREFRONT}
            after = keys.next_after
            if after is None:
                break
        return [order_identifier(storefront_id=one, reference=sought) for one in storefronts]

    async def _detail(self, visit: Visit) -> OrderPage:
        view = await self._queries.order(order_id=visit.path(name="order_id"), principal=visit.context.principal)
        supplier_ids = {one.supplier_id for one in view.purchase_orders}
        for run in view.allocations:
            supplier_ids |= {one.supplier_id for line in run.lines for one in line.candidates if one.supplier_id}
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids, at=visit.now)
        titles = await product_titles(queries=self._catalog, product_ids=[line.product_id for line in view.lines])
        return order_page(view=view, suppliers=names, products=titles)
