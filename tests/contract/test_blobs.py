"""What every store of blobs does: a name appears when its bytes are whole."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.kernel.blobs import BlobMissing, Blobs, BlobTooLarge
from openaisle.kernel.errors import RequestInvalid
from tests.contract.adapters import Engine

LIMIT = 10_000_000


@pytest.fixture
def blobs(engine: Engine, tmp_path: Path) -> Blobs:
    return engine.blobs(tmp_path)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def broken(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise ConnectionError


async def content_of(blobs: Blobs, name: str) -> bytes:
    return b"".join([chunk async for chunk in blobs.chunks(name=name)])


async def test_bytes_come_out_as_they_went_in(blobs: Blobs) -> None:
    facts = await blobs.put(name="feeds/sup_1/a.csv", chunks=pieces(b"one,", b"", b"two\n"), maximum_bytes=LIMIT)
    assert await content_of(blobs, "feeds/sup_1/a.csv") == b"one,two\n"
    assert facts.name == "feeds/sup_1/a.csv"
    assert facts.byte_count == 8
    assert facts.sha256 == hashlib.sha256(b"one,two\n").hexdigest()


async def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    facts = await blobs.put(name="empty", chunks=pieces(), maximum_bytes=LIMIT)
    assert facts.byte_count == 0
    assert await content_of(blobs, "empty") == b""


async def test_a_large_blob_is_read_in_pieces_of_at_most_one_mebibyte(blobs: Blobs) -> None:
    parts = [bytes([number]) * 700_001 for number in range(5)]
    await blobs.put(name="large", chunks=pieces(*parts), maximum_bytes=LIMIT)
    read = [chunk async for chunk in blobs.chunks(name="large")]
    assert max(len(chunk) for chunk in read) <= 1 << 20
    assert b"".join(read) == b"".join(parts)


async def test_what_had_the_name_before_is_replaced(blobs: Blobs) -> None:
    await blobs.put(name="a", chunks=pieces(b"old and long"), maximum_bytes=LIMIT)
    await blobs.put(name="a", chunks=pieces(b"new"), maximum_bytes=LIMIT)
    assert await content_of(blobs, "a") == b"new"


async def test_a_blob_that_is_too_large_is_not_kept_and_the_one_before_stays(blobs: Blobs) -> None:
    await blobs.put(name="a", chunks=pieces(b"old"), maximum_bytes=3)
    with pytest.raises(BlobTooLarge):
        await blobs.put(name="a", chunks=pieces(b"ne", b"w!"), maximum_bytes=3)
    assert await content_of(blobs, "a") == b"old"


async def test_a_sender_that_breaks_off_leaves_nothing(blobs: Blobs) -> None:
    with pytest.raises(ConnectionError):
        await blobs.put(name="a", chunks=broken(b"half"), maximum_bytes=LIMIT)
    with pytest.raises(BlobMissing):
        await content_of(blobs, "a")


async def test_a_name_appears_only_when_it_is_whole(blobs: Blobs) -> None:
    seen: list[str] = []

    async def watched() -> AsyncIterator[bytes]:
        yield b"first"
        try:
            await content_of(blobs, "a")
        except BlobMissing:
            seen.append("missing")
        yield b"second"

    await blobs.put(name="a", chunks=watched(), maximum_bytes=LIMIT)
    assert seen == ["missing"]
    assert await content_of(blobs, "a") == b"firstsecond"


async def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(blobs: Blobs) -> None:
    await blobs.put(name="x/a", chunks=pieces(b"1"), maximum_bytes=LIMIT)
    await blobs.put(name="x/b", chunks=pieces(b"2"), maximum_bytes=LIMIT)
    await blobs.delete(name="x/a")
    await blobs.delete(name="x/a")
    await blobs.delete(name="x")
    with pytest.raises(BlobMissing):
        await content_of(blobs, "x/a")
    assert await content_of(blobs, "x/b") == b"2"


async def test_what_was_never_put_is_missing(blobs: Blobs) -> None:
    await blobs.put(name="folder/a", chunks=pieces(b"1"), maximum_bytes=LIMIT)
    for name in ("nothing", "folder", "folder/a/b"):
        with pytest.raises(BlobMissing):
            await content_of(blobs, name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "a b",
        "a\\b",
        "a\x00",
        "ä",
        "a\n",
        "x" * 501,
    ],
)
async def test_a_name_that_could_lead_elsewhere_is_refused(blobs: Blobs, name: str) -> None:
    with pytest.raises(RequestInvalid):
        await blobs.put(name=name, chunks=pieces(b"1"), maximum_bytes=LIMIT)
    with pytest.raises(RequestInvalid):
        await content_of(blobs, name)
    with pytest.raises(RequestInvalid):
        await blobs.delete(name=name)
