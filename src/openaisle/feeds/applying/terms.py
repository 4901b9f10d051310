"""Quick feeds: quantities and prices of offers that exist, judged by the same validator as whole products."""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.catalog.cells import Facts
from openaisle.catalog.issues import IssueCode, Severity, issue
from openaisle.catalog.model import Verdict
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import Candidate, Validated, validate
from openaisle.feeds.judging.tables import (
    CORRECTIONS,
    ISSUES,
    JUDGED,
    JUDGED_COLUMNS,
    NUMBER_COLUMNS,
    correction_rows,
    issue_rows,
    judged_row,
    make_tables,
)
from openaisle.feeds.model import FeedKind
from openaisle.feeds.state.model import Family
from openaisle.kernel.tabular import Row, Workbench, quoted_name

_STOCK_FIELDS = frozenset({"supplier_sku", "on_hand", "location"})
_PRICE_FIELDS = frozenset({"supplier_sku", "price_minor", "currency"})
FIELDS: Mapping[FeedKind, frozenset[str]] = {
    FeedKind.STOCK: _STOCK_FIELDS,
    FeedKind.PRICE: _PRICE_FIELDS,
    FeedKind.OFFERS: _STOCK_FIELDS | _PRICE_FIELDS,
}
"""Which facts a quick feed tells; what its rows say of others is not read."""

FAMILIES: Mapping[FeedKind, tuple[Family, ...]] = {
    FeedKind.PRODUCTS: (Family.FACTS, Family.STOCK),
    FeedKind.OFFERS: (Family.STOCK, Family.PRICE),
    FeedKind.STOCK: (Family.STOCK,),
    FeedKind.PRICE: (Family.PRICE,),
}
_ROWS_PER_STEP = 5_000


def judge_terms(*, workbench: Workbench, kind: FeedKind, policy: CatalogPolicy) -> None:
    """Make the tables of judging of table ``news``, by what a quick feed tells; blocks."""
    make_tables(workbench=workbench)
    typed = dict.fromkeys(NUMBER_COLUMNS, "BIGINT") | {"row": "BIGINT", "fast": "BOOLEAN"}
    declared = ", ".join(f"{name} {typed.get(name, 'VARCHAR')}" for name in JUDGED_COLUMNS)
    workbench.run(sql=f"CREATE OR REPLACE TABLE {JUDGED} ({declared})")
    columns = [name for name in workbench.columns(table="news") if name != "row"]
    listed = ", ".join(f"n.{quoted_name(name)}" for name in columns)
    sql = (
        f"SELECT r.row IS NOT NULL, n.row{', ' if listed else ''}{listed} FROM news n"
        " LEFT JOIN repeated r ON r.row = n.row ORDER BY n.row"
    )
    given = _given(workbench=workbench)
    for rows in workbench.rows(sql=sql, size=_ROWS_PER_STEP):
        judged: list[Row] = []
        issues: list[Row] = []
        corrections: list[Row] = []
        for repeated, row, *texts in rows:
            cells = {name: text for name, text in zip(columns, texts, strict=True) if text is not None}
            found = _judged(cells=cells, row=row, repeated=repeated, kind=kind, policy=policy, given=given.get(row, ()))
            judged.append(_row_of(found=found, row=row))
            issues += issue_rows(row=row, issues=found.issues)
            corrections += correction_rows(row=row, corrections=found.corrections)
        for name, made in ((JUDGED, judged), (ISSUES, issues), (CORRECTIONS, corrections)):
            if made:
                workbench.append(table=name, rows=made)
    # Offers that a quick feed names exist already: nothing of it is created in bulk.
    workbench.run(sql="UPDATE delta SET known = true")


def _given(*, workbench: Workbench) -> dict[int, list[tuple[str, str, str]]]:
    found: dict[int, list[tuple[str, str, str]]] = {}
    for table in ("raw_issues", "cells_issues"):
        sql = f"SELECT g.row, g.field, g.code, g.message FROM {table} g JOIN news n ON n.row = g.row"
        for rows in workbench.rows(sql=sql):
            for row, field, code, message in rows:
                found.setdefault(row, []).append((field, code, message))
    return found


def _judged(
    *,
    cells: Mapping[str, str],
    row: int,
    repeated: bool,
    kind: FeedKind,
    policy: CatalogPolicy,
    given: object,
) -> Validated:
    reading = Facts(row=row)
    facts = reading.read(cells=cells)
    before = [
        issue(code=IssueCode(code), field=field, message=message, row=row)
        for field, code, message in given  # type: ignore[attr-defined]
    ]
    candidate = Candidate(
        facts=facts,
        row=row,
        issues=(*before, *reading.issues),
        corrections=tuple(reading.corrections),
        repeated=repeated,
    )
    (found,) = validate(table=[candidate], policy=policy)
    told = FIELDS[kind]
    return Validated(
        facts=found.facts,
        issues=tuple(one for one in found.issues if one.field in told or not one.field),
        corrections=tuple(one for one in found.corrections if one.field in told),
    )


def _row_of(*, found: Validated, row: int) -> Row:
    verdict = Verdict.ACCEPTED
    if any(one.severity is Severity.ERROR for one in found.issues):
        verdict = Verdict.REJECTED
    elif found.corrections:
        verdict = Verdict.CORRECTED
    return judged_row(
        row=row,
        verdict=verdict.value,
        facts=found.facts,
        facts_hash="",
    )
