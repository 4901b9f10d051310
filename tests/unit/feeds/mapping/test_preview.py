"""The first rows of a feed, read, mapped and judged, while nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.policy import CatalogPolicy, always
from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.table_rules import TableRule
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.catalog.taxonomy.use_cases import Taxonomy
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping, MappingInvalid, MappingState
from openaisle.feeds.mapping.preview import FeedPreviews, Preview, PreviewImpossible
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.mapping.words import OperatorWords
from openaisle.feeds.model import Feed, FeedUnknown
from openaisle.feeds.repository import FEEDS, feed_blob_name
from openaisle.kernel.context import SupplierScope
from tests.factories.contexts import NOON, make_context

SCOPE = SupplierScope(supplier_id="sup_bergmann")
CONTEXT = make_context()
MESSY = """Artikelnr.;Bezeichnung;VK brutto (EUR);Bestand;Gewicht (kg);Warengruppe
A-1;Kessel, blau;12,99;5;0,5;Kitchen
A-2;Eichenlampe;abc;2;1,25;Licht
A-3;;9,90;1;2;Kitchen
"""


async def no_rules() -> Sequence[TableRule]:
    return ()


TREE = """1 - Home
2 - Home > Kitchen
3 - Home > Lighting
"""


class Stage:
    def __init__(self, *, table: LocalTable, folder: Path) -> None:
        self.table = table
        self.blobs = LocalBlobs(folder=folder / "blobs")
        self.queries = MappingQueries(table=table)
        taxonomy = TaxonomyQueries(table=table, blobs=self.blobs)
        schemas = SchemaQueries(table=table, taxonomy=taxonomy)
        self.words = OperatorWords(taxonomy=taxonomy, schemas=schemas)
        self.schemas = CategorySchemas(table=table, queries=schemas)
        self.taxonomy = Taxonomy(table=table, blobs=self.blobs, queries=taxonomy)
        self.previews = FeedPreviews(
            table=table,
            blobs=self.blobs,
            workbenches=DuckWorkbenches(folder=folder / "work", memory_mebibytes=200, disk_mebibytes=200, threads=1),
            mappings=MappingUseCases(table=table, queries=self.queries, words=self.words),
            queries=self.queries,
            policy=always(CatalogPolicy()),
            rules=no_rules,
            words=self.words,
        )

    async def feed(self, text: str) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield text.encode()

        async def tree() -> AsyncIterator[bytes]:
            yield TREE.encode()

        await self.taxonomy.load(chunks=tree(), source="tree.txt", context=CONTEXT)
        await self.blobs.put(name=feed_blob_name(feed_id="fed_1"), chunks=chunks(), maximum_bytes=10_000_000)
        feed = Feed(
            feed_id="fed_1",
            supplier_id=SCOPE.supplier_id,
            byte_count=1,
            sha256="",
            received_at=NOON,
            changed_at=NOON,
        )
        await self.table.commit(writes=[FEEDS.create(feed)], context=CONTEXT)

    async def preview(self, *, mapping: FeedMapping | None = None, rows: int = 20) -> Preview:
        return await self.previews.preview(scope=SCOPE, feed_id="fed_1", mapping=mapping, rows=rows, context=CONTEXT)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    table = LocalTable(path=tmp_path / "table.db", clock=SystemClock())
    yield Stage(table=table, folder=tmp_path)
    await table.close()


async def test_a_messy_file_is_shown_as_it_would_be_judged(stage: Stage) -> None:
    await stage.feed(MESSY)
    shown = await stage.preview()
    assert shown.state is MappingState.AUTOMATIC
    assert shown.rows_read == 3
    first, second, third = shown.rows
    assert (first.row, first.facts["price_minor"], first.facts["currency"]) == (2, "1299", "EUR")
    assert first.facts["weight_grams"] == "500"
    assert [one.code for one in second.issues if one.severity == "error"] == ["price_unreadable"]
    assert second.verdict == third.verdict == "rejected"
    assert shown.counts["rejected"] == 2
    proposals = {one.text: (one.rows, one.suggestions[:1]) for one in shown.categories}
    assert proposals["Kitchen"] == (2, ("Home > Kitchen",))


async def test_what_categories_ask_is_found_by_its_label_and_values(stage: Stage) -> None:
    await stage.feed("SKU,Name,Price EUR,Stock,Energy label,Farbe\nA-1,Blue kettle,12.99,5,a++,blau\n")
    for attribute in (
        AttributeDefinition(name="energy_class", label="Energy label"),
        AttributeDefinition(name="color", type=AttributeType.CHOICE, values=("Red", "Blue")),
    ):
        await stage.schemas.put_attribute(category_id="1", attribute=attribute, replaces=None, note="", context=CONTEXT)
    shown = await stage.preview()
    assert shown.state is MappingState.AUTOMATIC
    assert shown.rows[0].facts["attributes"] == '{"color":"Blue","energy_class":"a++"}'


async def test_another_mapping_is_tried_and_nothing_of_it_kept(stage: Stage) -> None:
    await stage.feed("Nr,Text,Betrag,Menge\nA-1,Blue kettle,12.99,5\n")
    asked = await stage.preview()
    assert asked.state is MappingState.PROPOSED
    assert {question.field for question in asked.questions} >= {"title", "price", "currency"}
    headers = [column.header for column in asked.mapping.columns]
    fields = ["supplier_sku", "title", "price", "on_hand"]
    columns = [ColumnMapping(header=header, field=field) for header, field in zip(headers, fields, strict=True)]
    tried = await stage.preview(mapping=FeedMapping(columns=tuple(columns), constants={"currency": "EUR"}))
    assert tried.rows[0].facts["title"] == "Blue kettle"
    assert tried.counts["rejected"] == 0
    kept = await stage.queries.list_mappings(scope=SCOPE, after=None, limit=10)
    assert kept.mappings == []


async def test_a_mapping_that_cannot_be_rendered_is_refused(stage: Stage) -> None:
    await stage.feed(MESSY)
    column = ColumnMapping(header="Artikelnr.", field="no such field")
    with pytest.raises(MappingInvalid):
        await stage.preview(mapping=FeedMapping(columns=(column,)))


async def test_another_suppliers_feed_is_not_shown(stage: Stage) -> None:
    await stage.feed(MESSY)
    with pytest.raises(FeedUnknown):
        await stage.previews.preview(
            scope=SupplierScope(supplier_id="sup_stranger"), feed_id="fed_1", mapping=None, rows=5, context=CONTEXT
        )


async def test_a_file_that_nobody_can_read_says_why(stage: Stage) -> None:
    await stage.feed("")
    with pytest.raises(PreviewImpossible):
        await stage.preview()
