"""What happens to groups of doubtful rows."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class ReviewGroupJoined(Event, frozen=True, kw_only=True):
    """Rows of a feed joined a group of the same cause, or opened it; a person is asked about all of them at once."""

    TYPE: ClassVar[str] = "review_group.joined"

    group_id: str
    feed_id: str
    causes: tuple[str, ...]
    rows: int


class ReviewGroupDecided(Event, frozen=True, kw_only=True):
    """A person has decided about all rows of a group; they are applied in portions from now on."""

    TYPE: ClassVar[str] = "review_group.decided"

    group_id: str
    decision: str
    rows: int


class ReviewGroupSettled(Event, frozen=True, kw_only=True):
    """Every row of a group has its verdict."""

    TYPE: ClassVar[str] = "review_group.settled"

    group_id: str
    accepted: int
    corrected: int
    unchanged: int
    rejected: int
