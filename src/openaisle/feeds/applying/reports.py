"""What is reported of rows that were decided one by one."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.catalog.model import Verdict
from openaisle.catalog.repository import SUBMISSIONS
from openaisle.feeds.model import FeedCounts
from openaisle.feeds.report import Before, FeedReport
from openaisle.inventory.packing import Registered
from openaisle.kernel.table import Item, Put

VERDICT_MARKS = {
    Verdict.ACCEPTED: "a",
    Verdict.CORRECTED: "c",
    Verdict.UNCHANGED: "u",
    Verdict.IN_REVIEW: "i",
    Verdict.REJECTED: "r",
}


def report_of(*, feed_id: str, batch: int, rows: Sequence[Registered], before: Sequence[Item]) -> FeedReport:
    """Return the report on the rows of one commit, with what they overwrite."""
    numbers = tuple(one.taken.row for one in rows if one.taken.row is not None)
    return FeedReport(
        feed_id=feed_id,
        batch=batch,
        first_row=numbers[0],
        rows=numbers,
        verdicts="".join(VERDICT_MARKS[one.verdict] for one in rows),
        counts=counts_of(rows=rows),
        issues=tuple(issue for one in rows for issue in one.issues),
        corrections=tuple(correction for one in rows for correction in one.corrections),
        before=before_of(rows=rows, before=before),
    )


def before_of(*, rows: Sequence[Registered], before: Sequence[Item]) -> tuple[Before, ...]:
    """Return what stood where the rows write, so that it can be put back; submissions stay as they are."""
    overwritten = [
        Before(
            partition=item.key.partition,
            sort=item.key.sort,
            kind=item.kind,
            version=item.version,
            body=item.body.decode(),
        )
        for item in before
        if item.kind != SUBMISSIONS.kind
    ]
    created = {
        write.key: Before(partition=write.key.partition, sort=write.key.sort, kind=write.kind, version=0)
        for one in rows
        for write in one.writes
        if isinstance(write, Put) and write.expected_version == 0 and write.kind != SUBMISSIONS.kind
    }
    return (*overwritten, *created.values())


def counts_of(*, rows: Sequence[Registered]) -> FeedCounts:
    """Return how many rows got which verdict."""
    verdicts = dict.fromkeys(Verdict, 0)
    new = 0
    for one in rows:
        verdicts[one.verdict] += 1
        new += one.new
    return FeedCounts(
        rows=len(rows),
        new=new,
        changed=verdicts[Verdict.ACCEPTED] + verdicts[Verdict.CORRECTED] - new,
        **{verdict.value: count for verdict, count in verdicts.items()},
    )
