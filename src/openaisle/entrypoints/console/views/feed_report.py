"""One feed as people follow it: how far it is, what it waits for, what was found by cause, what can be done."""

from __future__ import annotations

import msgspec

from openaisle.entrypoints.console.views.common import StateCount
from openaisle.feeds.model import FEED_TRANSITIONS, RUNNABLE, Feed, FeedKind, FeedMode, FeedState, HoldReason
from openaisle.feeds.report import Cause, FeedCauses
from openaisle.feeds.ways_in.progress import FeedProgress, progress_of
from openaisle.feeds.ways_in.report_file import WORKBOOK_ROWS_MAXIMUM, ReportFormat

KINDS = (
    (FeedKind.PRODUCTS, FeedMode.UPDATE, "Products: add and change"),
    (FeedKind.PRODUCTS, FeedMode.FULL, "Products: all that we sell; withdraw what the file does not name"),
    (FeedKind.OFFERS, FeedMode.UPDATE, "Prices and quantities of products that are known"),
    (FeedKind.STOCK, FeedMode.UPDATE, "Quantities only"),
    (FeedKind.PRICE, FeedMode.UPDATE, "Prices only"),
)
"""What a file may be, in words; the value of a choice is ``kind-mode``."""

_ENDED = frozenset({FeedState.APPLIED, FeedState.ROLLING_BACK, FeedState.ROLLED_BACK})
_SEVERITIES = {"error": 0, "warning": 1, "info": 2}
_VERDICTS = ("accepted", "corrected", "unchanged", "in_review", "rejected")


class FeedAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a person can do with the feed as it stands; ``path`` follows the feed's own address."""

    path: str
    label: str
    explanation: str
    main: bool = False


class FeedReportView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a feed shows above its rows."""

    feed_id: str
    name: str
    what: str
    state: str
    live: bool
    progress: FeedProgress
    counts: tuple[StateCount, ...]
    hold: str
    mapping_needed: bool
    failure: str
    actions: tuple[FeedAction, ...]
    formats: tuple[str, ...]
    found: tuple[Cause, ...]
    mended: tuple[Cause, ...]
    first_rows: int


def feed_report_view(*, feed: Feed, causes: FeedCauses) -> FeedReportView:
    """Return what the page of a feed shows above its rows."""
    return FeedReportView(
        feed_id=feed.feed_id,
        name=feed.file_name or "Feed",
        what=what_of(feed=feed),
        state=feed.state.value,
        live=feed.state in RUNNABLE,
        progress=progress_of(feed=feed),
        counts=tuple(StateCount(state=verdict, count=getattr(feed.counts, verdict)) for verdict in _VERDICTS),
        hold=feed.hold.detail if feed.hold is not None else "",
        mapping_needed=feed.hold is not None and feed.hold.reason is HoldReason.MAPPING_NEEDED,
        failure=_failure(feed=feed),
        actions=_actions(feed=feed),
        formats=_formats(feed=feed),
        # What refuses rows comes before what is only worth a look; within, the most frequent first as they come.
        found=tuple(sorted(causes.issues, key=lambda one: _SEVERITIES.get(one.severity, len(_SEVERITIES)))),
        mended=causes.corrections,
        first_rows=causes.first_rows,
    )


def what_of(*, feed: Feed) -> str:
    """Return in words what a feed is about."""
    words = {(kind, mode): text for kind, mode, text in KINDS}
    return words[feed.kind, feed.mode].partition(":")[0] + (" (full)" if feed.mode is FeedMode.FULL else "")


def _failure(*, feed: Feed) -> str:
    if feed.state is not FeedState.FAILED:
        return ""
    return feed.failure or " ".join(one.message for one in feed.issues[:3])


def _formats(*, feed: Feed) -> tuple[str, ...]:
    if feed.plan is None or feed.state not in _ENDED:
        return ()
    if feed.counts.rows > WORKBOOK_ROWS_MAXIMUM:
        return (ReportFormat.CSV.value,)
    return (ReportFormat.XLSX.value, ReportFormat.CSV.value)


def _actions(*, feed: Feed) -> tuple[FeedAction, ...]:
    allowed = FEED_TRANSITIONS[feed.state]
    actions: list[FeedAction] = []
    if feed.hold is not None and feed.hold.reason is HoldReason.TOO_MANY_MISSING:
        explanation = "What the file does not name is withdrawn."
        actions.append(FeedAction(path="confirmation", label="Go on all the same", explanation=explanation, main=True))
    if feed.state is FeedState.FAILED:
        actions.append(
            FeedAction(path="retry", label="Try again", explanation="It goes on where it broke off.", main=True)
        )
    if FeedState.ROLLING_BACK in allowed and feed.plan is not None:
        explanation = "Everything becomes what it was before, except what something newer has changed since."
        actions.append(FeedAction(path="rollback", label="Take this feed back", explanation=explanation))
    if FeedState.CANCELED in allowed:
        explanation = "What was applied of it stays." if feed.plan is not None else "Nothing of it was applied."
        actions.append(FeedAction(path="cancellation", label="Stop this feed", explanation=explanation))
    return tuple(actions)
