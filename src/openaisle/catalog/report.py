"""The report on some rows of a feed: written with what the rows made, in one commit."""

from __future__ import annotations

import msgspec

from openaisle.catalog.issues import Correction, Issue
from openaisle.catalog.model import FeedCounts


class FeedReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of the rows ``rows`` of a feed, in ascending order.

    ``in_review`` are the identifiers of the submissions that wait for a person. The report stands in the table if and
    only if what these rows made stands there too, so a worker that was killed in the middle of a portion knows which
    rows are done.
    """

    feed_id: str
    first_row: int
    rows: tuple[int, ...]
    counts: FeedCounts
    in_review: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
