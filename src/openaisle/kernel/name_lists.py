"""The port of name lists: sanctions lists and registers of names, loaded whole, kept as they were loaded, and mapped.

What stands in a list's content its reader decides; the port keeps bytes and says where they came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec


class NameListOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a loaded list comes from; ``version`` is the SHA-256 of the file it was loaded from, in hexadecimal."""

    name: str
    version: str
    file_name: str
    loaded_at: datetime
    entries: int
    names: int
    bad_lines: int


class NameListFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a loaded list; ``sha256`` and ``byte_count`` are those of the content."""

    origin: NameListOrigin
    sha256: str
    byte_count: int


class StoredNameList(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded list with its content, which stays readable after another version was loaded."""

    facts: NameListFacts
    content: memoryview


class NameLists(Protocol):
    """Keeps the newest version of each list; the one before goes on serving those who have opened it."""

    async def store(self, *, origin: NameListOrigin, pieces: Iterable[bytes]) -> NameListFacts:
        """Put a list into force, durably and all at once: whoever asks gets the old one or the new one, whole."""
        ...

    async def current(self, *, name: str) -> StoredNameList | None:
        """Return the list in force, None if there is none; asked again, it costs next to nothing."""
        ...

    async def listed(self) -> list[NameListFacts]:
        """Return the facts of every list in force, by name."""
        ...
