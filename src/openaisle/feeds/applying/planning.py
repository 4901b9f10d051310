"""From judged tables to a plan: which rows are created in bulk, which are decided one by one, which are done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from openaisle.catalog.issues import IssueCode, issue
from openaisle.feeds.judging.identifiers import offer_identifier_sql, product_identifier_sql
from openaisle.feeds.judging.tables import JUDGED_COLUMNS, PLANNED_COLUMNS
from openaisle.feeds.model import FeedCounts
from openaisle.feeds.report import Cause, FeedCauses
from openaisle.kernel.tabular import Workbench, quoted_text

# As many rows as one group of rows of the plan's file, so that a batch is read without its neighbors; orders that are
# placed meanwhile wait for its commit, which takes about a tenth of a second.
FAST_ROWS_PER_BATCH = 2_048
SLOW_ROWS_PER_BATCH = 500
# Quick feeds write an item or two for each row: more rows share one trip to the disk.
TERMS_ROWS_PER_BATCH = 2_000
REMOVED_PER_BATCH = 90
CAUSES_MAXIMUM = 200

PLAN = "plan"
SLOW_ISSUES = "slow_issues"
SLOW_CORRECTIONS = "slow_corrections"
ISSUES_FOUND = "issues"
CORRECTIONS_FOUND = "corrections"
DELTA = "delta"
REMOVED = "removed"
SETTLED = "settled"
PARTS = (PLAN, SLOW_ISSUES, SLOW_CORRECTIONS, ISSUES_FOUND, CORRECTIONS_FOUND, DELTA, REMOVED, SETTLED)
"""The tables of a plan, each a blob; what later steps need stands in them, so that any worker can go on."""

PLAN_COLUMNS = ("batch", *PLANNED_COLUMNS)
_ROWS_PER_GROUP = 2_048


class BatchSizes(NamedTuple):
    """How many rows one batch has: created in bulk, decided one by one (of quick feeds: ``terms``), withdrawn."""

    fast: int = FAST_ROWS_PER_BATCH
    slow: int = SLOW_ROWS_PER_BATCH
    terms: int = TERMS_ROWS_PER_BATCH
    removed: int = REMOVED_PER_BATCH


class Planned(NamedTuple):
    """What the plan comes to: its batches, the counts of the rows that are done by it, and the causes."""

    batches: int
    fast_batches: int
    counts: FeedCounts
    causes: FeedCauses


def take_unreadable(*, workbench: Workbench) -> int:
    """Make the table ``unreadable(row)`` of rows that reading found but could not read; returns their number."""
    workbench.run(
        sql="CREATE OR REPLACE TABLE unreadable AS SELECT DISTINCT r.row AS row FROM raw_issues r"
        " LEFT JOIN raw ON raw.row = r.row WHERE raw.row IS NULL"
    )
    return int(workbench.value(sql="SELECT count(*) FROM unreadable"))


def plan_rows(*, workbench: Workbench, feed_id: str, supplier_id: str, sizes: BatchSizes) -> Planned:
    """Make the tables of the plan out of ``judged``, ``issues``, ``corrections``, ``delta`` and ``removed_skus``.

    A row that is accepted, unknown to the state, and the first of its product here is created in bulk; should its
    offer or product exist all the same, that shows when it is written. Other accepted rows and the doubtful are
    decided one by one; the rejected are done.
    """
    workbench.run(sql=_plan_sql(supplier_id=supplier_id, sizes=sizes))
    fast_batches = int(workbench.value(sql="SELECT count(DISTINCT batch) FROM plan WHERE bulk"))
    workbench.run(sql=f"UPDATE plan SET batch = batch + {fast_batches} WHERE NOT bulk")
    slow_batches = int(workbench.value(sql="SELECT count(DISTINCT batch) FROM plan WHERE NOT bulk"))
    decided = fast_batches + slow_batches
    workbench.run(
        sql=f"CREATE OR REPLACE TABLE removed AS SELECT sku,"
        f" {decided} + (row_number() OVER (ORDER BY sku) - 1) // {int(sizes.removed)} AS batch FROM removed_skus"
    )
    removed_batches = int(workbench.value(sql="SELECT count(DISTINCT batch) FROM removed"))
    _split_findings(workbench=workbench)
    return Planned(
        batches=decided + removed_batches,
        fast_batches=fast_batches,
        counts=_done_counts(workbench=workbench),
        causes=causes_of(workbench=workbench, feed_id=feed_id),
    )


def _plan_sql(*, supplier_id: str, sizes: BatchSizes) -> str:
    product_id = product_identifier_sql(
        supplier_id=supplier_id, supplier_sku="supplier_sku", gtin="gtin", product_reference="product_reference"
    )
    # Only the few columns that order rows are sorted here: whole rows would not fit the memory of a workbench.
    return f"""
        CREATE OR REPLACE TABLE plan AS
        WITH j AS (
            SELECT judged.row AS row, {product_id} AS product_id,
                verdict IN ('accepted', 'corrected') AND NOT d.known AS may_be_bulk
            FROM judged JOIN delta d ON d.row = judged.row WHERE verdict <> 'rejected'
        ), k AS (
            SELECT *, may_be_bulk
                AND row_number() OVER (PARTITION BY may_be_bulk, product_id ORDER BY row) = 1 AS bulk
            FROM j
        )
        SELECT row, product_id, bulk, CASE WHEN bulk
            THEN (row_number() OVER (PARTITION BY bulk ORDER BY product_id) - 1) // {int(sizes.fast)}
            ELSE (row_number() OVER (PARTITION BY bulk ORDER BY row) - 1) // {int(sizes.slow)} END AS batch
        FROM k
    """


def _split_findings(*, workbench: Workbench) -> None:
    """Part what is found about rows that are decided one by one from what is told at once."""
    for table, slow in ((ISSUES_FOUND, SLOW_ISSUES), (CORRECTIONS_FOUND, SLOW_CORRECTIONS)):
        workbench.run(
            sql=f"CREATE OR REPLACE TABLE {slow} AS SELECT p.batch, t.* FROM {table} t"
            " JOIN plan p ON p.row = t.row AND NOT p.bulk"
        )
        workbench.run(sql=f"DELETE FROM {table} WHERE row IN (SELECT row FROM {slow})")
    for row, field, code, message in _unreadable_issues(workbench=workbench):
        found = issue(code=IssueCode(code), field=field, message=message)
        workbench.append(table=ISSUES_FOUND, rows=[(row, field, code, found.severity.value, message, found.suggestion)])


def _unreadable_issues(*, workbench: Workbench) -> list[tuple[int, str, str, str]]:
    sql = "SELECT row, field, code, message FROM raw_issues WHERE row IN (SELECT row FROM unreadable) ORDER BY row"
    return [found for rows in workbench.rows(sql=sql) for found in rows]


def _done_counts(*, workbench: Workbench) -> FeedCounts:
    unchanged = int(workbench.value(sql="SELECT count(*) FROM delta WHERE NOT fresh"))
    rejected = int(workbench.value(sql="SELECT count(*) FROM judged WHERE verdict = 'rejected'"))
    rejected += int(workbench.value(sql="SELECT count(*) FROM unreadable"))
    return FeedCounts(rows=unchanged + rejected, unchanged=unchanged, rejected=rejected)


def causes_of(*, workbench: Workbench, feed_id: str) -> FeedCauses:
    """Return the issues and corrections of all rows by cause, the most frequent first."""
    issues = (
        "SELECT code, field, any_value(severity), count(DISTINCT row), min(row), arg_min(message, row),"
        f" any_value(suggestion) FROM (SELECT row, code, field, severity, message, suggestion FROM {ISSUES_FOUND}"
        f" UNION ALL SELECT row, code, field, severity, message, suggestion FROM {SLOW_ISSUES})"
        f" GROUP BY code, field ORDER BY 4 DESC, 1, 2 LIMIT {CAUSES_MAXIMUM}"
    )
    corrections = (
        "SELECT rule, field, 'info', count(DISTINCT row), min(row), arg_min(before || ' → ' || after, row), NULL"
        f" FROM (SELECT row, rule, field, before, after FROM {CORRECTIONS_FOUND}"
        f" UNION ALL SELECT row, rule, field, before, after FROM {SLOW_CORRECTIONS})"
        f" GROUP BY rule, field ORDER BY 4 DESC, 1, 2 LIMIT {CAUSES_MAXIMUM}"
    )
    return FeedCauses(
        feed_id=feed_id,
        issues=_causes(workbench=workbench, sql=issues),
        corrections=_causes(workbench=workbench, sql=corrections),
    )


def causes_of_judged(*, workbench: Workbench, feed_id: str) -> FeedCauses:
    """Return the same of rows that were judged and not planned."""
    for table, slow in ((ISSUES_FOUND, SLOW_ISSUES), (CORRECTIONS_FOUND, SLOW_CORRECTIONS)):
        workbench.run(sql=f"CREATE OR REPLACE TABLE {slow} AS SELECT 0 AS batch, * FROM {table} WHERE false")
    return causes_of(workbench=workbench, feed_id=feed_id)


def _causes(*, workbench: Workbench, sql: str) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            code=code,
            field=field or "",
            severity=severity,
            count=count,
            first_row=first_row,
            example=(example or "")[:300],
            suggestion=suggestion,
        )
        for rows in workbench.rows(sql=sql)
        for code, field, severity, count, first_row, example, suggestion in rows
    )


def write_parts(*, workbench: Workbench, supplier_id: str) -> dict[str, Path]:
    """Write the tables of the plan as Parquet into the scratch folder; returns their paths by name."""
    listed = ", ".join(f"j.{name}" for name in JUDGED_COLUMNS)
    offer_id = offer_identifier_sql(supplier_id=supplier_id, supplier_sku="j.supplier_sku")
    sources = {
        PLAN: f"SELECT p.batch, {listed}, {offer_id} AS offer_id, p.product_id FROM plan p"
        " JOIN judged j ON j.row = p.row"
        " ORDER BY p.batch, p.product_id, p.row",
        DELTA: "SELECT row, sku, location, facts, stock, price, known FROM delta WHERE fresh AND sku IS NOT NULL",
        SLOW_ISSUES: f"SELECT * FROM {SLOW_ISSUES} ORDER BY batch, row",
        SLOW_CORRECTIONS: f"SELECT * FROM {SLOW_CORRECTIONS} ORDER BY batch, row",
        ISSUES_FOUND: f"SELECT * FROM {ISSUES_FOUND} ORDER BY row",
        CORRECTIONS_FOUND: f"SELECT * FROM {CORRECTIONS_FOUND} ORDER BY row",
        REMOVED: "SELECT * FROM removed ORDER BY batch, sku",
        SETTLED: "SELECT row, sku, 'unchanged' AS verdict FROM delta WHERE NOT fresh"
        " UNION ALL SELECT row, supplier_sku, verdict FROM judged WHERE verdict = 'rejected'"
        " UNION ALL SELECT row, NULL, 'rejected' FROM unreadable",
    }
    paths = {}
    for part in PARTS:
        paths[part] = workbench.folder / f"{part}.parquet"
        # The plan holds whole rows and is gone with its feed: packing it well would take longer than it saves.
        write_parquet(workbench=workbench, sql=sources[part], path=paths[part], packed_well=part != PLAN)
    return paths


def write_parquet(*, workbench: Workbench, sql: str, path: Path, packed_well: bool = True) -> None:
    """Write what a query gives as a Parquet file, in row groups small enough to be read alone."""
    compression = "zstd" if packed_well else "lz4_raw"
    options = f"FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE {_ROWS_PER_GROUP}"
    workbench.run(sql=f"COPY ({sql}) TO {quoted_text(str(path))} ({options})")


def missing_skus(*, workbench: Workbench, full: bool) -> tuple[int, int]:
    """Make the table ``removed_skus`` of what a full feed no longer names; returns (missing, known before)."""
    condition = "true" if full else "false"
    workbench.run(
        sql="CREATE OR REPLACE TABLE removed_skus AS SELECT DISTINCT s.sku FROM state_facts s"
        f" WHERE {condition} AND s.present AND s.sku NOT IN (SELECT sku FROM delta WHERE sku IS NOT NULL)"
    )
    missing = int(workbench.value(sql="SELECT count(*) FROM removed_skus"))
    known = int(workbench.value(sql="SELECT count(DISTINCT sku) FROM state_facts WHERE present"))
    return missing, known


def quoted_list(*, numbers: Sequence[int]) -> str:
    """Return whole numbers as a list in SQL."""
    return ", ".join(str(int(number)) for number in numbers) or "NULL"
