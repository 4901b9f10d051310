"""Where the mappings of suppliers stand in the table, and which mapping a feed was read by."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.feeds.mapping.model import SupplierMapping
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time


class FeedMappingLink(msgspec.Struct, frozen=True, kw_only=True):
    """By which mapping a feed is read."""

    feed_id: str
    mapping_id: str
    linked_at: datetime


def mapping_key(*, mapping_id: str) -> Key:
    """Access pattern: one mapping, one get (MappingUseCases, MappingQueries.mapping)."""
    return Key(f"FEED_MAPPING#{mapping_id}", "FEED_MAPPING")


def mappings_of_supplier(*, supplier_id: str) -> str:
    """Access pattern: a supplier's mappings, the last changed first, in index1 (MappingQueries.list_mappings)."""
    return f"FEED_MAPPINGS#{supplier_id}"


def link_key(*, feed_id: str) -> Key:
    """Access pattern: the mapping of one feed, one get (MappingQueries.mapping_of_feed)."""
    return Key(f"FEED#{feed_id}", "FEED_MAPPING")


MAPPINGS = RecordType[SupplierMapping](
    kind="feed_mapping",
    model=SupplierMapping,
    key=lambda record: mapping_key(mapping_id=record.mapping_id),
    indexes=lambda record: (
        IndexEntry(
            Index.FIRST,
            mappings_of_supplier(supplier_id=record.supplier_id),
            f"{sortable_time(record.changed_at)}#{record.mapping_id}",
        ),
    ),
)
LINKS = RecordType[FeedMappingLink](
    kind="feed_mapping_link",
    model=FeedMappingLink,
    key=lambda record: link_key(feed_id=record.feed_id),
    streamed=False,
)
