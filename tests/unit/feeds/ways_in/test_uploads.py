from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest

from openaisle.catalog.model import SupplierNotActive
from openaisle.feeds.model import FeedMode, FeedState, FullModeRefused
from openaisle.feeds.ways_in.model import (
    OPEN_UPLOADS_MAXIMUM,
    TooManyUploads,
    UploadChecksumWrong,
    UploadIncomplete,
    UploadOffsetWrong,
    UploadPartTooSmall,
    UploadState,
    UploadUnknown,
)
from openaisle.feeds.ways_in.repository import UPLOADS, upload_key
from openaisle.feeds.ways_in.uploads import FeedUploads
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.context import SupplierScope
from tests.factories.inventory import context
from tests.factories.offers import AT

OWN = SupplierScope(supplier_id="sup_bergmann")
HEADER = "supplier_sku,title,price_minor,currency,on_hand,category\n"
FILE = (HEADER + "".join(f"SKU-{n},Mug number {n},1000,EUR,5,mugs\n" for n in range(15_000))).encode()
PART = 262_144


@pytest.fixture
def uploads(marketplace, suppliers):
    return FeedUploads(
        table=marketplace.table,
        blobs=marketplace.blobs,
        identifiers=marketplace.identifiers,
        feeds=marketplace.feeds,
        suppliers=suppliers,
    )


def own(at=AT):
    return context(at=at, subject_id=OWN.supplier_id)


async def chunks(content: bytes):
    yield content


async def begun(uploads, *, content=FILE, sha256=None, **given):
    return await uploads.begin(scope=OWN, byte_count=len(content), sha256=sha256, context=own(), **given)


async def appended(uploads, upload, offset, content):
    return await uploads.append(
        scope=OWN, upload_id=upload.upload_id, offset=offset, chunks=chunks(content), context=own()
    )


async def sent(uploads, upload, content=FILE):
    for start in range(0, len(content), PART):
        await appended(uploads, upload, start, content[start : start + PART])


def kept_files(tmp_path):
    return [path for path in (tmp_path / "blobs" / "uploads").rglob("*") if path.is_file()]


async def test_a_file_in_parts_becomes_the_feed_it_would_be_whole(marketplace, uploads, tmp_path):
    upload = await begun(uploads, sha256=hashlib.sha256(FILE).hexdigest().upper(), file_name="mugs.csv")
    await sent(uploads, upload)
    feed = await uploads.complete(scope=OWN, upload_id=upload.upload_id, context=own())
    assert (feed.byte_count, feed.sha256) == (len(FILE), hashlib.sha256(FILE).hexdigest())
    assert feed.file_name == "mugs.csv"
    assert kept_files(tmp_path) == []
    assert await marketplace.lanes.work_off()
    assert (await marketplace.feed_of(feed.feed_id)).state is FeedState.APPLIED


async def test_completed_twice_it_is_one_feed(marketplace, uploads):
    upload = await begun(uploads)
    await sent(uploads, upload)
    first, second = await asyncio.gather(
        *(uploads.complete(scope=OWN, upload_id=upload.upload_id, context=own()) for _ in range(2))
    )
    assert first.feed_id == second.feed_id
    third = await uploads.complete(scope=OWN, upload_id=upload.upload_id, context=own())
    assert third.feed_id == first.feed_id
    page = await marketplace.feed_queries.list_feeds(scope=OWN, after=None, limit=10)
    assert len(page.feeds) == 1


async def test_a_part_that_broke_off_leaves_nothing_and_is_sent_again(uploads, tmp_path):
    upload = await begun(uploads)
    await appended(uploads, upload, 0, FILE[:PART])

    async def broken():
        yield FILE[PART : PART + 1000]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await uploads.append(scope=OWN, upload_id=upload.upload_id, offset=PART, chunks=broken(), context=own())
    assert len(kept_files(tmp_path)) == 1
    again = await appended(uploads, upload, PART, FILE[PART:])
    assert again.received_bytes == len(FILE)


async def test_a_part_at_another_place_is_refused_and_says_where_to_go_on(uploads):
    upload = await begun(uploads)
    await appended(uploads, upload, 0, FILE[:PART])
    for offset in (0, PART - 1, PART + 1):
        with pytest.raises(UploadOffsetWrong, match=str(PART)):
            await appended(uploads, upload, offset, FILE[PART:])


async def test_of_two_that_send_the_same_part_at_once_one_counts(uploads, tmp_path):
    upload = await begun(uploads)
    answers = await asyncio.gather(
        *(appended(uploads, upload, 0, FILE[:PART]) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["FeedUpload", "UploadOffsetWrong"]
    found = await uploads.upload(scope=OWN, upload_id=upload.upload_id)
    assert found.record.received_bytes == PART
    assert len(kept_files(tmp_path)) == 1


async def test_parts_too_small_or_beyond_the_end_are_refused(uploads):
    upload = await begun(uploads)
    with pytest.raises(UploadPartTooSmall):
        await appended(uploads, upload, 0, b"a")
    with pytest.raises(UploadPartTooSmall):
        await appended(uploads, upload, 0, b"")
    with pytest.raises(BlobTooLarge):
        await appended(uploads, upload, 0, FILE + b"more")


async def test_an_upload_that_lacks_bytes_or_is_damaged_becomes_no_feed(marketplace, uploads):
    upload = await begun(uploads, sha256="0" * 64)
    with pytest.raises(UploadIncomplete):
        await uploads.complete(scope=OWN, upload_id=upload.upload_id, context=own())
    await sent(uploads, upload)
    with pytest.raises(UploadChecksumWrong):
        await uploads.complete(scope=OWN, upload_id=upload.upload_id, context=own())
    page = await marketplace.feed_queries.list_feeds(scope=OWN, after=None, limit=10)
    assert page.feeds == []


async def test_nobody_touches_the_uploads_of_others(uploads):
    upload = await begun(uploads)
    other = SupplierScope(supplier_id="sup_other")
    with pytest.raises(UploadUnknown):
        await uploads.upload(scope=other, upload_id=upload.upload_id)
    with pytest.raises(UploadUnknown):
        await uploads.append(scope=other, upload_id=upload.upload_id, offset=0, chunks=chunks(b"a"), context=own())
    with pytest.raises(UploadUnknown):
        await uploads.abandon(scope=other, upload_id=upload.upload_id, context=own())


async def test_who_may_not_begin(uploads, suppliers):
    with pytest.raises(FullModeRefused):
        await begun(uploads, mode=FeedMode.FULL, kind="stock")
    with pytest.raises(BlobTooLarge):
        await uploads.begin(scope=OWN, byte_count=10**12, context=own())
    for _ in range(OPEN_UPLOADS_MAXIMUM):
        await begun(uploads)
    with pytest.raises(TooManyUploads):
        await begun(uploads)
    suppliers.inactive.add(OWN.supplier_id)
    with pytest.raises(SupplierNotActive):
        await begun(uploads)


async def test_an_upload_nobody_goes_on_with_is_dropped_after_a_day(marketplace, uploads, tmp_path):
    upload = await begun(uploads)
    await appended(uploads, upload, 0, FILE[:PART])
    item = await marketplace.table.get(key=upload_key(upload_id=upload.upload_id))
    assert item is not None
    await uploads.timer().handle([item], AT + timedelta(hours=25))
    assert kept_files(tmp_path) == []
    item = await marketplace.table.get(key=upload_key(upload_id=upload.upload_id))
    assert item is not None
    assert UPLOADS.record(item.body).state is UploadState.ABANDONED
    with pytest.raises(UploadUnknown):
        await appended(uploads, upload, PART, FILE[PART:])
