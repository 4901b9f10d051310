"""The room of returns put together over the ports."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.papers import brand_of
from openaisle.catalog.model import ProductUnknown
from openaisle.catalog.queries import CatalogQueries
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe
from openaisle.mail.use_cases import Mail
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases
from openaisle.returns.book import Books
from openaisle.returns.erasure import ReturnErasure
from openaisle.returns.mails import return_mails_pipe
from openaisle.returns.papers import ReturnPapers
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.refund_routes import refund_operations
from openaisle.returns.refund_use_cases import Refunds
from openaisle.returns.replacing import Replacements
from openaisle.returns.routes import operations
from openaisle.returns.use_cases import Returns
from openaisle.returns.workflow import ReturnWorkflow
from openaisle.suppliers.contact import SupplierContacts


class CatalogCategories:
    """The categories of products, as the catalog knows them."""

    def __init__(self, *, catalog: CatalogQueries) -> None:
        """Take the queries of the catalog."""
        self._catalog = catalog

    async def categories(self, *, product_ids: set[str]) -> dict[str, str]:
        """Return the category path of each product that has one."""
        found: dict[str, str] = {}
        for product_id in sorted(product_ids):
            try:
                product = (await self._catalog.product(product_id=product_id)).record
            except ProductUnknown:
                # What is returned may long be gone from the catalog.
                continue
            if product.category:
                found[product_id] = product.category
        return found


@dataclass(frozen=True, kw_only=True)
class ReturnRoom:
    """What the room of returns can do and can tell."""

    returns: Returns
    refunds: Refunds
    replacements: Replacements
    queries: ReturnQueries
    workflow: ReturnWorkflow
    papers: ReturnPapers

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of the room."""
        return (
            *operations(returns=self.returns, replacements=self.replacements, queries=self.queries, papers=self.papers),
            *refund_operations(refunds=self.refunds, queries=self.queries),
        )


def returns_over(
    *, engines: Engines, catalog: CatalogQueries, orders: OrderUseCases, queries: OrderQueries
) -> ReturnRoom:
    """Return the room of returns."""
    table, policy = engines.table, engines.order_policies.returns
    books = Books(table=table, orders=queries)
    returns = Returns(table=table, books=books, categories=CatalogCategories(catalog=catalog), policy=policy)
    refunds = Refunds(table=table, books=books, policy=policy)
    replacements = Replacements(
        table=table, returns=returns, books=books, orders=orders, queries=queries, policy=policy
    )
    return ReturnRoom(
        returns=returns,
        refunds=refunds,
        replacements=replacements,
        queries=ReturnQueries(table=table, books=books, contacts=SupplierContacts(table=table)),
        papers=ReturnPapers(
            press=engines.press, brand=brand_of(policy=engines.order_policies.brand, settings=engines.settings)
        ),
        workflow=ReturnWorkflow(
            returns=returns,
            refunds=refunds,
            replacements=replacements,
            books=books,
            policy=policy,
            clock=engines.clock,
        ),
    )


def return_pipes(*, engines: Engines, room: ReturnRoom, mail: Mail) -> tuple[Pipe, ...]:
    """Return the pipes that settle and replace, that erase, and that write mails."""
    return (
        *room.workflow.pipes(),
        ReturnErasure(table=engines.table, clock=engines.clock).pipe(),
        return_mails_pipe(
            mail=mail,
            contacts=SupplierContacts(table=engines.table),
            clock=engines.clock,
            public_address=engines.settings.reached_at,
        ),
    )
