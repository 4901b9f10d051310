"""What happens to kept rules."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class RuleKept(Event, frozen=True, kw_only=True):
    """A person's decision was kept as a rule, or the rule was revised; it is not in force yet."""

    TYPE: ClassVar[str] = "review_rule.kept"

    rule_id: str
    version: int
    subject_kind: str
    code: str
    field: str


class RuleTested(Event, frozen=True, kw_only=True):
    """The rule was held against history."""

    TYPE: ClassVar[str] = "review_rule.tested"

    rule_id: str
    version: int
    looked_at: int
    would_change: int


class RuleSwitchedOn(Event, frozen=True, kw_only=True):
    """The rule decides from now on."""

    TYPE: ClassVar[str] = "review_rule.switched_on"

    rule_id: str
    version: int
    by: str


class RuleSwitchedOff(Event, frozen=True, kw_only=True):
    """The rule decides no more."""

    TYPE: ClassVar[str] = "review_rule.switched_off"

    rule_id: str
    version: int
    by: str
    reason: str


class RuleOverturned(Event, frozen=True, kw_only=True):
    """A person decided otherwise about what the rule had settled."""

    TYPE: ClassVar[str] = "review_rule.overturned"

    rule_id: str
    task_id: str
    by: str
