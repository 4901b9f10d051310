"""What active rules say about a task that is to be filed, and how they are measured afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.records import Event
from openaisle.kernel.table import Adjust, Check, Index, Table, Write
from openaisle.reviews.model import Decision, ReviewTask
from openaisle.reviews.rules.events import RuleOverturned
from openaisle.reviews.rules.model import KeptRule, RuleApplication, Settlement, deciding_findings, settled_by
from openaisle.reviews.rules.repository import (
    KEPT_RULES,
    RULE_APPLICATIONS,
    active_rules,
    applications_of_subject,
    measure_key,
    rule_key,
)

_RULES_MAXIMUM = 500
_APPLICATIONS_MAXIMUM = 500
_SETTLED_MAXIMUM = 25


class SettledTask(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules decide, with the writes that must be committed beside the task."""

    settlement: Settlement
    rule_ids: tuple[str, ...]
    writes: tuple[Write, ...]


class Rulebook:
    """The rules in force."""

    def __init__(self, *, table: Table, ruled_elsewhere: frozenset[str] = frozenset()) -> None:
        """Take the table, and the kinds of subjects whose rooms apply the rules themselves."""
        self._table = table
        self._ruled_elsewhere = ruled_elsewhere

    async def settlement(self, *, task: ReviewTask, context: Context) -> SettledTask | None:
        """Return what the active rules decide about a new task, or None if a person must.

        The writes refuse the commit if a rule was changed meanwhile, or settled the same for this subject.
        """
        findings = deciding_findings(task=task)
        if task.four_eyes or not 0 < len(findings) <= _SETTLED_MAXIMUM:
            return None
        if task.subject_kind in self._ruled_elsewhere:
            return None
        versions: dict[str, int] = {}
        rules: list[KeptRule] = []
        for code in {finding.code for finding in findings}:
            page = await self._table.query(
                partition=active_rules(subject_kind=task.subject_kind, code=code),
                index=Index.SECOND,
                limit=_RULES_MAXIMUM,
            )
            for found in map(KEPT_RULES.decode, page.items):
                rules.append(found.record)
                versions[found.record.rule_id] = found.version
        if not rules:
            return None
        applied = frozenset((one.code, one.field) for one, _ in await self._applications(task=task))
        settlement = settled_by(task=task, rules=rules, applied=applied)
        if settlement is None:
            return None
        return _settled(task=task, settlement=settlement, versions=versions, context=context)

    async def in_force(self, *, subject_kind: str, codes: Iterable[str]) -> list[KeptRule]:
        """Return the active rules about findings of these codes, for rooms that apply rules to whole tables."""
        rules: list[KeptRule] = []
        for code in codes:
            page = await self._table.query(
                partition=active_rules(subject_kind=subject_kind, code=code), index=Index.SECOND, limit=_RULES_MAXIMUM
            )
            rules += [KEPT_RULES.record(item.body) for item in page.items]
        return rules

    def applied(
        self, *, subject_kind: str, subject_id: str, rules: Iterable[KeptRule], context: Context
    ) -> list[Write]:
        """Return what is to be written beside a table that rules were applied to; of many rules the first are told."""
        writes: list[Write] = []
        for rule in list(rules)[:_SETTLED_MAXIMUM]:
            told = RuleApplication(
                rule_id=rule.rule_id,
                rule_version=rule.version,
                task_id=subject_id,
                subject_kind=subject_kind,
                subject_id=subject_id,
                code=rule.code,
                field=f"{rule.field}#{rule.rule_id}",
                value=rule.pattern,
                applied_at=context.at,
            )
            writes.append(RULE_APPLICATIONS.store(told))
            writes.append(Adjust(key=measure_key(rule_id=rule.rule_id), changes={"times_applied": 1}, streamed=False))
        return writes

    async def overturned(self, *, task: ReviewTask, context: Context) -> tuple[list[Write], list[Event]]:
        """Return what is to be written if a person's resolution says otherwise than a rule did about this subject."""
        resolution = task.resolution
        if resolution is None or resolution.decision in {Decision.APPROVED, Decision.WITHDRAWN}:
            return [], []
        found = {
            (finding.code, finding.field)
            for finding in task.findings
            if resolution.decision is not Decision.CORRECTED or finding.field in resolution.corrections
        }
        overturned = [
            (one, version)
            for one, version in await self._applications(task=task)
            if one.overturned_at is None and (one.code, one.field) in found
        ][:_SETTLED_MAXIMUM]
        actor = context.principal.actor
        writes: list[Write] = [
            RULE_APPLICATIONS.replace(
                msgspec.structs.replace(one, overturned_at=context.at, overturned_by=actor), version=version
            )
            for one, version in overturned
        ]
        counts = Counter(one.rule_id for one, _ in overturned)
        writes += [
            Adjust(key=measure_key(rule_id=rule_id), changes={"overturned": count}, streamed=False)
            for rule_id, count in counts.items()
        ]
        return writes, [RuleOverturned(rule_id=one, task_id=task.task_id, by=actor) for one in counts]

    async def _applications(self, *, task: ReviewTask) -> list[tuple[RuleApplication, int]]:
        page = await self._table.query(
            partition=applications_of_subject(subject_kind=task.subject_kind, subject_id=task.subject_id),
            limit=_APPLICATIONS_MAXIMUM,
        )
        found = map(RULE_APPLICATIONS.decode, page.items)
        return [(one.record, one.version) for one in found]


def _settled(*, task: ReviewTask, settlement: Settlement, versions: dict[str, int], context: Context) -> SettledTask:
    rules = {rule.rule_id: rule for rule, _ in settlement.settled}
    applications = {
        (finding.code, finding.field): RuleApplication(
            rule_id=rule.rule_id,
            rule_version=rule.version,
            task_id=task.task_id,
            subject_kind=task.subject_kind,
            subject_id=task.subject_id,
            code=finding.code,
            field=finding.field,
            value=finding.value or "",
            applied_at=context.at,
        )
        for rule, finding in settlement.settled
    }
    writes: list[Write] = [RULE_APPLICATIONS.create(one) for one in applications.values()]
    for rule_id in rules:
        # A rule that is switched off in this very moment settles nothing any more.
        writes.append(Check(key=rule_key(rule_id=rule_id), expected_version=versions[rule_id]))
        writes.append(Adjust(key=measure_key(rule_id=rule_id), changes={"times_applied": 1}, streamed=False))
    return SettledTask(settlement=settlement, rule_ids=tuple(rules), writes=tuple(writes))
