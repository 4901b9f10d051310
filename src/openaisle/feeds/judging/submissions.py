"""Submissions by API are judged as rows of feeds are: by the validator, then by the rules over whole tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from openaisle.catalog.issues import Issue, Severity
from openaisle.catalog.model import Verdict
from openaisle.catalog.policy import Policies
from openaisle.catalog.table_rules import TableRule
from openaisle.catalog.validation import Candidate, Validated, validate
from openaisle.feeds.judging.rules import apply_rules
from openaisle.feeds.judging.tables import (
    ISSUES,
    JUDGED,
    JUDGED_COLUMNS,
    NUMBER_COLUMNS,
    judged_row,
    make_tables,
)
from openaisle.inventory.acceptance import Intake
from openaisle.inventory.prejudged import Judged
from openaisle.kernel.tabular import Row, Workbench, Workbenches

_NUMBER_MAXIMUM = 2**62
_TYPES = {"row": "BIGINT", "fast": "BOOLEAN", **dict.fromkeys(NUMBER_COLUMNS, "BIGINT")}


class SubmissionJudge:
    """Judges tables of submissions; where no rule is in force, no engine is opened."""

    def __init__(
        self, *, workbenches: Workbenches, policy: Policies, rules: Callable[[], Awaitable[Sequence[TableRule]]]
    ) -> None:
        """Take the workbenches, and what gives the policy and the rules in force."""
        self._workbenches = workbenches
        self._policy = policy
        self._rules = rules

    async def judged(self, *, table: Sequence[Intake]) -> list[Intake]:
        """Return the rows with what was found of each; what only the standing offer tells is left to registering.

        Raises ProductRulesInvalid, StatementFailed: no row is let through unjudged.
        """
        rules, policy = await self._rules(), await self._policy()
        candidates = [
            Candidate(facts=one.facts, issues=one.issues, corrections=one.corrections, settled=one.settled)
            for one in table
        ]
        found = validate(table=candidates, policy=policy)
        if rules and table:
            told = await asyncio.to_thread(self._ruled, found=found, table=table, rules=rules)
        else:
            told = {}
        return [
            _judged(taken=taken, found=one, told=told.get(place, ((), False)))
            for place, (taken, one) in enumerate(zip(table, found, strict=True))
        ]

    def _ruled(
        self, *, found: Sequence[Validated], table: Sequence[Intake], rules: Sequence[TableRule]
    ) -> dict[int, tuple[tuple[Issue, ...], bool]]:
        """Return the issues that rules find of rows, by their place, and whether a person is asked."""
        rows = [
            _row(place=place, taken=taken, found=one)
            for place, (taken, one) in enumerate(zip(table, found, strict=True))
            if _fits(one)
        ]
        if not rows:
            return {}
        with self._workbenches.open() as workbench:
            make_tables(workbench=workbench)
            columns = ", ".join(f"{name} {_TYPES.get(name, 'VARCHAR')}" for name in JUDGED_COLUMNS)
            workbench.run(sql=f"CREATE TABLE {JUDGED} ({columns})")
            workbench.append(table=JUDGED, rows=rows)
            apply_rules(workbench=workbench, rules=rules)
            return _told(workbench=workbench)


def _row(*, place: int, taken: Intake, found: Validated) -> Row:
    return judged_row(
        row=place,
        verdict=Verdict.REJECTED if found.rejected else Verdict.ACCEPTED,
        facts=found.facts,
        facts_hash=taken.facts_hash,
    )


def _fits(found: Validated) -> bool:
    """Return whether the engine's numbers hold those of the row; what is larger was rejected for it."""
    numbers = [getattr(found.facts, name) for name in NUMBER_COLUMNS]
    return all(number is None or abs(number) < _NUMBER_MAXIMUM for number in numbers)


def _told(*, workbench: Workbench) -> dict[int, tuple[tuple[Issue, ...], bool]]:
    doubted = {
        row for rows in workbench.rows(sql=f"SELECT row FROM {JUDGED} WHERE verdict = 'in_review'") for (row,) in rows
    }
    issues: dict[int, tuple[Issue, ...]] = {}
    sql = f"SELECT row, field, code, severity, message, suggestion FROM {ISSUES} ORDER BY row, code, field"
    for rows in workbench.rows(sql=sql):
        for row, field, code, severity, message, suggestion in rows:
            one = Issue(field=field, code=code, severity=Severity(severity), message=message, suggestion=suggestion)
            issues[row] = (*issues.get(row, ()), one)
    return {row: (issues.get(row, ()), row in doubted) for row in issues.keys() | doubted}


def _judged(*, taken: Intake, found: Validated, told: tuple[tuple[Issue, ...], bool]) -> Intake:
    issues, doubted = told
    judged = Judged(facts=found.facts, issues=(*found.issues, *issues), corrections=found.corrections, doubted=doubted)
    return msgspec.structs.replace(taken, facts=found.facts, judged=judged)
