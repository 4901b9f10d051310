"""What holds of a feed's whole life: bulk and one by one are the same, kills lose nothing, taking back restores."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.bulk import LocalBulkTable
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.feeds.applying.planning import BatchSizes
from openaisle.feeds.model import Feed, FeedKind, FeedMode, FeedState
from openaisle.inventory.model import StockLevel
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.kernel.bulk import key_of
from openaisle.offers.model import offer_identifier
from tests.factories.inventory import context
from tests.factories.offers import AT
from tests.support.feed_stage import FakeSuppliers, Marketplace

HEADER = "supplier_sku,title,price,currency,on_hand,gtin,category,condition,color,weight_grams\n"
LATER = AT + timedelta(days=1)
STILL_LATER = AT + timedelta(days=2)
GTINS = ("", "4006381333931", "036000291452", "00012345600012", "4006381333930")


def counted(feed: Feed) -> Feed:
    counts = feed.counts
    assert counts.rows == counts.accepted + counts.corrected + counts.unchanged + counts.in_review + counts.rejected
    assert counts.new + counts.changed == counts.accepted + counts.corrected
    assert counts.rows == feed.rows_total == feed.rows_done
    return feed


@asynccontextmanager
async def opened(sizes: BatchSizes | None = None):
    with TemporaryDirectory() as folder:
        table = LocalTable(path=Path(folder) / "store.db", clock=SystemClock(), durable=False)
        queries = InventoryQueries(table=table, suppliers=FakeSuppliers())
        marketplace = Marketplace(folder=Path(folder), table=table, queries=queries, sizes=sizes)
        try:
            yield marketplace
        finally:
            await marketplace.close()
            await table.close()


ROW = st.tuples(
    st.sampled_from([f"SKU-{n}" for n in range(8)]),
    st.sampled_from(["Blue mug", "  Red  mug ", "TEAPOT AND SAUCER", "Ähre “gut”\t5", "M", "Mug <b>x</b>", 'Say "hi"']),
    st.sampled_from(["12.99", "5", "12,99 €", "0", "oops", "1299.00"]),
    st.sampled_from(["EUR", "eur", "USD"]),
    st.sampled_from(["5", "5.0", "0", "-1", "7 pcs"]),
    st.sampled_from(GTINS),
    st.sampled_from(["mugs", "", "Home > Kitchen"]),
    st.sampled_from(["new", "used", "neu"]),
    st.sampled_from(["red", "", "Blau"]),
    st.sampled_from(["", "250", "0"]),
)
TABLE = st.lists(ROW, min_size=1, max_size=10)


def file_of(table) -> str:
    return HEADER + "".join(",".join(_cell(cell) for cell in row) + "\n" for row in table)


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\t') else text


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=TABLE)
def test_what_is_created_in_bulk_is_what_the_registrar_would_write(table):
    async def run() -> None:
        text = file_of(table)
        async with opened(BatchSizes(fast=3, slow=2, terms=2)) as bulk, opened() as slowly:
            # With everything unknown to bulk, each row is decided one by one.
            real = slowly.bulk.create

            async def all_taken(*, items, writes, context):
                if not items:
                    return await real(items=items, writes=writes, context=context)
                return [key_of(item=item) for item in items]

            slowly.bulk.create = all_taken
            first, second = counted(await bulk.feed(text)), counted(await slowly.feed(text))
            assert first.counts == second.counts
            assert await bulk.catalog_items() == await slowly.catalog_items()

    asyncio.run(run())


@pytest.mark.parametrize("row", ["1.5 kg,new", "250 g,new", "250,neu"])
async def test_a_mended_row_that_bulk_refuses_stays_a_corrected_one(marketplace, monkeypatch, row):
    real = marketplace.bulk.create

    async def all_taken(*, items, writes, context):
        if not items:
            return await real(items=items, writes=writes, context=context)
        return [key_of(item=item) for item in items]

    monkeypatch.setattr(marketplace.bulk, "create", all_taken)
    header = "supplier_sku,title,price,currency,on_hand,category,weight,condition\n"
    feed = counted(await marketplace.feed(f"{header}S1,Mug number 1,9.99,EUR,5,mugs,{row}\n"))
    assert (feed.counts.corrected, feed.counts.accepted) == (1, 0)
    _, corrections = await marketplace.issues(feed.feed_id)
    assert len(corrections) == 1
    assert await marketplace.rows(feed.feed_id) == {2: "corrected"}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=TABLE, second=TABLE, mode=st.sampled_from(FeedMode))
def test_taking_the_second_of_two_feeds_back_leaves_what_the_first_had_made(first, second, mode):
    async def run() -> None:
        async with opened(BatchSizes(fast=3, slow=2, removed=2)) as marketplace:
            feed = counted(await marketplace.feed(file_of(first)))
            before = await marketplace.catalog_items()
            changed = counted(await marketplace.feed(file_of(second), at=LATER, mode=mode))
            await marketplace.feeds.roll_back(scope=None, feed_id=changed.feed_id, context=context(at=STILL_LATER))
            await marketplace.pump()
            back = await marketplace.feed_of(changed.feed_id)
            assert (back.state, back.kept) == (FeedState.ROLLED_BACK, 0)
            assert await marketplace.catalog_items() == before
            # And the state knows it: the same file again finds everything as it was.
            again = await marketplace.feed(file_of(first), at=STILL_LATER + timedelta(days=1))
            assert counted(again).counts.new == 0
            assert again.counts.changed == 0
            assert await marketplace.catalog_items() == before
            assert feed.counts.rows == again.counts.rows

    asyncio.run(run())


class WorkerKilled(BaseException):
    """Stands for a worker that is killed at this very moment."""


FIRST = HEADER + "".join(f"S{n},Mug number {n},9.99,EUR,5,,mugs,new,red,100\n" for n in range(50))
SECOND = (
    HEADER
    + "".join(f"S{n},Mug number {n},{9 + (n % 3 == 0)}.99,EUR,5,,mugs,new,red,100\n" for n in range(40))
    + "S41,M,9.99,EUR,5,,mugs,new,red,100\n,Nameless,9.99,EUR,5,,mugs,new,,\n"
    + "".join(f"N{n},New mug {n},9.99,EUR,5,,mugs,new,red,100\n" for n in range(45))
)


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("killed_at", range(1, 14))
async def test_a_worker_killed_at_any_commit_loses_and_doubles_nothing(marketplace, monkeypatch, killed_at, after):
    await marketplace.feed(FIRST)
    made = 0
    originals = {LocalTable: LocalTable.commit, LocalBulkTable: LocalBulkTable.create}

    def killing(original):
        async def commit(port, **given):
            nonlocal made
            made += 1
            if made == killed_at and not after:
                raise WorkerKilled
            result = await original(port, **given)
            if made == killed_at and after:
                raise WorkerKilled
            return result

        return commit

    feed_id = await marketplace.send_feed(SECOND, at=LATER)
    monkeypatch.setattr(LocalTable, "commit", killing(originals[LocalTable]))
    monkeypatch.setattr(LocalBulkTable, "create", killing(originals[LocalBulkTable]))
    with suppress(WorkerKilled):
        await marketplace.pump()
    monkeypatch.setattr(LocalTable, "commit", originals[LocalTable])
    monkeypatch.setattr(LocalBulkTable, "create", originals[LocalBulkTable])
    await marketplace.pump()
    feed = counted(await marketplace.feed_of(feed_id))
    counts = feed.counts
    assert feed.state is FeedState.APPLIED
    assert (counts.rows, counts.new, counts.changed, counts.unchanged) == (87, 45, 14, 26)
    assert (counts.in_review, counts.rejected) == (1, 1)
    items = await marketplace.catalog_items()
    assert len(items) == 3 * (50 + 45)
    verdicts = await marketplace.rows(feed_id)
    assert sorted(verdicts) == list(range(2, 89))
    issues, _ = await marketplace.issues(feed_id)
    assert len({(one.row, one.code, one.field) for one in issues}) == len(issues)
    again = counted(await marketplace.feed(SECOND, at=STILL_LATER))
    assert (again.counts.unchanged, again.counts.new, again.counts.changed) == (85, 0, 0)


@pytest.mark.parametrize("killed_at", range(1, 14))
async def test_a_worker_killed_while_a_feed_is_taken_back_takes_the_rest_back(marketplace, monkeypatch, killed_at):
    await marketplace.feed(FIRST)
    before = await marketplace.catalog_items()
    feed = await marketplace.feed(SECOND, at=LATER)
    await marketplace.feeds.roll_back(scope=None, feed_id=feed.feed_id, context=context(at=STILL_LATER))
    commit, made = LocalTable.commit, 0

    async def killed_commit(table, *, writes, context):
        nonlocal made
        made += 1
        if made == killed_at:
            raise WorkerKilled
        await commit(table, writes=writes, context=context)

    monkeypatch.setattr(LocalTable, "commit", killed_commit)
    try:
        await marketplace.pump()
    except WorkerKilled:
        monkeypatch.setattr(LocalTable, "commit", commit)
        await marketplace.pump()
    assert (await marketplace.feed_of(feed.feed_id)).state is FeedState.ROLLED_BACK
    assert await marketplace.catalog_items() == before


async def on_hand(marketplace: Marketplace, sku: str, location: str = "default") -> StockLevel:
    offer_id = offer_identifier(supplier_id="sup_bergmann", supplier_sku=sku)
    item = await marketplace.table.get(key=stock_key(offer_id=offer_id, location=location))
    return STOCK_LEVELS.record(item.body)


async def test_a_stock_feed_changes_quantities_and_what_it_repeats_costs_nothing(marketplace):
    await marketplace.feed(FIRST)
    text = "sku,stock\nS1,7\nS2,5\nS3,x\nUNKNOWN,5\n"
    feed = counted(await marketplace.feed(text, at=LATER, kind=FeedKind.STOCK))
    counts = feed.counts
    assert (counts.changed, counts.unchanged, counts.rejected) == (1, 1, 2)
    assert (await on_hand(marketplace, "S1")).on_hand == 7
    again = counted(await marketplace.feed(text, at=STILL_LATER, kind=FeedKind.STOCK))
    assert (again.counts.changed, again.counts.unchanged, again.counts.rejected) == (0, 2, 2)
    # The file of products says five again, and now that is the newer word.
    whole = counted(await marketplace.feed(FIRST, at=STILL_LATER + timedelta(hours=1)))
    assert (whole.counts.changed, whole.counts.unchanged) == (1, 49)
    assert (await on_hand(marketplace, "S1")).on_hand == 5


async def test_a_price_feed_changes_prices_and_the_products_know_of_it(marketplace):
    await marketplace.feed(FIRST)
    feed = counted(
        await marketplace.feed("sku,price,currency\nS1,8.50,EUR\nS2,9.99,EUR\n", at=LATER, kind=FeedKind.PRICE)
    )
    assert (feed.counts.changed, feed.counts.unchanged) == (1, 1)
    whole = counted(await marketplace.feed(FIRST, at=STILL_LATER))
    assert (whole.counts.changed, whole.counts.unchanged) == (1, 49)


async def test_the_newer_word_wins_between_lanes(marketplace):
    await marketplace.feed(FIRST)
    # A feed of products is handed in, then one of quantities; however they run, the quantities are newer.
    await marketplace.send_feed(FIRST.replace("EUR,5,", "EUR,6,"), at=LATER)
    await marketplace.feed("sku,stock\nS1,9\n", at=LATER + timedelta(minutes=1), kind=FeedKind.STOCK)
    await marketplace.pump()
    assert (await on_hand(marketplace, "S1")).on_hand == 9
    assert (await on_hand(marketplace, "S2")).on_hand == 6


async def test_what_others_change_counts_as_news_in_the_next_feed(marketplace):
    from openaisle.inventory.use_cases import StockRow
    from openaisle.kernel.context import SupplierScope

    await marketplace.feed(FIRST)
    row = StockRow(supplier_sku="S4", location="default", on_hand=77)
    scope = SupplierScope(supplier_id="sup_bergmann")
    await marketplace.stock.set_on_hand(scope=scope, rows=[row], context=context(at=LATER))
    feed = counted(await marketplace.feed(FIRST, at=STILL_LATER))
    assert (feed.counts.changed, feed.counts.unchanged) == (1, 49)
    assert (await on_hand(marketplace, "S4")).on_hand == 5


async def test_a_full_feed_withdraws_what_it_no_longer_names_and_a_later_one_brings_it_back(marketplace):
    await marketplace.feed(FIRST)
    shorter = HEADER + "".join(FIRST.splitlines(keepends=True)[6:])
    feed = counted(await marketplace.feed(shorter, at=LATER, mode=FeedMode.FULL))
    assert (feed.state, feed.counts.removed, feed.counts.unchanged) == (FeedState.APPLIED, 5, 45)
    offers = {item for item in (await marketplace.catalog_items()).values() if b'"state":"withdrawn"' in item[1]}
    assert len(offers) == 5
    back = counted(await marketplace.feed(FIRST, at=STILL_LATER, mode=FeedMode.FULL))
    assert (back.counts.changed, back.counts.unchanged, back.counts.removed) == (5, 45, 0)
    assert not any(b'"state":"withdrawn"' in body for _, body in (await marketplace.catalog_items()).values())


async def test_a_full_feed_that_misses_too_much_waits_until_somebody_confirms(marketplace):
    await marketplace.feed(FIRST)
    shorter = HEADER + "".join(FIRST.splitlines(keepends=True)[31:])
    feed = await marketplace.feed(shorter, at=LATER, mode=FeedMode.FULL)
    assert feed.state is FeedState.HELD
    assert "30 of 50" in feed.hold.detail
    assert not any(b"withdrawn" in body for _, body in (await marketplace.catalog_items()).values())
    await marketplace.feeds.confirm(scope=None, feed_id=feed.feed_id, context=context(at=LATER))
    await marketplace.pump()
    assert counted(await marketplace.feed_of(feed.feed_id)).counts.removed == 30


async def test_feeds_of_a_supplier_keep_their_order_and_suppliers_take_turns(marketplace, monkeypatch):
    ran: list[str] = []
    run = marketplace.steps.run

    async def told(*, feed_id: str):
        ran.append(feed_id)
        return await run(feed_id=feed_id)

    monkeypatch.setattr(marketplace.steps, "run", told)
    big = await marketplace.send_feed(
        HEADER + "".join(f"B{n},Mug number {n},9.99,EUR,5,,mugs,new,red,100\n" for n in range(400)),
        supplier_id="sup_big",
    )
    next_of_big = await marketplace.send_feed(FIRST, supplier_id="sup_big", at=LATER)
    small = await marketplace.send_feed(FIRST, supplier_id="sup_small", at=LATER)
    stock = await marketplace.send_feed("sku,stock\nB1,7\n", supplier_id="sup_big", at=STILL_LATER, kind=FeedKind.STOCK)
    await marketplace.pump()
    last = {feed_id: len(ran) - ran[::-1].index(feed_id) for feed_id in (big, next_of_big, small, stock)}
    assert last[stock] < last[small] < last[big] < last[next_of_big]
    assert ran.index(next_of_big) >= last[big]


async def test_a_feed_that_breaks_is_set_aside_and_goes_on_when_it_is_run_again(marketplace, monkeypatch):
    real = LocalBulkTable.create

    async def broken(port, **given):
        message = "the disk is on fire"
        raise OSError(message)

    monkeypatch.setattr(LocalBulkTable, "create", broken)
    feed = await marketplace.feed(FIRST)
    assert feed.state is FeedState.FAILED
    assert "on fire" in feed.failure
    other = await marketplace.feed(",\n".join(["a"]), at=LATER)
    assert other.state in {FeedState.HELD, FeedState.FAILED}
    monkeypatch.setattr(LocalBulkTable, "create", real)
    await marketplace.feeds.retry(scope=None, feed_id=feed.feed_id, context=context(at=LATER))
    await marketplace.pump()
    assert counted(await marketplace.feed_of(feed.feed_id)).counts.new == 50


async def test_issues_are_told_by_cause(marketplace):
    feed = await marketplace.feed(SECOND)
    causes = await marketplace.feed_queries.causes(scope=None, feed_id=feed.feed_id)
    told = {(one.code, one.field): (one.count, one.first_row) for one in causes.issues}
    assert told["supplier_sku_missing", "supplier_sku"] == (1, 43)
    assert told["title_too_short", "title"] == (1, 42)
