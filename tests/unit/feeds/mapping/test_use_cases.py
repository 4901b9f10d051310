"""The life of a mapping: guessed or asked, confirmed by a person, remembered, forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.feeds.mapping.model import (
    ColumnMapping,
    FeedMapping,
    MappingInvalid,
    MappingState,
    MappingTransitionRefused,
    MappingUnknown,
    NeedsConfirmation,
    Origin,
    mapping_identifier,
)
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.model import (
    Feed,
    FeedHold,
    FeedKind,
    FeedState,
    HoldReason,
    decide_held,
    decide_reading,
)
from openaisle.feeds.reading.model import FileFormat, ReadFile
from openaisle.feeds.repository import FEEDS, feed_key
from openaisle.kernel.context import Role, SupplierScope
from tests.factories.contexts import NOON, make_context

SCOPE = SupplierScope(supplier_id="sup_bergmann")
CONTEXT = make_context()
PERSON = make_context(role=Role.SUPPLIER, subject_id="sup_bergmann", at=NOON + timedelta(minutes=1))
CLEAR = ("SKU", "Name", "Price EUR", "Stock")
CLEAR_ROWS = [("A-1", "Blue kettle", "12.99", "5"), ("A-2", "Oak lamp", "5.00", "2"), ("A-3", "Chair", "9.90", "1")]
UNCLEAR = ("Nr", "Text", "Preis netto", "Menge")


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    opened = LocalTable(path=tmp_path / "table.db", clock=SystemClock())
    yield opened
    await opened.close()


class Stage:
    def __init__(self, *, table: LocalTable, folder: Path) -> None:
        self.table = table
        self.queries = MappingQueries(table=table)
        self.use_cases = MappingUseCases(table=table, queries=self.queries)
        self._workbenches = DuckWorkbenches(folder=folder, memory_mebibytes=200, disk_mebibytes=200, threads=1)
        self._count = 0

    async def feed(self, *, kind: FeedKind = FeedKind.PRODUCTS) -> Feed:
        self._count += 1
        feed = Feed(
            feed_id=f"fed_{self._count}",
            supplier_id=SCOPE.supplier_id,
            kind=kind,
            byte_count=1,
            sha256="",
            received_at=NOON,
            changed_at=NOON,
        )
        await self.table.commit(writes=[FEEDS.create(feed)], context=CONTEXT)
        return feed

    async def mapped(
        self, feed: Feed, headers: Sequence[str], rows: Sequence[Sequence[str]] = CLEAR_ROWS
    ) -> FeedMapping | NeedsConfirmation:
        file = ReadFile(format=FileFormat.DELIMITED, headers=tuple(headers), header_row=1, row_count=len(rows))
        with self._workbenches.open() as workbench:
            names = ", ".join(f"c{position} VARCHAR" for position in range(len(headers)))
            workbench.run(sql=f"CREATE TABLE raw (row BIGINT, {names})")
            workbench.append(table="raw", rows=[(number + 2, *row) for number, row in enumerate(rows)])
            return await self.use_cases.mapping_for(feed=feed, read_file=file, workbench=workbench, context=CONTEXT)

    async def held(self, feed: Feed) -> None:
        reading = decide_reading(feed=feed, at=NOON)
        hold = FeedHold(reason=HoldReason.MAPPING_NEEDED, detail="The columns are not known.")
        held = decide_held(feed=reading, hold=hold, at=NOON)
        await self.table.commit(writes=[FEEDS.store(held)], context=CONTEXT)

    async def state(self, feed: Feed) -> FeedState:
        item = await self.table.get(key=feed_key(feed_id=feed.feed_id))
        assert item is not None
        return FEEDS.decode(item).record.state


@pytest.fixture
def stage(table: LocalTable, tmp_path: Path) -> Stage:
    return Stage(table=table, folder=tmp_path / "work")


def stated(headers: Sequence[str], fields: Sequence[str | None], **constants: str) -> FeedMapping:
    columns = [ColumnMapping(header=header, field=field) for header, field in zip(headers, fields, strict=True)]
    return FeedMapping(columns=tuple(columns), constants=constants)


UNCLEAR_MEANT = stated(UNCLEAR, ["supplier_sku", "title", "price", "on_hand"], currency="EUR")


async def test_clear_columns_go_ahead_without_a_question(stage: Stage) -> None:
    found = await stage.mapped(await stage.feed(), CLEAR)
    assert isinstance(found, FeedMapping)
    assert [column.field for column in found.columns] == ["supplier_sku", "title", "price", "on_hand"]
    assert found.constants == {"currency": "EUR"}
    kept = await stage.queries.list_mappings(scope=SCOPE, after=None, limit=10)
    assert [one.state for one in kept.mappings] == [MappingState.AUTOMATIC]
    assert kept.mappings[0].samples[0] == ("A-1", "A-2", "A-3")


async def test_unclear_columns_wait_until_a_person_has_said_what_they_mean(stage: Stage) -> None:
    feed = await stage.feed()
    asked = await stage.mapped(feed, UNCLEAR)
    assert isinstance(asked, NeedsConfirmation)
    assert {"title", "price", "currency"} <= {question.field for question in asked.questions}
    await stage.held(feed)
    await stage.use_cases.confirm(scope=SCOPE, mapping_id=asked.mapping_id, mapping=UNCLEAR_MEANT, context=PERSON)
    assert await stage.state(feed) is FeedState.RECEIVED
    again = await stage.mapped(feed, UNCLEAR)
    assert isinstance(again, FeedMapping)
    assert again.columns[2].field == "price"
    assert again.columns[2].origin is Origin.PERSON


async def test_every_feed_that_waits_goes_on_with_one_answer(stage: Stage) -> None:
    first, second = await stage.feed(), await stage.feed()
    for feed in (first, second):
        asked = await stage.mapped(feed, UNCLEAR)
        await stage.held(feed)
    assert isinstance(asked, NeedsConfirmation)
    await stage.use_cases.confirm_for_feed(scope=SCOPE, feed_id=second.feed_id, mapping=UNCLEAR_MEANT, context=PERSON)
    assert [await stage.state(first), await stage.state(second)] == [FeedState.RECEIVED] * 2


async def test_a_feed_that_is_being_read_makes_the_answer_wait(stage: Stage) -> None:
    feed = await stage.feed()
    asked = await stage.mapped(feed, UNCLEAR)
    assert isinstance(asked, NeedsConfirmation)
    reading = decide_reading(feed=feed, at=NOON)
    await stage.table.commit(writes=[FEEDS.store(reading)], context=CONTEXT)
    with pytest.raises(MappingTransitionRefused):
        await stage.use_cases.confirm(scope=SCOPE, mapping_id=asked.mapping_id, mapping=UNCLEAR_MEANT, context=PERSON)


async def test_the_same_columns_in_another_order_are_known(stage: Stage) -> None:
    feed = await stage.feed()
    await stage.mapped(feed, UNCLEAR)
    await stage.held(feed)
    await stage.use_cases.confirm_for_feed(scope=SCOPE, feed_id=feed.feed_id, mapping=UNCLEAR_MEANT, context=PERSON)
    turned = [tuple(reversed(row)) for row in CLEAR_ROWS]
    found = await stage.mapped(await stage.feed(), tuple(reversed(UNCLEAR)), turned)
    assert isinstance(found, FeedMapping)
    assert [column.field for column in found.columns] == ["on_hand", "price", "title", "supplier_sku"]


async def test_a_further_column_does_not_make_the_others_unknown(stage: Stage) -> None:
    feed = await stage.feed()
    await stage.mapped(feed, UNCLEAR)
    await stage.held(feed)
    await stage.use_cases.confirm_for_feed(scope=SCOPE, feed_id=feed.feed_id, mapping=UNCLEAR_MEANT, context=PERSON)
    rows = [(*row, "red") for row in CLEAR_ROWS]
    found = await stage.mapped(await stage.feed(), (*UNCLEAR, "Farbe"), rows)
    assert isinstance(found, FeedMapping)
    assert found.columns[0].origin is Origin.REMEMBERED
    assert found.columns[4].field == "attribute.color"
    assert found.constants == {"currency": "EUR"}


async def test_what_was_stated_for_every_row_of_one_file_is_not_said_of_another(stage: Stage) -> None:
    feed = await stage.feed()
    await stage.mapped(feed, UNCLEAR)
    await stage.held(feed)
    await stage.use_cases.confirm_for_feed(scope=SCOPE, feed_id=feed.feed_id, mapping=UNCLEAR_MEANT, context=PERSON)
    asked = await stage.mapped(await stage.feed(), ("SKU", "Name", "Price", "Stock"))
    assert isinstance(asked, NeedsConfirmation)
    assert [question.field for question in asked.questions] == ["currency"]


async def test_another_suppliers_mapping_is_not_known(stage: Stage) -> None:
    await stage.mapped(await stage.feed(), CLEAR)
    mapping_id = mapping_identifier(supplier_id=SCOPE.supplier_id, kind="products", headers=CLEAR)
    stranger = SupplierScope(supplier_id="sup_stranger")
    with pytest.raises(MappingUnknown):
        await stage.queries.mapping(scope=stranger, mapping_id=mapping_id)
    with pytest.raises(MappingUnknown):
        await stage.use_cases.confirm(
            scope=stranger, mapping_id=mapping_id, mapping=stated(CLEAR, [None] * 4), context=PERSON
        )


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        (stated(CLEAR, ["supplier_sku", "colour", "price", "on_hand"]), "/columns/1/field"),
        (stated(CLEAR, ["title", "title", "price", "on_hand"]), "/columns/1/field"),
        (stated(CLEAR, [None] * 4, nonsense="x"), "/constants/nonsense"),
        (stated(CLEAR, [None] * 4, brand="a\x00b"), "/constants/brand"),
        (
            FeedMapping(columns=(ColumnMapping(header="SKU", field="brand", values={"a\x00": "b"}),)),
            "/columns/0/values",
        ),
        (stated(CLEAR, ["attribute.Color\n", None, None, None]), "/columns/0/field"),
        (FeedMapping(columns=(ColumnMapping(header="SKU", field="weight_grams", unit="cm"),)), "/columns/0/unit"),
    ],
)
async def test_what_cannot_be_rendered_is_refused_with_its_place(
    stage: Stage, mapping: FeedMapping, pointer: str
) -> None:
    await stage.mapped(await stage.feed(), CLEAR)
    mapping_id = mapping_identifier(supplier_id=SCOPE.supplier_id, kind="products", headers=CLEAR)
    with pytest.raises(MappingInvalid) as refused:
        await stage.use_cases.confirm(scope=SCOPE, mapping_id=mapping_id, mapping=mapping, context=PERSON)
    assert [finding.pointer for finding in refused.value.findings] == [pointer]


async def test_a_mapping_of_other_columns_is_refused(stage: Stage) -> None:
    await stage.mapped(await stage.feed(), CLEAR)
    mapping_id = mapping_identifier(supplier_id=SCOPE.supplier_id, kind="products", headers=CLEAR)
    with pytest.raises(MappingInvalid):
        await stage.use_cases.confirm(
            scope=SCOPE, mapping_id=mapping_id, mapping=stated(CLEAR[:3], [None] * 3), context=PERSON
        )


async def test_what_was_forgotten_is_guessed_anew(stage: Stage) -> None:
    await stage.mapped(await stage.feed(), CLEAR)
    mapping_id = mapping_identifier(supplier_id=SCOPE.supplier_id, kind="products", headers=CLEAR)
    await stage.use_cases.forget(scope=SCOPE, mapping_id=mapping_id, context=PERSON)
    with pytest.raises(MappingUnknown):
        await stage.queries.mapping(scope=SCOPE, mapping_id=mapping_id)
    assert isinstance(await stage.mapped(await stage.feed(), CLEAR), FeedMapping)


async def test_a_mapping_that_a_feed_waits_for_cannot_be_forgotten(stage: Stage) -> None:
    feed = await stage.feed()
    asked = await stage.mapped(feed, UNCLEAR)
    assert isinstance(asked, NeedsConfirmation)
    await stage.held(feed)
    with pytest.raises(MappingTransitionRefused):
        await stage.use_cases.forget(scope=SCOPE, mapping_id=asked.mapping_id, context=PERSON)


async def test_a_thousand_columns_with_long_names_fit_a_record(stage: Stage) -> None:
    headers = [f"{number} {'ü' * 300}" for number in range(1_000)]
    found = await stage.mapped(await stage.feed(), headers, [["ü" * 300] * 1_000])
    assert isinstance(found, NeedsConfirmation)
    kept = await stage.queries.list_mappings(scope=SCOPE, after=None, limit=1)
    assert len(msgspec.json.encode(kept.mappings[0])) < 400_000
