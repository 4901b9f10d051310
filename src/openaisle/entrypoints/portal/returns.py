"""The portal's pages of returns: what comes back, and in which condition it came."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.forms import FormLimits
from openaisle.entrypoints.console.pages.parties import product_titles
from openaisle.entrypoints.console.return_forms import receipt_of, refusal_of
from openaisle.entrypoints.portal.door import PortalDoor, PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.times import sortable_time
from openaisle.returns.model import Condition, ReturnState
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.use_cases import Returns
from openaisle.suppliers.queries import SupplierQueries

if TYPE_CHECKING:
    from openaisle.bootstrap import Rooms

HREF = "/portal/returns"
_ROWS = 50
# Ninety lines, each with its units, condition, deduction and note.
_LONG_FORM = FormLimits(maximum_fields=1_000)


class PortalReturns:
    """The list of a supplier's returns, and one with its forms."""

    def __init__(
        self, *, returns: Returns, queries: ReturnQueries, suppliers: SupplierQueries, catalog: CatalogQueries
    ) -> None:
        """Take the use cases, the queries, and what names products."""
        self._returns = returns
        self._queries = queries
        self._suppliers = suppliers
        self._catalog = catalog

    async def listed(self, visit: PortalVisit) -> Response:
        """Show a page of returns, the newest first."""
        page = await self._queries.of_supplier(
            supplier_id=visit.session.supplier_id, after=visit.asked(name="after")[:400] or None, limit=_ROWS
        )
        view = await self._suppliers.own(scope=visit.scope, at=visit.now)
        return visit.page(template="portal_returns", view=view, steps=STEPS, page=page)

    async def detail(self, visit: PortalVisit) -> Response:
        """Show one return with what can be done."""
        return await self._shown(visit)

    async def authorize(self, visit: PortalVisit) -> Response:
        """Let goods come back."""
        doing = self._returns.authorize(return_id=_identifier(visit), note="", context=visit.context)
        return await self._done(visit, "return-authorized", doing)

    async def refuse(self, visit: PortalVisit) -> Response:
        """Refuse to take goods back."""
        return await self._done(visit, "return-refused", self._refused(visit))

    async def receive(self, visit: PortalVisit) -> Response:
        """Report what came."""
        return await self._done(visit, "return-received", self._received(visit))

    async def _refused(self, visit: PortalVisit) -> None:
        refusal = refusal_of(form=visit.form)
        await self._returns.refuse(return_id=_identifier(visit), refusal=refusal, context=visit.context)

    async def _received(self, visit: PortalVisit) -> None:
        shown = await self._queries.one(return_id=_identifier(visit), principal=visit.context.principal)
        receipt = receipt_of(form=visit.form, shown=shown)
        await self._returns.receive(return_id=shown.return_id, receipt=receipt, context=visit.context)

    async def _done(self, visit: PortalVisit, done: str, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return RedirectResponse(f"{HREF}/{_identifier(visit)}?done={done}", status_code=303)

    async def _shown(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        shown = await self._queries.one(return_id=_identifier(visit), principal=visit.context.principal)
        view = await self._suppliers.own(scope=visit.scope, at=visit.now)
        return visit.page(
            template="portal_return",
            problem=problem,
            view=view,
            steps=STEPS,
            shown=shown,
            titles=await product_titles(queries=self._catalog, product_ids=[line.product_id for line in shown.lines]),
            conditions=tuple(Condition),
            reference=visit.form.get("reference") or f"portal-{sortable_time(visit.now)}",
            sent=visit.form or {},
            may_decide=shown.state is ReturnState.REQUESTED,
            may_receive=not shown.kept and shown.state in {ReturnState.AUTHORIZED, ReturnState.EXPIRED},
        )


def return_routes(*, door: PortalDoor, rooms: Rooms) -> list[Route]:
    """Return the routes of the pages of returns."""
    pages = PortalReturns(
        returns=rooms.returns.returns,
        queries=rooms.returns.queries,
        suppliers=rooms.supplier_queries,
        catalog=rooms.catalog_queries,
    )
    one = "/returns/{return_id}"
    return [
        Route("/returns", door.page(pages.listed), methods=["GET"]),
        Route(one, door.page(pages.detail), methods=["GET"]),
        Route(f"{one}/authorization", door.form(pages.authorize), methods=["POST"]),
        Route(f"{one}/refusal", door.form(pages.refuse), methods=["POST"]),
        Route(f"{one}/receipts", door.form(pages.receive, limits=_LONG_FORM), methods=["POST"]),
    ]


def _identifier(visit: PortalVisit) -> str:
    return visit.path(name="return_id")
