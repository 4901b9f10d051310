"""Keep rules of decisions, test them against history, switch them on and off."""

from __future__ import annotations

from collections.abc import Callable

from openaisle.kernel.context import Context
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import Table
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.model import CorrectionValue, ReviewTask, ReviewTaskMissing
from openaisle.reviews.patterns import Match
from openaisle.reviews.policy import STANDARD_POLICY, ReviewPolicy
from openaisle.reviews.repository import REVIEW_TASKS, review_task_key
from openaisle.reviews.rules.decisions import (
    decide_kept,
    decide_revised,
    decide_switched_off,
    decide_switched_on,
    decide_tested,
)
from openaisle.reviews.rules.events import RuleKept, RuleSwitchedOff, RuleSwitchedOn, RuleTested
from openaisle.reviews.rules.model import KeptRule, RuleMeasure, RuleMissing, RuleTransitionRefused
from openaisle.reviews.rules.repository import KEPT_RULES, RULE_MEASURES, rule_key

HISTORY_MAXIMUM = 5_000


class KeptRules:
    """The use cases of kept rules."""

    def __init__(self, *, table: Table, policy: ReviewPolicy = STANDARD_POLICY) -> None:
        """Take the table and the policy that says what no rule may settle."""
        self._table = table
        self._policy = policy
        self._histories = ReviewHistories(table=table)

    async def keep(
        self,
        *,
        task_id: str,
        code: str,
        field: str,
        match: Match,
        pattern: str | None,
        reason: str,
        context: Context,
    ) -> KeptRule:
        """Keep what was decided about a finding of a task as a rule, which is a draft; kept twice, it is one rule.

        Without a ``pattern`` it is the finding's own value. Raises ReviewTaskMissing, RuleUnfit, PatternTooWide, and
        RuleTransitionRefused if another rule was kept of this finding already.
        """
        task = await self._task(task_id=task_id)
        rule = decide_kept(
            task=task,
            code=code,
            field=field,
            match=match,
            pattern=pattern,
            reason=reason,
            policy=self._policy,
            context=context,
        )

        async def attempt() -> KeptRule:
            item = await self._table.get(key=rule_key(rule_id=rule.rule_id))
            if item is not None:
                there = KEPT_RULES.decode(item).record
                if (there.match, there.pattern) != (rule.match, rule.pattern):
                    raise RuleTransitionRefused(
                        detail=f"{there.rule_id} was kept of this finding already; revise it instead."
                    )
                return there
            measure = RULE_MEASURES.create(RuleMeasure(rule_id=rule.rule_id))
            await self._table.commit(writes=[KEPT_RULES.create(rule, events=[_kept(rule)]), measure], context=context)
            return rule

        return await decided_anew(attempt)

    async def revise(
        self,
        *,
        rule_id: str,
        match: Match,
        pattern: str,
        replacement: CorrectionValue,
        reason: str,
        context: Context,
    ) -> KeptRule:
        """Make a new version of a rule that is not in force; it must be tested anew.

        Raises RuleMissing, RuleTransitionRefused, RuleUnfit, PatternTooWide.
        """
        task = await self._task(task_id=(await self._load(rule_id=rule_id)).record.task_id)

        def decide(rule: KeptRule) -> tuple[KeptRule, Event]:
            revised = decide_revised(
                rule=rule,
                task=task,
                match=match,
                pattern=pattern,
                replacement=replacement,
                reason=reason,
                context=context,
            )
            return revised, _kept(revised)

        return await self._decided(rule_id=rule_id, decide=decide, context=context)

    async def test(self, *, rule_id: str, context: Context) -> KeptRule:
        """Hold the rule against the latest 5,000 tasks of its cause; nothing but the rule changes. RuleMissing."""
        found = (await self._load(rule_id=rule_id)).record
        past = await self._histories.of_cause(
            subject_kind=found.subject_kind, cause=found.code, maximum=HISTORY_MAXIMUM
        )

        def decide(rule: KeptRule) -> tuple[KeptRule, Event]:
            tested = decide_tested(rule=rule, tasks=past.tasks, complete=past.complete, context=context)
            looked_at, would_change = (tested.test.looked_at, tested.test.would_change) if tested.test else (0, 0)
            event = RuleTested(rule_id=rule_id, version=rule.version, looked_at=looked_at, would_change=would_change)
            return tested, event

        return await self._decided(rule_id=rule_id, decide=decide, context=context)

    async def switch_on(self, *, rule_id: str, reason: str, context: Context) -> KeptRule:
        """Put a tested rule in force.

        Raises RuleMissing, RuleTransitionRefused, RuleUntested, RuleUnfit, SecondPersonNeeded.
        """

        def decide(rule: KeptRule) -> tuple[KeptRule, Event]:
            on = decide_switched_on(rule=rule, reason=reason, policy=self._policy, context=context)
            return on, RuleSwitchedOn(rule_id=rule_id, version=on.version, by=context.principal.actor)

        return await self._decided(rule_id=rule_id, decide=decide, context=context)

    async def switch_off(self, *, rule_id: str, reason: str, context: Context) -> KeptRule:
        """Take a rule out of force; raises RuleMissing, RuleTransitionRefused."""

        def decide(rule: KeptRule) -> tuple[KeptRule, Event]:
            off = decide_switched_off(rule=rule, reason=reason, context=context)
            return off, RuleSwitchedOff(rule_id=rule_id, version=off.version, by=context.principal.actor, reason=reason)

        return await self._decided(rule_id=rule_id, decide=decide, context=context)

    async def _decided(
        self, *, rule_id: str, decide: Callable[[KeptRule], tuple[KeptRule, Event]], context: Context
    ) -> KeptRule:
        async def attempt() -> KeptRule:
            found = await self._load(rule_id=rule_id)
            rule, event = decide(found.record)
            write = KEPT_RULES.replace(rule, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)
            return rule

        return await decided_anew(attempt)

    async def _load(self, *, rule_id: str) -> Versioned[KeptRule]:
        item = await self._table.get(key=rule_key(rule_id=rule_id))
        if item is None:
            raise RuleMissing(detail=f"There is no rule {rule_id[:40]}.")
        return KEPT_RULES.decode(item)

    async def _task(self, *, task_id: str) -> ReviewTask:
        item = await self._table.get(key=review_task_key(task_id=task_id))
        if item is None:
            raise ReviewTaskMissing(detail=f"There is no review task {task_id[:40]}.")
        return REVIEW_TASKS.decode(item).record


def _kept(rule: KeptRule) -> RuleKept:
    return RuleKept(
        rule_id=rule.rule_id,
        version=rule.version,
        subject_kind=rule.subject_kind,
        code=rule.code,
        field=rule.field,
    )
