"""What happens to feeds."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class FeedReceived(Event, frozen=True, kw_only=True):
    """A supplier handed in a feed; its file is stored whole."""

    TYPE: ClassVar[str] = "feed.received"

    feed_id: str


class FeedHeld(Event, frozen=True, kw_only=True):
    """A feed waits for somebody to confirm it; nothing of it was applied."""

    TYPE: ClassVar[str] = "feed.held"

    feed_id: str
    reason: str


class FeedRowsApplied(Event, frozen=True, kw_only=True):
    """A part of a feed's rows made new products, offers and stock levels, all in one commit.

    They are told of here alone: what a feed makes in bulk is not streamed item by item.
    """

    TYPE: ClassVar[str] = "feed.rows_applied"

    feed_id: str
    part: int
    product_ids: tuple[str, ...]


class FeedApplied(Event, frozen=True, kw_only=True):
    """Every row of a feed has its verdict."""

    TYPE: ClassVar[str] = "feed.applied"

    feed_id: str
    rows: int
    rejected: int
    in_review: int


class FeedFailed(Event, frozen=True, kw_only=True):
    """The feed was set aside: its file cannot be read at all, or something broke; its issues or reason say why."""

    TYPE: ClassVar[str] = "feed.failed"

    feed_id: str


class FeedCanceled(Event, frozen=True, kw_only=True):
    """The supplier or the operator stopped a feed; what was applied of it stays until it is rolled back."""

    TYPE: ClassVar[str] = "feed.canceled"

    feed_id: str


class FeedRolledBack(Event, frozen=True, kw_only=True):
    """What a feed wrote was taken back, except what something newer has changed since."""

    TYPE: ClassVar[str] = "feed.rolled_back"

    feed_id: str
    restored: int
    kept: int
