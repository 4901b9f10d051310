"""Gathering: the doubtful rows of a feed fall into few groups, each of which one decision settles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from openaisle.feeds.doubts.findings import FINDINGS, make_findings, pattern_sql
from openaisle.feeds.doubts.model import Doubt, DoubtedRow, Gathered
from openaisle.feeds.doubts.repository import DOUBTS
from openaisle.feeds.judging.tables import PLANNED_COLUMNS
from openaisle.kernel.tabular import Workbench, quoted_text
from openaisle.reviews.patterns import Match

# A value that so many rows share is decided by itself; others are decided together.
ALIKE_MINIMUM = 10
GROUPS_MAXIMUM = 25
SAMPLES_MAXIMUM = 20
_DOUBTS_PER_GROUP = 12
_REST = "rest"
_ROWS_PER_GROUP = 20_480


class Refused(NamedTuple):
    """Rows that a person refused once: the file in which they stand, which of them, and why."""

    path: Path
    signature: str
    reason: str


class GatheredRows(NamedTuple):
    """The groups, the largest first, and the file of their rows; None if there is none."""

    groups: tuple[Gathered, ...]
    path: Path | None


def refuse_again(*, workbench: Workbench, plan: str, applied: str, issues: str, refused: Sequence[Refused]) -> int:
    """Reject doubtful rows of ``applied`` that a person has refused just so before; returns how many there are."""
    if not refused:
        return 0
    known = " UNION ALL ".join(
        f"SELECT supplier_sku, facts_hash, {quoted_text(one.reason)} AS reason"
        f" FROM read_parquet({quoted_text(str(one.path))}) WHERE signature = {quoted_text(one.signature)}"
        for one in refused
    )
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE refused_again AS
            SELECT p.row, any_value(k.reason) AS reason FROM {plan} p
            JOIN {applied} a ON a.row = p.row AND a.verdict = 'in_review'
            JOIN ({known}) k ON k.supplier_sku = p.supplier_sku AND k.facts_hash = p.facts_hash GROUP BY p.row"""
    )
    workbench.run(
        sql=f"UPDATE {applied} SET verdict = 'rejected' WHERE row IN (SELECT row FROM refused_again)",
    )
    workbench.run(
        sql=f"INSERT INTO {issues} SELECT row, '', 'rejected_by_reviewer', 'error', reason, NULL FROM refused_again"
    )
    return int(workbench.value(sql="SELECT count(*) FROM refused_again"))


def gather(
    *,
    workbench: Workbench,
    feed_id: str,
    plan: str,
    applied: str,
    issues: str,
    corrections: str,
    codes: Sequence[str],
) -> GatheredRows:
    """Group the rows of ``plan`` that ``applied(row, verdict)`` says wait for a person, by what is in doubt about them.

    Rows share a group if the same codes are found in the same fields, with the same values or values of one pattern.
    There are at most a few dozen groups: rare ones are put together by code and field alone, and what is left of
    those into one.
    """
    if not workbench.value(sql=f"SELECT count(*) FROM {applied} WHERE verdict = 'in_review'"):
        return GatheredRows((), None)
    workbench.run(
        sql=f"CREATE OR REPLACE TABLE doubted AS SELECT p.* FROM {plan} p"
        f" JOIN {applied} a ON a.row = p.row AND a.verdict = 'in_review'"
    )
    make_findings(workbench=workbench, rows="doubted", issues=issues, codes=codes)
    _sign(workbench=workbench)
    path = workbench.folder / f"{DOUBTS}.parquet"
    listed = ", ".join(f"d.{name}" for name in PLANNED_COLUMNS)
    mends = (
        "SELECT row, to_json(list({'field': field, 'before': before, 'after': after, 'rule': rule, 'who': who}))"
        f"::VARCHAR AS mends FROM {corrections} GROUP BY row"
    )
    workbench.run(
        sql=f"COPY (SELECT {listed}, s.signature, m.mends FROM doubted d JOIN doubt_signatures s ON s.row = d.row"
        f" LEFT JOIN ({mends}) m ON m.row = d.row ORDER BY s.signature, d.row) TO {quoted_text(str(path))}"
        f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROWS_PER_GROUP})"
    )
    return GatheredRows(_groups(workbench=workbench, feed_id=feed_id), path)


def _sign(*, workbench: Workbench) -> None:
    """Make ``doubt_patterns`` with the pattern of each finding, and ``doubt_signatures`` with the group of each row."""
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE doubt_patterns AS
            SELECT *, CASE WHEN alike THEN value ELSE {pattern_sql()} END AS pattern,
                CASE WHEN alike THEN '{Match.EXACT.value}' ELSE '{Match.WILDCARD.value}' END AS match
            FROM (SELECT *, value IS NOT NULL AND count(*) OVER (PARTITION BY code, field, value) >= {ALIKE_MINIMUM}
                AS alike FROM {FINDINGS})"""
    )
    workbench.run(
        sql="""CREATE OR REPLACE TABLE doubt_rows AS
            SELECT d.row,
                left(sha256(coalesce(string_agg(concat_ws('|', code, field, match, pattern), chr(10)
                    ORDER BY code, field), '')), 32) AS fine,
                left(sha256(coalesce('*' || string_agg(concat_ws('|', code, field), chr(10)
                    ORDER BY code, field), '')), 32) AS coarse
            FROM doubted d LEFT JOIN doubt_patterns p ON p.row = d.row GROUP BY d.row"""
    )
    top = f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {GROUPS_MAXIMUM}"
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE doubt_signatures AS
            WITH fine AS (SELECT fine AS signature FROM doubt_rows {top}),
            rare AS (SELECT * FROM doubt_rows WHERE fine NOT IN (FROM fine)),
            coarse AS (SELECT coarse AS signature FROM rare {top})
            SELECT row, fine AS signature, true AS exact FROM doubt_rows WHERE fine IN (FROM fine)
            UNION ALL SELECT row, CASE WHEN coarse IN (FROM coarse) THEN coarse ELSE '{_REST}' END, false FROM rare"""
    )


def _groups(*, workbench: Workbench, feed_id: str) -> tuple[Gathered, ...]:
    doubts: dict[str, list[Doubt]] = {}
    sql = f"""SELECT signature, code, field, match, pattern, min(message), any_value(suggestion), min(value)
        FROM (SELECT s.signature, p.code, p.field, p.message, p.suggestion, p.value,
                CASE WHEN s.exact THEN p.match ELSE '{Match.WILDCARD.value}' END AS match,
                CASE WHEN s.exact THEN p.pattern ELSE '*' END AS pattern
            FROM doubt_patterns p JOIN doubt_signatures s ON s.row = p.row)
        GROUP BY ALL ORDER BY signature, code, field"""
    for found in workbench.rows(sql=sql):
        for signature, code, field, match, pattern, message, suggestion, example in found:
            one = Doubt(
                code=code,
                field=field,
                message=message,
                match=Match(match),
                pattern=pattern,
                suggestion=suggestion,
                example=example,
            )
            doubts.setdefault(signature, []).append(one)
    samples = _samples(workbench=workbench, feed_id=feed_id)
    counted = "SELECT signature, count(*) FROM doubt_signatures GROUP BY 1 ORDER BY 2 DESC, 1"
    return tuple(
        Gathered(
            signature=signature,
            doubts=tuple(doubts.get(signature, ())[:_DOUBTS_PER_GROUP]),
            rows=count,
            samples=tuple(samples.get(signature, ())),
        )
        for found in workbench.rows(sql=counted)
        for signature, count in found
    )


def _samples(*, workbench: Workbench, feed_id: str) -> dict[str, list[DoubtedRow]]:
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE doubt_samples AS
            SELECT s.signature, d.row, coalesce(d.supplier_sku, '') AS sku, left(coalesce(d.title, ''), 200) AS title
            FROM doubt_signatures s JOIN doubted d ON d.row = s.row
            QUALIFY row_number() OVER (PARTITION BY s.signature ORDER BY d.row) <= {SAMPLES_MAXIMUM}"""
    )
    values: dict[int, dict[str, str]] = {}
    sql = "SELECT p.row, p.field, p.value FROM doubt_patterns p SEMI JOIN doubt_samples s ON s.row = p.row"
    for found in workbench.rows(sql=f"{sql} WHERE p.value IS NOT NULL ORDER BY p.row, p.field"):
        for row, field, value in found:
            values.setdefault(row, {})[field] = value
    samples: dict[str, list[DoubtedRow]] = {}
    for found in workbench.rows(sql="SELECT signature, row, sku, title FROM doubt_samples ORDER BY signature, row"):
        for signature, row, sku, title in found:
            one = DoubtedRow(feed_id=feed_id, row=row, supplier_sku=sku, title=title, values=values.get(row, {}))
            samples.setdefault(signature, []).append(one)
    return samples
