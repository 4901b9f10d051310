"""Full exports: whole, safe to open, readable by those they are for, and never left half done."""

from __future__ import annotations

import csv
import io
import json
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.kernel.context import Principal, Role
from openaisle.kernel.table import Index
from openaisle.publishing.documents import PublishedProduct
from openaisle.publishing.exporting.formats import CsvWriter, GoogleXmlWriter
from openaisle.publishing.exporting.model import (
    EXPORT_TRANSITIONS,
    KEPT_FOR,
    WAITING_MAXIMUM,
    ExportFormat,
    ExportNotReady,
    ExportScope,
    ExportState,
    ExportTransitionRefused,
    ExportUnknown,
    ProductExport,
    TooManyExports,
    decide_finished,
    decide_started,
)
from openaisle.publishing.exporting.repository import TOPIC
from openaisle.publishing.exporting.rows import COLUMNS
from tests.factories.catalog import product
from tests.factories.contexts import NOON, make_context
from tests.support.publishing_stage import PAGE, PublishingStage

GOOGLE = "{http://base.google.com/ns/1.0}"
STOREFRONT = Principal(role=Role.STOREFRONT, subject_id="web")


async def requested(stage: PublishingStage, **asked: Any) -> ProductExport:
    given: dict[str, Any] = {"export_format": ExportFormat.CSV, "scope": ExportScope.SELLABLE, "is_packed": False}
    context = make_context(at=stage.clock.now(), role=Role.STOREFRONT, subject_id="web")
    return await stage.exports.request(**(given | asked), context=context)


async def written(stage: PublishingStage, **asked: Any) -> tuple[ProductExport, bytes]:
    export = await requested(stage, **asked)
    assert await stage.runner.run_next()
    done, chunks = await stage.export_queries.file(export_id=export.export_id, principal=STOREFRONT)
    content = b"".join([chunk async for chunk in chunks])
    assert done.byte_count == len(content)
    return done, content


async def shop(stage: PublishingStage) -> None:
    await stage.offered("MUG", title="=cmd|'/c calc'!A1", gtin="04006381333931", price_minor=1299, weight_grams=350)
    await stage.offered(
        "CUP", title='Cup & saucer, "white" <new>', on_hand=0, attributes={"color": "white", "lid": "no"}
    )
    await stage.store(product(supplier_sku="BARE", title="Nobody offers this"))


async def test_csv_has_a_row_a_product_and_runs_nothing(stage: PublishingStage) -> None:
    await shop(stage)
    export, content = await written(stage, scope=ExportScope.ALL)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert (export.products, export.state, list(rows[0])) == (3, ExportState.FINISHED, list(COLUMNS))
    by_title = {row["title"]: row for row in rows}
    mug, cup = by_title["'=cmd|'/c calc'!A1"], by_title['Cup & saucer, "white" <new>']
    assert (mug["price"], mug["availability"], mug["gtin"]) == ("12.99 EUR", "in_stock", "04006381333931")
    assert (cup["availability"], cup["color"], cup["attributes"]) == ("out_of_stock", "white", '{"lid":"no"}')
    assert cup["url"] == PAGE.replace("{product_id}", cup["product_id"])


async def test_a_scope_leaves_out_what_cannot_be_shown_or_sold(stage: PublishingStage) -> None:
    await shop(stage)
    sellable, _ = await written(stage)
    active, _ = await written(stage, scope=ExportScope.ACTIVE)
    assert (sellable.products, active.products) == (1, 3)


async def test_json_lines_say_what_reading_a_product_says(stage: PublishingStage) -> None:
    await shop(stage)
    _, content = await written(stage, export_format=ExportFormat.JSON_LINES, is_packed=True)
    (line,) = zlib.decompress(content, wbits=31).splitlines()
    found = json.loads(line)
    assert (found["available"], found["product"]["gtin"]) == (10, "04006381333931")
    assert found["offers"][0]["locations"][0]["on_hand"] == 10


async def test_google_reads_its_own_names(stage: PublishingStage) -> None:
    await shop(stage)
    _, content = await written(stage, export_format=ExportFormat.GOOGLE_XML, scope=ExportScope.ALL)
    root = ElementTree.fromstring(content.decode())
    items = {item.findtext(f"{GOOGLE}title"): item for item in root.findall("./channel/item")}
    assert root.findtext("./channel/title") == "Aisle <One>"
    cup = items['Cup & saucer, "white" <new>']
    assert cup.findtext(f"{GOOGLE}availability") == "out_of_stock"
    assert cup.findtext(f"{GOOGLE}identifier_exists") == "no"
    assert items["=cmd|'/c calc'!A1"].findtext(f"{GOOGLE}price") == "12.99 EUR"
    assert "Nobody offers this" not in items


async def test_parquet_has_types(stage: PublishingStage, tmp_path: Path) -> None:
    await shop(stage)
    export, content = await written(stage, export_format=ExportFormat.PARQUET, scope=ExportScope.ALL)
    file = tmp_path / "export.parquet"
    file.write_bytes(content)
    rows = duckdb.sql(f"SELECT title, price_minor, weight_grams, gtin FROM '{file}' ORDER BY title").fetchall()
    assert len(rows) == export.products == 3
    assert rows[0] == ("=cmd|'/c calc'!A1", 1299, 350, "04006381333931")


async def test_an_empty_catalog_is_a_whole_file_in_every_format(stage: PublishingStage) -> None:
    for export_format in ExportFormat:
        export, _ = await written(stage, export_format=export_format)
        assert (export.products, export.state) == (0, ExportState.FINISHED)


async def test_an_export_tells_from_which_cursor_changes_go_on(stage: PublishingStage) -> None:
    await stage.filled()
    await shop(stage)
    await stage.follow()
    export, _ = await written(stage)
    mug = await stage.offered("NEW")
    await stage.follow()
    page = await stage.index.changes(after=export.changes_from, limit=10)
    assert [change.product_id for change in page.changes] == [mug.product_id]


async def test_an_export_that_a_dead_worker_left_begins_again_and_is_given_up_in_the_end(
    stage: PublishingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def dies(**_: Any) -> tuple[int, int]:
        raise Killed

    export = await requested(stage)
    for _ in range(3):
        with monkeypatch.context() as patched:
            patched.setattr(stage.writer, "write", dies)
            with pytest.raises(Killed):
                await stage.runner.run_next()
    await stage.runner.run_next()
    failed = (await stage.export_queries.export(export_id=export.export_id, principal=None)).record
    assert (failed.state, failed.attempts) == (ExportState.FAILED, 3)
    assert "3 times" in (failed.reason or "")


async def test_a_failing_export_tells_its_reason_and_holds_up_no_other(
    stage: PublishingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(**_: Any) -> tuple[int, int]:
        raise ExportNotReady(detail="The disk is full.")

    export = await requested(stage)
    with monkeypatch.context() as patched:
        patched.setattr(stage.writer, "write", fails)
        await stage.runner.run_next()
    failed = (await stage.export_queries.export(export_id=export.export_id, principal=None)).record
    assert (failed.state, failed.reason) == (ExportState.FAILED, "The disk is full.")
    with pytest.raises(ExportNotReady):
        await stage.export_queries.file(export_id=export.export_id, principal=STOREFRONT)
    assert (await written(stage))[0].state is ExportState.FINISHED


async def test_the_same_waiting_export_is_given_back_and_the_queue_is_bounded(stage: PublishingStage) -> None:
    first = await requested(stage)
    assert await requested(stage) == first
    assert (await requested(stage, is_packed=True)).export_id != first.export_id
    for number in range(WAITING_MAXIMUM - 2):
        context = make_context(role=Role.STOREFRONT, subject_id=f"web-{number}")
        await stage.exports.request(
            export_format=ExportFormat.CSV, scope=ExportScope.ALL, is_packed=False, context=context
        )
    with pytest.raises(TooManyExports):
        await requested(stage, scope=ExportScope.ALL)


async def test_others_do_not_see_an_export_but_the_operator_does(stage: PublishingStage) -> None:
    export, _ = await written(stage)
    other = Principal(role=Role.STOREFRONT, subject_id="other")
    with pytest.raises(ExportUnknown):
        await stage.export_queries.export(export_id=export.export_id, principal=other)
    operator = Principal(role=Role.OPERATOR, subject_id="staff")
    for principal, count in ((STOREFRONT, 1), (other, 0), (operator, 1)):
        page = await stage.export_queries.list_exports(principal=principal, after=None, limit=10)
        assert len(page.exports) == count, principal


async def test_a_file_is_removed_after_its_week(stage: PublishingStage) -> None:
    export, _ = await written(stage)
    page = await stage.table.query(partition=f"DUE#{TOPIC}", index=Index.DUE)
    await stage.runner.timer().handle(page.items, stage.clock.now() + KEPT_FOR + timedelta(seconds=1))
    with pytest.raises(ExportUnknown):
        await stage.export_queries.export(export_id=export.export_id, principal=STOREFRONT)


def test_what_the_table_does_not_list_is_refused() -> None:
    export = ProductExport(
        export_id="exp_1",
        format=ExportFormat.CSV,
        scope=ExportScope.ALL,
        is_packed=False,
        state=ExportState.FINISHED,
        requested_by="storefront:web",
        requested_at=NOON,
        expires_at=NOON,
    )
    with pytest.raises(ExportTransitionRefused):
        decide_started(export=export, changes_from=None, at=NOON)
    with pytest.raises(ExportTransitionRefused):
        decide_finished(export=export, products=0, byte_count=0, at=NOON)
    assert set(EXPORT_TRANSITIONS) == set(ExportState)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(title=st.text(max_size=60), description=st.text(max_size=60), color=st.text(max_size=20))
def test_whatever_a_supplier_says_a_file_stays_whole(title: str, description: str, color: str) -> None:
    made = product(title=title, description=description, attributes={"color": color})
    found = PublishedProduct(product=made, stored=msgspec.Raw(b"{}"), offers=())
    line = CsvWriter(page=PAGE).product(found=found).decode()
    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert len(cells) == len(COLUMNS)
    assert not cells[list(COLUMNS).index("title")].startswith(("=", "+", "-", "@", "\t", "\r"))
    from openaisle.publishing.exporting.formats import _escaped

    writer = GoogleXmlWriter(page="", title=title)
    text = (writer.begin() + f"<item>{_escaped(description)}</item>".encode() + writer.end()).decode()
    ElementTree.fromstring(text)
