"""The tree of categories and their schemas put together."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.catalog.schemas import routes as schemas_routes
from openaisle.catalog.schemas.exports import SchemaExports
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.taxonomy import routes as taxonomy_routes
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.catalog.taxonomy.use_cases import Taxonomy
from openaisle.kernel.http import Operation


@dataclass(frozen=True, kw_only=True)
class CategoryRoom:
    """What can be done with categories and what they ask."""

    taxonomy: Taxonomy
    taxonomy_queries: TaxonomyQueries
    schemas: CategorySchemas
    schema_queries: SchemaQueries
    exports: SchemaExports

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of categories."""
        return (
            *taxonomy_routes.operations(use_cases=self.taxonomy, queries=self.taxonomy_queries),
            *schemas_routes.operations(use_cases=self.schemas, queries=self.schema_queries, exports=self.exports),
        )


def categories_over(*, engines: Engines) -> CategoryRoom:
    """Return the room over the ports."""
    taxonomy_queries = TaxonomyQueries(table=engines.table, blobs=engines.blobs)
    schema_queries = SchemaQueries(table=engines.table, taxonomy=taxonomy_queries)
    return CategoryRoom(
        taxonomy=Taxonomy(table=engines.table, blobs=engines.blobs, queries=taxonomy_queries),
        taxonomy_queries=taxonomy_queries,
        schemas=CategorySchemas(table=engines.table, queries=schema_queries),
        schema_queries=schema_queries,
        exports=SchemaExports(schemas=schema_queries, taxonomy=taxonomy_queries, writer=engines.spreadsheet_writer),
    )
