"""Kept rules: their data, their states, and how they are matched. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier
from openaisle.reviews.decisions import Verdict
from openaisle.reviews.model import CorrectionValue, Decision, ReviewFinding, ReviewTask
from openaisle.reviews.patterns import ANY_CHARACTER, ANY_RUN, Match, fits

PATTERN_MAXIMUM = 500
_SPECIFIC_FIRST = (Match.EXACT, Match.FOLDED, Match.WILDCARD)


class RuleState(StrEnum):
    """Where a rule stands: made but not yet in force, in force, or taken out of force."""

    DRAFT = "draft"
    ACTIVE = "active"
    OFF = "off"


class RuleCommand(StrEnum):
    """What can be done with a rule."""

    REVISE = "revise"
    TEST = "test"
    SWITCH_ON = "switch_on"
    SWITCH_OFF = "switch_off"


RULE_TRANSITIONS: Mapping[tuple[RuleState, RuleCommand], RuleState] = {
    (RuleState.DRAFT, RuleCommand.REVISE): RuleState.DRAFT,
    (RuleState.OFF, RuleCommand.REVISE): RuleState.DRAFT,
    (RuleState.DRAFT, RuleCommand.TEST): RuleState.DRAFT,
    (RuleState.ACTIVE, RuleCommand.TEST): RuleState.ACTIVE,
    (RuleState.OFF, RuleCommand.TEST): RuleState.OFF,
    (RuleState.DRAFT, RuleCommand.SWITCH_ON): RuleState.ACTIVE,
    (RuleState.OFF, RuleCommand.SWITCH_ON): RuleState.ACTIVE,
    (RuleState.ACTIVE, RuleCommand.SWITCH_OFF): RuleState.OFF,
}


class RuleTransitionRefused(TransitionRefused):
    """The rule's state does not allow the command, such as revising a rule that is in force."""

    code = "review-rule-transition-refused"
    title = "The state of the rule does not allow this"
    mend = "Switch an active rule off before revising it; read the rule to see its state."


class RuleUntested(TransitionRefused):
    """A rule was to be switched on that has not been held against history as it stands now."""

    code = "review-rule-untested"
    title = "The rule has not been tested against history"
    mend = "Test the rule first, look at what it would have changed, then switch it on."


class RuleMissing(NotFound):
    """There is no kept rule of that identifier."""

    code = "review-rule-missing"
    title = "No such rule"


class RuleUnfit(RequestInvalid):
    """No rule can be kept of this: the decision, the finding or the field does not allow it."""

    code = "review-rule-unfit"
    title = "No rule can be kept of this"
    mend = "Keep rules of findings about one field with a known value that one person approved or corrected."


class PatternTooWide(RequestInvalid):
    """A pattern of wildcards alone would settle everything; that is a matter of the policy, not of a rule."""

    code = "review-rule-pattern-too-wide"
    title = "The pattern matches everything"
    mend = "Name at least one character of what the rule is about."


class RuleSample(msgspec.Struct, frozen=True, kw_only=True):
    """One past task that the rule would have settled, and what the person decided; None while it waits."""

    task_id: str
    subject_id: str
    value: str
    decided: Decision | None
    decided_value: CorrectionValue
    agrees: bool | None


class RuleTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would have done in the past.

    ``looked_at`` tasks of its cause were replayed, ``would_change`` of them have a finding it matches, and of these
    ``would_settle`` would not have needed a person. A person decided ``agreed`` of them just so, ``differed``
    otherwise; the rest waits or was withdrawn. ``complete`` is false if more tasks exist than are replayed at once.
    """

    version: int
    at: datetime
    by: str
    looked_at: int
    would_change: int
    would_settle: int
    agreed: int
    differed: int
    complete: bool
    samples: tuple[RuleSample, ...]


class RuleStep(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a rule's audit: what somebody did with it."""

    action: str
    version: int
    by: str
    at: datetime
    reason: str = ""


class KeptRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided about a finding without a person.

    It fits findings with ``code`` about ``field`` of subjects of ``subject_kind`` whose value fits ``pattern``.
    ``replacement`` is what the field becomes where the decision is corrected.
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
    test: RuleTest | None = None
    steps: tuple[RuleStep, ...] = ()

    def fits(self, *, subject_kind: str, finding: ReviewFinding) -> bool:
        """Return whether the rule is about this finding."""
        return (
            finding.value is not None
            and (subject_kind, finding.code, finding.field) == (self.subject_kind, self.code, self.field)
            and fits(match=self.match, pattern=self.pattern, text=finding.value)
        )


class RuleMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule does: counters that concurrent commits add to."""

    rule_id: str
    times_applied: int = 0
    overturned: int = 0


class RuleApplication(msgspec.Struct, frozen=True, kw_only=True):
    """A rule has settled a finding of a subject: if that finding comes back, a person looks at it."""

    rule_id: str
    rule_version: int
    task_id: str
    subject_kind: str
    subject_id: str
    code: str
    field: str
    value: str
    applied_at: datetime
    overturned_at: datetime | None = None
    overturned_by: str | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What active rules say about a new task: the verdict, and which rule settles which finding."""

    verdict: Verdict
    settled: tuple[tuple[KeptRule, ReviewFinding], ...]


def rule_id_of(*, task_id: str, code: str, field: str) -> str:
    """Return the identifier of the one rule kept of a finding of a task."""
    return derived_identifier(prefix="rul", parts=(task_id, code, field))


def deciding_findings(*, task: ReviewTask) -> tuple[ReviewFinding, ...]:
    """Return the findings for which a person was asked; none if a cause has no finding, as nothing settles it then."""
    found = tuple(finding for finding in task.findings if finding.code in task.causes)
    return found if {finding.code for finding in found} == set(task.causes) else ()


def settled_by(
    *, task: ReviewTask, rules: Sequence[KeptRule], applied: frozenset[tuple[str, str]] = frozenset()
) -> Settlement | None:
    """Return what the rules decide about a task, or None if a person must look.

    Every deciding finding needs a rule. ``applied`` are the codes and fields that rules have settled for this subject
    before: one that comes back goes to a person, so no two rules can mend each other's mends for ever. Findings that
    are corrected go first; what is only approved is settled when it is found again about the corrected record.
    """
    findings = deciding_findings(task=task)
    if task.four_eyes or not findings:
        return None
    chosen: list[tuple[KeptRule, ReviewFinding]] = []
    for finding in findings:
        rule = best_rule(rules=rules, subject_kind=task.subject_kind, finding=finding)
        if rule is None or (finding.code, finding.field) in applied:
            return None
        chosen.append((rule, finding))
    correcting = [one for one in chosen if one[0].decision is Decision.CORRECTED]
    settled = correcting or chosen
    corrections: dict[str, CorrectionValue] = {}
    for rule, _ in correcting:
        if corrections.setdefault(rule.field, rule.replacement) != rule.replacement:
            return None
    verdict = Verdict(
        decision=Decision.CORRECTED if correcting else Decision.APPROVED,
        corrections=corrections,
        reason="; ".join(dict.fromkeys(rule.reason for rule, _ in settled))[:2_000],
    )
    return Settlement(verdict=verdict, settled=tuple(settled))


def best_rule(*, rules: Sequence[KeptRule], subject_kind: str, finding: ReviewFinding) -> KeptRule | None:
    """Return the most specific rule that fits: exact before folded before wildcard, longer patterns first."""
    fitting = [rule for rule in rules if rule.fits(subject_kind=subject_kind, finding=finding)]
    return min(
        fitting,
        key=lambda rule: (_SPECIFIC_FIRST.index(rule.match), -len(rule.pattern), rule.made_at, rule.rule_id),
        default=None,
    )


def require_pattern(*, match: Match, pattern: str, value: str) -> None:
    """Refuse a pattern that matches everything or not even what it was made from; PatternTooWide, RuleUnfit."""
    if match is Match.WILDCARD and not pattern.strip(ANY_RUN + ANY_CHARACTER + " "):
        raise PatternTooWide(detail=f"The pattern {pattern!r} has no character of its own.")
    if not fits(match=match, pattern=pattern, text=value):
        raise RuleUnfit(detail=f"The pattern {pattern!r} does not match {value[:100]!r}, of which it is made.")
