"""What a verification finds and what follows from it: results of checks, policy, verdict. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """What a check found: all in order, something wrong, or nothing certain."""

    PASS = "pass"  # noqa: S105 - the outcome of a check, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Severity(StrEnum):
    """How grave a finding is; what is only worth knowing (``info``) never stops a supplier."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CheckFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a check found about one field, and what would mend it."""

    field: str
    code: str
    severity: Severity
    message: str
    suggestion: str | None = None


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found, with the evidence it went by.

    ``severity`` and ``suggestion`` are those of the gravest finding. ``confidential`` evidence is about others and is
    shown to the operator only.
    """

    check: str
    outcome: Outcome
    severity: Severity
    findings: tuple[CheckFinding, ...] = ()
    evidence: dict[str, str] = {}
    suggestion: str | None = None
    confidential: bool = False


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A mend of one field with its provenance; ``rule`` is ``review`` where a person made it."""

    field: str
    before: str | None
    after: str | None
    rule: str
    who: str
    at: datetime


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A mend that is likely but not certain: a person decides."""

    field: str
    before: str | None
    after: str | None
    rule: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A person's decision to accept one finding of one check, as long as the facts stay as they are."""

    check: str
    code: str
    reason: str
    by: str
    at: datetime


class Action(StrEnum):
    """What the policy makes of a check that did not pass."""

    NOTE = "note"
    REVIEW = "review"
    REJECT = "reject"


class CheckRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a fail and what an inconclusive outcome of one check leads to."""

    on_fail: Action
    on_inconclusive: Action


class VerificationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Which check decides, which asks a person, which is only noted; each verdict names the ``version``.

    A check without a rule of its own follows ``otherwise``.
    """

    version: str
    rules: dict[str, CheckRule]
    otherwise: CheckRule


class Verdict(StrEnum):
    """What a verification ends with."""

    ACTIVE = "active"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"


class Judgment(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict with the codes of the findings that led to it, and one sentence that says why."""

    verdict: Verdict
    causes: tuple[str, ...]
    reason: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one verification of one revision of a supplier's facts."""

    supplier_id: str
    revision: int
    verdict: Verdict
    reason: str
    causes: tuple[str, ...]
    policy_version: str
    checks: tuple[CheckResult, ...]
    proposals: tuple[Proposal, ...]
    decided_at: datetime


STANDARD_POLICY = VerificationPolicy(
    version="standard-2",
    rules={
        "country": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "registration_number": CheckRule(on_fail=Action.REJECT, on_inconclusive=Action.REVIEW),
        "tax_id": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "email": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "phone": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "website": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.NOTE),
        "address": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "duplicate": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "sanctions": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "legal_entity_identifier": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.NOTE),
    },
    otherwise=CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
)

_GRAVITY = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def passed(*, check: str, evidence: Mapping[str, str]) -> CheckResult:
    """Return the result of a check that found all in order."""
    return CheckResult(check=check, outcome=Outcome.PASS, severity=Severity.INFO, evidence=dict(evidence))


def found(
    *,
    check: str,
    outcome: Outcome,
    findings: Sequence[CheckFinding],
    evidence: Mapping[str, str],
    confidential: bool = False,
) -> CheckResult:
    """Return the result of a check that found something."""
    gravest = max(findings, key=lambda finding: _GRAVITY[finding.severity])
    return CheckResult(
        check=check,
        outcome=outcome,
        severity=gravest.severity,
        findings=tuple(findings),
        evidence=dict(evidence),
        suggestion=gravest.suggestion,
        confidential=confidential,
    )


def could_not_run(*, check: str, error: str, cause: str) -> CheckResult:
    """Return the result of a check that raised or did not end in time: a person decides instead."""
    finding = CheckFinding(
        field=check,
        code="check-failed",
        severity=Severity.WARNING,
        message="The check could not be carried out.",
        suggestion="Verify by hand, or send the supplier through verification again.",
    )
    evidence = {"error": error[:200], "cause": cause[:500]}
    return found(check=check, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)


def judged(*, policy: VerificationPolicy, results: Sequence[CheckResult], approvals: Sequence[Approval]) -> Judgment:
    """Return the verdict on the results of all checks.

    Findings that a person has approved no longer count, nor do those that are only worth knowing. Of what is left,
    one rejection rejects, else one review asks a person, else the supplier is active.
    """
    approved = {(approval.check, approval.code) for approval in approvals}
    causes: dict[Action, dict[str, str]] = {Action.REJECT: {}, Action.REVIEW: {}, Action.NOTE: {}}
    for result in results:
        action = _action(policy=policy, result=result)
        for finding in result.findings:
            if finding.severity is not Severity.INFO and (result.check, finding.code) not in approved:
                causes[action][finding.code] = finding.message
    for action, verdict in ((Action.REJECT, Verdict.REJECTED), (Action.REVIEW, Verdict.IN_REVIEW)):
        if causes[action]:
            reason = " ".join(causes[action].values())
            return Judgment(verdict=verdict, causes=tuple(causes[action]), reason=reason)
    reason = "Every check passed." if not approvals else "Every check passed or was approved by a person."
    return Judgment(verdict=Verdict.ACTIVE, causes=(), reason=reason)


def _action(*, policy: VerificationPolicy, result: CheckResult) -> Action:
    rule = policy.rules.get(result.check, policy.otherwise)
    return rule.on_fail if result.outcome is Outcome.FAIL else rule.on_inconclusive
