"""A rule's scope is asked once for each category that occurs, and holds for every row of it."""

from __future__ import annotations

from pathlib import Path

from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.issues import Severity
from openaisle.catalog.table_rules import TableRule, fixed_message_sql
from openaisle.feeds.judging.rules import apply_rules
from openaisle.feeds.judging.tables import ISSUES, JUDGED


def rule(code: str, *, where: str = "true", scope: str = "", severity: Severity = Severity.WARNING) -> TableRule:
    return TableRule(
        code=code,
        field="title",
        severity=severity,
        where_sql=where,
        message_sql=fixed_message_sql(text=code),
        scope_sql=scope,
    )


def test_a_scope_limits_its_rule_alone_and_unknown_is_not_in_it(tmp_path: Path) -> None:
    rules = [
        rule("everywhere"),
        rule("shoes", scope="category = 'Shoes'"),
        rule("shoes_again", scope="category = 'Shoes'", where="title = 'b'", severity=Severity.ERROR),
        rule("not_shoes", scope="NOT category = 'Shoes'"),
        rule("either", scope="category = 'Shoes' OR category = 'Hats'", where="title = 'a' OR title = 'c'"),
    ]
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=128, disk_mebibytes=128).open() as bench:
        bench.run(
            sql=f"""CREATE TABLE {JUDGED} AS SELECT * FROM (VALUES
                (2, 'Shoes', 'a', 'accepted'), (3, 'Shoes', 'b', 'accepted'), (4, 'Hats', 'c', 'accepted'),
                (5, NULL, 'd', 'accepted')) t(row, category, title, verdict)"""
        )
        columns = "row BIGINT, field VARCHAR, code VARCHAR, severity VARCHAR, message VARCHAR, suggestion VARCHAR"
        bench.run(sql=f"CREATE TABLE {ISSUES} ({columns})")
        apply_rules(workbench=bench, rules=rules)
        found = sorted(pair for part in bench.rows(sql=f"SELECT row, code FROM {ISSUES}") for pair in part)
        verdicts = [one for part in bench.rows(sql=f"SELECT verdict FROM {JUDGED} ORDER BY row") for (one,) in part]
    assert found == [
        (2, "either"),
        (2, "everywhere"),
        (2, "shoes"),
        (3, "everywhere"),
        (3, "shoes"),
        (3, "shoes_again"),
        (4, "either"),
        (4, "everywhere"),
        (4, "not_shoes"),
        (5, "everywhere"),
    ]
    assert verdicts == ["accepted", "rejected", "accepted", "accepted"]
