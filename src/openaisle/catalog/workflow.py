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
    Succeed,
    Task,
    When,
    Workflow,
)

VALIDATE_SUBMISSIONS = "catalog.validate_submissions"
REQUEST_REVIEWS = "catalog.request_reviews"
APPLY_FEED_PORTION = "catalog.apply_feed_portion"
RECORD_FEED_PROGRESS = "catalog.record_feed_progress"

# Asked twice for one submission, one task is filed; so a portion that runs again asks again.
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

# Document: feed_id, rows_done, at, correlation_id. One execution handles one portion of the rows and states an event
# that starts the next, so a large feed never holds up the feeds of others.
FEED_PORTION = Workflow(
    name="feed_portion",
    step=Sequence(
        steps=(
            Task(
                name="ReadValidateAndApply",
                handler=APPLY_FEED_PORTION,
                timeout_seconds=240.0,
                retry=(Retry(),),
                result_at="$.outcome",
            ),
            Choice(
                name="ProgressDue",
                rules=(
                    When(
                        condition=Comparison(path="$.outcome.due", operator=Operator.EQUALS, value=False),
                        step=Succeed(name="NothingToRecord"),
                    ),
                ),
                otherwise=Pass(name="PortionApplied"),
            ),
            _REVIEWS_OF_THE_DOUBTFUL,
            Task(
                name="RecordProgress",
                handler=RECORD_FEED_PROGRESS,
                retry=(Retry(),),
                result_at="$.progress",
            ),
        )
    ),
)

WORKFLOWS = (PRODUCT_SUBMISSION_VALIDATION, FEED_PORTION)
