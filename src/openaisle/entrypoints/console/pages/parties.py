"""What pages ask about parties of a record: their names, and how their systems answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from openaisle.catalog.model import ProductUnknown
from openaisle.catalog.queries import CatalogQueries
from openaisle.kernel.breaker import Breaker
from openaisle.suppliers.queries import SupplierQueries


class BreakerReader(Protocol):
    """Tells how a supplier's system has answered lately."""

    async def breaker_of(self, *, supplier_id: str) -> Breaker | None:
        """Return the breaker of the supplier's system, None if none is kept."""
        ...


class NoBreakers:
    """Stands where nothing keeps breakers."""

    async def breaker_of(self, *, supplier_id: str) -> Breaker | None:  # noqa: ARG002 - the port's signature
        """Return None."""
        return None


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
