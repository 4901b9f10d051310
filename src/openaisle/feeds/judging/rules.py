"""Rules over whole tables are evaluated in one pass; what they find changes verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.catalog.issues import Severity
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds.judging.tables import ISSUES, JUDGED
from openaisle.kernel.tabular import Workbench, quoted_text

_RULES_PER_PASS = 100
_FOUND = "rule_findings"
_SCOPES = "rule_scopes"


def apply_rules(*, workbench: Workbench, rules: Sequence[TableRule]) -> None:
    """Add the issues that rules find to ``issues``; an error rejects the row, a doubt sends it to review.

    Raises StatementFailed for a rule whose SQL is wrong; nothing of its pass was kept then.
    """
    for start in range(0, len(rules), _RULES_PER_PASS):
        _apply(workbench=workbench, rules=rules[start : start + _RULES_PER_PASS])


def _apply(*, workbench: Workbench, rules: Sequence[TableRule]) -> None:
    scopes = list(dict.fromkeys(rule.scope_sql for rule in rules if rule.scope_sql))
    _make_scopes(workbench=workbench, scopes=scopes)
    # A row that no rule finds costs one empty list; only what is found becomes rows.
    cases = ", ".join(
        f"CASE WHEN {_where(rule, scopes)} THEN {{'place': {place}, 'message': ({rule.message_sql})::VARCHAR}} END"
        for place, rule in enumerate(rules)
    )
    workbench.run(
        sql=f"""CREATE OR REPLACE TEMP TABLE {_FOUND} AS
            SELECT row, finding.place AS place, finding.message AS message FROM (
                SELECT row, unnest(list_filter([{cases}], lambda one: one IS NOT NULL)) AS finding
                FROM {JUDGED} JOIN {_SCOPES} ON category IS NOT DISTINCT FROM scope_category)"""
    )
    kinds = ", ".join(
        "({}, {}, {}, {}, {})".format(
            place,
            quoted_text(rule.field),
            quoted_text(rule.code),
            quoted_text(rule.severity.value),
            quoted_text(rule.suggestion) if rule.suggestion is not None else "NULL",
        )
        for place, rule in enumerate(rules)
    )
    workbench.run(
        sql=f"""INSERT INTO {ISSUES}
            SELECT f.row, k.field, k.code, k.severity, coalesce(f.message, k.code), k.suggestion
            FROM {_FOUND} f JOIN (VALUES {kinds}) k(place, field, code, severity, suggestion) ON k.place = f.place"""
    )
    errors = [place for place, rule in enumerate(rules) if rule.severity is Severity.ERROR]
    doubts = [place for place, rule in enumerate(rules) if rule.doubtful and rule.severity is not Severity.ERROR]
    _set_verdict(workbench=workbench, verdict="in_review", places=doubts, unless="rejected")
    _set_verdict(workbench=workbench, verdict="rejected", places=errors, unless="")
    workbench.run(sql=f"DROP TABLE {_FOUND}")
    workbench.run(sql=f"DROP TABLE {_SCOPES}")


def _make_scopes(*, workbench: Workbench, scopes: Sequence[str]) -> None:
    # A feed has a million rows and a hundred categories: what depends on the category alone is asked of those.
    columns = "".join(f", coalesce({scope}, false) AS scope_{number}" for number, scope in enumerate(scopes))
    workbench.run(
        sql=f"""CREATE OR REPLACE TEMP TABLE {_SCOPES} AS
            SELECT category AS scope_category{columns} FROM (SELECT DISTINCT category FROM {JUDGED})"""
    )


def _where(rule: TableRule, scopes: Sequence[str]) -> str:
    return f"scope_{scopes.index(rule.scope_sql)} AND ({rule.where_sql})" if rule.scope_sql else rule.where_sql


def _set_verdict(*, workbench: Workbench, verdict: str, places: Sequence[int], unless: str) -> None:
    if not places:
        return
    listed = ", ".join(str(place) for place in places)
    workbench.run(
        sql=f"""UPDATE {JUDGED} SET verdict = '{verdict}' WHERE verdict <> '{unless}'
            AND row IN (SELECT row FROM {_FOUND} WHERE place IN ({listed}))"""
    )
