"""View models of the pages of kept rules."""

from __future__ import annotations

from openaisle.entrypoints.console.views.rules import RulePage, RulesPage, rule_page, rules_page
from openaisle.reviews.model import Decision
from openaisle.reviews.patterns import Match
from openaisle.reviews.rules.model import RuleSample, RuleState, RuleStep, RuleTest
from openaisle.reviews.rules.queries import KeptRulePage, KeptRuleView
from tests.factories.contexts import NOON


def rule_view() -> KeptRuleView:
    sample = RuleSample(
        task_id="tsk_1", subject_id="sup_1", value="Bremn", decided=Decision.CORRECTED,
        decided_value="Bremerhaven", agrees=False,
    )  # fmt: skip
    return KeptRuleView(
        rule_id="rul_1",
        version=2,
        state=RuleState.ACTIVE,
        subject_kind="supplier",
        code="city-unknown",
        field="address.city",
        match=Match.WILDCARD,
        pattern="Brem?",
        decision=Decision.CORRECTED,
        replacement="Bremen",
        reason="A typing error.",
        task_id="tsk_1",
        made_by="operator:ana",
        made_at=NOON,
        test=RuleTest(
            version=2, at=NOON, by="operator:ana", looked_at=1_204, would_change=212, would_settle=200, agreed=198,
            differed=2, complete=False, samples=(sample,),
        ),
        steps=(RuleStep(action="kept", version=1, by="operator:ana", at=NOON, reason="x"),),
        times_applied=31,
        last_applied_at=NOON,
        overturned=1,
    )  # fmt: skip


def rules_page_sample() -> RulesPage:
    return rules_page(listed=KeptRulePage(review_rules=[rule_view()], next_after=None), state=None, after="")


def rule_page_sample() -> RulePage:
    return rule_page(rule=rule_view())
