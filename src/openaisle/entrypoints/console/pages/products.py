"""The pages of products."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.views.products import (
    LIST_HREF,
    ProductsPage,
    found_row,
    found_summary,
    product_page,
    product_row,
    search_href,
)
from openaisle.entrypoints.console.visits import Visit
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.search import HITS_MAXIMUM, QUERY_LENGTH_MAXIMUM, SearchQuery
from openaisle.publishing.queries import PublishingQueries
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50


class ProductPages:
    """The list of products with its search, and one product with its offers, its quality, and what hinders its sale."""

    def __init__(
        self,
        *,
        catalog: CatalogQueries,
        inventory: InventoryQueries,
        suppliers: SupplierQueries,
        publishing: PublishingQueries,
    ) -> None:
        """Take the queries of products, of offers with stock, of the suppliers that make them, and the search."""
        self._catalog = catalog
        self._inventory = inventory
        self._suppliers = suppliers
        self._publishing = publishing

    async def listed(self, visit: Visit) -> Response:
        """Show a page of the catalog, or of what was found in it."""
        words = visit.asked(name="q").strip()[:QUERY_LENGTH_MAXIMUM]
        if words:
            return await self._found(visit, words)
        after = visit.asked(name="after")
        listed = await self._catalog.list_products(after=after or None, limit=_ROWS)
        page = ProductsPage(
            products=tuple(product_row(product=product) for product in listed.products),
            paging=paging_of(href=LIST_HREF, after=after, next_after=listed.next_after),
        )
        return visit.page(template="products", here="products", page=page)

    async def _found(self, visit: Visit, words: str) -> Response:
        after = visit.asked(name="after")
        skip = min(int(after), HITS_MAXIMUM) if after.isascii() and after.isdigit() and len(after) < 6 else 0
        try:
            answer = await self._publishing.search(query=SearchQuery(words=words, skip=skip, limit=_ROWS), at=visit.now)
        except OpenAisleError as error:
            page = ProductsPage(products=(), paging=Paging(), words=words, summary=error.title)
            return visit.page(template="products", here="products", page=page, problem=error)
        page = ProductsPage(
            products=tuple(found_row(found=found) for found in answer.products),
            paging=paging_of(href=search_href(words=words), after=after, next_after=answer.next_after),
            words=words,
            summary=found_summary(answer=answer),
        )
        return visit.page(template="products", here="products", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one product."""
        product_id = visit.path(name="product_id")
        product = (await self._catalog.product(product_id=product_id)).record
        offers = await self._inventory.offers_of_product(product_id=product_id, at=visit.now)
        supplier_ids = [one.offer.supplier_id for one in offers]
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids, at=visit.now)
        quality = await self._publishing.product_quality(product_id=product_id, scope=None, at=visit.now)
        page = product_page(product=product, offers=offers, suppliers=names, quality=quality)
        return visit.page(template="product", here="products", page=page)
