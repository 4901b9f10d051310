from __future__ import annotations

import os

import pytest

from openaisle.adapters.local.inbox import FolderInbox
from openaisle.feeds.model import FeedKind, FeedMode
from openaisle.feeds.ways_in.folder import WatchedFolder
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.inbox import FileChangedMeanwhile
from tests.support.clocks import FakeClock

OWN = SupplierScope(supplier_id="sup_bergmann")
FEED = b"supplier_sku,title,price_minor,currency,on_hand,category\nA,Mug,1000,EUR,5,mugs\n"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "inbox"
    (place / OWN.supplier_id).mkdir(parents=True)
    return place


def watching(marketplace, place, clock):
    return WatchedFolder(
        inbox=FolderInbox(folder=place),
        table=marketplace.table,
        checkpoints=marketplace.table,
        clock=clock,
        holder="test",
        identifiers=marketplace.identifiers,
        feeds=marketplace.feeds,
    )


@pytest.fixture
def folder(marketplace, place, clock):
    return watching(marketplace, place, clock)


async def looked(folder, clock):
    """Look twice, so that files which stay as they are count as whole."""
    first = await folder.look()
    clock.go_on(seconds=6)
    return first + await folder.look()


async def feeds_of(marketplace):
    page = await marketplace.feed_queries.list_feeds(scope=None, after=None, limit=10)
    return page.feeds


async def test_a_file_is_taken_once_it_stays_as_it_is(marketplace, folder, place, clock):
    file = place / OWN.supplier_id / "mugs.csv"
    file.write_bytes(FEED[:30])
    assert await folder.look() == []
    clock.go_on(seconds=6)
    file.write_bytes(FEED)
    assert await folder.look() == []
    clock.go_on(seconds=6)
    (feed_id,) = await folder.look()
    feed = await marketplace.feed_of(feed_id)
    assert (feed.supplier_id, feed.file_name, feed.byte_count) == (OWN.supplier_id, "mugs.csv", len(FEED))
    assert not file.exists()
    assert (place / OWN.supplier_id / "taken" / f"mugs.{feed_id}.csv").read_bytes() == FEED
    assert await looked(folder, clock) == []


async def test_the_folder_within_says_what_a_file_is(marketplace, folder, place, clock):
    for name in ("stock", "price", "full"):
        (place / OWN.supplier_id / name).mkdir()
        (place / OWN.supplier_id / name / "file.csv").write_bytes(FEED)
    await looked(folder, clock)
    found = {(feed.kind, feed.mode) for feed in await feeds_of(marketplace)}
    assert found == {
        (FeedKind.STOCK, FeedMode.UPDATE),
        (FeedKind.PRICE, FeedMode.UPDATE),
        (FeedKind.PRODUCTS, FeedMode.FULL),
    }


async def test_unfinished_hidden_and_linked_files_are_left_alone(marketplace, folder, place, clock, tmp_path):
    own = place / OWN.supplier_id
    secret = tmp_path / "secret.csv"
    secret.write_bytes(FEED)
    (own / "linked.csv").symlink_to(secret)
    (place / "sup_other").symlink_to(tmp_path)
    for name in (".hidden.csv", "mugs.csv.part", "mugs.csv.filepart", "mugs.tmp"):
        (own / name).write_bytes(FEED)
    os.mkfifo(own / "pipe.csv")
    assert await looked(folder, clock) == []
    assert await feeds_of(marketplace) == []


async def test_a_file_of_nobody_we_know_is_refused_with_its_reason(marketplace, folder, place, clock):
    marketplace.suppliers.inactive.add(OWN.supplier_id)
    (place / OWN.supplier_id / "mugs.csv").write_bytes(FEED)
    (place / OWN.supplier_id / "pictures").mkdir()
    (place / OWN.supplier_id / "pictures" / "a.csv").write_bytes(FEED)
    assert await looked(folder, clock) == []
    reasons = [path.read_text() for path in place.rglob("*.reason.txt")]
    assert any("not active" in reason for reason in reasons)
    assert any("kind of feed 'pictures'" in reason for reason in reasons)
    assert await looked(folder, clock) == []


async def test_killed_before_the_file_was_put_away_it_is_taken_once(marketplace, place, clock):
    class KilledInbox(FolderInbox):
        async def put_away(self, *, file, where, mark, note=None):
            raise KeyboardInterrupt

    file = place / OWN.supplier_id / "mugs.csv"
    file.write_bytes(FEED)
    killed = watching(marketplace, place, clock)
    killed._inbox = KilledInbox(folder=place)
    with pytest.raises(KeyboardInterrupt):
        await looked(killed, clock)
    assert len(await looked(watching(marketplace, place, clock), clock)) == 1
    assert len(await feeds_of(marketplace)) == 1


async def test_a_file_replaced_while_it_is_read_is_not_taken(place):
    file = place / OWN.supplier_id / "mugs.csv"
    file.write_bytes(FEED)
    inbox = FolderInbox(folder=place)
    (left,) = await inbox.left()

    async def read_while_it_grows():
        async for _ in inbox.chunks(file=left):
            file.write_bytes(FEED + b"more")

    with pytest.raises(FileChangedMeanwhile):
        await read_while_it_grows()
    with pytest.raises(FileChangedMeanwhile):
        await read_while_it_grows()
    await inbox.put_away(file=left, where="taken", mark="x")
    assert file.exists()
