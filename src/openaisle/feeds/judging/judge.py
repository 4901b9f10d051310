"""Judge a table of cells: by SQL what is certain, by the Python validator the rest; then the rules over tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from openaisle.catalog.issues import Correction, CorrectionRule, Issue, IssueCode, issue
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds.judging.fast_path import judge_fast
from openaisle.feeds.judging.rules import apply_rules
from openaisle.feeds.judging.slow_path import GivenRow, judged_by_python
from openaisle.feeds.judging.tables import (
    CORRECTIONS,
    GIVEN,
    GIVEN_CORRECTIONS,
    GIVEN_ISSUES,
    ISSUES,
    JUDGED,
    REPEATED,
    SLOW,
    correction_rows,
    issue_rows,
    judged_row,
    make_tables,
)
from openaisle.kernel.money import Money
from openaisle.kernel.tabular import Row, Workbench, quoted_name

_ROWS_PER_STEP = 5_000


class JudgedCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows got which verdict; ``fast`` of them were judged by SQL alone."""

    rows: int = 0
    accepted: int = 0
    corrected: int = 0
    in_review: int = 0
    rejected: int = 0
    fast: int = 0


def judge(
    *,
    workbench: Workbench,
    policy: CatalogPolicy,
    rules: Sequence[TableRule],
    cells: str = "cells",
    last_prices: str | None = None,
) -> JudgedCounts:
    """Make the tables ``judged``, ``issues`` and ``corrections`` of the table ``cells``; blocks.

    Every row of ``cells`` gets exactly one verdict. What reading and mapping found (tables ``raw_issues``,
    ``cells_issues`` and ``cells_corrections``, where they exist) counts for the rows that stand in ``cells``.
    ``last_prices`` names a table (supplier_sku, price_minor, currency) of the supplier's offers today. If a table
    ``repeated`` exists it tells which rows repeat a SKU; else it is made of ``cells`` (see ``find_repeated``).
    Raises StatementFailed, WorkbenchFull.
    """
    make_tables(workbench=workbench)
    if not workbench.columns(table=REPEATED):
        find_repeated(workbench=workbench, cells=cells)
    _gather_given(workbench=workbench)
    judge_fast(workbench=workbench, policy=policy, cells=cells, last_prices=last_prices)
    judge_slowly(workbench=workbench, policy=policy, cells=cells, last_prices=last_prices)
    apply_rules(workbench=workbench, rules=rules)
    return judged_counts(workbench=workbench)


def find_repeated(*, workbench: Workbench, cells: str = "cells") -> int:
    """Make the table ``repeated(row)`` of the rows whose SKU an earlier row has; returns how many there are.

    To be called with all rows of the feed, before those that are unchanged are left out.
    """
    workbench.run(sql=f"CREATE OR REPLACE TABLE {REPEATED} (row BIGINT)")
    if "supplier_sku" not in workbench.columns(table=cells):
        return 0
    workbench.run(
        sql=f"""INSERT INTO {REPEATED}
            SELECT unnest(list_sort(list(row))[2:]) FROM {quoted_name(cells)}
            WHERE trim(supplier_sku) <> '' GROUP BY trim(supplier_sku) HAVING count(*) > 1"""
    )
    return int(workbench.value(sql=f"SELECT count(*) FROM {REPEATED}"))


def make_news(*, workbench: Workbench) -> None:
    """Make ``news`` of the rows of ``cells`` that ``delta`` calls fresh.

    Of a first feed all rows are: then it is a view, since a copy of a million rows would push others out of memory.
    """
    workbench.run(sql="DROP TABLE IF EXISTS news")
    if not workbench.value(sql="SELECT count(*) FROM delta WHERE NOT fresh"):
        workbench.run(sql="CREATE VIEW news AS SELECT * FROM cells")
        return
    workbench.run(sql="CREATE TABLE news AS SELECT c.* FROM cells c SEMI JOIN delta d ON d.row = c.row AND d.fresh")


def judged_counts(*, workbench: Workbench) -> JudgedCounts:
    """Return the counts of the table ``judged`` as it stands."""
    counts: dict[str, int] = {}
    fast = rows = 0
    sql = f"SELECT verdict, count(*), count(*) FILTER (fast) FROM {JUDGED} GROUP BY verdict"
    for found in workbench.rows(sql=sql):
        for verdict, count, fast_count in found:
            counts[verdict] = count
            rows += count
            fast += fast_count
    return JudgedCounts(rows=rows, fast=fast, **counts)


def judge_slowly(
    *,
    workbench: Workbench,
    policy: CatalogPolicy,
    cells: str,
    last_prices: str | None,
) -> None:
    """Judge by Python the rows that ``slow`` names, and append them to the tables."""
    given = _given_rows(workbench=workbench, cells=cells, last_prices=last_prices)
    for table in given:
        judged: list[Row] = []
        issues: list[Row] = []
        corrections: list[Row] = []
        for one in judged_by_python(table=table, policy=policy):
            judged.append(
                judged_row(
                    row=one.row,
                    verdict=one.verdict.value,
                    facts=one.facts,
                    facts_hash=one.facts_hash,
                )
            )
            issues += issue_rows(row=one.row, issues=one.issues)
            corrections += correction_rows(row=one.row, corrections=one.corrections)
        for name, rows in ((JUDGED, judged), (ISSUES, issues), (CORRECTIONS, corrections)):
            if rows:
                workbench.append(table=name, rows=rows)


def _given_rows(*, workbench: Workbench, cells: str, last_prices: str | None) -> Iterator[list[GivenRow]]:
    columns = [name for name in workbench.columns(table=cells) if name != "row"]
    listed = ", ".join(f"c.{quoted_name(name)}" for name in ("row", *columns))
    price = "p.price_minor, p.currency" if last_prices else "NULL, NULL"
    joined = (
        f"LEFT JOIN {quoted_name(last_prices)} p ON p.supplier_sku = trim(c.supplier_sku)"
        if last_prices and "supplier_sku" in columns
        else ""
    )
    if not joined:
        price = "NULL, NULL"
    sql = f"""SELECT r.row IS NOT NULL, {price}, {listed} FROM {quoted_name(cells)} c
        LEFT JOIN {REPEATED} r ON r.row = c.row {joined} SEMI JOIN {SLOW} s ON s.row = c.row"""
    issues = _given_issues(workbench=workbench)
    corrections = _given_corrections(workbench=workbench)
    for found in workbench.rows(sql=sql, size=_ROWS_PER_STEP):
        yield [
            GivenRow(
                row=row,
                cells={name: text for name, text in zip(columns, texts, strict=True) if text is not None},
                issues=tuple(issues.get(row, ())),
                corrections=tuple(corrections.get(row, ())),
                last_price=None if currency is None else Money(amount_minor=amount_minor, currency=currency),
                repeated=repeated,
            )
            for repeated, amount_minor, currency, row, *texts in found
        ]


def _gather_given(*, workbench: Workbench) -> None:
    """Make the table ``given`` of the rows that came with issues or corrections."""
    parts = [
        f"SELECT row, {'true' if name in GIVEN_ISSUES else 'false'} AS has_issue FROM {name}"
        for name in (*GIVEN_ISSUES, GIVEN_CORRECTIONS)
        if workbench.columns(table=name)
    ]
    found = " UNION ALL ".join([*parts, "SELECT NULL::BIGINT, false WHERE false"])
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE {GIVEN} AS SELECT row, bool_or(has_issue) AS has_issue
            FROM ({found}) g(row, has_issue) GROUP BY row"""
    )


def _given_issues(*, workbench: Workbench) -> Mapping[int, list[Issue]]:
    found: dict[int, list[Issue]] = {}
    for name in GIVEN_ISSUES:
        if not workbench.columns(table=name):
            continue
        sql = f"""SELECT g.row, g.field, g.code, g.message FROM {name} g SEMI JOIN {SLOW} s ON s.row = g.row"""
        for rows in workbench.rows(sql=sql):
            for row, field, code, message in rows:
                one = issue(code=IssueCode(code), field=field, message=message, row=row)
                found.setdefault(row, []).append(one)
    return found


def _given_corrections(*, workbench: Workbench) -> Mapping[int, list[Correction]]:
    found: dict[int, list[Correction]] = {}
    if not workbench.columns(table=GIVEN_CORRECTIONS):
        return found
    sql = f"""SELECT g.row, g.field, g.before, g.after, g.rule FROM {GIVEN_CORRECTIONS} g
        SEMI JOIN {SLOW} s ON s.row = g.row"""
    for rows in workbench.rows(sql=sql):
        for row, field, before, after, rule in rows:
            one = Correction(field=field, before=before, after=after, rule=CorrectionRule(rule), row=row)
            found.setdefault(row, []).append(one)
    return found
