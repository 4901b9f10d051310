"""The end of a feed: its report becomes whole, and the supplier's state learns what it said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from openaisle.feeds.applying.planning import (
    CORRECTIONS_FOUND,
    DELTA,
    ISSUES_FOUND,
    PLAN,
    REMOVED,
    SETTLED,
    causes_of,
    write_parquet,
)
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.doubts.gathering import GatheredRows, Refused, gather, refuse_again
from openaisle.feeds.doubts.keeping import GroupKeeping
from openaisle.feeds.doubts.repository import DOUBTS
from openaisle.feeds.events import FeedApplied
from openaisle.feeds.judging.tables import correction_rows, issue_rows
from openaisle.feeds.model import Feed, FeedKind, FeedPlan, FeedState, decide_applied
from openaisle.feeds.queries import ALL_CORRECTIONS, ALL_ISSUES, ROWS, FeedQueries
from openaisle.feeds.report import FeedCauses, FeedReport
from openaisle.feeds.repository import FEED_CAUSES, FEED_REPORTS, FEEDS, REPORT_PREFIX, feed_key, plan_blob_name
from openaisle.feeds.state.delta import load_state
from openaisle.feeds.state.keeping import Known, NewPart, SupplierState, merge_parts
from openaisle.feeds.state.model import Family, StatePart
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table
from openaisle.kernel.tabular import Workbench, Workbenches, quoted_text

_REPORTS_PER_PAGE = 50
_VERDICTS = {"a": "accepted", "c": "corrected", "u": "unchanged", "i": "in_review", "r": "rejected"}
_STANDING = "('accepted', 'corrected', 'unchanged')"


class _Conclusion(NamedTuple):
    """What the end of a feed makes, as files: parts of the state and of the report, and the causes.

    ``doubts`` are the rows that wait for a person, ``refused`` how many need not, since a person refused them before.
    """

    parts: list[NewPart]
    report: dict[str, Path]
    causes: FeedCauses
    doubts: GatheredRows
    refused: int


class FeedConclusion:
    """Ends feeds whose batches are all applied."""

    def __init__(
        self, *, table: Table, blobs: Blobs, workbenches: Workbenches, queries: FeedQueries, state: SupplierState
    ) -> None:
        """Take the ports, the queries of feeds, and the state that learns."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches
        self._queries = queries
        self._state = state
        self._groups = GroupKeeping(table=table)

    async def conclude(self, *, feed_id: str, context: Context) -> FeedState:
        """End a feed: report, state and the feed's own end; what an earlier try made is made anew."""
        feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
        plan = feed.plan
        if plan is None or feed.state is not FeedState.APPLYING or feed.batches_done < plan.batches:
            return feed.state
        known = await self._state.known(supplier_id=feed.supplier_id, context=context)
        inputs = {
            part: plan_blob_name(feed_id=feed_id, attempt=plan.attempt, part=part)
            for part in (PLAN, DELTA, REMOVED, SETTLED, ISSUES_FOUND, CORRECTIONS_FOUND)
        }
        refusals = await self._groups.refusals(supplier_id=feed.supplier_id)
        names = [*inputs.values(), *(part.name for part in known.manifest.parts), *(name for name, _, _ in refusals)]
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=names) as (workbench, paths):
            await self._load(feed=feed, workbench=workbench, paths={part: paths[name] for part, name in inputs.items()})
            refused = [Refused(paths[name], signature, reason) for name, signature, reason in refusals]
            made = await on_thread(
                workbench,
                lambda: _conclude(feed=feed, known=known, workbench=workbench, paths=paths, refused=refused),
            )
            for part, path in made.report.items():
                name = plan_blob_name(feed_id=feed_id, attempt=plan.attempt, part=part)
                await self._blobs.take(name=name, path=path)
            stored = [
                await self._state.store(
                    supplier_id=feed.supplier_id, feed_id=feed_id, name=part.path.stem, part=part, context=context
                )
                for part in made.parts
            ]
        merged = [*known.stale, *(one for part in made.parts for one in part.merged)]
        await self._commit(feed_id=feed_id, plan=plan, parts=stored, merged=merged, made=made, context=context)
        await self._state.drop(parts=merged)
        return FeedState.APPLIED

    async def _commit(
        self,
        *,
        feed_id: str,
        plan: FeedPlan,
        parts: Sequence[StatePart],
        merged: Sequence[StatePart],
        made: _Conclusion,
        context: Context,
    ) -> None:
        async def attempt() -> None:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            if found.record.state is not FeedState.APPLYING:
                return
            joining, group_ids = await self._groups.joined(
                feed=found.record, attempt=plan.attempt, gathered=made.doubts.groups, context=context
            )
            changed = decide_applied(feed=found.record, at=context.at, refused=made.refused, review_groups=group_ids)
            event = FeedApplied(
                supplier_id=changed.supplier_id,
                feed_id=feed_id,
                rows=changed.counts.rows,
                rejected=changed.counts.rejected,
                in_review=changed.counts.in_review,
            )
            state = await self._state.appended(
                supplier_id=changed.supplier_id,
                parts=parts,
                merged=merged,
                touched_through=plan.touched_through,
                context=context,
            )
            feed = FEEDS.replace(changed, version=found.version, events=[event])
            await self._table.commit(writes=[feed, state, FEED_CAUSES.store(made.causes), *joining], context=context)

        await decided_anew(attempt)

    async def _load(self, *, feed: Feed, workbench: Workbench, paths: Mapping[str, Path]) -> None:
        """Make views of the plan's tables, and tables of what the reports say."""
        await on_thread(workbench, lambda: _declare(workbench=workbench, paths=paths))
        async for reports in self._reports(feed_id=feed.feed_id):
            verdicts = [
                (row, _VERDICTS[mark])
                for report in reports
                for row, mark in zip(report.rows, report.verdicts, strict=False)
            ]
            issues = [
                row for report in reports for one in report.issues for row in issue_rows(row=one.row or 0, issues=[one])
            ]
            corrections = [
                row
                for report in reports
                for one in report.corrections
                for row in correction_rows(row=one.row or 0, corrections=[one])
            ]
            for table, rows in (("verdicts", verdicts), ("slow_issues", issues), ("slow_corrections", corrections)):
                if rows:
                    workbench.append(table=table, rows=rows)

    async def _reports(self, *, feed_id: str) -> AsyncIterator[list[FeedReport]]:
        after = None
        while True:
            page = await self._table.query(
                partition=feed_key(feed_id=feed_id).partition,
                sort_prefix=REPORT_PREFIX,
                after=after,
                limit=_REPORTS_PER_PAGE,
            )
            yield [FEED_REPORTS.record(item.body) for item in page.items]
            after = page.cursor
            if after is None:
                return


def _declare(*, workbench: Workbench, paths: Mapping[str, Path]) -> None:
    for part, path in paths.items():
        workbench.run(sql=f"CREATE VIEW {part} AS SELECT * FROM read_parquet({quoted_text(str(path))})")
    workbench.run(sql="CREATE TABLE verdicts (row BIGINT, verdict VARCHAR)")
    workbench.run(
        sql="CREATE TABLE slow_issues (row BIGINT, field VARCHAR, code VARCHAR, severity VARCHAR, message VARCHAR,"
        " suggestion VARCHAR)"
    )
    workbench.run(
        sql="CREATE TABLE slow_corrections (row BIGINT, field VARCHAR, before VARCHAR, after VARCHAR, rule VARCHAR,"
        " who VARCHAR)"
    )


def _conclude(
    *, feed: Feed, known: Known, workbench: Workbench, paths: Mapping[str, Path], refused: Sequence[Refused]
) -> _Conclusion:
    # Rows of the plan that no report names were created in bulk.
    workbench.run(
        sql="CREATE TABLE applied AS SELECT p.row, p.supplier_sku AS sku, coalesce(v.verdict, p.verdict) AS verdict"
        " FROM plan p LEFT JOIN verdicts v ON v.row = p.row"
    )
    refused_again = refuse_again(
        workbench=workbench, plan=PLAN, applied="applied", issues="slow_issues", refused=refused
    )
    doubts = gather(
        workbench=workbench,
        feed_id=feed.feed_id,
        plan=PLAN,
        applied="applied",
        issues="slow_issues",
        corrections="slow_corrections",
        codes=feed.plan.doubts if feed.plan is not None else (),
    )
    report = {
        ROWS: f"SELECT row, sku, verdict FROM applied UNION ALL SELECT row, sku, verdict FROM {SETTLED} ORDER BY row",
        ALL_ISSUES: f"SELECT * FROM {ISSUES_FOUND} UNION ALL SELECT * FROM slow_issues ORDER BY row",
        ALL_CORRECTIONS: f"SELECT * FROM {CORRECTIONS_FOUND} UNION ALL SELECT * FROM slow_corrections ORDER BY row",
    }
    files = {DOUBTS: doubts.path} if doubts.path is not None else {}
    for part, sql in report.items():
        files[part] = workbench.folder / f"{part}.parquet"
        write_parquet(workbench=workbench, sql=sql, path=files[part])
    causes = causes_of(workbench=workbench, feed_id=feed.feed_id)
    load_state(workbench=workbench, manifest=known.manifest, paths=paths)
    workbench.run(sql="CREATE TABLE touched_skus (sku VARCHAR)")
    for start in range(0, len(known.touched_skus), 10_000):
        workbench.append(table="touched_skus", rows=[(sku,) for sku in known.touched_skus[start : start + 10_000]])
    parts: list[NewPart] = []
    for family in Family:
        sql = _entries_sql(feed=feed, family=family, known=known)
        path = workbench.folder / f"{family.value}.parquet"
        write_parquet(workbench=workbench, sql=sql, path=path)
        count = int(workbench.value(sql=f"SELECT count(*) FROM read_parquet({quoted_text(str(path))})"))
        if not count:
            continue
        merged = merge_parts(workbench=workbench, manifest=known.manifest, paths=paths, family=family, added=path)
        parts.append(merged or NewPart(family, path, count))
    return _Conclusion(parts, files, causes, doubts, refused_again)


def _entries_sql(*, feed: Feed, family: Family, known: Known) -> str:
    """Return the query of what the state remembers of this feed in one family."""
    told = _told_sql(feed=feed, family=family, known=known)
    if not known.touched_skus:
        return told
    # What others changed, and this feed said nothing of, is unknown from now on: its mark is considered done.
    return f"""
        WITH told AS ({told})
        SELECT * FROM told UNION ALL
        SELECT s.sku, s.location, NULL, s.present FROM state_{family.value} s
            SEMI JOIN touched_skus t ON t.sku = s.sku
            ANTI JOIN told ON told.sku = s.sku AND told.location = s.location
    """


def _told_sql(*, feed: Feed, family: Family, known: Known) -> str:
    standing = f"a.verdict IN {_STANDING}"
    written = "a.verdict IN ('accepted', 'corrected')"
    tells_stock = feed.kind is not FeedKind.PRICE
    tells_price = feed.kind in {FeedKind.PRICE, FeedKind.OFFERS}
    if family is Family.STOCK and tells_stock:
        return _of_delta_sql(key="d.sku, d.location", location="d.location", value="d.stock", where=standing)
    if family is Family.FACTS and feed.kind is FeedKind.PRODUCTS:
        facts = _of_delta_sql(key="d.sku", location="''", value="d.facts", where=standing)
        return f"({facts}) UNION ALL SELECT sku, '', NULL::UHUGEINT, false FROM {REMOVED}"
    if family is Family.FACTS and tells_price:
        # A price told by itself makes the facts, which hold a price too, unknown.
        return _of_delta_sql(key="d.sku", location="''", value="NULL::UHUGEINT", where=written)
    if family is Family.PRICE and tells_price:
        return _of_delta_sql(key="d.sku", location="''", value="d.price", where=standing)
    if family is Family.PRICE and feed.kind is FeedKind.PRODUCTS and known.manifest.of(Family.PRICE):
        return _of_delta_sql(key="d.sku", location="''", value="NULL::UHUGEINT", where=standing)
    return _of_delta_sql(key="d.sku", location="''", value="NULL::UHUGEINT", where="false")


def _of_delta_sql(*, key: str, location: str, value: str, where: str) -> str:
    return (
        f"SELECT DISTINCT ON ({key}) d.sku, {location} AS location, {value} AS value, true AS present"
        f" FROM delta d JOIN applied a ON a.row = d.row WHERE {where} ORDER BY {key}, d.row DESC"
    )
