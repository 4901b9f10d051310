"""Kept rules: the list, and one rule with what it would have changed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.formats import actor_text, sentence_text, words_text
from openaisle.entrypoints.console.views.common import Choice, Fact, HistoryEntry, Paging, paging_of
from openaisle.reviews.model import Decision
from openaisle.reviews.rules.model import RuleSample, RuleState
from openaisle.reviews.rules.queries import KeptRulePage, KeptRuleView

LIST_HREF = "/console/rules"


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the list."""

    rule_id: str
    about: str
    pattern: str
    outcome: str
    state: str
    times_applied: int
    overturned: int
    last_applied_at: datetime | None


class RulesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of rules in a state, or of all."""

    choices: tuple[Choice, ...]
    rules: tuple[RuleRow, ...]
    paging: Paging


class SampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A past task that the rule would have settled, and what a person decided."""

    href: str
    value: str
    decided: str
    agrees: str


class RulePage(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; ``tested`` tells in a sentence what it would have changed, empty until it is tested."""

    rule_id: str
    about: str
    state: str
    facts: tuple[Fact, ...]
    tested: str
    counts: str
    samples: tuple[SampleRow, ...]
    steps: tuple[HistoryEntry, ...]
    may_switch_on: bool
    may_switch_off: bool


def rules_page(*, listed: KeptRulePage, state: RuleState | None, after: str) -> RulesPage:
    """Return the list of rules."""
    here = f"{LIST_HREF}?state={state.value}" if state is not None else LIST_HREF
    return RulesPage(
        choices=(
            Choice(label="All", href=LIST_HREF, chosen=state is None),
            *(
                Choice(label=sentence_text(code=one.value), href=f"{LIST_HREF}?state={one.value}", chosen=one is state)
                for one in RuleState
            ),
        ),
        rules=tuple(
            RuleRow(
                rule_id=rule.rule_id,
                about=_about(rule),
                pattern=f"{rule.match.value}: {rule.pattern}",
                outcome=_outcome(rule),
                state=rule.state.value,
                times_applied=rule.times_applied,
                overturned=rule.overturned,
                last_applied_at=rule.last_applied_at,
            )
            for rule in listed.review_rules
        ),
        paging=paging_of(href=here, after=after, next_after=listed.next_after),
    )


def rule_page(*, rule: KeptRuleView) -> RulePage:
    """Return the page of one rule."""
    test = rule.test if rule.test is not None and rule.test.version == rule.version else None
    tested = counts = ""
    if test is not None:
        tested = f"It would have changed {test.would_change:,} of {test.looked_at:,} records of this cause."
        counts = (
            f"Decided just so by a person: {test.agreed:,}; otherwise: {test.differed:,}. "
            f"Would have needed nobody: {test.would_settle:,}."
        )
        if not test.complete:
            counts += " Older records were not looked at."
    return RulePage(
        rule_id=rule.rule_id,
        about=_about(rule),
        state=rule.state.value,
        facts=(
            Fact(label="Kind of subject", value=words_text(code=rule.subject_kind)),
            Fact(label="Match", value=rule.match.value),
            Fact(label="Pattern", value=rule.pattern, code=True),
            Fact(label="Decision", value=_outcome(rule)),
            Fact(label="Reason", value=rule.reason),
            Fact(label="Version", value=str(rule.version)),
            Fact(label="Kept from", value=rule.task_id, href=f"/console/reviews/{rule.task_id}", code=True),
            Fact(label="Times applied", value=f"{rule.times_applied:,}"),
            Fact(label="Overturned", value=f"{rule.overturned:,}"),
        ),
        tested=tested,
        counts=counts,
        samples=tuple(_sample(sample) for sample in test.samples) if test is not None else (),
        steps=tuple(
            HistoryEntry(
                at=step.at,
                title=sentence_text(code=step.action),
                detail=step.reason,
                actor=actor_text(actor=step.by),
                state={"switched_on": "good", "switched_off": "bad"}.get(step.action, "quiet"),
            )
            for step in reversed(rule.steps)
        ),
        may_switch_on=rule.state is not RuleState.ACTIVE and test is not None,
        may_switch_off=rule.state is RuleState.ACTIVE,
    )


def _about(rule: KeptRuleView) -> str:
    return f"{sentence_text(code=rule.field)}: {words_text(code=rule.code)}"


def _outcome(rule: KeptRuleView) -> str:
    return "approve" if rule.decision is Decision.APPROVED else f"correct to “{rule.replacement}”"


def _sample(sample: RuleSample) -> SampleRow:
    decided = words_text(code=sample.decided.value) if sample.decided is not None else "still waits"
    if sample.decided_value is not None:
        decided = f"{decided} to “{sample.decided_value}”"
    agrees = {None: "", True: "same", False: "otherwise"}[sample.agrees]
    return SampleRow(href=f"/console/reviews/{sample.task_id}", value=sample.value, decided=decided, agrees=agrees)
