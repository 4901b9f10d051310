"""What a verification finds and what follows from it: results of checks, policy, verdict. Pure; no I/O, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.policy import (
    Deadlines,
    LifePolicy,
    Lists,
    PictureStandard,
    TermsPolicy,
    Thresholds,
)
from openaisle.suppliers.requirements import STANDARD_REQUIREMENTS, Requirement
from openaisle.suppliers.review_settings import ReviewSettings


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
    """One thing that a check found about one field, and what would mend it.

    ``about`` is what was found, where the same finding may be about another thing next time, such as another entry of a
    list; who approves it approves of that alone.
    """

    field: str
    code: str
    severity: Severity
    message: str
    suggestion: str | None = None
    about: str | None = None


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
    """A mend of one field with its provenance; ``rule`` is ``review`` where a person made it.

    ``confidence`` is how likely it is right, up to 1.
    """

    field: str
    before: str | None
    after: str | None
    rule: str
    who: str
    at: datetime
    confidence: float = 1.0


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A mend that is likely but not certain: a person decides, or the supplier; ``confidence`` is up to 1."""

    field: str
    before: str | None
    after: str | None
    rule: str
    confidence: float = 0.5


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A person's decision to accept one finding of one check, as long as the facts stay as they are."""

    check: str
    code: str
    reason: str
    by: str
    at: datetime
    about: str | None = None

    def covers(self, *, check: str, finding: CheckFinding) -> bool:
        """Return whether it is this finding of this check that was accepted."""
        return (self.check, self.code, self.about) == (check, finding.code, finding.about)


class Action(StrEnum):
    """What the policy makes of a check that did not pass: note it, ask the supplier, ask a reviewer, or reject."""

    NOTE = "note"
    ASK = "ask"
    REVIEW = "review"
    REJECT = "reject"


class CheckRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a fail and what an inconclusive outcome of one check leads to, and of whom the check is asked.

    Without ``countries`` (ISO 3166) or ``business_models`` it is asked of every one.
    """

    on_fail: Action
    on_inconclusive: Action
    enabled: bool = True
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()

    def concerns(self, *, country: str, business_model: BusinessModel) -> bool:
        """Return whether the check is asked of a supplier of this country and business model."""
        return (
            self.enabled
            and (not self.countries or country in self.countries)
            and (not self.business_models or business_model in self.business_models)
        )


class PolicyException(msgspec.Struct, frozen=True, kw_only=True):
    """Other rules for single checks, for suppliers of some countries or business models; empty means every one."""

    rules: dict[str, CheckRule]
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()


class DocumentRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds of documents that suppliers of some countries or business models must hand in; empty means every one."""

    kinds: tuple[str, ...]
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()


class VerificationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """All that the operator decides about suppliers; each verdict names version and digest.

    ``rules`` say which check decides, which asks a person, which is only noted; the rest says what an application must
    tell, how reviews run, and how long things take.
    A check without a rule of its own follows ``otherwise``. What an exception says of a check goes over both; the
    last one that fits decides. A check that could not be carried out leads to ``on_failure``, if that is graver.
    """

    version: str
    rules: dict[str, CheckRule]
    otherwise: CheckRule
    on_failure: Action = Action.REVIEW
    exceptions: tuple[PolicyException, ...] = ()
    documents: tuple[DocumentRequirement, ...] = ()
    thresholds: Thresholds = Thresholds()
    pictures: PictureStandard = PictureStandard()
    deadlines: Deadlines = Deadlines()
    lists: Lists = Lists()
    requirements: tuple[Requirement, ...] = STANDARD_REQUIREMENTS
    life: LifePolicy = LifePolicy()
    terms: TermsPolicy = TermsPolicy()
    reviews: ReviewSettings = ReviewSettings()

    def rule(self, *, check: str, country: str, business_model: BusinessModel) -> CheckRule:
        """Return the rule of a check for a supplier of this country and business model."""
        rule = self.rules.get(check, self.otherwise)
        for exception in self.exceptions:
            if check in exception.rules and _applies(exception, country, business_model):
                rule = exception.rules[check]
        return rule

    def documents_of(self, *, country: str, business_model: BusinessModel) -> tuple[str, ...]:
        """Return the kinds of documents a supplier of this country and business model must hand in."""
        kinds = [
            kind
            for requirement in self.documents
            if _applies(requirement, country, business_model)
            for kind in requirement.kinds
        ]
        return tuple(dict.fromkeys(kinds))

    def requirements_of(self, *, country: str, business_model: BusinessModel) -> tuple[Requirement, ...]:
        """Return what is asked of such a supplier, each fact once; it is needed if one that asks needs it."""
        asked: dict[str, Requirement] = {}
        for requirement in self.requirements:
            if requirement.concerns(country=country, business_model=business_model):
                before = asked.get(requirement.field)
                if before is None or (requirement.needed and not before.needed):
                    asked[requirement.field] = requirement
        return tuple(asked.values())

    @property
    def digest(self) -> str:
        """The first 16 hexadecimal characters of the SHA-256 of all that the policy says; comments do not count."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]


def _applies(part: PolicyException | DocumentRequirement, country: str, business_model: BusinessModel) -> bool:
    return (not part.countries or country in part.countries) and (
        not part.business_models or business_model in part.business_models
    )


class Verdict(StrEnum):
    """What a verification ends with."""

    ACTIVE = "active"
    ASKED = "asked"
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
    policy_digest: str = ""


STANDARD_POLICY = VerificationPolicy(
    version="standard-3",
    rules={
        "country": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "registration_number": CheckRule(on_fail=Action.REJECT, on_inconclusive=Action.REVIEW),
        "tax_id": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "email": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "mailbox": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.NOTE),
        "phone": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "website": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.NOTE),
        "address": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "duplicate": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "sanctions": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "legal_entity_identifier": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.NOTE),
        "similar_name": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "characters": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "bank_account": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "documents": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "image_standard": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
        "website_answer": CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW, enabled=False),
    },
    otherwise=CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW),
)

CHECK_FAILED = "check-failed"

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
        code=CHECK_FAILED,
        severity=Severity.WARNING,
        message="The check could not be carried out.",
        suggestion="Verify by hand, or send the supplier through verification again.",
    )
    evidence = {"error": error[:200], "cause": cause[:500]}
    return found(check=check, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)


def judged(
    *,
    policy: VerificationPolicy,
    results: Sequence[CheckResult],
    approvals: Sequence[Approval],
    country: str = "",
    business_model: BusinessModel = BusinessModel.MARKETPLACE,
) -> Judgment:
    """Return the verdict on the results of all checks.

    Findings that a person has approved no longer count, nor do those that are only worth knowing. Of what is left,
    one rejection rejects, else one review asks a person, else one question asks the supplier, else it is active.
    """
    causes: dict[Action, dict[str, str]] = {action: {} for action in Action}
    for result in results:
        rule = policy.rule(check=result.check, country=country, business_model=business_model)
        for finding in result.findings:
            approved = any(one.covers(check=result.check, finding=finding) for one in approvals)
            if finding.severity is not Severity.INFO and not approved:
                action = _action(policy=policy, rule=rule, outcome=result.outcome, code=finding.code)
                causes[action][finding.code] = finding.message
    for action, verdict in _VERDICTS.items():
        if causes[action]:
            reason = " ".join(causes[action].values())
            return Judgment(verdict=verdict, causes=tuple(causes[action]), reason=reason)
    reason = "Every check passed." if not approvals else "Every check passed or was approved by a person."
    return Judgment(verdict=Verdict.ACTIVE, causes=(), reason=reason)


_VERDICTS = {Action.REJECT: Verdict.REJECTED, Action.REVIEW: Verdict.IN_REVIEW, Action.ASK: Verdict.ASKED}
_ORDER = (Action.NOTE, Action.ASK, Action.REVIEW, Action.REJECT)


def _action(*, policy: VerificationPolicy, rule: CheckRule, outcome: Outcome, code: str) -> Action:
    action = rule.on_fail if outcome is Outcome.FAIL else rule.on_inconclusive
    if code == CHECK_FAILED:
        return max(action, policy.on_failure, key=_ORDER.index)
    return action
