"""The examples that stand beside a rule: made a table and asked, so that a rule is known to find what it should."""

from __future__ import annotations

import json
from collections.abc import Sequence

from openaisle.catalog.expressions.rules import ExpressionRule
from openaisle.catalog.expressions.tree import FACTS, Kind
from openaisle.kernel.tabular import Workbench, quoted_name

FACTS_TABLE = "example_facts"


def facts_table_sql() -> str:
    """Return the statement that makes a table with the columns that expressions know, and ``row``."""
    kinds = {Kind.TEXT: "VARCHAR", Kind.NUMBER: "BIGINT"}
    columns = ", ".join(f"{quoted_name(name)} {kinds[kind]}" for name, kind in FACTS.items())
    return f"CREATE TABLE {FACTS_TABLE} (row BIGINT, {columns}, image_urls VARCHAR, attributes VARCHAR)"


def failed_examples(*, rules: Sequence[ExpressionRule], workbench: Workbench) -> list[str]:
    """Return, in words, each example that its rule does not keep; the workbench has the table of facts."""
    names = workbench.columns(table=FACTS_TABLE)
    failed = []
    for rule in rules:
        if not rule.examples:
            continue
        workbench.run(sql=f"DELETE FROM {FACTS_TABLE}")  # noqa: S608 - our own SQL
        facts = [
            {"row": number, "attributes": json.dumps(dict(one.attributes), sort_keys=True)} | dict(one.facts)
            for number, one in enumerate(rule.examples)
        ]
        workbench.append(table=FACTS_TABLE, rows=[tuple(row.get(name) for name in names) for row in facts])
        made = rule.table_rule()
        where = f"({made.where_sql}) AND ({made.scope_sql or 'true'})"
        found = {
            row
            for part in workbench.rows(sql=f"SELECT row FROM {FACTS_TABLE} WHERE {where}")  # noqa: S608 - our own SQL
            for (row,) in part
        }
        for number, example in enumerate(rule.examples):
            if (number in found) is not example.finds:
                told = "finds nothing in" if example.finds else "finds"
                failed.append(f"{rule.code} {told} its example {number + 1}.")
    return failed
