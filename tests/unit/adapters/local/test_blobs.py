"""The folder of blobs: nothing half-written stays, nothing outside of it is touched."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.adapters.local.blobs import BlobNameInvalid, LocalBlobs
from openaisle.kernel.blobs import BlobTooLarge


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def test_a_refused_blob_leaves_no_unfinished_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(folder=tmp_path / "blobs")
    with pytest.raises(BlobTooLarge):
        await blobs.put(name="a/b", chunks=pieces(b"12345"), maximum_bytes=4)
    assert files_below(tmp_path) == []


async def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    blobs = LocalBlobs(folder=tmp_path / "blobs")
    await blobs.put(name="a/b", chunks=pieces(b"1"), maximum_bytes=4)
    assert files_below(tmp_path) == ["blobs/a/b"]
    assert stat.S_IMODE((tmp_path / "blobs" / "a" / "b").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "blobs" / "a").stat().st_mode) == 0o700


async def test_a_blob_cannot_stand_where_a_folder_stands_nor_below_a_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(folder=tmp_path / "blobs")
    await blobs.put(name="a/b", chunks=pieces(b"1"), maximum_bytes=4)
    for name in ("a", "a/b/c"):
        with pytest.raises(BlobNameInvalid):
            await blobs.put(name=name, chunks=pieces(b"2"), maximum_bytes=4)
    assert files_below(tmp_path) == ["blobs/a/b"]
