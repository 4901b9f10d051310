"""Where the records of publishing stand in the table."""

from __future__ import annotations

import msgspec

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key

_PARTITION = "PUBLISHING"


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """The cursor up to which changes were announced."""

    cursor: str


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """Products to be indexed as they stand; with ``filled_generation`` these are the last of that filling."""

    product_ids: tuple[str, ...]
    filled_generation: str | None = None


def announcement_key() -> Key:
    """Return the key of the one announcement (``Announcer``)."""
    return Key(_PARTITION, "ANNOUNCED")


ANNOUNCEMENTS = RecordType[Announcement](
    kind="product_announcement", model=Announcement, key=lambda _: announcement_key()
)

# One item, overwritten each time: what counts is that each write comes through the stream.
REFRESHES = RecordType[Refresh](kind="publishing_refresh", model=Refresh, key=lambda _: Key(_PARTITION, "REFRESH"))
