"""A feed: its states, its counts, and the decisions about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.catalog.issues import Issue
from openaisle.kernel.errors import NotFound, RequestInvalid, TransitionRefused


class FeedKind(StrEnum):
    """What the rows of a feed are about: whole products, or only some terms of offers that exist."""

    PRODUCTS = "products"
    OFFERS = "offers"
    STOCK = "stock"
    PRICE = "price"


class FeedMode(StrEnum):
    """What is missing in a file stays as it is (update), or is withdrawn (full; products only)."""

    UPDATE = "update"
    FULL = "full"


class FeedLane(StrEnum):
    """Where a feed queues: one for whole products, and one for the quick feeds, which never wait behind them."""

    PRODUCTS = "products"
    QUICK = "quick"


class FeedState(StrEnum):
    """Where a feed stands."""

    RECEIVED = "received"
    READING = "reading"
    VALIDATING = "validating"
    HELD = "held"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    CANCELED = "canceled"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


class HoldReason(StrEnum):
    """Why a feed waits for somebody."""

    MAPPING_NEEDED = "mapping_needed"
    TOO_MANY_MISSING = "too_many_missing"


class FeedUnknown(NotFound):
    """There is no such feed, or it belongs to another supplier."""

    code = "feed-unknown"
    title = "No such feed"


class FeedTransitionRefused(TransitionRefused):
    """The feed is not in a state that allows the step."""

    code = "feed-transition-refused"
    title = "The state of the feed does not allow this"


class FullModeRefused(RequestInvalid):
    """A quick feed was sent as a full one."""

    code = "full-mode-refused"
    title = "Only feeds of products may be full"
    mend = "Send it with mode=update."


FEED_TRANSITIONS: Mapping[FeedState, frozenset[FeedState]] = {
    FeedState.RECEIVED: frozenset({FeedState.READING, FeedState.FAILED, FeedState.CANCELED}),
    # A worker that was killed in the middle starts with reading again.
    FeedState.READING: frozenset({FeedState.READING, FeedState.VALIDATING, FeedState.HELD, FeedState.FAILED}),
    FeedState.VALIDATING: frozenset({FeedState.READING, FeedState.APPLYING, FeedState.HELD, FeedState.FAILED}),
    FeedState.HELD: frozenset({FeedState.RECEIVED, FeedState.CANCELED}),
    FeedState.APPLYING: frozenset({FeedState.APPLYING, FeedState.APPLIED, FeedState.FAILED, FeedState.CANCELED}),
    FeedState.APPLIED: frozenset({FeedState.ROLLING_BACK}),
    FeedState.FAILED: frozenset({FeedState.RECEIVED, FeedState.APPLYING, FeedState.ROLLING_BACK, FeedState.CANCELED}),
    FeedState.CANCELED: frozenset({FeedState.ROLLING_BACK}),
    FeedState.ROLLING_BACK: frozenset({FeedState.ROLLING_BACK, FeedState.ROLLED_BACK, FeedState.FAILED}),
    FeedState.ROLLED_BACK: frozenset(),
}

# What a lane has to work on; the others are done or wait for somebody.
RUNNABLE = frozenset(
    {FeedState.RECEIVED, FeedState.READING, FeedState.VALIDATING, FeedState.APPLYING, FeedState.ROLLING_BACK}
)


class FeedCounts(msgspec.Struct, frozen=True, kw_only=True):
    """``rows = accepted + corrected + unchanged + in_review + rejected``; ``accepted + corrected = new + changed``.

    ``removed`` are offers that a full feed no longer names; they are no rows of its file.
    """

    rows: int = 0
    accepted: int = 0
    corrected: int = 0
    unchanged: int = 0
    in_review: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: FeedCounts) -> FeedCounts:
        """Return the sums."""
        return FeedCounts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class FeedHold(msgspec.Struct, frozen=True, kw_only=True):
    """Why a feed waits, in words that tell what confirming it means."""

    reason: HoldReason
    detail: str


class FeedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be applied, as the last reading of the file found it.

    ``attempt`` names the blobs that hold the rows. Of the ``batches`` the first ``fast_batches`` create in bulk, the
    others decide row by row. ``touched_through`` is up to where in the change stream foreign changes were considered.
    ``doubts`` are the codes for which a row waits for a person.
    """

    attempt: int
    batches: int
    fast_batches: int
    touched_through: int
    doubts: tuple[str, ...] = ()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A file of many submissions or terms, with its progress.

    ``rows_total`` is how many rows the file has, once that is known, and ``rows_done`` how many have their verdict;
    ``rows_looked_at`` is how many of the first rows were judged before all are, 0 if none were.
    ``issues`` are those of the file as a whole. ``failure`` says why a failed feed broke off, if not its issues do.
    ``confirmed`` are the holds that somebody has confirmed. Once the feed is ``taken_back``, ``restored``
    counts what was put back as it was, and ``kept`` what something newer had changed since. ``review_groups`` are the
    groups in which its doubtful rows wait for a person's decision.
    """

    feed_id: str
    supplier_id: str
    kind: FeedKind = FeedKind.PRODUCTS
    mode: FeedMode = FeedMode.UPDATE
    file_name: str | None = None
    state: FeedState = FeedState.RECEIVED
    byte_count: int
    sha256: str
    counts: FeedCounts = FeedCounts()
    rows_total: int | None = None
    rows_done: int = 0
    rows_looked_at: int = 0
    issues: tuple[Issue, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    hold: FeedHold | None = None
    confirmed: tuple[HoldReason, ...] = ()
    failure: str | None = None
    attempts: int = 0
    plan: FeedPlan | None = None
    batches_done: int = 0
    taken_back: bool = False
    restored: int = 0
    kept: int = 0
    review_groups: tuple[str, ...] = ()
    received_at: datetime
    changed_at: datetime

    @property
    def lane(self) -> FeedLane:
        """Return the lane in which the feed queues."""
        return FeedLane.PRODUCTS if self.kind is FeedKind.PRODUCTS else FeedLane.QUICK


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What reading found out about the file as a whole."""

    row_count: int
    encoding: str | None = None
    delimiter: str | None = None
    issues: tuple[Issue, ...] = ()


def decide_reading(*, feed: Feed, at: datetime) -> Feed:
    """Return the feed as being read, from the start; raises FeedTransitionRefused."""
    state = _state(source=feed.state, target=FeedState.READING)
    return msgspec.structs.replace(feed, state=state, attempts=feed.attempts + 1, hold=None, changed_at=at)


def decide_looked(*, feed: Feed, rows: int, at: datetime) -> Feed:
    """Return the feed with so many of its first rows looked at; the very same if it is no longer being read."""
    if feed.state is not FeedState.READING:
        return feed
    return msgspec.structs.replace(feed, rows_looked_at=rows, changed_at=at)


def decide_validating(*, feed: Feed, file: FileFacts, at: datetime) -> Feed:
    """Return the feed as being validated, with what its file told; raises FeedTransitionRefused."""
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=FeedState.VALIDATING),
        rows_total=file.row_count,
        encoding=file.encoding,
        delimiter=file.delimiter,
        issues=file.issues,
        changed_at=at,
    )


def decide_planned(*, feed: Feed, plan: FeedPlan, counts: FeedCounts, at: datetime) -> Feed:
    """Return the feed as being applied; ``counts`` are of the rows that need no writing."""
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=FeedState.APPLYING),
        plan=plan,
        counts=counts,
        rows_done=counts.rows,
        batches_done=0,
        changed_at=at,
    )


def decide_progress(*, feed: Feed, batches_done: int, counts: FeedCounts, at: datetime) -> Feed:
    """Return the feed after more batches were applied; ``counts`` are those of these alone."""
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=FeedState.APPLYING),
        counts=feed.counts + counts,
        rows_done=feed.rows_done + counts.rows,
        batches_done=batches_done,
        changed_at=at,
    )


def decide_applied(*, feed: Feed, at: datetime, refused: int = 0, review_groups: tuple[str, ...] = ()) -> Feed:
    """Return the feed as applied; raises FeedTransitionRefused.

    ``refused`` rows that were in doubt are rejected without asking, as a person has refused them before.
    """
    counts = msgspec.structs.replace(
        feed.counts, in_review=feed.counts.in_review - refused, rejected=feed.counts.rejected + refused
    )
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=FeedState.APPLIED),
        counts=counts,
        review_groups=review_groups,
        changed_at=at,
    )


def decide_batch_reserved(*, feed: Feed, at: datetime) -> tuple[Feed, int]:
    """Return an applied feed with one more batch, for rows that a person decided afterwards, and that batch's number.

    So taking the feed back takes these rows back too. Raises FeedTransitionRefused.
    """
    if feed.plan is None or feed.state is not FeedState.APPLIED:
        raise FeedTransitionRefused(detail=f"To a feed that is {feed.state} nothing is added.")
    batch = feed.plan.batches
    plan = msgspec.structs.replace(feed.plan, batches=batch + 1)
    return msgspec.structs.replace(feed, plan=plan, batches_done=batch + 1, changed_at=at), batch


def decide_reviewed(*, feed: Feed, counts: FeedCounts, at: datetime) -> Feed:
    """Return an applied feed some of whose rows in review got their verdicts: ``counts`` are of these alone.

    Raises FeedTransitionRefused.
    """
    if feed.state is not FeedState.APPLIED:
        raise FeedTransitionRefused(detail=f"The rows of a feed that is {feed.state} get no new verdicts.")
    summed = feed.counts + counts
    settled = msgspec.structs.replace(
        summed, rows=feed.counts.rows, in_review=feed.counts.in_review - counts.rows + counts.in_review
    )
    return msgspec.structs.replace(feed, counts=settled, changed_at=at)


def decide_held(*, feed: Feed, hold: FeedHold, at: datetime) -> Feed:
    """Return the feed as waiting for somebody; raises FeedTransitionRefused."""
    return msgspec.structs.replace(
        feed, state=_state(source=feed.state, target=FeedState.HELD), hold=hold, changed_at=at
    )


def decide_confirmed(*, feed: Feed, at: datetime) -> Feed:
    """Return a held feed as ready to be read again, with its hold confirmed; raises FeedTransitionRefused."""
    if feed.hold is None:
        raise FeedTransitionRefused(detail="This feed waits for nobody.")
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=FeedState.RECEIVED),
        hold=None,
        confirmed=(*feed.confirmed, feed.hold.reason),
        changed_at=at,
    )


def decide_failed(*, feed: Feed, at: datetime, issues: tuple[Issue, ...] = (), failure: str | None = None) -> Feed:
    """Return the feed as set aside, with why; raises FeedTransitionRefused."""
    state = _state(source=feed.state, target=FeedState.FAILED)
    return msgspec.structs.replace(feed, state=state, issues=issues or feed.issues, failure=failure, changed_at=at)


def decide_retried(*, feed: Feed, at: datetime) -> Feed:
    """Return a failed feed as going on where it broke off; raises FeedTransitionRefused."""
    if feed.state is not FeedState.FAILED:
        raise FeedTransitionRefused(detail=f"A feed that is {feed.state} is not run again.")
    if feed.taken_back:
        target = FeedState.ROLLING_BACK
    else:
        target = FeedState.APPLYING if feed.plan is not None else FeedState.RECEIVED
    state = _state(source=feed.state, target=target)
    return msgspec.structs.replace(feed, state=state, failure=None, changed_at=at)


def decide_canceled(*, feed: Feed, at: datetime) -> Feed:
    """Return the feed as stopped; raises FeedTransitionRefused."""
    return msgspec.structs.replace(
        feed, state=_state(source=feed.state, target=FeedState.CANCELED), hold=None, changed_at=at
    )


def decide_rolling_back(*, feed: Feed, at: datetime) -> Feed:
    """Return the feed as being taken back, the last batch first; raises FeedTransitionRefused."""
    if feed.plan is None:
        raise FeedTransitionRefused(detail="Nothing of this feed was applied.")
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=FeedState.ROLLING_BACK),
        # Also batches that were begun and never recorded as done may have left something.
        batches_done=feed.batches_done if feed.taken_back else feed.plan.batches,
        taken_back=True,
        failure=None,
        changed_at=at,
    )


def decide_taken_back(*, feed: Feed, batches_done: int, restored: int, kept: int, at: datetime) -> Feed:
    """Return the feed after some of its batches were taken back; ``batches_done`` are left."""
    target = FeedState.ROLLING_BACK if batches_done else FeedState.ROLLED_BACK
    return msgspec.structs.replace(
        feed,
        state=_state(source=feed.state, target=target),
        batches_done=batches_done,
        restored=feed.restored + restored,
        kept=feed.kept + kept,
        changed_at=at,
    )


def _state(*, source: FeedState, target: FeedState) -> FeedState:
    if target not in FEED_TRANSITIONS[source]:
        raise FeedTransitionRefused(detail=f"A feed that is {source} cannot become {target}.")
    return target
