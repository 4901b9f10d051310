"""The findings for which rows wait, with the value of the field that each is about, as a table."""

from __future__ import annotations

from collections.abc import Iterable

from openaisle.catalog.issues import DOUBTS, IssueCode
from openaisle.catalog.table_rules import TableRule, attribute_sql
from openaisle.feeds.doubts.model import ATTRIBUTE_PREFIX
from openaisle.feeds.judging.tables import NUMBER_COLUMNS, TEXT_COLUMNS
from openaisle.kernel.tabular import Workbench, quoted_name, quoted_text

FINDINGS = "doubt_findings"
_READABLE = frozenset({"supplier_sku", *TEXT_COLUMNS, *NUMBER_COLUMNS})
_SHOWN_CHARACTERS = 500


def doubt_codes(*, rules: Iterable[TableRule]) -> tuple[str, ...]:
    """Return the codes that make a row doubtful: those of the validator, and those of doubtful rules."""
    return tuple(sorted({*(one.value for one in DOUBTS), *(rule.code for rule in rules if rule.doubtful)}))


def make_findings(*, workbench: Workbench, rows: str, issues: str, codes: Iterable[str]) -> int:
    """Make the table ``doubt_findings`` of the rows of a table of judged facts; returns how many findings there are.

    ``rows`` and ``issues`` are names of tables or queries in brackets. A row has each code in each field once.
    """
    listed = ", ".join(quoted_text(code) for code in codes)
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE {FINDINGS}_told AS
            SELECT i.row, i.code, coalesce(i.field, '') AS field, min(i.message) AS message,
                any_value(i.suggestion) AS suggestion
            FROM {issues} i SEMI JOIN {rows} r ON r.row = i.row
            WHERE i.code IN ({listed}) AND i.severity <> 'error' GROUP BY ALL"""
    )
    fields = [
        field
        for found in workbench.rows(sql=f"SELECT DISTINCT field FROM {FINDINGS}_told ORDER BY field")
        for (field,) in found
    ]
    cases = "".join(
        f" WHEN {quoted_text(field)} THEN ({sql})::VARCHAR" for field in fields if (sql := value_sql(field=field))
    )
    value = f"CASE t.field{cases} END" if cases else "NULL::VARCHAR"
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE {FINDINGS} AS
            SELECT t.row, t.code, t.field, t.message, t.suggestion, left({value}, {_SHOWN_CHARACTERS}) AS value
            FROM {FINDINGS}_told t JOIN {rows} r ON r.row = t.row"""
    )
    workbench.run(sql=f"DROP TABLE {FINDINGS}_told")
    return int(workbench.value(sql=f"SELECT count(*) FROM {FINDINGS}"))


def value_sql(*, field: str) -> str | None:
    """Return the expression of a field's value in a row of judged facts, None for what is no single value."""
    if field in _READABLE:
        return f"r.{quoted_name(field)}"
    name = field.removeprefix(ATTRIBUTE_PREFIX)
    return attribute_sql(name=name) if name and name != field else None


def pattern_sql() -> str:
    """Return the expression of the pattern of values that are no repeated ones; wildcards as kept rules know them."""
    formula, short = (quoted_text(one.value) for one in (IssueCode.FORMULA_CELL, IssueCode.TITLE_TOO_SHORT))
    return (
        f"CASE WHEN value IS NULL OR value = '' THEN '*' WHEN code = {formula} THEN left(value, 1) || '*'"
        f" WHEN code = {short} THEN repeat('?', length(value)) ELSE '*' END"
    )
