from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from openaisle.adapters.files.workbook_writer import XlsxWriter
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.tabular.workbench import DuckWorkbench, DuckWorkbenches
from openaisle.catalog.expressions.examples import facts_table_sql
from openaisle.catalog.schemas.exports import SchemaExports
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.taxonomy.model import CategoryTreeFacts
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.catalog.taxonomy.use_cases import Taxonomy
from tests.factories.contexts import make_context
from tests.factories.taxonomy import SMALL_TREE
from tests.support.clocks import FakeClock


@dataclass(frozen=True, kw_only=True)
class CatalogRoom:
    """Categories and their schemas over a real store."""

    taxonomy: Taxonomy
    taxonomy_queries: TaxonomyQueries
    schemas: CategorySchemas
    queries: SchemaQueries
    exports: SchemaExports

    async def load(self, text: str = SMALL_TREE) -> CategoryTreeFacts:
        async def chunks() -> AsyncIterator[bytes]:
            yield text.encode()

        return await self.taxonomy.load(chunks=chunks(), source="tree.txt", context=make_context())


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[CatalogRoom]:
    table = LocalTable(path=tmp_path / "store.db", clock=FakeClock(), durable=False)
    blobs = LocalBlobs(folder=tmp_path / "blobs")
    taxonomy_queries = TaxonomyQueries(table=table, blobs=blobs)
    queries = SchemaQueries(table=table, taxonomy=taxonomy_queries)
    yield CatalogRoom(
        taxonomy=Taxonomy(table=table, blobs=blobs, queries=taxonomy_queries),
        taxonomy_queries=taxonomy_queries,
        schemas=CategorySchemas(table=table, queries=queries),
        queries=queries,
        exports=SchemaExports(schemas=queries, taxonomy=taxonomy_queries, writer=XlsxWriter()),
    )
    await table.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[DuckWorkbench]:
    with DuckWorkbenches(folder=tmp_path / "work", memory_mebibytes=128, disk_mebibytes=128).open() as opened:
        opened.run(sql=facts_table_sql())
        yield opened
