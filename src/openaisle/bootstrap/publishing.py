"""Publishing put together: what callers ask for, and what follows the table by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openaisle.bootstrap.engines import Engines
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.publishing import routes
from openaisle.publishing.exporting import routes as export_routes
from openaisle.publishing.exporting.queries import ExportQueries
from openaisle.publishing.exporting.use_cases import ProductExports
from openaisle.publishing.queries import PublishingQueries
from openaisle.publishing.standards import StandardsInForce

if TYPE_CHECKING:
    from openaisle.publishing.exporting.runner import ExportRunner


@dataclass(frozen=True, kw_only=True)
class PublishingRoom:
    """What publishing can do and can tell."""

    queries: PublishingQueries
    exports: ProductExports
    export_queries: ExportQueries
    standards: StandardsInForce
    inventory: InventoryQueries
    catalog: CatalogQueries

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of publishing."""
        return (
            *routes.operations(queries=self.queries),
            *export_routes.operations(use_cases=self.exports, queries=self.export_queries),
        )


def publishing_over(
    *,
    engines: Engines,
    inventory: InventoryQueries,
    catalog: CatalogQueries,
    taxonomy: TaxonomyQueries,
    schemas: SchemaQueries,
) -> PublishingRoom:
    """Return the room of publishing over the ports."""
    standards = StandardsInForce(taxonomy=taxonomy, schemas=schemas)
    export_queries = ExportQueries(table=engines.table, blobs=engines.blobs)
    return PublishingRoom(
        queries=PublishingQueries(
            index=engines.search_index, inventory=inventory, standards=standards, taxonomy=taxonomy
        ),
        exports=ProductExports(table=engines.table, identifiers=engines.identifiers, queries=export_queries),
        export_queries=export_queries,
        standards=standards,
        inventory=inventory,
        catalog=catalog,
    )


class PublishingMachinery:
    """What publishing does by itself: the index follows the table, exports are written and removed."""

    def __init__(self, *, engines: Engines, room: PublishingRoom) -> None:
        """Take the ports and the room."""
        self._engines = engines
        self._room = room
        self._runner = self._export_runner()

    def pipes(self) -> tuple[Pipe, ...]:
        """Return the pipes by which the index follows the table."""
        from openaisle.publishing.following import Follower

        engines, room = self._engines, self._room
        return Follower(
            table=engines.table,
            stream=engines.stream,
            index=engines.search_index,
            inventory=room.inventory,
            standards=room.standards,
            clock=engines.clock,
        ).pipes()

    def timer(self) -> Timer:
        """Return the timer that removes old exports."""
        return self._runner.timer()

    def sources(self) -> Mapping[str, Source]:
        """Return what fills a new index, and what writes exports."""
        from openaisle.publishing.filling import IndexFiller

        engines = self._engines
        filler = IndexFiller(
            table=engines.table,
            index=engines.search_index,
            catalog=self._room.catalog,
            checkpoints=engines.checkpoints,
            clock=engines.clock,
            holder=engines.holder,
        )
        return {"search-index": filler, "product-exports": self._runner}

    def _export_runner(self) -> ExportRunner:
        from openaisle.publishing.exporting.runner import ExportRunner
        from openaisle.publishing.exporting.writing import ExportWriter

        engines, room = self._engines, self._room
        return ExportRunner(
            table=engines.table,
            blobs=engines.blobs,
            queries=room.export_queries,
            writer=ExportWriter(
                catalog=room.catalog,
                inventory=room.inventory,
                blobs=engines.blobs,
                workbenches=engines.workbenches,
                page=engines.settings.product_page_address,
                marketplace_name=engines.settings.marketplace_name,
            ),
            index=engines.search_index,
            checkpoints=engines.checkpoints,
            clock=engines.clock,
            holder=engines.holder,
        )
