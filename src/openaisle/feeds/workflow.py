"""The workflows of feeds as data; the lanes start them, and what their tasks do stands in feeds/applying.

One execution prepares a feed, one applies some of its batches, one ends it, one takes some batches back. So a large
feed never holds up those of others, and every execution is short and may run twice.
"""

from __future__ import annotations

from openaisle.kernel.workflow import (
    LoggingLevel,
    Retry,
    Sequence,
    Task,
    Workflow,
)

PREPARE_FEED = "feeds.prepare"
APPLY_BATCHES = "feeds.apply_batches"
RECORD_PROGRESS = "feeds.record_progress"
CONCLUDE_FEED = "feeds.conclude"
TAKE_BACK_BATCHES = "feeds.take_back_batches"

_LONGEST_SECONDS = 1_800.0

# Document: feed_id, at, correlation_id.
FEED_PREPARATION = Workflow(
    name="feed_preparation",
    step=Task(
        name="ReadMapCompareJudge",
        handler=PREPARE_FEED,
        timeout_seconds=_LONGEST_SECONDS,
        retry=(Retry(maximum_attempts=2),),
        result_at="$.state",
    ),
    timeout_seconds=3 * _LONGEST_SECONDS,
)

# Document: feed_id, batches_done, at, correlation_id.
FEED_BATCHES = Workflow(
    name="feed_batches",
    step=Sequence(
        steps=(
            Task(
                name="ApplyBatches",
                handler=APPLY_BATCHES,
                timeout_seconds=240.0,
                retry=(Retry(),),
                result_at="$.outcome",
            ),
            Task(name="RecordProgress", handler=RECORD_PROGRESS, retry=(Retry(),), result_at="$.progress"),
        )
    ),
    timeout_seconds=1_500.0,
    # A feed of a million rows has hundreds of steps; its own record tells how far it is.
    logging_level=LoggingLevel.ERRORS,
)

# Document: feed_id, at, correlation_id.
FEED_CONCLUSION = Workflow(
    name="feed_conclusion",
    step=Task(
        name="ReportAndRemember",
        handler=CONCLUDE_FEED,
        timeout_seconds=_LONGEST_SECONDS,
        retry=(Retry(maximum_attempts=2),),
        result_at="$.state",
    ),
    timeout_seconds=3 * _LONGEST_SECONDS,
)

# Document: feed_id, batches_done, at, correlation_id.
FEED_ROLLBACK = Workflow(
    name="feed_rollback",
    step=Task(
        name="TakeBackBatches",
        handler=TAKE_BACK_BATCHES,
        timeout_seconds=240.0,
        retry=(Retry(),),
        result_at="$.state",
    ),
    timeout_seconds=1_500.0,
    logging_level=LoggingLevel.ERRORS,
)

WORKFLOWS = (FEED_PREPARATION, FEED_BATCHES, FEED_CONCLUSION, FEED_ROLLBACK)
