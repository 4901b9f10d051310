"""Where uploads, sources and the files of watched folders stand in the table."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from openaisle.feeds.ways_in.model import UPLOAD_KEPT, FeedSource, FeedUpload, UploadState
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time

UPLOADS_TOPIC = "feed_uploads"
SOURCES_TOPIC = "feed_sources"
_REMEMBERED = timedelta(days=7)


def upload_key(*, upload_id: str) -> Key:
    """Return the key of an upload (``FeedUploads.upload``)."""
    return Key(f"FEED_UPLOAD#{upload_id}", "UPLOAD")


def open_uploads(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's open uploads (``FeedUploads.begin``)."""
    return f"FEED_UPLOADS#{supplier_id}"


def _upload_indexes(upload: FeedUpload) -> tuple[IndexEntry, ...]:
    if upload.state is not UploadState.OPEN:
        return ()
    return (
        IndexEntry(Index.FIRST, open_uploads(supplier_id=upload.supplier_id), upload.upload_id),
        # When nothing came for long, its parts are dropped (``FeedUploads.timer``).
        due_entry(topic=UPLOADS_TOPIC, at=sortable_time(upload.changed_at + UPLOAD_KEPT), identifier=upload.upload_id),
    )


UPLOADS = RecordType[FeedUpload](
    kind="feed_upload",
    model=FeedUpload,
    key=lambda upload: upload_key(upload_id=upload.upload_id),
    indexes=_upload_indexes,
    expires_at=lambda upload: (
        None if upload.state is UploadState.OPEN else int((upload.changed_at + _REMEMBERED).timestamp())
    ),
    streamed=False,
)


def source_key(*, source_id: str) -> Key:
    """Return the key of a source (``FeedSources.source``)."""
    return Key(f"FEED_SOURCE#{source_id}", "SOURCE")


def sources_of_supplier(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's sources (``FeedSources.listed``)."""
    return f"FEED_SOURCES#{supplier_id}"


ALL_SOURCES = "FEED_SOURCES"

SOURCES = RecordType[FeedSource](
    kind="feed_source",
    model=FeedSource,
    key=lambda source: source_key(source_id=source.source_id),
    indexes=lambda source: (
        IndexEntry(Index.FIRST, sources_of_supplier(supplier_id=source.supplier_id), source.source_id),
        IndexEntry(Index.SECOND, ALL_SOURCES, source.source_id),
        due_entry(topic=SOURCES_TOPIC, at=sortable_time(source.next_at), identifier=source.source_id),
    ),
    streamed=False,
)


class WatchedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a watched folder that is being taken in, with the feed that it becomes."""

    supplier_id: str
    token: str
    feed_id: str
    found_at: datetime


def watched_key(*, supplier_id: str, token: str) -> Key:
    """Return the key of a file of a watched folder (``WatchedFolder``)."""
    return Key(f"WATCHED_FILE#{supplier_id}", token)


WATCHED = RecordType[WatchedFile](
    kind="watched_file",
    model=WatchedFile,
    key=lambda file: watched_key(supplier_id=file.supplier_id, token=file.token),
    expires_at=lambda file: int((file.found_at + _REMEMBERED).timestamp()),
    streamed=False,
)
