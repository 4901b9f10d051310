"""Where kept rules stand in the table."""

from __future__ import annotations

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.reviews.rules.model import KeptRule, RuleApplication, RuleMeasure, RuleState

ALL_RULES = "REVIEW_RULES"
"""Access pattern: all rules, the newest first (rules.queries.RuleQueries.listed)."""


def rule_key(*, rule_id: str) -> Key:
    """Access pattern: one rule by its identifier."""
    return Key(f"REVIEW_RULE#{rule_id}", "REVIEW_RULE")


def measure_key(*, rule_id: str) -> Key:
    """Access pattern: how one rule does; apart from the rule, so that counting never disturbs who changes the rule."""
    return Key(f"REVIEW_RULE#{rule_id}", "MEASURE")


def active_rules(*, subject_kind: str, code: str) -> str:
    """Access pattern: the rules in force about one sort of finding (rules.use_cases.Rulebook.settlement)."""
    return f"REVIEW_RULES#{subject_kind}#{code}"


def applications_of_subject(*, subject_kind: str, subject_id: str) -> str:
    """Access pattern: what rules have settled about one subject (rules.use_cases.Rulebook)."""
    return f"REVIEW_RULE_SUBJECT#{subject_kind}#{subject_id}"


def applications_of_rule(*, rule_id: str) -> str:
    """Access pattern: what one rule has settled, the latest first (rules.queries.RuleQueries)."""
    return f"REVIEW_RULE_APPLIED#{rule_id}"


def _rule_indexes(rule: KeptRule) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(rule.made_at)}#{rule.rule_id}"
    listed = IndexEntry(Index.FIRST, ALL_RULES, sort)
    if rule.state is not RuleState.ACTIVE:
        return (listed,)
    return (listed, IndexEntry(Index.SECOND, active_rules(subject_kind=rule.subject_kind, code=rule.code), sort))


KEPT_RULES = RecordType(
    kind="review_rule", model=KeptRule, key=lambda rule: rule_key(rule_id=rule.rule_id), indexes=_rule_indexes
)
RULE_MEASURES = RecordType(
    kind="review_rule_measure",
    model=RuleMeasure,
    key=lambda measure: measure_key(rule_id=measure.rule_id),
    streamed=False,
)
RULE_APPLICATIONS = RecordType(
    kind="review_rule_application",
    model=RuleApplication,
    # One for each field and code of a subject: a rule that comes a second time is what must not happen.
    key=lambda one: Key(
        applications_of_subject(subject_kind=one.subject_kind, subject_id=one.subject_id), f"{one.code}#{one.field}"
    ),
    indexes=lambda one: (
        IndexEntry(
            Index.FIRST, applications_of_rule(rule_id=one.rule_id), f"{sortable_time(one.applied_at)}#{one.task_id}"
        ),
    ),
)
