from __future__ import annotations

import csv
import io

import pytest

from openaisle.adapters.files.workbook_writer import XlsxWriter
from openaisle.adapters.files.workbooks import CalamineReader
from openaisle.feeds.model import FeedState, FeedUnknown
from openaisle.feeds.reading import FileParsers
from openaisle.feeds.ways_in.report_file import FeedReportFiles, FeedReportNotReady, ReportFormat, _safe_sql
from openaisle.kernel.context import SupplierScope

HEADER = "supplier_sku;title;price_minor;currency;on_hand;gtin;Bemerkung\n"
FEED = (
    HEADER
    + "A;Mug;1000;EUR;5;4006381333931;=SUM(1)\n"
    + "B;Bowl;zwölf;EUR;5;;-5\n"
    + "C;Plate;1200;eur;5;036000291452;@cmd|'/c calc'!A1\n"
)


@pytest.fixture
def reports(marketplace):
    return FeedReportFiles(
        blobs=marketplace.blobs,
        workbenches=marketplace.workbenches,
        queries=marketplace.feed_queries,
        parsers=FileParsers(spreadsheets=CalamineReader()),
        writer=XlsxWriter(),
    )


async def written(reports, feed_id, form=ReportFormat.CSV, scope=None):
    report = await reports.report(scope=scope, feed_id=feed_id, form=form)
    return report, b"".join([chunk async for chunk in report.chunks])


def cells(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


async def test_the_same_file_comes_back_with_verdict_findings_and_corrected_values_beside_each_row(
    marketplace, reports
):
    feed = await marketplace.feed(FEED)
    report, content = await written(reports, feed.feed_id)
    rows = cells(content)
    assert report.file_name == "feed-report.csv"
    assert [row["supplier_sku"] for row in rows] == ["A", "B", "C"]
    assert [row["OpenAisle status"] for row in rows] == ["accepted", "rejected", "corrected"]
    assert rows[1]["price_minor"] == "zwölf"
    assert "error: price_minor" in rows[1]["OpenAisle found"]
    assert "currency: eur → EUR" in rows[2]["OpenAisle mended"]
    assert rows[2]["OpenAisle currency"] == "EUR"
    assert rows[0]["OpenAisle currency"] == ""


async def test_a_report_made_in_portions_has_every_row_once_and_in_order(marketplace, reports, monkeypatch):
    monkeypatch.setattr("openaisle.feeds.ways_in.report_file._ROWS_PER_PORTION", 7)
    text = "".join(f"S{n};Mug number {n};1000;EUR;5\n" for n in range(40))
    feed = await marketplace.feed(f"supplier_sku;title;price_minor;currency;on_hand\n{text}")
    _, content = await written(reports, feed.feed_id)
    assert [row["supplier_sku"] for row in cells(content)] == [f"S{n}" for n in range(40)]


async def test_nothing_in_the_report_runs_as_a_formula_and_numbers_stay_numbers(marketplace, reports):
    feed = await marketplace.feed(FEED)
    _, content = await written(reports, feed.feed_id)
    assert [row["Bemerkung"] for row in cells(content)] == ["'=SUM(1)", "-5", "'@cmd|'/c calc'!A1"]


@pytest.mark.parametrize("cell", ["=1", "+1+cmd|x", "-1+2", "@SUM", "\t=1", "\r=1", "=", "-"])
async def test_what_a_spreadsheet_would_run_gets_a_quote(marketplace, cell):
    with marketplace.workbenches.open() as workbench:
        assert workbench.value(sql=f"SELECT {_safe_sql(expression='c')} FROM (SELECT ? AS c)", parameters=[cell]) == (
            f"'{cell}"
        )


@pytest.mark.parametrize("cell", ["-5", "+49123", "12", "-1,5", "a=b", "'=1", ""])
async def test_what_no_spreadsheet_runs_stays_as_it_is(marketplace, cell):
    with marketplace.workbenches.open() as workbench:
        assert (
            workbench.value(sql=f"SELECT {_safe_sql(expression='c')} FROM (SELECT ? AS c)", parameters=[cell]) == cell
        )


async def test_a_row_that_could_not_be_read_stands_in_the_report_too(marketplace, reports):
    broken = HEADER.encode() + b"A;Mug;1000;EUR;5;;\n" + b"B;" + b"x" * 1_500_000 + b"\n" + b"C;Cup;1000;EUR;5;;\n"
    feed = await marketplace.feed(broken)
    assert feed.counts.rows == 3
    _, content = await written(reports, feed.feed_id)
    rows = cells(content)
    assert [row["OpenAisle status"] for row in rows] == ["accepted", "rejected", "accepted"]
    assert rows[1]["OpenAisle found"]


async def test_the_report_as_a_workbook_has_the_rows_and_their_causes(marketplace, reports, tmp_path):
    feed = await marketplace.feed(FEED)
    report, content = await written(reports, feed.feed_id, ReportFormat.XLSX)
    path = tmp_path / report.file_name
    path.write_bytes(content)
    with CalamineReader().open(path=path) as book:
        assert [sheet.name for sheet in book.sheets][:2] == ["Rows", "Causes"]
        rows = [list(row) for _, row in book.rows(sheet="Rows")]
        causes = [list(row) for _, row in book.rows(sheet="Causes")]
    assert rows[0][0] == "OpenAisle status"
    assert [row[0] for row in rows[1:]] == ["accepted", "rejected", "corrected"]
    assert "=SUM(1)" in rows[1]
    assert "error" in {row[0] for row in causes}


async def test_a_report_sent_in_again_is_read_without_the_columns_that_were_added(marketplace, reports):
    feed = await marketplace.feed(FEED)
    _, content = await written(reports, feed.feed_id)
    again = await marketplace.feed(content)
    assert again.state is FeedState.APPLIED
    assert (again.counts.unchanged, again.counts.rejected) == (2, 1)


async def test_a_price_that_was_mended_is_not_taken_for_a_second_price_when_the_report_comes_in_again(
    marketplace, reports
):
    feed = await marketplace.feed(
        "supplier_sku;title;price;currency;on_hand\nA;Mug;12,99 €;EUR;5\nB;Cup;9,99 €;EUR;5\n"
    )
    _, content = await written(reports, feed.feed_id)
    assert cells(content)[0]["OpenAisle price_minor"] == "1299"
    again = await marketplace.feed(content)
    assert (again.state, again.counts.unchanged) == (FeedState.APPLIED, 2)


async def test_a_feed_under_way_has_no_report_yet_and_strangers_learn_of_none(marketplace, reports):
    feed_id = await marketplace.send_feed(FEED)
    with pytest.raises(FeedReportNotReady):
        await reports.report(scope=None, feed_id=feed_id, form=ReportFormat.CSV)
    with pytest.raises(FeedUnknown):
        await reports.report(scope=SupplierScope(supplier_id="sup_other"), feed_id=feed_id, form=ReportFormat.CSV)
