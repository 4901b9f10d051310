"""What the fast path found and mended becomes rows of ``issues`` and ``corrections``."""

from __future__ import annotations

from openaisle.catalog.issues import DOUBTS, IssueCode, Severity, issue
from openaisle.feeds.judging.dictionary import (
    DOUBT_WEIGHT,
    ERROR_WEIGHT,
    NO_WEIGHT,
    NOTE_CORRECTIONS,
    NOTE_ISSUES,
    WARNING_WEIGHT,
)
from openaisle.feeds.judging.draft import Draft, bit_sql
from openaisle.feeds.judging.tables import CORRECTIONS, GIVEN_CORRECTIONS, ISSUES, JUDGED, WHO
from openaisle.kernel.tabular import Workbench, quoted_text


def weight_of(*, code: IssueCode) -> int:
    """Return how much an issue of the code weighs in a verdict."""
    if issue(code=code, field="", message="").severity is Severity.ERROR:
        return ERROR_WEIGHT
    if code in DOUBTS:
        return DOUBT_WEIGHT
    return WARNING_WEIGHT if code in IssueCode else NO_WEIGHT


def add_findings(*, workbench: Workbench, draft: Draft) -> None:
    """Append what the rows of ``judged`` carry in their helper columns."""
    found = workbench.value(sql=f"SELECT coalesce(bit_or(finding_bits), 0) FROM {JUDGED}")
    for place, finding in enumerate(draft.findings, start=len(draft.flags)):
        if not found & (1 << place):
            continue
        kind = issue(code=finding.code, field="", message="")
        suggestion = quoted_text(kind.suggestion) if kind.suggestion is not None else "NULL"
        workbench.run(
            sql=f"""INSERT INTO {ISSUES}
                SELECT row, {finding.field}, {quoted_text(finding.code.value)}, {quoted_text(kind.severity.value)},
                    {finding.message}, {suggestion}
                FROM {JUDGED} WHERE {bit_sql(place)}"""
        )
    noted = f"(SELECT row, unnest(notes) AS note FROM {JUDGED} WHERE notes IS NOT NULL) j"
    workbench.run(
        sql=f"""INSERT INTO {ISSUES} SELECT j.row, n.field, n.code, n.severity, n.message, n.suggestion
            FROM {noted} JOIN {NOTE_ISSUES} n ON n.note = j.note"""
    )
    workbench.run(
        sql=f"""INSERT INTO {CORRECTIONS} SELECT j.row, n.field, n.before, n.after, n.rule, n.who
            FROM {noted} JOIN {NOTE_CORRECTIONS} n ON n.note = j.note"""
    )
    workbench.run(
        sql=f"""INSERT INTO {CORRECTIONS} SELECT row, mend.field, mend.before, mend.after, mend.rule, '{WHO}'
            FROM (SELECT row, unnest(mends) AS mend FROM {JUDGED} WHERE mends IS NOT NULL)"""
    )
    if workbench.columns(table=GIVEN_CORRECTIONS):
        workbench.run(
            sql=f"""INSERT INTO {CORRECTIONS} SELECT g.row, g.field, g.before, g.after, g.rule, '{WHO}'
                FROM {GIVEN_CORRECTIONS} g SEMI JOIN {JUDGED} j ON j.row = g.row"""
        )
