"""Where groups of doubtful rows stand in the table, and their rows among the blobs."""

from __future__ import annotations

from openaisle.feeds.doubts.model import GroupState, ReviewGroup
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.reviews.model import Decision

DOUBTS = "doubts"
"""The table of a feed's doubtful rows: the judged columns, ``signature``, and ``mends`` as JSON."""

_REFUSING = frozenset({Decision.REJECTED, Decision.SENT_BACK})


def group_key(*, group_id: str) -> Key:
    """Access pattern: one group (``ReviewGroupQueries.group``)."""
    return Key(f"REVIEW_GROUP#{group_id}", "REVIEW_GROUP")


def groups_in_state(*, supplier_id: str, state: GroupState) -> str:
    """Access pattern: a supplier's groups in one state, to join those that are open (``GroupKeeping``)."""
    return f"REVIEW_GROUPS#{supplier_id}#{state.value}"


def refused_groups(*, supplier_id: str) -> str:
    """Access pattern: a supplier's groups that a person refused, so that nobody is asked again (``GroupKeeping``)."""
    return f"REVIEW_GROUPS_REFUSED#{supplier_id}"


def _indexes(group: ReviewGroup) -> tuple[IndexEntry, ...]:
    place = groups_in_state(supplier_id=group.supplier_id, state=group.state)
    listed = (IndexEntry(Index.FIRST, place, group.group_id),)
    if group.decision is None or group.decision.decision not in _REFUSING:
        return listed
    latest = f"{sortable_time(group.decision.at)}#{group.group_id}"
    return (*listed, IndexEntry(Index.SECOND, refused_groups(supplier_id=group.supplier_id), latest))


REVIEW_GROUPS = RecordType[ReviewGroup](
    kind="review_group", model=ReviewGroup, key=lambda group: group_key(group_id=group.group_id), indexes=_indexes
)
