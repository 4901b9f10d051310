"""The port of creating very many items: all items of a commit stand, or none.

It exists beside the table's commit because a first feed makes millions of items at once, and a write of the table
costs more in Python than the store needs to keep it. What is created this way is not streamed item by item: the
commit's own writes carry an event that tells what was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from openaisle.kernel.context import Context
from openaisle.kernel.table import Key, Write

SEPARATOR = "\x1f"
"""Stands between partition and sort wherever a place is one text; it may stand in neither."""

BulkItem: TypeAlias = tuple[str, str, bytes, str | None, str | None]
"""An item to create: its place, its kind, its body (UTF-8 JSON), and its places in the first two indexes.

Places are one text each, and items are plain tuples, so that SQL makes whole batches of them without any work of
Python for each.
"""


def place(*, partition: str, sort: str) -> str:
    """Return partition and sort as the one text of a place."""
    return f"{partition}{SEPARATOR}{sort}"


def key_of(*, item: BulkItem) -> Key:
    """Return the key of an item."""
    partition, sort = item[0].split(SEPARATOR, 1)
    return Key(partition, sort)


class BulkTable(Protocol):
    """Creates items in bulk."""

    async def create(self, *, items: Sequence[BulkItem], writes: Sequence[Write], context: Context) -> list[Key]:
        """Create the items together with ``writes`` in one commit, durably.

        If any key is taken, or a condition of ``writes`` fails, nothing at all is written. Taken keys of items
        are returned, so that the caller leaves out what belongs to them and decides it one by one; an empty list
        says that everything stands. Raises CommitRefused for a condition of ``writes``. Items whose keys, and
        whose places in the indexes, are near each other are best given in that order.
        """
        ...
