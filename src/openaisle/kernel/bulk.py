"""The port of creating very many items: groups of items that stand or fall together, many groups to a commit.

It exists beside the table's commit because a first feed makes millions of items at once, and a write of the table
costs more in Python than the store needs to keep it. What is created this way is not streamed item by item: the
commit's own writes carry an event that tells what was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from openaisle.kernel.context import Context
from openaisle.kernel.table import Key, Write


class BulkItem(NamedTuple):
    """An item to create: its place, its kind, its body (UTF-8 JSON), and its places in the first two indexes."""

    partition: str
    sort: str
    kind: str
    body: bytes
    index1_partition: str | None = None
    index1_sort: str | None = None
    index2_partition: str | None = None
    index2_sort: str | None = None


class BulkTable(Protocol):
    """Creates items in bulk."""

    async def create(
        self, *, groups: Sequence[Sequence[BulkItem]], writes: Sequence[Write], context: Context
    ) -> list[Key]:
        """Create the groups together with ``writes`` in one commit, durably.

        If any key is taken, or a condition of ``writes`` fails, nothing at all is written. For taken keys of groups
        they are returned, so that the caller leaves their groups out and decides them one by one; an empty list says
        that everything stands. Raises CommitRefused for a condition of ``writes``.
        """
        ...
