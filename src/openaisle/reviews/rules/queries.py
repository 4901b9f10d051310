"""Read kept rules, with how they do."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.table import Index, Table
from openaisle.reviews.model import CorrectionValue, Decision
from openaisle.reviews.patterns import Match
from openaisle.reviews.rules.model import (
    KeptRule,
    RuleApplication,
    RuleMeasure,
    RuleMissing,
    RuleState,
    RuleStep,
    RuleTest,
)
from openaisle.reviews.rules.repository import (
    ALL_RULES,
    KEPT_RULES,
    RULE_APPLICATIONS,
    RULE_MEASURES,
    applications_of_rule,
    measure_key,
    rule_key,
)


class KeptRuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is shown.

    ``times_applied`` counts the tasks it settled, ``overturned`` the findings that came back to a person who then
    decided otherwise. ``steps`` is its audit, the latest 100.
    """

    rule_id: str
    version: int
    state: RuleState
    subject_kind: str
    code: str
    field: str
    match: Match
    pattern: str
    decision: Decision
    replacement: CorrectionValue
    reason: str
    task_id: str
    made_by: str
    made_at: datetime
    test: RuleTest | None
    steps: tuple[RuleStep, ...]
    times_applied: int
    last_applied_at: datetime | None
    overturned: int


class KeptRulePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rules, the newest first; ``next_after`` is null on the last page.

    A page of one state may hold fewer than asked for although another follows.
    """

    review_rules: list[KeptRuleView]
    next_after: str | None


class RuleApplicationPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule has settled, the latest first; ``next_after`` is null on the last page."""

    applications: list[RuleApplication]
    next_after: str | None


class RuleQueries:
    """The queries of kept rules."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def rule(self, *, rule_id: str) -> KeptRuleView:
        """Return one rule; raises RuleMissing."""
        item = await self._table.get(key=rule_key(rule_id=rule_id))
        if item is None:
            raise RuleMissing(detail=f"There is no rule {rule_id[:40]}.")
        return await self._view(rule=KEPT_RULES.decode(item).record)

    async def listed(
        self, *, state: RuleState | None = None, after: str | None = None, limit: int = 100
    ) -> KeptRulePage:
        """Return a page of rules in a state, or of all."""
        page = await self._table.query(
            partition=ALL_RULES, index=Index.FIRST, after=after, limit=limit, descending=True
        )
        rules = [KEPT_RULES.decode(item).record for item in page.items]
        views = [await self._view(rule=rule) for rule in rules if state in {None, rule.state}]
        return KeptRulePage(review_rules=views, next_after=page.cursor)

    async def applications(self, *, rule_id: str, after: str | None = None, limit: int = 100) -> RuleApplicationPage:
        """Return what a rule has settled; raises RuleMissing."""
        if await self._table.get(key=rule_key(rule_id=rule_id)) is None:
            raise RuleMissing(detail=f"There is no rule {rule_id[:40]}.")
        page = await self._table.query(
            partition=applications_of_rule(rule_id=rule_id),
            index=Index.FIRST,
            after=after,
            limit=limit,
            descending=True,
        )
        applied = [RULE_APPLICATIONS.decode(item).record for item in page.items]
        return RuleApplicationPage(applications=applied, next_after=page.cursor)

    async def _view(self, *, rule: KeptRule) -> KeptRuleView:
        item = await self._table.get(key=measure_key(rule_id=rule.rule_id))
        measure = RULE_MEASURES.decode(item).record if item is not None else RuleMeasure(rule_id=rule.rule_id)
        latest = None
        if measure.times_applied:
            latest = (await self.applications(rule_id=rule.rule_id, limit=1)).applications
        return KeptRuleView(
            **{name: getattr(rule, name) for name in KeptRule.__struct_fields__},
            times_applied=measure.times_applied,
            last_applied_at=latest[0].applied_at if latest else None,
            overturned=measure.overturned,
        )
