"""A store with products, the index beside it, and what follows the one for the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.search_index import LocalSearchIndex
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.model import Product
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import PRODUCTS
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.search import SearchQuery
from openaisle.kernel.stream import Change
from openaisle.kernel.table import StoredEvent
from openaisle.offers.model import Offer
from openaisle.offers.repository import OFFERS
from openaisle.publishing.exporting.queries import ExportQueries
from openaisle.publishing.exporting.runner import ExportRunner
from openaisle.publishing.exporting.use_cases import ProductExports
from openaisle.publishing.exporting.writing import ExportWriter
from openaisle.publishing.filling import IndexFiller
from openaisle.publishing.following import Follower
from openaisle.publishing.queries import PublishingQueries
from openaisle.publishing.standards import StandardsInForce
from tests.factories.catalog import product
from tests.factories.contexts import make_context
from tests.factories.inventory import stock_level
from tests.factories.offers import offer
from tests.support.clocks import FakeClock
from tests.support.feed_stage import FakeSuppliers

PAGE = "https://shop.example/products/{product_id}"


class CountedIdentifiers:
    """Identifiers that count."""

    def __init__(self) -> None:
        self._made = 0

    def new(self, *, prefix: str) -> str:
        self._made += 1
        return f"{prefix}_{self._made:026d}"


class PublishingStage:
    """Everything that publishing needs, over one folder; ``follow`` brings the index up to date."""

    def __init__(self, *, folder: Path) -> None:
        self.clock = FakeClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock, durable=False)
        self.index = LocalSearchIndex(path=folder / "search.db", durable=False)
        self.blobs = LocalBlobs(folder=folder / "blobs")
        self.suppliers = FakeSuppliers()
        self.inventory = InventoryQueries(table=self.table, suppliers=self.suppliers)
        taxonomy = TaxonomyQueries(table=self.table, blobs=self.blobs)
        standards = StandardsInForce(taxonomy=taxonomy, schemas=SchemaQueries(table=self.table, taxonomy=taxonomy))
        self.queries = PublishingQueries(
            index=self.index, inventory=self.inventory, standards=standards, taxonomy=taxonomy
        )
        self.follower = Follower(
            table=self.table,
            stream=self.table,
            index=self.index,
            inventory=self.inventory,
            standards=standards,
            clock=self.clock,
            sleep=self._no_sleep,
        )
        catalog = CatalogQueries(table=self.table)
        self.filler = IndexFiller(
            table=self.table,
            index=self.index,
            catalog=catalog,
            checkpoints=self.table,
            clock=self.clock,
            holder="here",
        )
        self.export_queries = ExportQueries(table=self.table, blobs=self.blobs)
        self.exports = ProductExports(table=self.table, identifiers=CountedIdentifiers(), queries=self.export_queries)
        self.writer = ExportWriter(
            catalog=catalog,
            inventory=self.inventory,
            blobs=self.blobs,
            workbenches=DuckWorkbenches(folder=folder / "work", memory_mebibytes=100, disk_mebibytes=100),
            page=PAGE,
            marketplace_name="Aisle <One>",
        )
        self.runner = ExportRunner(
            table=self.table,
            blobs=self.blobs,
            queries=self.export_queries,
            writer=self.writer,
            index=self.index,
            checkpoints=self.table,
            clock=self.clock,
            holder="here",
        )
        self._position = 0
        self.told: list[StoredEvent] = []

    async def close(self) -> None:
        await self.index.close()
        await self.table.close()

    async def offered(self, sku: str, *, on_hand: int = 10, price_minor: int = 1299, **facts: Any) -> Product:
        """A product with one offer and its stock."""
        made = product(supplier_sku=sku, **facts)
        terms = offer(supplier_sku=sku, product_id=made.product_id, price_minor=price_minor)
        await self.store(made)
        await self.store_offer(terms, on_hand=on_hand)
        return made

    async def store(self, made: Product) -> None:
        await self.table.commit(writes=[PRODUCTS.store(made)], context=make_context(at=self.clock.now()))

    async def store_offer(self, terms: Offer, *, on_hand: int = 10) -> None:
        writes = [OFFERS.store(terms), STOCK_LEVELS.store(stock_level(of=terms, on_hand=on_hand))]
        await self.table.commit(writes=writes, context=make_context(at=self.clock.now()))

    async def changes(self) -> list[Change]:
        """What came into the stream since this was asked last."""
        found = list(await self.table.read(after=self._position, limit=10_000))
        if found:
            self._position = found[-1].sequence
        return found

    async def follow(self) -> list[Change]:
        """Let the index follow what the stream brought, as its pipe would; return what that was."""
        handled: list[Change] = []
        # What single changes name in bulk comes with the next look.
        while changes := await self.changes():
            for pipe in self.follower.pipes():
                wanted = [change for change in changes if pipe.wants(change)]
                if wanted:
                    await pipe.handle(wanted)
                    handled += wanted
            self.told += [event for change in changes for event in change.events]
        return handled

    async def filled(self) -> None:
        """Fill the index from the table."""
        await self.filler.look()
        await self.follow()

    async def found(self, words: str = "", **facts: Any) -> list[str]:
        result = await self.index.search(query=SearchQuery(words=words, **facts))
        return [hit.product_id for hit in result.hits]

    @staticmethod
    async def _no_sleep(_seconds: float) -> None:
        return None
