"""Blobs in a directory: written beside, flushed, then renamed, so that a name appears only when it is whole."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from openaisle.kernel.blobs import BlobFacts, BlobMissing, BlobTooLarge
from openaisle.kernel.errors import RequestInvalid

_CHUNK_BYTES = 1 << 20
_NAME_LENGTH_MAXIMUM = 500
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
_UNFINISHED_FOLDER = ".unfinished"


class BlobNameInvalid(RequestInvalid):
    """A name that holds other characters, or that leads out of the directory."""

    code = "blob-name-invalid"
    title = "That is not a name for a file"
    mend = "Use letters, digits, '-', '_', '.' and '/'; no part is empty or starts with a dot."


class LocalBlobs:
    """Stores blobs as files below one folder; implements the Blobs port.

    Reading and writing happen on threads, as a disk may take its time with a megabyte.
    """

    def __init__(self, *, folder: Path) -> None:
        """Take the ``folder``, making it (for its owner alone) if it is not there."""
        self._folder = folder
        self._unfinished = folder / _UNFINISHED_FOLDER
        # Parents that are made beside would be open to everybody: the mode goes to the last folder alone.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._unfinished.mkdir(mode=0o700, exist_ok=True)

    async def put(self, *, name: str, chunks: AsyncIterator[bytes], maximum_bytes: int) -> BlobFacts:
        """Store a stream of bytes durably, replacing what had the name; raises BlobTooLarge, BlobNameInvalid."""
        path = self._path(name)
        temporary = self._unfinished / os.urandom(16).hex()
        digest = hashlib.sha256()
        byte_count = 0
        try:
            with await asyncio.to_thread(_open_new, temporary) as file:
                async for chunk in chunks:
                    byte_count += len(chunk)
                    if byte_count > maximum_bytes:
                        raise BlobTooLarge(detail=f"{name} has more than the {maximum_bytes} bytes allowed.")
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_flush, file)
            await asyncio.to_thread(_move, temporary, path, self._folder)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise BlobNameInvalid(detail=f"{name} would stand where a folder stands, or below a file.") from None
        finally:
            temporary.unlink(missing_ok=True)
        return BlobFacts(name=name, byte_count=byte_count, sha256=digest.hexdigest())

    async def chunks(self, *, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB; raises BlobMissing, BlobNameInvalid."""
        path = self._path(name)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise BlobMissing(detail=f"There is no file {name}.") from None
        with file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                yield chunk

    @contextlib.asynccontextmanager
    async def as_file(self, *, name: str) -> AsyncIterator[Path]:
        """Return the path of the blob itself, which stands whole as long as nobody deletes it; raises BlobMissing."""
        path = self._path(name)
        if not await asyncio.to_thread(path.is_file):
            raise BlobMissing(detail=f"There is no file {name}.")
        yield path

    async def take(self, *, name: str, path: Path) -> BlobFacts:
        """Store a file that was made on this machine durably, replacing what had the name; raises BlobNameInvalid."""

        async def chunks() -> AsyncIterator[bytes]:
            with await asyncio.to_thread(path.open, "rb") as file:
                while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                    yield chunk

        facts = await asyncio.to_thread(path.stat)
        return await self.put(name=name, chunks=chunks(), maximum_bytes=facts.st_size)

    async def delete(self, *, name: str) -> None:
        """Remove the blob; a missing one is no error."""
        path = self._path(name)
        await asyncio.to_thread(_remove, path)

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        # A part never starts with a dot, so neither the folder above nor the unfinished files can be named.
        if len(name) > _NAME_LENGTH_MAXIMUM or not all(_PART.fullmatch(part) for part in parts):
            raise BlobNameInvalid(detail=f"{name[:100]!r} cannot be the name of a file.")
        return self._folder.joinpath(*parts)


def _open_new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _move(temporary: Path, path: Path, folder: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary.replace(path)
    # A rename survives a power cut once the folder is flushed, and a new folder once its parent is.
    flushed = path.parent
    while True:
        descriptor = os.open(flushed, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if flushed == folder:
            return
        flushed = flushed.parent


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
        path.unlink()
