"""The page on which the operator cares for an order: hold, address, notes, and what came back or went wrong of it."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door
from openaisle.entrypoints.console.views.orders import LIST_HREF
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.incidents.queries import IncidentQueries
from openaisle.incidents.views import IncidentSummary
from openaisle.kernel.errors import OpenAisleError
from openaisle.orders.caring.commands import NewHold, NewNote
from openaisle.orders.caring.records import NoteVisibility
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.commands import ShipTo
from openaisle.orders.purchase_order import PurchaseOrderState
from openaisle.orders.queries import OrderQueries
from openaisle.orders.views import OrderView
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.views import ReturnView

_UNSENT = frozenset({PurchaseOrderState.CREATED, PurchaseOrderState.HELD})
_OVER = frozenset({PurchaseOrderState.CANCELED, PurchaseOrderState.REJECTED, PurchaseOrderState.EXPIRED})
_HOURS_MAXIMUM = 8_760


class OrderCarePage(msgspec.Struct, frozen=True, kw_only=True):
    """An order, what may be done to it now, and what came back or went wrong of it."""

    order: OrderView
    may_change: bool
    returns: list[ReturnView]
    incidents: list[IncidentSummary]


class OrderCarePages:
    """Shows the page and takes its forms."""

    def __init__(
        self, *, care: OrderCare, orders: OrderQueries, returns: ReturnQueries, incidents: IncidentQueries
    ) -> None:
        """Take the use cases of customer service and the queries of orders, returns and incidents."""
        self._care = care
        self._orders = orders
        self._returns = returns
        self._incidents = incidents

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        one = "/orders/{order_id}"
        sent = {
            f"{one}/hold": self.hold,
            f"{one}/release": self.release,
            f"{one}/ship-to": self.change_address,
            f"{one}/notes": self.add_note,
        }
        return [
            Route(f"{one}/care", door.page(self.detail), methods=["GET"]),
            *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
        ]

    async def detail(self, visit: Visit) -> Response:
        """Show what may be done to an order."""
        return await self._shown(visit)

    async def hold(self, visit: Visit) -> Response:
        """Let an order wait before it is sent."""
        return await self._done(visit, "order-held", self._held(visit))

    async def release(self, visit: Visit) -> Response:
        """Let an order go on."""
        doing = self._care.release(order_id=_identifier(visit), key="", context=visit.context)
        return await self._done(visit, "order-released", doing)

    async def change_address(self, visit: Visit) -> Response:
        """Let an order go elsewhere in its country."""
        return await self._done(visit, "order-readdressed", self._readdressed(visit))

    async def add_note(self, visit: Visit) -> Response:
        """Write a note."""
        return await self._done(visit, "noted", self._noted(visit))

    async def _held(self, visit: Visit) -> None:
        hold = NewHold(reason=visit.required(name="reason", maximum=300), hours=_hours(visit))
        await self._care.hold(order_id=_identifier(visit), hold=hold, key="", context=visit.context)

    async def _readdressed(self, visit: Visit) -> None:
        order = await self._orders.order(order_id=_identifier(visit), principal=visit.context.principal)
        further = visit.form.get("street_2", "").strip()[:100]
        ship_to = ShipTo(
            name=visit.required(name="name", maximum=100),
            street_lines=[visit.required(name="street", maximum=100), *([further] if further else [])],
            city=visit.required(name="city", maximum=100),
            region=visit.form.get("region", "").strip()[:100] or None,
            postal_code=visit.required(name="postal_code", maximum=20),
            country=order.ship_to.country,
            phone=order.ship_to.phone,
            email=order.ship_to.email,
        )
        await self._care.change_address(order_id=order.order_id, ship_to=ship_to, key="", context=visit.context)

    async def _noted(self, visit: Visit) -> None:
        seen = visit.form.get("visibility") == NoteVisibility.SUPPLIER
        note = NewNote(
            text=visit.required(name="text", maximum=2_000),
            visibility=NoteVisibility.SUPPLIER if seen else NoteVisibility.INTERNAL,
        )
        await self._care.add_note(order_id=_identifier(visit), note=note, key="", context=visit.context)

    async def _done(self, visit: Visit, done: str, doing: Awaitable[None]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{_identifier(visit)}/care?done={done}")

    async def _shown(self, visit: Visit, *, problem: OpenAisleError | None = None) -> Response:
        order_id, principal = _identifier(visit), visit.context.principal
        order = await self._orders.order(order_id=order_id, principal=principal)
        living = [one for one in order.purchase_orders if one.state not in _OVER]
        page = OrderCarePage(
            order=order,
            may_change=bool(living) and all(one.state in _UNSENT for one in living),
            returns=(await self._returns.of_order(order_id=order_id, principal=principal)).returns,
            incidents=(await self._incidents.of_order(order_id=order_id, principal=principal)).incidents,
        )
        return visit.page(template="order_care", here="orders", page=page, problem=problem)


def _identifier(visit: Visit) -> str:
    return visit.path(name="order_id")


def _hours(visit: Visit) -> int | None:
    text = visit.form.get("hours", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= _HOURS_MAXIMUM):
        raise FieldMissing(detail=f"Hours is a number from 1 to {_HOURS_MAXIMUM:,}, or empty.")
    return int(text)
