"""The portal's pages of purchase orders: what is to answer and to ship, and the papers in the parcel."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.forms import FormLimits
from openaisle.entrypoints.console.pages.parties import product_titles
from openaisle.entrypoints.portal.door import PortalDoor, PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.entrypoints.portal.purchase_order_forms import (
    acknowledgment_of,
    delivery_of,
    shipment_of,
    withdrawal_of,
)
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import Money
from openaisle.orders.address_reads import AddressReads
from openaisle.orders.purchase_order import PurchaseOrderState
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.shipping.carriers import CARRIERS
from openaisle.orders.shipping.printing import ShippingPapers
from openaisle.orders.shipping.routes import PDF
from openaisle.orders.views import PurchaseOrderView
from openaisle.suppliers.queries import SupplierQueries

if TYPE_CHECKING:
    from openaisle.bootstrap import Rooms

HREF = "/portal/purchase-orders"
_ROWS = 50
_GROUPS = (("open", "To answer and to ship"), ("to_deliver", "Not handed over yet"), ("all", "All"))
# Ninety lines, each with its answer, its quantity and its serial numbers.
_LONG_FORM = FormLimits(maximum_fields=1_000)
_ANSWERABLE = frozenset({PurchaseOrderState.CREATED, PurchaseOrderState.SENT})


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderRooms:
    """What the pages of purchase orders are made from."""

    suppliers: SupplierQueries
    queries: OrderQueries
    use_cases: PurchaseOrderUseCases
    papers: ShippingPapers
    reads: AddressReads
    catalog: CatalogQueries


class PurchaseOrderPages:
    """The list of a supplier's purchase orders, and one with its forms."""

    def __init__(self, *, rooms: PurchaseOrderRooms) -> None:
        """Take the rooms."""
        self._rooms = rooms

    async def listed(self, visit: PortalVisit) -> Response:
        """Show a page of purchase orders, the oldest first."""
        shown = visit.asked(name="show")
        shown = shown if shown in {group for group, _ in _GROUPS} else "open"
        page = await self._rooms.queries.purchase_orders(
            scope=visit.scope, state_group=shown, after=visit.asked(name="after")[:400] or None, limit=_ROWS
        )
        view = await self._rooms.suppliers.own(scope=visit.scope, at=visit.now)
        return visit.page(
            template="portal_purchase_orders", view=view, steps=STEPS, page=page, shown=shown, groups=_GROUPS
        )

    async def detail(self, visit: PortalVisit) -> Response:
        """Show one purchase order with what can be done."""
        return await self._shown(visit)

    async def answer(self, visit: PortalVisit) -> Response:
        """Accept, reject, back-order or substitute lines."""
        found = await self._own(visit)
        return await self._done(visit, "answered-order", self._answered(visit, found))

    async def ship(self, visit: PortalVisit) -> Response:
        """Report a parcel that left."""
        found = await self._own(visit)
        return await self._done(visit, "shipped", self._shipped(visit, found))

    async def withdraw(self, visit: PortalVisit) -> Response:
        """Take back what was accepted and cannot be shipped."""
        found = await self._own(visit)
        return await self._done(visit, "withdrawn", self._withdrawn(visit, found))

    async def deliver(self, visit: PortalVisit) -> Response:
        """Report that a parcel arrived."""
        return await self._done(visit, "delivered", self._delivered(visit))

    async def packing_slip(self, visit: PortalVisit) -> Response:
        """Answer with the packing slip."""
        made = await self._rooms.papers.packing_slip(
            purchase_order_id=_identifier(visit),
            shipment_id=visit.asked(name="shipment_id")[:64] or None,
            context=visit.context,
            scope=visit.scope,
        )
        return _pdf(made)

    async def label(self, visit: PortalVisit) -> Response:
        """Answer with the address label of a package."""
        number = visit.asked(name="package_number")
        made = await self._rooms.papers.label(
            purchase_order_id=_identifier(visit),
            shipment_id=visit.asked(name="shipment_id")[:64] or None,
            package_number=int(number) if number in {str(known) for known in range(1, 51)} else 1,
            context=visit.context,
            scope=visit.scope,
        )
        return _pdf(made)

    async def _answered(self, visit: PortalVisit, found: PurchaseOrderView) -> None:
        await self._rooms.use_cases.acknowledge(
            purchase_order_id=found.purchase_order_id,
            acknowledgment=acknowledgment_of(form=visit.form, lines=found.lines),
            context=visit.context,
            scope=visit.scope,
        )

    async def _shipped(self, visit: PortalVisit, found: PurchaseOrderView) -> None:
        await self._rooms.use_cases.ship(
            purchase_order_id=found.purchase_order_id,
            shipment=shipment_of(form=visit.form, lines=found.lines),
            context=visit.context,
            scope=visit.scope,
        )

    async def _withdrawn(self, visit: PortalVisit, found: PurchaseOrderView) -> None:
        await self._rooms.use_cases.withdraw(
            purchase_order_id=found.purchase_order_id,
            withdrawal=withdrawal_of(form=visit.form, lines=found.lines),
            key=f"portal:{visit.form.get('key', '')[:100]}",
            context=visit.context,
            scope=visit.scope,
        )

    async def _delivered(self, visit: PortalVisit) -> None:
        await self._rooms.use_cases.deliver(
            purchase_order_id=_identifier(visit),
            delivery=delivery_of(form=visit.form),
            context=visit.context,
            scope=visit.scope,
        )

    async def _done(self, visit: PortalVisit, done: str, doing: Awaitable[None]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return RedirectResponse(f"{HREF}/{_identifier(visit)}?done={done}", status_code=303)

    async def _own(self, visit: PortalVisit) -> PurchaseOrderView:
        return await self._rooms.queries.own_purchase_order(
            scope=visit.scope, purchase_order_id=_identifier(visit), at=visit.now
        )

    async def _shown(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        found = await self._own(visit)
        if found.ship_to is not None:
            await self._rooms.reads.note(subject=found.purchase_order_id, context=visit.context)
        titles = await product_titles(
            queries=self._rooms.catalog, product_ids=[line.product_id for line in found.lines]
        )
        view = await self._rooms.suppliers.own(scope=visit.scope, at=visit.now)
        accepted = [line for line in found.lines if line.answer.value == "accepted" and line.open_quantity]
        return visit.page(
            template="portal_purchase_order",
            problem=problem,
            view=view,
            steps=STEPS,
            order=found,
            titles=titles,
            prices={
                line.line_number: Money(amount_minor=line.unit_price_minor, currency=found.currency)
                for line in found.lines
            },
            waiting=[line for line in found.lines if line.answer.value == "pending" and line.open_quantity],
            to_ship=accepted,
            carriers=[carrier.name for carrier in CARRIERS],
            sent=visit.form or {},
            is_answerable=found.state in _ANSWERABLE,
        )


def purchase_order_routes(*, door: PortalDoor, rooms: Rooms) -> list[Route]:
    """Return the routes of the pages of purchase orders."""
    pages = PurchaseOrderPages(
        rooms=PurchaseOrderRooms(
            suppliers=rooms.supplier_queries,
            queries=rooms.order_queries,
            use_cases=rooms.purchase_orders,
            papers=rooms.shipping.papers,
            reads=rooms.address_reads,
            catalog=rooms.catalog_queries,
        )
    )
    one = "/purchase-orders/{purchase_order_id}"
    return [
        Route("/purchase-orders", door.page(pages.listed), methods=["GET"]),
        Route(one, door.page(pages.detail), methods=["GET"]),
        Route(f"{one}/answer", door.form(pages.answer, limits=_LONG_FORM), methods=["POST"]),
        Route(f"{one}/shipments", door.form(pages.ship, limits=_LONG_FORM), methods=["POST"]),
        Route(f"{one}/withdrawals", door.form(pages.withdraw, limits=_LONG_FORM), methods=["POST"]),
        Route(f"{one}/deliveries", door.form(pages.deliver), methods=["POST"]),
        Route(f"{one}/packing-slip", door.page(pages.packing_slip), methods=["GET"]),
        Route(f"{one}/label", door.page(pages.label), methods=["GET"]),
    ]


def _identifier(visit: PortalVisit) -> str:
    return visit.path(name="purchase_order_id")


def _pdf(content: bytes) -> Response:
    # It names a shopper: no cache on the way may keep it.
    return Response(content, media_type=PDF, headers={"cache-control": "no-store"})
