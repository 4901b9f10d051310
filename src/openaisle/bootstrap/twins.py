"""The search for twins put together."""

from __future__ import annotations

from openaisle.bootstrap.engines import Engines
from openaisle.catalog.queries import CatalogQueries
from openaisle.inventory.joining import ProductJoins
from openaisle.publishing.twins.finder import TwinFinder
from openaisle.reviews.use_cases import Reviews


def twins_over(*, engines: Engines, catalog: CatalogQueries, joins: ProductJoins, reviews: Reviews) -> TwinFinder:
    """Return what looks for products that are one."""
    return TwinFinder(table=engines.table, index=engines.search_index, queries=catalog, joins=joins, reviews=reviews)
