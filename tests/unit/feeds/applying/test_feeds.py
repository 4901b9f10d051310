from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.feeds.applying.planning import BatchSizes
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping, MappingInvalid
from openaisle.feeds.model import FeedState, HoldReason
from openaisle.inventory.queries import InventoryQueries
from tests.factories.inventory import context
from tests.factories.offers import AT
from tests.support.feed_stage import FakeSuppliers, Marketplace

HEADER = "supplier_sku,title,price_minor,currency,on_hand,category\n"
LATER = AT + timedelta(days=1)


def rows(count, *, start=0, price_minor=1000):
    return "".join(f"SKU-{n},Mug number {n},{price_minor},EUR,5,mugs\n" for n in range(start, start + count))


def counted(feed):
    counts = feed.counts
    assert counts.rows == counts.accepted + counts.corrected + counts.unchanged + counts.in_review + counts.rejected
    assert counts.new + counts.changed == counts.accepted + counts.corrected
    return counts


class WorkerKilled(BaseException):
    """Stands for a worker that is killed at this very moment."""


async def test_a_feed_goes_through_in_batches_and_counts_every_row(marketplace):
    feed = await marketplace.feed(HEADER + rows(130))
    assert feed.state is FeedState.APPLIED
    assert feed.rows_done == 130
    assert (counted(feed).rows, feed.counts.new) == (130, 130)


async def test_the_same_feed_again_changes_nothing(marketplace):
    await marketplace.feed(HEADER + rows(60))
    feed = await marketplace.feed(HEADER + rows(60), at=LATER)
    assert counted(feed).unchanged == 60
    assert await marketplace.issues(feed.feed_id) == ([], [])


async def test_only_what_changed_is_written(marketplace):
    await marketplace.feed(HEADER + rows(60))
    feed = await marketplace.feed(HEADER + rows(2, price_minor=1100) + rows(58, start=2), at=LATER)
    assert (counted(feed).changed, feed.counts.unchanged) == (2, 58)


async def test_a_changed_quantity_alone_changes_the_stock(marketplace):
    await marketplace.feed(HEADER + "A,Mug,1000,EUR,5,mugs\n")
    feed = await marketplace.feed(HEADER + "A,Mug,1000,EUR,6,mugs\n", at=LATER)
    assert counted(feed).changed == 1


async def test_bad_rows_are_told_and_lose_no_other(marketplace):
    text = (
        HEADER
        + "A,Mug one,1000,EUR,5,mugs\n"
        + ",Without number,1000,EUR,5,mugs\n"
        + "A,Mug one again,1000,EUR,5,mugs\n"
        + "B,Too long,1000,EUR,5,mugs,more\n"
        + "C,Too short,1000,EUR,5\n"
        + 'D,"Never closed,1000,EUR,5,mugs\n'
        + "E,=cmd(),1000,EUR,5,mugs\n"
        + "F,Mug,12;99,EUR,5,mugs\n"
        + "G,Last,1000,EUR,5,mugs\n"
    )
    feed = await marketplace.feed(text)
    issues, _ = await marketplace.issues(feed.feed_id)
    told = {(one.row, one.code) for one in issues}
    assert {
        (3, IssueCode.SUPPLIER_SKU_MISSING),
        (4, IssueCode.SUPPLIER_SKU_REPEATED),
        (5, IssueCode.ROW_TOO_LONG),
        (6, IssueCode.ROW_TOO_SHORT),
        (7, IssueCode.QUOTE_NOT_CLOSED),
        (8, IssueCode.FORMULA_CELL),
        (9, IssueCode.PRICE_UNREADABLE),
    } <= told
    counts = counted(feed)
    assert (counts.rows, counts.accepted, counts.in_review, counts.rejected) == (9, 3, 1, 5)


@pytest.mark.parametrize("rows_per_batch", [7, 40])
async def test_a_repeated_sku_is_found_across_batches(tmp_path, table, queries, rows_per_batch):
    sizes = BatchSizes(fast=rows_per_batch, slow=rows_per_batch, terms=rows_per_batch)
    marketplace = Marketplace(folder=tmp_path, table=table, queries=queries, sizes=sizes)
    feed = await marketplace.feed(HEADER + rows(30) + rows(30))
    assert (counted(feed).new, feed.counts.rejected) == (30, 30)


async def test_corrections_are_reported_with_their_row(marketplace):
    feed = await marketplace.feed("SKU;Name;Price;Stock;EAN\nA;TEAPOT AND SAUCER;12,99 €;5.0;036000291452\n")
    _, corrections = await marketplace.issues(feed.feed_id)
    assert {(one.row, one.field, one.after, one.rule) for one in corrections} == {
        (2, "on_hand", "5", CorrectionRule.NUMBER_TEXT_READ),
        (2, "price_minor", "1299", CorrectionRule.PRICE_TEXT_READ),
        (2, "currency", "EUR", CorrectionRule.CURRENCY_READ_FROM_PRICE),
        (2, "title", "Teapot AND Saucer", CorrectionRule.CAPITALS_LOWERED),
    }
    assert counted(feed).corrected == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", IssueCode.FILE_EMPTY),
        (b"\n\n", IssueCode.FILE_EMPTY),
        (b"supplier_sku,title," + b"c," * 1_000_000, IssueCode.COLUMNS_TOO_MANY),
    ],
)
async def test_a_file_that_nobody_can_read_fails_with_its_reason(marketplace, body, code):
    feed = await marketplace.feed(body)
    assert feed.state is FeedState.FAILED
    assert [one.code for one in feed.issues] == [code]


@pytest.mark.parametrize("body", [b"A,Mug,1000\n", b"supplier_sku,title\nA,Mug\n", b'supplier_sku,"title\n'])
async def test_a_file_whose_columns_are_not_known_for_certain_waits_for_a_person(marketplace, body):
    feed = await marketplace.feed(body)
    assert feed.state is FeedState.HELD
    assert feed.hold.reason is HoldReason.MAPPING_NEEDED
    assert feed.counts.rows == 0


async def test_doubtful_rows_wait_for_a_person_once_however_often_they_come(marketplace):
    doubtful = HEADER + "A,M,1000,EUR,5,mugs\n" + rows(3)
    for at in (AT, LATER):
        feed = await marketplace.feed(doubtful, at=at)
        assert counted(feed).in_review == 1
    assert len(marketplace.queue.task_ids) == 1


@pytest.mark.parametrize("killed_at", range(1, 9))
async def test_a_killed_worker_goes_on_without_doubling_a_row(marketplace, monkeypatch, killed_at):
    text = HEADER + rows(70) + "SKU-X,M,1000,EUR,5,mugs\n" + ",Nameless,1000,EUR,5,mugs\n" + rows(20, start=70)
    commit, made = LocalTable.commit, 0

    async def killed_commit(table, *, writes, context):
        nonlocal made
        made += 1
        if made == killed_at:
            raise WorkerKilled
        await commit(table, writes=writes, context=context)

    await marketplace.send_feed(text)
    monkeypatch.setattr(LocalTable, "commit", killed_commit)
    try:
        await marketplace.pump()
    except WorkerKilled:
        monkeypatch.setattr(LocalTable, "commit", commit)
        await marketplace.pump()
    (feed,) = (await marketplace.feed_queries.list_feeds(scope=None, after=None, limit=10)).feeds
    counts = counted(feed)
    assert feed.state is FeedState.APPLIED
    assert (counts.rows, counts.new, counts.in_review, counts.rejected) == (92, 90, 1, 1)
    issues, _ = await marketplace.issues(feed.feed_id)
    assert len({(one.row, one.code, one.field) for one in issues}) == len(issues)
    assert len(marketplace.queue.task_ids) == 1


async def test_an_event_that_comes_again_after_the_feed_went_on_changes_nothing(marketplace):
    feed = await marketplace.feed(HEADER + rows(50))
    marketplace.position = 0
    await marketplace.pump()
    again = await marketplace.feed_of(feed.feed_id)
    assert again == feed


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["SKU-1", "SKU-2", "Mug, blue", "12,99 €", "1000", "-1", "EUR", "", '"', '""', "=1+1", "5", "1E5", "\0", "eur"]
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    table=st.lists(st.lists(CELL, max_size=8), max_size=12),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoted=st.booleans(),
)
def test_whatever_a_feed_holds_it_ends_and_its_counts_add_up(table, delimiter, quoted):
    async def run() -> None:
        with TemporaryDirectory() as folder:
            store = LocalTable(path=Path(folder) / "store.db", clock=SystemClock(), durable=False)
            queries = InventoryQueries(table=store, suppliers=FakeSuppliers())
            marketplace = Marketplace(
                folder=Path(folder), table=store, queries=queries, sizes=BatchSizes(fast=3, slow=2, terms=2)
            )
            header = delimiter.join(["supplier_sku", "title", "price", "currency", "on_hand", "gtin", "weight_grams"])
            lines = [delimiter.join(f'"{cell}"' if quoted else cell for cell in row) for row in table]
            body = "\n".join([header, *lines]).encode("utf-8", "surrogatepass")
            feed = await marketplace.feed(body)
            if feed.state is FeedState.HELD:
                # Cells that contradict their header are asked about; a person says that the headers are right.
                columns = tuple(ColumnMapping(header=name, field=name) for name in header.split(delimiter))
                with contextlib.suppress(MappingInvalid):
                    # Cells may also be such that the file seems to have other columns.
                    await marketplace.mappings.confirm_for_feed(
                        scope=None, feed_id=feed.feed_id, mapping=FeedMapping(columns=columns), context=context()
                    )
                await marketplace.pump()
                feed = await marketplace.feed_of(feed.feed_id)
            assert feed.state in {FeedState.APPLIED, FeedState.HELD}, feed
            counted(feed)
            assert feed.rows_done == feed.counts.rows
            if feed.state is FeedState.APPLIED:
                assert feed.counts.rows == feed.rows_total
            await store.close()

    asyncio.run(run())


async def test_a_feed_of_another_supplier_is_not_found(marketplace):
    from openaisle.feeds.model import FeedUnknown
    from openaisle.kernel.context import SupplierScope

    feed = await marketplace.feed(HEADER + rows(1))
    scope = SupplierScope(supplier_id="sup_other")
    with pytest.raises(FeedUnknown):
        await marketplace.feed_queries.feed(scope=scope, feed_id=feed.feed_id)
    with pytest.raises(FeedUnknown):
        await marketplace.feed_queries.issues(scope=scope, feed_id=feed.feed_id, after=None)
    assert context().principal.subject_id == "sup_bergmann"
