"""The pages of products."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.views.common import paging_of
from openaisle.entrypoints.console.views.products import LIST_HREF, ProductsPage, product_page, product_row
from openaisle.entrypoints.console.visits import Visit
from openaisle.inventory.queries import InventoryQueries
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50


class ProductPages:
    """The list of products, and one product with its offers, their stock and what stands against selling them."""

    def __init__(self, *, catalog: CatalogQueries, inventory: InventoryQueries, suppliers: SupplierQueries) -> None:
        """Take the queries of products, of offers with stock, and of the suppliers that make them."""
        self._catalog = catalog
        self._inventory = inventory
        self._suppliers = suppliers

    async def listed(self, visit: Visit) -> Response:
        """Show a page of the catalog."""
        after = visit.asked(name="after")
        listed = await self._catalog.list_products(after=after or None, limit=_ROWS)
        page = ProductsPage(
            products=tuple(product_row(product=product) for product in listed.products),
            paging=paging_of(href=LIST_HREF, after=after, next_after=listed.next_after),
        )
        return visit.page(template="products", here="products", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one product."""
        product_id = visit.path(name="product_id")
        product = (await self._catalog.product(product_id=product_id)).record
        offers = await self._inventory.offers_of_product(product_id=product_id, at=visit.now)
        supplier_ids = [one.offer.supplier_id for one in offers]
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids, at=visit.now)
        page = product_page(product=product, offers=offers, suppliers=names)
        return visit.page(template="product", here="products", page=page)
