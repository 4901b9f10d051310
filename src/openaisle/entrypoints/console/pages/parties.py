"""The names that pages give to the parties and products of a record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime

from openaisle.catalog.model import ProductUnknown
from openaisle.catalog.queries import CatalogQueries
from openaisle.suppliers.queries import SupplierQueries


async def supplier_names(*, queries: SupplierQueries, supplier_ids: Iterable[str], at: datetime) -> dict[str, str]:
    """Return the names of suppliers, by identifier; an unknown one goes by its identifier."""
    names = {}
    for supplier_id in set(supplier_ids):
        standing = await queries.standing(supplier_id=supplier_id, at=at)
        names[supplier_id] = standing.name if standing is not None else supplier_id
    return names


async def product_titles(*, queries: CatalogQueries, product_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of those products that exist, by identifier."""
    titles = {}
    for product_id in set(product_ids):
        with contextlib.suppress(ProductUnknown):
            titles[product_id] = (await queries.product(product_id=product_id)).record.title
    return titles
