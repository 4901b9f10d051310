"""The statement of the fast path while its fields are added: columns step by step, mends, conditions, findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.kernel.tabular import quoted_name, quoted_text

SHOWN_CHARACTERS = 200
STEPS = 5
# The engine puts the expressions of one projection into the next and then computes them once per use, which takes four
# times as long. It never moves a condition that may differ from call to call, so this one keeps the steps apart.
STEPS_KEPT_APART = "WHERE random() >= 0"


class Mend(NamedTuple):
    """One correction: of which rows (an expression), of which field, from what to what (expressions), by which rule."""

    where: str
    field: str
    before: str
    after: str
    rule: CorrectionRule

    def sql(self) -> str:
        """Return the expression of the correction as a structure."""
        return f"""{{'field': {quoted_text(self.field)}, 'before': left({self.before}, {SHOWN_CHARACTERS}),
            'after': left({self.after}, {SHOWN_CHARACTERS}), 'rule': {quoted_text(self.rule.value)}}}"""


class Finding(NamedTuple):
    """One issue: of which rows, the expression of its field, its code, and the expression of its message.

    ``where`` reads the columns of the steps; field and message are made afterwards and read judged facts and ``bit``s.
    """

    where: str
    field: str
    code: IssueCode
    message: str


def bit_sql(place: int) -> str:
    """Return the expression that reads a flag of a judged row."""
    return f"(finding_bits & {1 << place}) <> 0"


class Draft:
    """The parts of one statement over a table of cells.

    ``steps`` are columns, each step reading those of the steps before it. ``fast`` are conditions that all must hold.
    ``handed`` and ``final`` are expressions of the facts as handed in and as mended; of what is left out, there is
    none. Raw cells are ``raw_<field>``; a column that the table lacks is NULL.
    """

    def __init__(self, *, cells: str, columns: frozenset[str]) -> None:
        """Take the name of the table of cells and the names of its columns."""
        self.cells = cells
        self.columns = columns
        self.steps: list[dict[str, str]] = [{} for _ in range(STEPS)]
        self.joins: list[str] = []
        self.fast: list[str] = []
        self.mends: list[Mend] = []
        self.findings: list[Finding] = []
        self.flags: list[str] = []
        self.notes: dict[str, str] = {}
        self.handed: dict[str, str] = {}
        self.final: dict[str, str] = {}
        self.source: dict[str, str] = {}

    def has(self, field: str) -> bool:
        """Return whether the table has a column for the field."""
        return field in self.columns

    def raw(self, field: str) -> str:
        """Return the name under which the cell of a field is known in all steps."""
        name = quoted_name(f"raw_{field}")
        self.source.setdefault(name, f"c.{quoted_name(field)}" if field in self.columns else "NULL::VARCHAR")
        return name

    def step(self, number: int, columns: Mapping[str, str]) -> None:
        """Add columns to a step."""
        self.steps[number] |= columns

    def flag(self, where: str) -> str:
        """Keep a condition with the judged row; returns the expression that reads it there."""
        self.flags.append(where)
        return bit_sql(len(self.flags) - 1)

    def dictionary(self, *, name: str, key: str, results: tuple[str, ...], unless: str = "false") -> None:
        """Join a dictionary by the key; its columns become ``<name>_<column>``, NULL where it has no such value.

        ``unless`` names rows for which another dictionary tells what was found.
        """
        alias = f"d_{name}"
        self.joins.append(f"LEFT JOIN {quoted_name(f'dictionary_{name}')} {alias} ON {alias}.key = {key}")
        self.source |= {
            f"{name}_{column}": f"{alias}.{column}"
            for column in (
                "key",
                "note",
                "weight",
                "corrected",
                *(f"{side}_{one}" for one in results for side in ("handed", "final")),
            )
        }
        self.notes[name] = unless

    def rows_sql(self) -> str:
        """Return the query of all rows with all columns of all steps."""
        listed = ", ".join(f"{expression} AS {name}" for name, expression in self.source.items())
        joins = "\n".join(self.joins)
        query = f"SELECT c.row AS row, {listed} FROM {quoted_name(self.cells)} c {joins}"
        for columns in self.steps:
            if columns:
                added = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
                query = f"SELECT *, {added} FROM ({query}) {STEPS_KEPT_APART}"
        return query
