"""The workflows of the catalog as data; the room that knows offers and stock registers what their tasks do.

See inventory/registration.py. Validation and application are one task each: what passes between tasks is bounded,
and a verdict belongs into the same commit as what it makes.
"""

from __future__ import annotations

from openaisle.kernel.workflow import (
    Choice,
    Comparison,
    Operator,
    Pass,
    Retry,
    Sequence,
    Task,
    When,
    Workflow,
)

VALIDATE_SUBMISSIONS = "catalog.validate_submissions"
REQUEST_REVIEWS = "catalog.request_reviews"

# Asked twice for one submission, one task is filed; so work that runs again asks again.
_REVIEWS_OF_THE_DOUBTFUL = Choice(
    name="AnyDoubtful",
    rules=(
        When(
            condition=Comparison(path="$.outcome.in_review", operator=Operator.IS_EMPTY, value=False),
            step=Task(
                name="RequestReviews",
                handler=REQUEST_REVIEWS,
                timeout_seconds=60.0,
                retry=(Retry(),),
                result_at="$.reviews",
            ),
        ),
    ),
    otherwise=Pass(name="NothingDoubtful"),
)

# Document: submission_ids, at, correlation_id.
PRODUCT_SUBMISSION_VALIDATION = Workflow(
    name="product_submission_validation",
    step=Sequence(
        steps=(
            Task(
                name="ValidateAndApply",
                handler=VALIDATE_SUBMISSIONS,
                timeout_seconds=60.0,
                retry=(Retry(),),
                result_at="$.outcome",
            ),
            _REVIEWS_OF_THE_DOUBTFUL,
        )
    ),
)

WORKFLOWS = (PRODUCT_SUBMISSION_VALIDATION,)
