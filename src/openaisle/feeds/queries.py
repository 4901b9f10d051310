"""Reading feeds and their reports; a supplier's queries cannot be written without its scope."""

from __future__ import annotations

import asyncio

import msgspec

from openaisle.catalog.issues import Correction, Issue
from openaisle.feeds.model import Feed, FeedState, FeedUnknown
from openaisle.feeds.report import FeedCauses
from openaisle.feeds.repository import (
    ALL_FEEDS,
    FEED_CAUSES,
    FEED_REPORTS,
    FEEDS,
    REPORT_PREFIX,
    causes_key,
    feed_key,
    feeds_of_supplier,
    plan_blob_name,
)
from openaisle.kernel.blobs import BlobMissing, Blobs
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Table
from openaisle.kernel.tabular import Workbench, Workbenches, quoted_text

ROWS = "rows"
ALL_ISSUES = "all_issues"
ALL_CORRECTIONS = "all_corrections"
"""The tables of a feed's report, made at its end; until then there are those of its plan, without ``all_``."""

_WHOLE = frozenset({FeedState.APPLIED, FeedState.ROLLING_BACK, FeedState.ROLLED_BACK})
# Each report holds up to a few dozen rows with their issues.
_REPORTS_PER_PAGE = 20
_FINDINGS_PER_PAGE = 500
ROWS_CURSOR = "row."
_VERDICTS = frozenset({"accepted", "corrected", "unchanged", "in_review", "rejected"})


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of feeds, the newest first; ``next_after`` asks for the next page and is null on the last."""

    feeds: list[Feed]
    next_after: str | None


class FeedIssuePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was found and mended in a feed's rows; ``next_after`` is null on the last page.

    The issues of the file as a whole stand on the feed itself.
    """

    issues: list[Issue]
    corrections: list[Correction]
    next_after: str | None


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row of the file; ``supplier_sku`` is null where it has none that can be read."""

    row: int
    supplier_sku: str | None
    verdict: str


class FeedRowPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows in the order of the file; ``next_after`` is null on the last page."""

    rows: list[FeedRow]
    next_after: str | None


class FeedQueries:
    """The queries of feeds; ``scope`` None is the operator's or the marketplace's own view."""

    def __init__(self, *, table: Table, blobs: Blobs, workbenches: Workbenches) -> None:
        """Take the table of feeds, and the blobs of their reports with what reads them."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches

    async def feed(self, *, scope: SupplierScope | None, feed_id: str) -> Versioned[Feed]:
        """Return a feed with its version; raises FeedUnknown."""
        item = await self._table.get(key=feed_key(feed_id=feed_id))
        found = FEEDS.decode(item) if item is not None else None
        if found is None or (scope is not None and found.record.supplier_id != scope.supplier_id):
            raise FeedUnknown(detail=f"There is no feed {feed_id[:40]}.")
        return found

    async def list_feeds(self, *, scope: SupplierScope | None, after: str | None, limit: int) -> FeedPage:
        """Return a page of feeds, the newest first: a supplier's, or everybody's."""
        partition, index = ALL_FEEDS, Index.SECOND
        if scope is not None:
            partition, index = feeds_of_supplier(supplier_id=scope.supplier_id), Index.FIRST
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit, descending=True)
        return FeedPage(feeds=[FEEDS.record(item.body) for item in page.items], next_after=page.cursor)

    async def issues(self, *, scope: SupplierScope | None, feed_id: str, after: str | None) -> FeedIssuePage:
        """Return a page of what was found in a feed's rows; raises FeedUnknown.

        Once the feed has ended they come in the order of the rows. Before that, those found by judging the whole file
        come first, and then those of the rows that were decided one by one.
        """
        feed = (await self.feed(scope=scope, feed_id=feed_id)).record
        if feed.plan is not None and (after is None or after.startswith(ROWS_CURSOR)):
            page = await self._found_page(feed=feed, after=after)
            if page.next_after is not None or feed.state in _WHOLE:
                return page
            if page.issues or page.corrections:
                return msgspec.structs.replace(page, next_after="reports.")
            after = None
        if after is not None and after.startswith("reports."):
            after = after.removeprefix("reports.") or None
        page = await self._report_page(feed=feed, after=after)
        cursor = page.next_after
        return msgspec.structs.replace(page, next_after=None if cursor is None else f"reports.{cursor}")

    async def causes(self, *, scope: SupplierScope | None, feed_id: str) -> FeedCauses:
        """Return the issues and corrections of a feed by cause, the most frequent first; raises FeedUnknown."""
        found = await self.feed(scope=scope, feed_id=feed_id)
        item = await self._table.get(key=causes_key(feed_id=found.record.feed_id))
        return FEED_CAUSES.record(item.body) if item is not None else FeedCauses(feed_id=feed_id)

    async def rows(
        self, *, scope: SupplierScope | None, feed_id: str, verdict: str | None, after: int, limit: int
    ) -> FeedRowPage:
        """Return a page of the rows of an ended feed with their verdicts; raises FeedUnknown."""
        feed = (await self.feed(scope=scope, feed_id=feed_id)).record
        if feed.plan is None or feed.state not in _WHOLE:
            return FeedRowPage(rows=[], next_after=None)
        chosen = f" AND verdict = {quoted_text(verdict)}" if verdict in _VERDICTS else ""
        where = f"row > {int(after)}{chosen}"
        (found,) = await self._read(
            feed=feed, parts=(ROWS,), columns=("row, sku, verdict",), where=where, limit=limit + 1
        )
        rows = [FeedRow(row=row, supplier_sku=sku, verdict=told) for row, sku, told in found[:limit]]
        return FeedRowPage(rows=rows, next_after=str(rows[-1].row) if len(found) > limit else None)

    async def _report_page(self, *, feed: Feed, after: str | None) -> FeedIssuePage:
        page = await self._table.query(
            partition=feed_key(feed_id=feed.feed_id).partition,
            sort_prefix=REPORT_PREFIX,
            after=after,
            limit=_REPORTS_PER_PAGE,
        )
        reports = [FEED_REPORTS.record(item.body) for item in page.items]
        return FeedIssuePage(
            issues=[one for report in reports for one in report.issues],
            corrections=[one for report in reports for one in report.corrections],
            next_after=page.cursor,
        )

    async def _found_page(self, *, feed: Feed, after: str | None) -> FeedIssuePage:
        """Return the findings of the next rows: as many rows as hold about a page of findings, each row whole."""
        number = (after or "").removeprefix(ROWS_CURSOR)
        through = int(number) if number.isdigit() else -1
        parts = (ALL_ISSUES, ALL_CORRECTIONS) if feed.state in _WHOLE else ("issues", "corrections")
        columns = ("row, field, code, severity, message, suggestion", "row, field, before, after, rule, who")
        try:
            issues, corrections = await self._read(
                feed=feed, parts=parts, columns=columns, where=f"row > {through}", limit=_FINDINGS_PER_PAGE + 1
            )
        except BlobMissing:
            return FeedIssuePage(issues=[], corrections=[], next_after=None)
        full = [found[_FINDINGS_PER_PAGE - 1][0] for found in (issues, corrections) if len(found) > _FINDINGS_PER_PAGE]
        last = min(full) if full else None
        if last is not None and any(found[-1][0] == last for found in (issues, corrections) if found):
            # The last row may go on behind the page, unless it is the only one: then it is told as far as it goes.
            last = max((row[0] for row in (*issues, *corrections) if row[0] < last), default=last)
        kept = [[row for row in found if last is None or row[0] <= last] for found in (issues, corrections)]
        fields = [[name.strip() for name in listed.split(",")] for listed in columns]
        return FeedIssuePage(
            issues=[msgspec.convert(dict(zip(fields[0], row, strict=True)), Issue) for row in kept[0]],
            corrections=[msgspec.convert(dict(zip(fields[1], row, strict=True)), Correction) for row in kept[1]],
            next_after=None if last is None else f"{ROWS_CURSOR}{last}",
        )

    async def _read(
        self, *, feed: Feed, parts: tuple[str, ...], columns: tuple[str, ...], where: str, limit: int
    ) -> list[list[tuple]]:  # type: ignore[type-arg]
        assert feed.plan is not None
        read = []
        for part, listed in zip(parts, columns, strict=True):
            name = plan_blob_name(feed_id=feed.feed_id, attempt=feed.plan.attempt, part=part)
            async with self._blobs.as_file(name=name) as path:
                sql = (
                    f"SELECT {listed} FROM read_parquet({quoted_text(str(path))})"
                    f" WHERE {where} ORDER BY row LIMIT {int(limit)}"
                )

                def work(path: object = path, sql: str = sql) -> list[tuple]:  # type: ignore[type-arg]
                    with self._workbenches.open(files=[path]) as workbench:  # type: ignore[list-item]
                        return _all_rows(workbench=workbench, sql=sql)

                read.append(await asyncio.to_thread(work))
        return read


def _all_rows(*, workbench: Workbench, sql: str) -> list[tuple]:  # type: ignore[type-arg]
    return [row for rows in workbench.rows(sql=sql) for row in rows]
