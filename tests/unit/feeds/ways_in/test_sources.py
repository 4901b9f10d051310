from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.feeds.model import FeedKind, FeedMode, FeedState, FullModeRefused
from openaisle.feeds.ways_in.model import SOURCES_MAXIMUM, PullResult, SourceUnknown, TooManySources
from openaisle.feeds.ways_in.repository import source_key
from openaisle.feeds.ways_in.sources import FeedSources
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.outbound import AddressRefused, CallFailed
from tests.factories.inventory import context
from tests.factories.offers import AT

OWN = SupplierScope(supplier_id="sup_bergmann")
FEED = b"supplier_sku,title,price_minor,currency,on_hand,category\nA,Mug,1000,EUR,5,mugs\n"
URL = "https://files.bergmann.example/export/products.csv"


class FakeDownload:
    def __init__(self, *, status: int, headers: Mapping[str, str], body: bytes, broken: bool = False) -> None:
        self.status = status
        self.headers = headers
        self.broken = broken
        self.body = body

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.body[:40]
        if self.broken:
            raise CallFailed(detail="It broke off.")
        yield self.body[40:]


class FakeDownloader:
    """A server of files: keeps what it was asked, answers what the test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer = FakeDownload(status=200, headers={"etag": '"one"'}, body=FEED)

    @asynccontextmanager
    async def download(self, *, url, headers, timeout_seconds, maximum_bytes):
        self.asked.append(dict(headers))
        yield self.answer

    async def require_callable(self, *, url: str) -> None:
        if "internal" in url:
            raise AddressRefused(detail="It leads inside.")


@pytest.fixture
def server():
    return FakeDownloader()


@pytest.fixture
def sources(marketplace, server, tmp_path):
    return FeedSources(
        table=marketplace.table,
        blobs=marketplace.blobs,
        identifiers=marketplace.identifiers,
        cipher=KeyFileCipher(path=tmp_path / "field.key"),
        downloader=server,
        feeds=marketplace.feeds,
    )


async def added(sources, **given):
    asked = {"kind": FeedKind.PRODUCTS, "mode": FeedMode.UPDATE, "every_minutes": 60, "url": URL, **given}
    return await sources.add(scope=OWN, context=context(at=AT, subject_id=OWN.supplier_id), **asked)


async def feeds_of(marketplace):
    page = await marketplace.feed_queries.list_feeds(scope=OWN, after=None, limit=10)
    return page.feeds


async def test_a_new_file_becomes_a_feed_and_the_next_look_asks_only_for_news(marketplace, sources, server):
    source = await added(sources)
    pulled = await sources.pull(source_id=source.source_id, at=AT)
    assert pulled.last.result is PullResult.TAKEN
    assert pulled.next_at == AT + timedelta(minutes=60)
    await marketplace.lanes.work_off()
    feed = await marketplace.feed_of(pulled.last.feed_id)
    assert (feed.state, feed.file_name, feed.supplier_id) == (FeedState.APPLIED, "products.csv", OWN.supplier_id)
    server.answer = FakeDownload(status=304, headers={}, body=b"")
    again = await sources.pull(source_id=source.source_id, at=AT + timedelta(hours=1))
    assert server.asked[1]["if-none-match"] == '"one"'
    assert again.last.result is PullResult.UNCHANGED
    assert again.etag == '"one"'
    assert len(await feeds_of(marketplace)) == 1


async def test_the_same_file_from_a_server_that_knows_no_versions_makes_no_second_feed(marketplace, sources, server):
    server.answer = FakeDownload(status=200, headers={}, body=FEED)
    source = await added(sources)
    await sources.pull(source_id=source.source_id, at=AT)
    again = await sources.pull(source_id=source.source_id, at=AT + timedelta(hours=1))
    assert again.last.result is PullResult.UNCHANGED
    assert len(await feeds_of(marketplace)) == 1


async def test_a_pull_that_was_killed_after_its_feed_was_received_makes_no_second_one(marketplace, sources, server):
    source = await added(sources)
    begun = await sources._begun(source_id=source.source_id, context=context(at=AT))
    fetched = await sources._fetched(source=begun)
    await sources._taken(source=begun, pulled=fetched, context=context(at=AT))
    pulled = await sources.pull(source_id=source.source_id, at=AT + timedelta(minutes=1))
    assert pulled.last.feed_id == begun.pulling_feed_id
    assert len(await feeds_of(marketplace)) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (FakeDownload(status=404, headers={}, body=b""), "status 404"),
        (FakeDownload(status=401, headers={}, body=b""), "password"),
        (FakeDownload(status=302, headers={"location": "https://10.0.0.1/"}, body=b""), "give that address instead"),
        (FakeDownload(status=200, headers={}, body=FEED, broken=True), "broke off"),
    ],
)
async def test_what_goes_wrong_is_told_and_tried_again_ever_more_rarely(marketplace, sources, server, answer, told):
    server.answer = answer
    source = await added(sources)
    waits = []
    for _ in range(6):
        pulled = await sources.pull(source_id=source.source_id, at=AT)
        waits.append((pulled.next_at - AT).seconds // 60)
    assert pulled.last.result is PullResult.FAILED
    assert told in pulled.last.detail
    assert waits == [5, 10, 20, 40, 60, 60]
    assert await feeds_of(marketplace) == []


async def test_a_suspended_supplier_is_told_why_nothing_is_taken(marketplace, sources):
    source = await added(sources)
    marketplace.suppliers.inactive.add(OWN.supplier_id)
    pulled = await sources.pull(source_id=source.source_id, at=AT)
    assert "not active" in pulled.last.detail


async def test_the_password_is_sent_but_stands_nowhere_in_clear(marketplace, sources, server):
    source = await added(sources, user_name="bergmann", password="s3cret-Kaffee")
    await sources.pull(source_id=source.source_id, at=AT)
    told = server.asked[0]["authorization"].removeprefix("Basic ")
    assert base64.b64decode(told) == b"bergmann:s3cret-Kaffee"
    item = await marketplace.table.get(key=source_key(source_id=source.source_id))
    assert b"s3cret-Kaffee" not in item.body


async def test_the_timer_pulls_what_is_due(marketplace, sources):
    source = await added(sources)
    item = await marketplace.table.get(key=source_key(source_id=source.source_id))
    await sources.timer().handle([item], AT)
    found = await sources.source(scope=OWN, source_id=source.source_id)
    assert found.record.last.result is PullResult.TAKEN


async def test_addresses_that_lead_inside_and_too_many_sources_are_refused(sources):
    with pytest.raises(AddressRefused):
        await added(sources, url="https://internal.example/")
    with pytest.raises(FullModeRefused):
        await added(sources, kind=FeedKind.STOCK, mode=FeedMode.FULL)
    for _ in range(SOURCES_MAXIMUM):
        await added(sources)
    with pytest.raises(TooManySources):
        await added(sources)


async def test_sources_belong_to_their_supplier_and_can_be_removed(sources):
    source = await added(sources)
    other = SupplierScope(supplier_id="sup_other")
    assert await sources.listed(scope=other) == []
    with pytest.raises(SourceUnknown):
        await sources.remove(scope=other, source_id=source.source_id, context=context(at=AT))
    assert [one.source_id for one in await sources.listed(scope=None)] == [source.source_id]
    await sources.remove(scope=OWN, source_id=source.source_id, context=context(at=AT))
    assert await sources.pull(source_id=source.source_id, at=AT) is None
