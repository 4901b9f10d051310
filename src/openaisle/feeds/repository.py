"""Where feeds and their reports stand in the table, and their files among the blobs."""

from __future__ import annotations

from openaisle.feeds.model import RUNNABLE, Feed, FeedLane
from openaisle.feeds.report import FeedCauses, FeedReport
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time


def feed_key(*, feed_id: str) -> Key:
    """Return the key of a feed (``FeedQueries.feed``)."""
    return Key(f"FEED#{feed_id}", "FEED")


def feed_blob_name(*, feed_id: str) -> str:
    """Return the name of the blob that holds a feed's file."""
    return f"feeds/{feed_id}/file"


def plan_blob_name(*, feed_id: str, attempt: int, part: str) -> str:
    """Return the name of the blob that holds a table of one reading of a feed, as Parquet."""
    return f"feeds/{feed_id}/{attempt}/{part}.parquet"


def feeds_of_supplier(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's feeds (``FeedQueries.list_feeds``)."""
    return f"FEEDS#{supplier_id}"


def waiting_in_lane(*, lane: FeedLane) -> str:
    """Return the partition of the due index that lists what a lane has to work on, as it came (``FeedLanes``)."""
    return f"FEED_LANE#{lane.value}"


ALL_FEEDS = "FEEDS"


def _feed_indexes(feed: Feed) -> tuple[IndexEntry, ...]:
    listed = (
        IndexEntry(Index.FIRST, feeds_of_supplier(supplier_id=feed.supplier_id), feed.feed_id),
        # Feeds are few; all of them fit one listing.
        IndexEntry(Index.SECOND, ALL_FEEDS, feed.feed_id),
    )
    if feed.state not in RUNNABLE:
        return listed
    place = f"{sortable_time(feed.received_at)}#{feed.feed_id}"
    return (*listed, IndexEntry(Index.DUE, waiting_in_lane(lane=feed.lane), place))


FEEDS = RecordType[Feed](
    kind="feed", model=Feed, key=lambda feed: feed_key(feed_id=feed.feed_id), indexes=_feed_indexes
)

REPORT_PREFIX = "REPORT#"


def batch_prefix(*, batch: int) -> str:
    """Return what the sort keys of a batch's reports start with (what of a batch is done already)."""
    return f"{REPORT_PREFIX}{batch:08d}#"


def feed_report_key(*, feed_id: str, batch: int, first_row: int) -> Key:
    """Return the key of the report on the rows of a feed's batch from ``first_row`` on (``FeedQueries.issues``)."""
    return Key(f"FEED#{feed_id}", f"{batch_prefix(batch=batch)}{first_row:010d}")


FEED_REPORTS = RecordType[FeedReport](
    kind="feed_report",
    model=FeedReport,
    key=lambda report: feed_report_key(feed_id=report.feed_id, batch=report.batch, first_row=report.first_row),
    streamed=False,
)

FEED_CAUSES = RecordType[FeedCauses](
    kind="feed_causes",
    model=FeedCauses,
    key=lambda causes: causes_key(feed_id=causes.feed_id),
    streamed=False,
)


def causes_key(*, feed_id: str) -> Key:
    """Return the key of a feed's issues by cause (``FeedQueries.causes``)."""
    return Key(f"FEED#{feed_id}", "CAUSES")
