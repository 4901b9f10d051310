"""One step of a feed: which workflow goes on with it, and what the tasks of these workflows do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from openaisle.feeds.applying.applying import FeedApplication, StepOutcome
from openaisle.feeds.applying.concluding import FeedConclusion
from openaisle.feeds.applying.preparing import FeedPreparation
from openaisle.feeds.applying.undoing import FeedRollback
from openaisle.feeds.events import FeedFailed
from openaisle.feeds.model import RUNNABLE, Feed, FeedState, decide_failed
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.repository import FEEDS
from openaisle.feeds.state.touched import feeds_context
from openaisle.feeds.workflow import (
    APPLY_BATCHES,
    CONCLUDE_FEED,
    FEED_BATCHES,
    FEED_CONCLUSION,
    FEED_PREPARATION,
    FEED_ROLLBACK,
    PREPARE_FEED,
    RECORD_PROGRESS,
    TAKE_BACK_BATCHES,
)
from openaisle.kernel.context import Context
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table
from openaisle.kernel.workflow import Document, ExecutionFailed, Handler, Json, Workflow, WorkflowRunner

_PREPARED_BY = frozenset({FeedState.RECEIVED, FeedState.READING, FeedState.VALIDATING})
_FAILURE_LENGTH_MAXIMUM = 500


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    """The document of each of the workflows."""

    feed_id: str
    at: datetime
    correlation_id: str
    batches_done: int = 0
    outcome: StepOutcome = StepOutcome()

    @property
    def context(self) -> Context:
        return feeds_context(at=self.at, correlation_id=self.correlation_id)


class FeedHandlers:
    """The tasks of the workflows of feeds."""

    def __init__(
        self,
        *,
        preparation: FeedPreparation,
        application: FeedApplication,
        conclusion: FeedConclusion,
        rollback: FeedRollback,
    ) -> None:
        """Take what each part of a feed's life does."""
        self._preparation = preparation
        self._application = application
        self._conclusion = conclusion
        self._rollback = rollback

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of the tasks, by the names that the workflows give them."""
        return {
            PREPARE_FEED: self._prepare,
            APPLY_BATCHES: self._apply,
            RECORD_PROGRESS: self._record,
            CONCLUDE_FEED: self._conclude,
            TAKE_BACK_BATCHES: self._take_back,
        }

    async def _prepare(self, document: Document) -> Json:
        asked = msgspec.convert(document, _Document)
        return (await self._preparation.prepare(feed_id=asked.feed_id, context=asked.context)).value

    async def _apply(self, document: Document) -> Json:
        asked = msgspec.convert(document, _Document)
        outcome = await self._application.apply(
            feed_id=asked.feed_id, batches_done=asked.batches_done, context=asked.context
        )
        return msgspec.to_builtins(outcome)

    async def _record(self, document: Document) -> Json:
        asked = msgspec.convert(document, _Document)
        feed = await self._application.record_progress(
            feed_id=asked.feed_id, outcome=asked.outcome, context=asked.context
        )
        return {"batches_done": feed.batches_done}

    async def _conclude(self, document: Document) -> Json:
        asked = msgspec.convert(document, _Document)
        return (await self._conclusion.conclude(feed_id=asked.feed_id, context=asked.context)).value

    async def _take_back(self, document: Document) -> Json:
        asked = msgspec.convert(document, _Document)
        state = await self._rollback.take_back(
            feed_id=asked.feed_id, batches_done=asked.batches_done, context=asked.context
        )
        return state.value


class FeedSteps:
    """Goes on with a feed by one step; a feed that breaks is set aside with its reason."""

    def __init__(self, *, table: Table, queries: FeedQueries, runner: WorkflowRunner) -> None:
        """Take the table and queries of feeds, and what runs their workflows."""
        self._table = table
        self._queries = queries
        self._runner = runner

    async def run(self, *, feed_id: str) -> FeedState:
        """Do the next step of a feed, if there is one, and return the state it led to."""
        feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
        workflow, document = _next(feed)
        if workflow is None:
            return feed.state
        context = feeds_context(at=_word_of(feed), correlation_id=feed.feed_id)
        try:
            await self._runner.run(
                workflow=workflow,
                document={
                    "feed_id": feed.feed_id,
                    "at": context.at.isoformat(),
                    "correlation_id": context.correlation_id,
                    **document,
                },
                subject=feed.feed_id,
                context=context,
            )
        except ExecutionFailed as failed:
            await self._set_aside(feed_id=feed_id, failure=failed.detail, context=context)
        return (await self._queries.feed(scope=None, feed_id=feed_id)).record.state

    async def _set_aside(self, *, feed_id: str, failure: str, context: Context) -> None:
        async def attempt() -> None:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            if found.record.state not in RUNNABLE:
                # Canceled meanwhile.
                return
            failed = decide_failed(feed=found.record, failure=failure[:_FAILURE_LENGTH_MAXIMUM], at=context.at)
            event = FeedFailed(supplier_id=failed.supplier_id, feed_id=feed_id)
            await self._table.commit(
                writes=[FEEDS.replace(failed, version=found.version, events=[event])], context=context
            )

        await decided_anew(attempt)


def _next(feed: Feed) -> tuple[Workflow | None, dict[str, Any]]:
    if feed.state in _PREPARED_BY:
        return FEED_PREPARATION, {}
    if feed.state is FeedState.ROLLING_BACK:
        return FEED_ROLLBACK, {"batches_done": feed.batches_done}
    if feed.state is FeedState.APPLYING and feed.plan is not None:
        if feed.batches_done < feed.plan.batches:
            return FEED_BATCHES, {"batches_done": feed.batches_done}
        return FEED_CONCLUSION, {}
    return None, {}


def _word_of(feed: Feed) -> datetime:
    # What a feed says it said when it was handed in, however long it waited; taking back is said when it is asked for.
    return feed.changed_at if feed.state is FeedState.ROLLING_BACK else feed.received_at
