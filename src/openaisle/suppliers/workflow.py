"""The verification workflow as data.

Claim, correct, examine by all checks at once, judge, and ask a person where the verdict is doubtful. What the tasks do
stands in ``verifier``; which events start the workflow, in ``pipes``.
"""

from __future__ import annotations

from collections.abc import Sequence as ManyOf

from openaisle.kernel.workflow import (
    Catch,
    Choice,
    Comparison,
    Operator,
    Parallel,
    Pass,
    Retry,
    Sequence,
    Succeed,
    Task,
    When,
    Workflow,
)
from openaisle.suppliers.checks.check import Check

CLAIM = "suppliers.claim"
CORRECT = "suppliers.correct"
JUDGE = "suppliers.judge"
REQUEST_REVIEW = "suppliers.request_review"

_IN_REVIEW = "in_review"
_JUDGED = "judged"
_READY = "ready"


def check_handler(*, check: str) -> str:
    """Return the name of the handler that carries a check out."""
    return f"suppliers.check.{check}"


def explain_handler(*, check: str) -> str:
    """Return the name of the handler that makes a result of a check that could not be carried out."""
    return f"suppliers.explain.{check}"


def verification_workflow(*, checks: ManyOf[Check]) -> Workflow:
    """Return the workflow that verifies one revision of a supplier's facts by these checks.

    The document holds supplier_id, revision, at and correlation_id. A revision that is judged already only has its
    review asked for again; one that is no longer the newest is left to the execution of the newest.
    """
    return Workflow(
        name="supplier_verification",
        step=Sequence(
            steps=(
                Task(name="Claim", handler=CLAIM, retry=(Retry(),), result_at="$.claim"),
                Choice(
                    name="IsThereWork",
                    rules=(
                        When(condition=_is("$.claim.readiness", _READY), step=_verify(checks)),
                        When(condition=_is("$.claim.readiness", _JUDGED), step=Pass(name="JudgedBefore")),
                    ),
                    otherwise=Succeed(name="Outdated"),
                ),
                Choice(
                    name="IsAPersonNeeded",
                    rules=(
                        When(
                            condition=_is("$.claim.verdict", _IN_REVIEW),
                            step=Task(
                                name="RequestReview",
                                handler=REQUEST_REVIEW,
                                retry=(Retry(),),
                                result_at="$.review_task_id",
                            ),
                        ),
                    ),
                    otherwise=Pass(name="NobodyIsAsked"),
                ),
            )
        ),
        timeout_seconds=120.0,
    )


def _verify(checks: ManyOf[Check]) -> Sequence:
    return Sequence(
        steps=(
            Task(name="Correct", handler=CORRECT, retry=(Retry(),), result_at="$.corrected"),
            Parallel(name="Examine", branches=tuple(_examine(check) for check in checks), result_at="$.results"),
            Task(name="Judge", handler=JUDGE, retry=(Retry(),), result_at="$.claim.verdict"),
        )
    )


def _examine(check: Check) -> Task:
    return Task(
        name=f"Check_{check.name}",
        handler=check_handler(check=check.name),
        timeout_seconds=check.timeout_seconds,
        retry=(Retry(maximum_attempts=2),),
        catch=(
            Catch(
                step=Task(name=f"Explain_{check.name}", handler=explain_handler(check=check.name)),
                error_at="$.failure",
            ),
        ),
    )


def _is(path: str, value: str) -> Comparison:
    return Comparison(path=path, operator=Operator.EQUALS, value=value)
