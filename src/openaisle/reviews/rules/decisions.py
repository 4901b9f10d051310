"""What can be done with kept rules, decided. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from openaisle.kernel.context import Context
from openaisle.reviews.model import CorrectionValue, Decision, ReviewFinding, ReviewTask, SecondPersonNeeded
from openaisle.reviews.patterns import Match
from openaisle.reviews.policy import ReviewPolicy
from openaisle.reviews.rules.model import (
    RULE_TRANSITIONS,
    KeptRule,
    RuleCommand,
    RuleSample,
    RuleState,
    RuleStep,
    RuleTest,
    RuleTransitionRefused,
    RuleUnfit,
    RuleUntested,
    deciding_findings,
    require_pattern,
    rule_id_of,
    settled_by,
)

SAMPLES_MAXIMUM = 20
_STEPS_KEPT = 100


def decide_kept(
    *,
    task: ReviewTask,
    code: str,
    field: str,
    match: Match,
    pattern: str | None,
    reason: str,
    policy: ReviewPolicy,
    context: Context,
) -> KeptRule:
    """Return the rule that a person's resolution of a task teaches, as a draft; raises RuleUnfit, PatternTooWide."""
    resolution = task.resolution
    if resolution is None or resolution.decision not in {Decision.APPROVED, Decision.CORRECTED} or resolution.rules:
        raise RuleUnfit(detail="Only what a person has approved or corrected can become a rule.")
    if task.four_eyes or policy.risky_facts(subject_kind=task.subject_kind).covers_fields(fields=(field,)):
        raise RuleUnfit(detail="Two people must look at this each time; no rule may do it instead.")
    finding = _finding(task=task, code=code, field=field)
    value = finding.value or ""
    if resolution.decision is Decision.CORRECTED and field not in resolution.corrections:
        raise RuleUnfit(detail=f"The resolution did not correct {field[:100]}.")
    wanted = value if pattern is None else pattern
    require_pattern(match=match, pattern=wanted, value=value)
    return KeptRule(
        rule_id=rule_id_of(task_id=task.task_id, code=code, field=field),
        version=1,
        state=RuleState.DRAFT,
        subject_kind=task.subject_kind,
        code=code,
        field=field,
        match=match,
        pattern=wanted,
        decision=resolution.decision,
        replacement=resolution.corrections.get(field),
        reason=reason or resolution.reason,
        task_id=task.task_id,
        made_by=context.principal.actor,
        made_at=context.at,
        steps=(RuleStep(action="kept", version=1, by=context.principal.actor, at=context.at, reason=reason),),
    )


def decide_revised(
    *,
    rule: KeptRule,
    task: ReviewTask,
    match: Match,
    pattern: str,
    replacement: CorrectionValue,
    reason: str,
    context: Context,
) -> KeptRule:
    """Return the rule's next version, untested; raises RuleTransitionRefused, RuleUnfit, PatternTooWide."""
    state = _next_state(rule=rule, command=RuleCommand.REVISE)
    require_pattern(
        match=match, pattern=pattern, value=_finding(task=task, code=rule.code, field=rule.field).value or ""
    )
    if rule.decision is Decision.APPROVED and replacement is not None:
        raise RuleUnfit(detail="A rule that approves replaces nothing.")
    revised = msgspec.structs.replace(
        rule,
        version=rule.version + 1,
        state=state,
        match=match,
        pattern=pattern,
        replacement=replacement,
        reason=reason,
        test=None,
    )
    return _stepped(rule=revised, action="revised", reason=reason, context=context)


def decide_tested(*, rule: KeptRule, tasks: Iterable[ReviewTask], complete: bool, context: Context) -> KeptRule:
    """Return the rule with what it would have done to past tasks."""
    state = _next_state(rule=rule, command=RuleCommand.TEST)
    looked_at = would_change = would_settle = agreed = differed = 0
    samples: list[RuleSample] = []
    for task in tasks:
        looked_at += 1
        matched = next((one for one in task.findings if rule.fits(subject_kind=rule.subject_kind, finding=one)), None)
        if matched is None or task.four_eyes:
            continue
        would_change += 1
        would_settle += settled_by(task=task, rules=[rule]) is not None
        agrees = _agrees(rule=rule, task=task)
        agreed += agrees is True
        differed += agrees is False
        # Where the person decided otherwise is what the one who switches it on must see.
        sample = _sample(rule=rule, task=task, value=matched.value or "", agrees=agrees)
        samples.insert(0 if agrees is False else len(samples), sample)
        del samples[SAMPLES_MAXIMUM:]
    test = RuleTest(
        version=rule.version,
        at=context.at,
        by=context.principal.actor,
        looked_at=looked_at,
        would_change=would_change,
        would_settle=would_settle,
        agreed=agreed,
        differed=differed,
        complete=complete,
        samples=tuple(samples),
    )
    tested = msgspec.structs.replace(rule, state=state, test=test)
    told = f"would have changed {would_change} of {looked_at} records"
    return _stepped(rule=tested, action="tested", reason=told, context=context)


def decide_switched_on(*, rule: KeptRule, reason: str, policy: ReviewPolicy, context: Context) -> KeptRule:
    """Put the rule in force; raises RuleTransitionRefused, RuleUntested, RuleUnfit, SecondPersonNeeded."""
    state = _next_state(rule=rule, command=RuleCommand.SWITCH_ON)
    if rule.test is None or rule.test.version != rule.version:
        raise RuleUntested(detail=f"Version {rule.version} of {rule.rule_id} has not been tested.")
    risky = policy.risky_facts(subject_kind=rule.subject_kind)
    if risky.covers_causes(causes=(rule.code,)) or risky.covers_fields(fields=(rule.field,)):
        raise RuleUnfit(detail="Two people must look at this each time; no rule may do it instead.")
    shaped_by = {step.by for step in rule.steps if step.action in {"kept", "revised"} and step.version == rule.version}
    if policy.rules_need_two_people and context.principal.actor in shaped_by:
        raise SecondPersonNeeded(detail="Whoever made the rule cannot switch it on here.")
    return _stepped(
        rule=msgspec.structs.replace(rule, state=state), action="switched_on", reason=reason, context=context
    )


def decide_switched_off(*, rule: KeptRule, reason: str, context: Context) -> KeptRule:
    """Take the rule out of force; raises RuleTransitionRefused."""
    state = _next_state(rule=rule, command=RuleCommand.SWITCH_OFF)
    return _stepped(
        rule=msgspec.structs.replace(rule, state=state), action="switched_off", reason=reason, context=context
    )


def _finding(*, task: ReviewTask, code: str, field: str) -> ReviewFinding:
    for finding in deciding_findings(task=task):
        if (finding.code, finding.field) == (code, field) and finding.value is not None:
            return finding
    raise RuleUnfit(
        detail=f"{task.task_id} was not asked for because of {code[:100]} in {field[:100]} with a value that is known."
    )


def _agrees(*, rule: KeptRule, task: ReviewTask) -> bool | None:
    resolution = task.resolution
    if resolution is None or resolution.decision is Decision.WITHDRAWN or resolution.rules:
        return None
    if rule.decision is Decision.APPROVED:
        return resolution.decision is Decision.APPROVED
    return resolution.decision is Decision.CORRECTED and resolution.corrections.get(rule.field) == rule.replacement


def _sample(*, rule: KeptRule, task: ReviewTask, value: str, agrees: bool | None) -> RuleSample:
    resolution = task.resolution
    return RuleSample(
        task_id=task.task_id,
        subject_id=task.subject_id,
        value=value,
        decided=resolution.decision if resolution is not None else None,
        decided_value=resolution.corrections.get(rule.field) if resolution is not None else None,
        agrees=agrees,
    )


def _stepped(*, rule: KeptRule, action: str, reason: str, context: Context) -> KeptRule:
    step = RuleStep(action=action, version=rule.version, by=context.principal.actor, at=context.at, reason=reason)
    # The change log holds what is older; a rule that is tested daily must not grow without end.
    return msgspec.structs.replace(rule, steps=(*rule.steps, step)[-_STEPS_KEPT:])


def _next_state(*, rule: KeptRule, command: RuleCommand) -> RuleState:
    state = RULE_TRANSITIONS.get((rule.state, command))
    if state is None:
        raise RuleTransitionRefused(
            detail=f"{rule.rule_id} is {rule.state.value}; the command {command.value} is not allowed then."
        )
    return state
