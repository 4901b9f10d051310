"""Values that Python judges once for all rows that hold them: numbers with units, currencies, conditions, odd prices.

A sound row is judged with the value in its place; what is then found, mended and read is true of every row that holds
the value. So the validator stays the only one who knows what ``350 g`` means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from openaisle.catalog.issues import DOUBTS, Correction, Issue, IssueCode, Severity
from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.judging.slow_path import GivenRow, judged_by_python, read_facts
from openaisle.feeds.judging.tables import correction_rows, issue_rows
from openaisle.kernel.tabular import Row, Workbench, quoted_name

VALUES_MAXIMUM = 20_000
NOTE_ISSUES = "note_issues"
NOTE_CORRECTIONS = "note_corrections"
NO_WEIGHT, WARNING_WEIGHT, DOUBT_WEIGHT, ERROR_WEIGHT = 0, 1, 2, 3

_CONTROL = re.compile(r"[\x00-\x1f]")
_SOUND: Mapping[str, str] = {
    "supplier_sku": "SOUND-1",
    "title": "Sound article",
    "gtin": "4006381333931",
    "category": "sound",
    "weight_grams": "1",
    "length_mm": "1",
    "width_mm": "1",
    "height_mm": "1",
    "price_minor": "1",
    "currency": "EUR",
    "on_hand": "1",
}


class Judgment(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of every row that holds some cells: facts as read, facts as mended, and what was found."""

    handed: Mapping[str, object]
    final: Mapping[str, object]
    issues: tuple[Issue, ...]
    corrections: tuple[Correction, ...]

    @property
    def weight(self) -> int:
        """How much the worst issue weighs."""
        if any(one.severity is Severity.ERROR for one in self.issues):
            return ERROR_WEIGHT
        if any(one.code in DOUBTS for one in self.issues):
            return DOUBT_WEIGHT
        return WARNING_WEIGHT if self.issues else NO_WEIGHT


class Dictionary:
    """The dictionaries of one piece of work."""

    def __init__(self, *, workbench: Workbench, policy: CatalogPolicy) -> None:
        """Take the workbench of the work and what the operator allows."""
        self._workbench = workbench
        self._policy = policy
        self._notes = 0
        workbench.run(
            sql=f"""CREATE OR REPLACE TABLE {NOTE_ISSUES} (
                note BIGINT, field VARCHAR, code VARCHAR, severity VARCHAR, message VARCHAR, suggestion VARCHAR)"""
        )
        workbench.run(
            sql=f"""CREATE OR REPLACE TABLE {NOTE_CORRECTIONS} (
                note BIGINT, field VARCHAR, before VARCHAR, after VARCHAR, rule VARCHAR, who VARCHAR)"""
        )

    def add(
        self, *, name: str, values_sql: str, fields: Sequence[str], results: Sequence[str], type_sql: str = "BIGINT"
    ) -> bool:
        """Make the table ``dictionary_<name>`` of the values that a query gives; False if it gives none.

        ``values_sql`` gives a key and then one text for each of ``fields``, the cells that are put in place of the
        sound ones. The table has: key, ``handed_<result>`` and ``final_<result>`` of each of ``results``, note (NULL
        where nothing was found), weight, corrected. Values beyond VALUES_MAXIMUM are not in it, nor those with control
        characters, which the engine writes otherwise than Python does.
        """
        found = [
            row
            for rows in self._workbench.rows(sql=f"{values_sql} LIMIT {VALUES_MAXIMUM}")
            for row in rows
            if not any(text is not None and _CONTROL.search(text) for text in row[1:])
        ]
        if not found:
            return False
        columns = "".join(f"handed_{one} {kind}, final_{one} {kind}, " for one, kind in _typed(results, type_sql))
        table = f"dictionary_{name}"
        self._workbench.run(
            sql=f"""CREATE OR REPLACE TABLE {quoted_name(table)} (
                key VARCHAR, {columns} note BIGINT, weight INTEGER, corrected BOOLEAN)"""
        )
        cells = [_with(dict(zip(fields, texts, strict=True))) for _, *texts in found]
        judgments = judged_values(table=cells, policy=self._policy)
        rows = [
            self._row(key=key, judgment=judgment, results=results)
            for (key, *_), judgment in zip(found, judgments, strict=True)
        ]
        self._workbench.append(table=table, rows=rows)
        self._append_notes(noted=zip(rows, judgments, strict=True), width=1 + 2 * len(results))
        return True

    def _row(self, *, key: str, judgment: Judgment, results: Sequence[str]) -> Row:
        note = None
        if judgment.issues or judgment.corrections:
            self._notes += 1
            note = self._notes
        facts = [side[one] for one in results for side in (judgment.handed, judgment.final)]
        return (key, *facts, note, judgment.weight, bool(judgment.corrections))

    def _append_notes(self, *, noted: Iterable[tuple[Row, Judgment]], width: int) -> None:
        issues: list[Row] = []
        corrections: list[Row] = []
        for row, judgment in noted:
            note = row[width]
            if note is not None:
                issues += issue_rows(row=note, issues=judgment.issues)
                corrections += correction_rows(row=note, corrections=judgment.corrections)
        for table, rows in ((NOTE_ISSUES, issues), (NOTE_CORRECTIONS, corrections)):
            if rows:
                self._workbench.append(table=table, rows=rows)


def judged_values(*, table: Sequence[Mapping[str, str]], policy: CatalogPolicy) -> list[Judgment]:
    """Return what is true of every row that holds the cells; the measures that are missing are told elsewhere."""
    given = [GivenRow(row=0, cells=cells) for cells in (_SOUND, *table)]
    sound, *judged = judged_by_python(table=given, policy=policy)
    usual = frozenset([*map(_identity, sound.issues), *map(_identity, sound.corrections)])
    return [
        Judgment(
            handed=msgspec.structs.asdict(read_facts(cells=one.cells)),
            final=msgspec.structs.asdict(found.facts),
            issues=tuple(
                each
                for each in found.issues
                if each.code is not IssueCode.MEASURES_MISSING and _identity(each) not in usual
            ),
            corrections=tuple(each for each in found.corrections if _identity(each) not in usual),
        )
        for one, found in zip(given[1:], judged, strict=True)
    ]


def _with(cells: Mapping[str, str | None]) -> dict[str, str]:
    merged = {name: text for name, text in {**_SOUND, **cells}.items() if text is not None}
    if "price" in cells and cells.get("price_minor") is None:
        merged.pop("price_minor", None)
    return merged


def _identity(one: Issue | Correction) -> bytes:
    return msgspec.json.encode(one)


def _typed(results: Sequence[str], type_sql: str) -> list[tuple[str, str]]:
    return [(one, "VARCHAR" if one == "currency" else type_sql) for one in results]
