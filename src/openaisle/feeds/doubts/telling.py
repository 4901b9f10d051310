"""The report of a feed learns what became of the rows that a person decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openaisle.feeds.applying.planning import write_parquet
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.doubts.model import GroupPart, ReviewGroup
from openaisle.feeds.doubts.repository import DOUBTS
from openaisle.feeds.judging.tables import correction_rows, issue_rows
from openaisle.feeds.model import Feed
from openaisle.feeds.queries import ALL_CORRECTIONS, ALL_ISSUES, ROWS
from openaisle.feeds.report import FeedReport
from openaisle.feeds.repository import FEED_REPORTS, batch_prefix, feed_key, plan_blob_name
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.table import Table
from openaisle.kernel.tabular import Workbench, Workbenches, quoted_text

_VERDICTS = {"a": "accepted", "c": "corrected", "u": "unchanged", "i": "in_review", "r": "rejected"}
_REPORTS_PER_PAGE = 50


class DoubtReports:
    """Reads what portions reported, and writes it into the report of the feed."""

    def __init__(self, *, table: Table, blobs: Blobs, workbenches: Workbenches) -> None:
        """Take the ports."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches

    async def of_batch(self, *, feed_id: str, batch: int) -> list[FeedReport]:
        """Return the reports on the rows of a batch."""
        reports: list[FeedReport] = []
        after = None
        while True:
            page = await self._table.query(
                partition=feed_key(feed_id=feed_id).partition,
                sort_prefix=batch_prefix(batch=batch),
                after=after,
                limit=_REPORTS_PER_PAGE,
            )
            reports += [FEED_REPORTS.record(item.body) for item in page.items]
            after = page.cursor
            if after is None:
                return reports

    async def tell(self, *, group: ReviewGroup, part: GroupPart, feed: Feed) -> None:
        """Write the verdicts, issues and corrections of a part's rows into the report; done twice it is the same."""
        assert feed.plan is not None
        names = {
            one: plan_blob_name(feed_id=feed.feed_id, attempt=part.attempt, part=one)
            for one in (DOUBTS, ROWS, ALL_ISSUES, ALL_CORRECTIONS)
        }
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=list(names.values())) as (
            workbench,
            paths,
        ):
            _declare(workbench=workbench)
            for batch in part.batches:
                _take(workbench=workbench, reports=await self.of_batch(feed_id=feed.feed_id, batch=batch))
            sources = {one: f"read_parquet({quoted_text(str(paths[name]))})" for one, name in names.items()}
            made = await on_thread(workbench, lambda: _made(workbench=workbench, sources=sources, group=group))
            for one, path in made.items():
                await self._blobs.take(name=names[one], path=path)


def _declare(*, workbench: Workbench) -> None:
    workbench.run(sql="CREATE TABLE verdicts (row BIGINT, verdict VARCHAR)")
    workbench.run(
        sql="CREATE TABLE told_issues (row BIGINT, field VARCHAR, code VARCHAR, severity VARCHAR, message VARCHAR,"
        " suggestion VARCHAR)"
    )
    workbench.run(
        sql="CREATE TABLE told_corrections (row BIGINT, field VARCHAR, before VARCHAR, after VARCHAR, rule VARCHAR,"
        " who VARCHAR)"
    )


def _take(*, workbench: Workbench, reports: Sequence[FeedReport]) -> None:
    verdicts = [(row, _VERDICTS[mark]) for one in reports for row, mark in zip(one.rows, one.verdicts, strict=True)]
    issues = [row for one in reports for found in one.issues for row in issue_rows(row=found.row or 0, issues=[found])]
    corrections = [
        row
        for one in reports
        for made in one.corrections
        for row in correction_rows(row=made.row or 0, corrections=[made])
    ]
    for table, rows in (("verdicts", verdicts), ("told_issues", issues), ("told_corrections", corrections)):
        if rows:
            workbench.append(table=table, rows=rows)


def _made(*, workbench: Workbench, sources: dict[str, str], group: ReviewGroup) -> dict[str, Path]:
    decision = group.decision
    reason = quoted_text((decision.reason if decision is not None else "")[:1_000])
    workbench.run(
        sql="CREATE TABLE decided AS SELECT d.row, coalesce(v.verdict, 'rejected') AS verdict, v.row IS NULL AS refused"
        f" FROM {sources[DOUBTS]} d LEFT JOIN verdicts v ON v.row = d.row"
        f" WHERE d.signature = {quoted_text(group.signature)}"
    )
    codes = ", ".join(quoted_text(code) for code in group.causes) or "NULL"
    settled = f"code IN ({codes}) AND row IN (SELECT row FROM decided WHERE NOT refused)"
    queries = {
        ROWS: f"SELECT r.row, r.sku, coalesce(d.verdict, r.verdict) AS verdict FROM {sources[ROWS]} r"
        " LEFT JOIN decided d ON d.row = r.row ORDER BY r.row",
        ALL_ISSUES: f"SELECT * FROM (SELECT * FROM {sources[ALL_ISSUES]} WHERE NOT coalesce({settled}, false)"
        " UNION SELECT * FROM told_issues UNION SELECT row, '', 'rejected_by_reviewer', 'error', "
        f"{reason}, NULL FROM decided WHERE refused) ORDER BY row, code, field",
        ALL_CORRECTIONS: f"SELECT * FROM (SELECT * FROM {sources[ALL_CORRECTIONS]}"
        " UNION SELECT * FROM told_corrections) ORDER BY row, field",
    }
    made = {}
    for part, sql in queries.items():
        made[part] = workbench.folder / f"told_{part}.parquet"
        write_parquet(workbench=workbench, sql=sql, path=made[part])
    return made
