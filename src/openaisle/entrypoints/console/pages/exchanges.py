"""The page of what was exchanged with a supplier as X12: its invoices with what differs, interchanges both ways."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door
from openaisle.entrypoints.console.pages.undelivered import order_id_of
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.context import SupplierScope
from openaisle.orders.edi.invoices_in import SupplierInvoice
from openaisle.orders.edi.queries import EdiQueries, InterchangeView
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice; without a purchase order of ours it leads nowhere."""

    invoice: SupplierInvoice
    order_href: str | None


class InterchangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An interchange: the codes of what is in it, and what there is to tell of it."""

    interchange: InterchangeView
    codes: str
    notes: tuple[str, ...]


class ExchangesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Both lists of one supplier."""

    name: str
    supplier_href: str
    invoices: tuple[InvoiceRow, ...]
    interchanges: tuple[InterchangeRow, ...]
    invoice_paging: Paging
    interchange_paging: Paging


class ExchangePages:
    """What a supplier billed, and what its system and ours told each other."""

    def __init__(self, *, queries: EdiQueries, suppliers: SupplierQueries) -> None:
        """Take what knows interchanges and invoices, and what names suppliers."""
        self._queries = queries
        self._suppliers = suppliers

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        return [Route("/exchanges/{supplier_id}", door.page(self.shown), methods=["GET"])]

    async def shown(self, visit: Visit) -> Response:
        """Show a page of invoices and a page of interchanges, the newest first."""
        supplier_id = visit.path(name="supplier_id")
        scope = SupplierScope(supplier_id=supplier_id)
        billed_after, told_after = visit.asked(name="billed_after"), visit.asked(name="after")
        invoices = await self._queries.invoices(scope=scope, after=billed_after or None, limit=_ROWS)
        interchanges = await self._queries.interchanges(scope=scope, after=told_after or None, limit=_ROWS)
        standing = await self._suppliers.standing(supplier_id=supplier_id, at=visit.now)
        href = f"/console/exchanges/{supplier_id}"
        page = ExchangesPage(
            name=supplier_id if standing is None else standing.name,
            supplier_href=f"/console/suppliers/{supplier_id}",
            invoices=tuple(_invoice_row(one) for one in invoices.invoices),
            interchanges=tuple(_interchange_row(one) for one in interchanges.interchanges),
            invoice_paging=paging_of(
                href=href, after=billed_after, next_after=invoices.next_after, parameter="billed_after"
            ),
            interchange_paging=paging_of(href=href, after=told_after, next_after=interchanges.next_after),
        )
        return visit.page(template="exchanges", here="suppliers", page=page)


def _invoice_row(invoice: SupplierInvoice) -> InvoiceRow:
    found = invoice.purchase_order_id
    href = None if found is None else f"/console/orders/{order_id_of(purchase_order_id=found)}"
    return InvoiceRow(invoice=invoice, order_href=href)


def _interchange_row(interchange: InterchangeView) -> InterchangeRow:
    told = [f"{one.code} {one.control_number}: {note}" for one in interchange.sets for note in one.notes]
    if interchange.overdue_since is not None:
        told.insert(0, "No 997 came in time.")
    codes = dict.fromkeys(one.code for one in interchange.sets)
    return InterchangeRow(
        interchange=interchange, codes=", ".join(codes) or "none", notes=(*interchange.notes, *told)[:20]
    )
