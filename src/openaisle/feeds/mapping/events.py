"""What happens to mappings."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class FeedMappingConfirmed(Event, frozen=True, kw_only=True):
    """A person said what the columns of a supplier's files mean; ``feed_ids`` waited for it and are read again."""

    TYPE: ClassVar[str] = "feed_mapping.confirmed"

    mapping_id: str
    feed_ids: tuple[str, ...]
