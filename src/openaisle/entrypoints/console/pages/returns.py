"""The pages of returns: what comes back, what is in doubt, and what is decided of it."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.door import Door, Handler
from openaisle.entrypoints.console.pages.parties import product_titles, supplier_names
from openaisle.entrypoints.console.return_forms import refusal_of, settlement_of
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import Money
from openaisle.kernel.permissions import Permission
from openaisle.returns.model import ReturnState
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.replacing import Replacements
from openaisle.returns.use_cases import Returns
from openaisle.returns.views import RefundView, ReturnView
from openaisle.suppliers.queries import SupplierQueries

LIST_HREF = "/console/returns"
_ROWS = 100


class ReturnRow(msgspec.Struct, frozen=True, kw_only=True):
    """One return in the list."""

    shown: ReturnView
    supplier: str
    units: int


class ReturnsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Returns in which something comes due, or those of one supplier."""

    rows: tuple[ReturnRow, ...]
    supplier: str
    paging: Paging


class ReturnDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One return, and what may be decided of it."""

    shown: ReturnView
    supplier: str
    titles: dict[str, str]
    proposed: dict[int, int]
    refund: RefundView | None
    refund_amount: Money | None
    may_authorize: bool
    may_settle: bool
    may_refuse: bool


class ReturnPages:
    """The list of returns and one return."""

    def __init__(
        self,
        *,
        returns: Returns,
        replacements: Replacements,
        queries: ReturnQueries,
        suppliers: SupplierQueries,
        catalog: CatalogQueries,
    ) -> None:
        """Take the use cases, the queries, and what names suppliers and products."""
        self._returns = returns
        self._replacements = replacements
        self._queries = queries
        self._suppliers = suppliers
        self._catalog = catalog

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        one = "/returns/{return_id}"
        read: dict[str, Handler] = {"/returns": self.listed, one: self.detail}
        sent: dict[str, Handler] = {
            f"{one}/authorization": self.authorize,
            f"{one}/refusal": self.refuse,
            f"{one}/refund": self.settle,
            f"{one}/replacement": self.replace,
        }
        return [
            *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
            *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
        ]

    async def listed(self, visit: Visit) -> Response:
        """Show what comes due next, or the returns of a supplier."""
        after, supplier_id = visit.asked(name="after"), visit.asked(name="supplier_id")
        if supplier_id:
            found = await self._queries.of_supplier(supplier_id=supplier_id, after=after or None, limit=_ROWS)
        else:
            found = await self._queries.open(after=after or None, limit=_ROWS)
        names = await supplier_names(
            queries=self._suppliers, supplier_ids=[one.supplier_id for one in found.returns], at=visit.now
        )
        rows = tuple(
            ReturnRow(shown=one, supplier=names[one.supplier_id], units=sum(line.quantity for line in one.lines))
            for one in found.returns
        )
        href = f"{LIST_HREF}?supplier_id={supplier_id}" if supplier_id else LIST_HREF
        page = ReturnsPage(
            rows=rows,
            supplier=names.get(supplier_id, supplier_id),
            paging=paging_of(href=href, after=after, next_after=found.next_after),
        )
        return visit.page(template="returns", here="returns", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one return."""
        return await self._shown(visit)

    async def authorize(self, visit: Visit) -> Response:
        """Let goods come back."""
        doing = self._returns.authorize(return_id=_identifier(visit), note="", context=visit.context)
        return await self._done(visit, "return-authorized", doing)

    async def refuse(self, visit: Visit) -> Response:
        """Refuse to take goods back, or to refund what came."""
        return await self._done(visit, "return-refused", self._refused(visit))

    async def settle(self, visit: Visit) -> Response:
        """Decide what is refunded."""
        visit.context.principal.require(Permission.PAYMENTS_CHANGE)
        return await self._done(visit, "return-settled", self._settled(visit))

    async def replace(self, visit: Visit) -> Response:
        """Order the goods again."""
        doing = self._replacements.replace(return_id=_identifier(visit), context=visit.context)
        return await self._done(visit, "return-replaced", doing)

    async def _refused(self, visit: Visit) -> None:
        refusal = refusal_of(form=visit.form)
        await self._returns.refuse(return_id=_identifier(visit), refusal=refusal, context=visit.context)

    async def _settled(self, visit: Visit) -> None:
        shown = await self._queries.one(return_id=_identifier(visit), principal=visit.context.principal)
        settlement = settlement_of(form=visit.form, shown=shown)
        await self._returns.settle(return_id=shown.return_id, settlement=settlement, context=visit.context)

    async def _done(self, visit: Visit, done: str, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{_identifier(visit)}?done={done}")

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        principal = visit.context.principal
        shown = await self._queries.one(return_id=_identifier(visit), principal=principal)
        names = await supplier_names(queries=self._suppliers, supplier_ids=[shown.supplier_id], at=visit.now)
        refund = None
        if shown.refund_id is not None:
            refund = await self._queries.refund(refund_id=shown.refund_id, principal=principal)
        proposed: dict[int, int] = {}
        for receipt in shown.receipts:
            for line in receipt.lines:
                proposed[line.line_number] = proposed.get(line.line_number, 0) + line.deduction_minor
        waits = shown.state is ReturnState.RECEIVED and refund is None and shown.replacement_order_id is None
        page = ReturnDetail(
            shown=shown,
            supplier=names[shown.supplier_id],
            titles=await product_titles(queries=self._catalog, product_ids=[line.product_id for line in shown.lines]),
            proposed=proposed,
            refund=refund,
            refund_amount=Money(amount_minor=refund.amount_minor, currency=refund.currency) if refund else None,
            may_authorize=shown.state is ReturnState.REQUESTED,
            may_settle=waits and Permission.PAYMENTS_CHANGE in principal.permissions,
            may_refuse=shown.state is ReturnState.REQUESTED or waits,
        )
        return visit.page(template="return", here="returns", page=page, problem=problem)


def _identifier(visit: Visit) -> str:
    return visit.path(name="return_id")
