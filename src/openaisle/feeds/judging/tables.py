"""The tables that judging makes, column by column, and how facts stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from openaisle.catalog.issues import Correction, Issue
from openaisle.catalog.model import SubmissionFacts
from openaisle.kernel.tabular import Row, Workbench

JUDGED = "judged"
ISSUES = "issues"
CORRECTIONS = "corrections"
# What the work itself needs: rows that repeat a SKU, rows that came with findings, rows that Python judges.
REPEATED = "repeated"
GIVEN = "given"
SLOW = "slow"
GIVEN_ISSUES = ("raw_issues", "cells_issues")
GIVEN_CORRECTIONS = "cells_corrections"
WHO = "openaisle"

TEXT_COLUMNS = (
    "title",
    "gtin",
    "product_reference",
    "description",
    "brand",
    "part_number",
    "category",
    "variant_group",
    "currency",
    "location",
    "condition",
)
NUMBER_COLUMNS = (
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "image_count",
    "price_minor",
    "on_hand",
    "lead_time_days",
)
JSON_COLUMNS = ("attributes", "image_urls")
JUDGED_COLUMNS = (
    "row",
    "supplier_sku",
    "verdict",
    *TEXT_COLUMNS,
    *NUMBER_COLUMNS,
    *JSON_COLUMNS,
    "facts_hash",
    "fast",
)
# What follows from the facts of a row that goes on to be applied.
PLANNED_COLUMNS = (*JUDGED_COLUMNS, "offer_id", "product_id")
_ENCODER = msgspec.json.Encoder(order="deterministic")


def make_tables(*, workbench: Workbench) -> None:
    """Make the tables of issues and corrections anew, empty."""
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE {ISSUES} (
            row BIGINT, field VARCHAR, code VARCHAR, severity VARCHAR, message VARCHAR, suggestion VARCHAR)"""
    )
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE {CORRECTIONS} (
            row BIGINT, field VARCHAR, before VARCHAR, after VARCHAR, rule VARCHAR, who VARCHAR)"""
    )


def judged_row(*, row: int, verdict: str, facts: SubmissionFacts, facts_hash: str) -> Row:
    """Return facts that Python judged as a row of the table."""
    return (
        row,
        facts.supplier_sku,
        verdict,
        *(getattr(facts, name) for name in TEXT_COLUMNS),
        *(getattr(facts, name) for name in NUMBER_COLUMNS),
        _ENCODER.encode(facts.attributes).decode(),
        _ENCODER.encode(facts.image_urls).decode(),
        facts_hash,
        False,
    )


def issue_rows(*, row: int, issues: Iterable[Issue]) -> list[Row]:
    """Return issues of one row as rows of their table."""
    return [(row, one.field, str(one.code), one.severity.value, one.message, one.suggestion) for one in issues]


def correction_rows(*, row: int, corrections: Sequence[Correction]) -> list[Row]:
    """Return corrections of one row as rows of their table."""
    return [(row, one.field, one.before, one.after, one.rule.value, one.who) for one in corrections]


def facts_of(*, row: Row) -> SubmissionFacts:
    """Return the facts that stand in a row of the table, its cells in the order of JUDGED_COLUMNS at least."""
    cells = dict(zip(JUDGED_COLUMNS, row, strict=False))
    known = {name: cells[name] for name in (*TEXT_COLUMNS, *NUMBER_COLUMNS) if cells[name] is not None}
    return SubmissionFacts(
        supplier_sku=cells["supplier_sku"] or "",
        attributes=msgspec.json.decode(cells["attributes"], type=dict[str, str]),
        image_urls=msgspec.json.decode(cells["image_urls"], type=tuple[str, ...]),
        **known,
    )
