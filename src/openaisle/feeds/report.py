"""The report on some rows of a feed: written with what the rows made, in one commit."""

from __future__ import annotations

import msgspec

from openaisle.catalog.issues import Correction, Issue
from openaisle.feeds.model import FeedCounts


class Before(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stood at a key before a feed wrote there: ``body`` as JSON, None if nothing; ``version`` 0 if nothing."""

    partition: str
    sort: str
    kind: str
    version: int
    body: str | None = None


class FeedReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of the rows ``rows`` of a feed, in ascending order.

    ``verdicts`` has the first letter of each row's verdict, one after the other. ``deferred`` are the rows of a
    batch that were left for the slow way, ``before`` what the rows have overwritten. The report stands in the table if
    and only if what these rows made stands there too, so a worker that was killed in the middle of a batch knows which
    rows are done.
    """

    feed_id: str
    batch: int = 0
    first_row: int
    rows: tuple[int, ...]
    verdicts: str = ""
    counts: FeedCounts
    deferred: tuple[int, ...] = ()
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    before: tuple[Before, ...] = ()


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows have an issue or a correction of one kind in one field, and the first of these rows."""

    code: str
    field: str
    severity: str
    count: int
    first_row: int | None = None
    example: str = ""
    suggestion: str | None = None


class FeedCauses(msgspec.Struct, frozen=True, kw_only=True):
    """The issues of a feed's rows by cause, the most frequent first; ``corrections`` by rule likewise.

    While a large feed is read only its ``first_rows`` are counted; 0 when all are.
    """

    feed_id: str
    first_rows: int = 0
    issues: tuple[Cause, ...] = ()
    corrections: tuple[Cause, ...] = ()
