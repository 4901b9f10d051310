"""Groups as they stand in the table: which are open and may be joined, and which a person refused."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.feeds.doubts.events import ReviewGroupJoined
from openaisle.feeds.doubts.model import (
    Gathered,
    GroupPart,
    GroupState,
    ReviewGroup,
    decide_joined,
    opened_group,
)
from openaisle.feeds.doubts.repository import DOUBTS, REVIEW_GROUPS, groups_in_state, refused_groups
from openaisle.feeds.model import Feed
from openaisle.feeds.repository import plan_blob_name
from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Table, Write

_OPEN_MAXIMUM = 500
_REFUSED_MAXIMUM = 20


class GroupKeeping:
    """What the end of a feed needs to know and to write of groups."""

    def __init__(self, *, table: Table) -> None:
        """Take the table of groups."""
        self._table = table

    async def refusals(self, *, supplier_id: str) -> list[tuple[str, str, str]]:
        """Return of the rows that were refused lately the name of the blob, the signature and the reason."""
        page = await self._table.query(
            partition=refused_groups(supplier_id=supplier_id),
            index=Index.SECOND,
            limit=_REFUSED_MAXIMUM,
            descending=True,
        )
        groups = [REVIEW_GROUPS.record(item.body) for item in page.items]
        return [
            (
                plan_blob_name(feed_id=part.feed_id, attempt=part.attempt, part=DOUBTS),
                group.signature,
                group.decision.reason if group.decision is not None else "",
            )
            for group in groups
            for part in group.parts
        ]

    async def joined(
        self, *, feed: Feed, attempt: int, gathered: Sequence[Gathered], context: Context
    ) -> tuple[list[Write], tuple[str, ...]]:
        """Return the writes that bring a feed's rows into groups, and the identifiers of these.

        A group of the same cause that still waits is joined, so that nightly feeds ask nobody twice.
        """
        standing = await self._open(supplier_id=feed.supplier_id) if gathered else {}
        writes: list[Write] = []
        group_ids: list[str] = []
        for one in gathered:
            part = GroupPart(feed_id=feed.feed_id, attempt=attempt, rows=one.rows)
            found = standing.get(one.signature)
            if found is None:
                group = opened_group(supplier_id=feed.supplier_id, gathered=one, part=part, at=context.at)
                write = REVIEW_GROUPS.create(group, events=[_joined(group=group, feed=feed)])
            else:
                group = decide_joined(group=found.record, gathered=one, part=part, at=context.at)
                write = REVIEW_GROUPS.replace(group, version=found.version, events=[_joined(group=group, feed=feed)])
            writes.append(write)
            group_ids.append(group.group_id)
        return writes, tuple(group_ids)

    async def _open(self, *, supplier_id: str) -> dict[str, Versioned[ReviewGroup]]:
        page = await self._table.query(
            partition=groups_in_state(supplier_id=supplier_id, state=GroupState.OPEN),
            index=Index.FIRST,
            limit=_OPEN_MAXIMUM,
        )
        found = map(REVIEW_GROUPS.decode, page.items)
        return {one.record.signature: one for one in found}


def _joined(*, group: ReviewGroup, feed: Feed) -> ReviewGroupJoined:
    return ReviewGroupJoined(
        supplier_id=group.supplier_id,
        group_id=group.group_id,
        feed_id=feed.feed_id,
        causes=group.causes,
        rows=group.rows,
    )
