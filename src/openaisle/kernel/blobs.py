"""The port of blobs: feeds, reports and pictures, too large for an item."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from openaisle.kernel.errors import NotFound, OpenAisleError


class BlobMissing(NotFound):
    """There is no blob of that name."""

    code = "blob-missing"
    title = "No such file"


class BlobTooLarge(OpenAisleError):
    """More bytes came than the writer allows; nothing was kept."""

    code = "body-too-large"
    title = "The body is larger than allowed"
    status = 413
    mend = "Send less at once; the limit is named in detail."


class BlobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stored blob: its length and the SHA-256 of its bytes in hexadecimal."""

    name: str
    byte_count: int
    sha256: str


class Blobs(Protocol):
    """Stores bytes under names of letters, digits, ``-``, ``_``, ``.`` and ``/``; a name appears when it is whole."""

    async def put(self, *, name: str, chunks: AsyncIterator[bytes], maximum_bytes: int) -> BlobFacts:
        """Store a stream of bytes durably; raises BlobTooLarge."""
        ...

    def chunks(self, *, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB; raises BlobMissing."""
        ...

    def as_file(self, *, name: str) -> AbstractAsyncContextManager[Path]:
        """Return a path under which the blob can be read (never written) within the context; raises BlobMissing."""
        ...

    async def take(self, *, name: str, path: Path) -> BlobFacts:
        """Store a file made on this machine durably, replacing what had the name; the file may be gone then."""
        ...

    async def delete(self, *, name: str) -> None:
        """Remove the blob; a missing one is no error."""
        ...
