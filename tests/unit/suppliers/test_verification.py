"""What the policy makes of the results of checks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.verification import (
    STANDARD_POLICY,
    Action,
    Approval,
    CheckResult,
    CheckRule,
    Outcome,
    Severity,
    Verdict,
    VerificationPolicy,
    could_not_run,
    judged,
)
from tests.factories.contexts import NOON
from tests.factories.suppliers import make_result

POLICY = VerificationPolicy(
    version="test-1",
    rules={
        "deciding": CheckRule(on_fail=Action.REJECT, on_inconclusive=Action.REVIEW),
        "noted": CheckRule(on_fail=Action.NOTE, on_inconclusive=Action.NOTE),
    },
    otherwise=CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.NOTE),
)


def make_approval(*, check: str, code: str = "odd") -> Approval:
    return Approval(check=check, code=code, reason="looked up", by="operator:anna", at=NOON)


@pytest.mark.parametrize(
    ("check", "outcome", "expected"),
    [
        ("deciding", Outcome.PASS, Verdict.ACTIVE),
        ("deciding", Outcome.FAIL, Verdict.REJECTED),
        ("deciding", Outcome.INCONCLUSIVE, Verdict.IN_REVIEW),
        ("noted", Outcome.FAIL, Verdict.ACTIVE),
        ("any other", Outcome.FAIL, Verdict.IN_REVIEW),
        ("any other", Outcome.INCONCLUSIVE, Verdict.ACTIVE),
    ],
)
def test_the_policy_says_what_an_outcome_leads_to(check: str, outcome: Outcome, expected: Verdict) -> None:
    results = [make_result(check="fine"), make_result(check=check, outcome=outcome)]
    assert judged(policy=POLICY, results=results, approvals=()).verdict is expected


def test_one_rejection_weighs_more_than_many_reviews() -> None:
    results = [
        make_result(check="first", outcome=Outcome.FAIL),
        make_result(check="deciding", outcome=Outcome.FAIL, code="wrong"),
        make_result(check="last", outcome=Outcome.FAIL),
    ]
    judgment = judged(policy=POLICY, results=results, approvals=())
    assert (judgment.verdict, judgment.causes) == (Verdict.REJECTED, ("wrong",))
    assert judgment.reason == "deciding is wrong."


def test_what_is_only_worth_knowing_stops_nobody() -> None:
    result = make_result(check="deciding", outcome=Outcome.INCONCLUSIVE, severity=Severity.INFO)
    assert judged(policy=POLICY, results=[result], approvals=()).verdict is Verdict.ACTIVE


def test_an_approved_finding_no_longer_counts_but_another_one_does() -> None:
    results = [
        make_result(check="first", outcome=Outcome.FAIL, code="seen"),
        make_result(check="first", outcome=Outcome.FAIL, code="new"),
    ]
    approvals = [make_approval(check="first", code="seen")]
    judgment = judged(policy=POLICY, results=results, approvals=approvals)
    assert (judgment.verdict, judgment.causes) == (Verdict.IN_REVIEW, ("new",))
    approvals.append(make_approval(check="first", code="new"))
    assert judged(policy=POLICY, results=results, approvals=approvals).verdict is Verdict.ACTIVE


def test_a_check_that_could_not_run_asks_a_person_by_the_standard_policy() -> None:
    result = could_not_run(check="phone", error="States.Timeout", cause="slow")
    assert judged(policy=STANDARD_POLICY, results=[result], approvals=()).verdict is Verdict.IN_REVIEW


RESULTS = st.lists(
    st.builds(
        make_result,
        check=st.sampled_from(["deciding", "noted", "other"]),
        outcome=st.sampled_from(Outcome),
        severity=st.sampled_from(Severity),
        code=st.sampled_from(["odd", "wrong"]),
    ),
    max_size=6,
)


@given(results=RESULTS)
def test_the_order_of_the_checks_does_not_change_the_verdict(results: list[CheckResult]) -> None:
    forward = judged(policy=POLICY, results=results, approvals=())
    backward = judged(policy=POLICY, results=list(reversed(results)), approvals=())
    assert forward.verdict is backward.verdict


@given(results=RESULTS)
def test_approving_every_finding_always_leads_to_active(results: list[CheckResult]) -> None:
    approvals = [make_approval(check=one.check, code=finding.code) for one in results for finding in one.findings]
    assert judged(policy=POLICY, results=results, approvals=approvals).verdict is Verdict.ACTIVE
