"""The port of places where files are left for strangers to fetch: a folder here, or one of an object store."""

from __future__ import annotations

from typing import Protocol

from openaisle.kernel.errors import OpenAisleError


class FileNotLeft(OpenAisleError):
    """A file could not be left: the disk is full, or the folder may not be written to."""

    code = "file-not-left"
    title = "The file could not be left"
    status = 503
    mend = "It is tried again by itself; look at the folder's space and permissions."


class Outbox(Protocol):
    """Where files are left, one folder for each who fetches them."""

    async def leave(self, *, folder: str, name: str, content: bytes) -> None:
        """Leave a file for the one who owns ``folder``, whole or not at all; raises FileNotLeft.

        A file of that name that was not fetched yet is replaced, so leaving it twice is leaving it once.
        """
        ...
