"""The port of the single table: get, query, and atomic conditional commits.

The vocabulary is what DynamoDB and an embedded SQL store have in common. An item is addressed by a
partition and a sort key, carries a JSON object as its body, a version that each write raises by one, up to
three index entries, and may expire. A commit is all or nothing, holds at most 100 writes, and its changes
appear in the change stream together with the events it states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import ChangedMeanwhile, OpenAisleError

MAXIMUM_WRITES_PER_COMMIT = 100
MAXIMUM_BODY_BYTES = 400_000


class Key(NamedTuple):
    """Where an item stands: ``partition`` groups what is read together, ``sort`` orders it within."""

    partition: str
    sort: str


class Index(StrEnum):
    """The three overloaded secondary indexes; each entity states in its repository what it uses them for."""

    FIRST = "index1"
    SECOND = "index2"
    DUE = "due"


class IndexEntry(msgspec.Struct, frozen=True, gc=False):
    """An item's place in one secondary index; an item without an entry is absent from that index."""

    index: Index
    partition: str
    sort: str


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored item. ``body`` is the UTF-8 text of one JSON object; ``version`` starts at 1."""

    key: Key
    kind: str
    version: int
    body: bytes


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event as it travels in the stream: its ``type`` (``order.placed``) and its data, a JSON object."""

    type: str
    data: msgspec.Raw


class Put(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Write a whole item.

    ``expected_version`` 0 means the key must be free, a positive number that just this version stands there,
    and None that whatever stands there is replaced. ``expires_at`` is in epoch seconds. An item that is not
    ``streamed`` leaves no trace in the change stream (idempotency answers, checkpoints).
    """

    key: Key
    kind: str
    body: bytes
    expected_version: int | None
    indexes: tuple[IndexEntry, ...] = ()
    expires_at: int | None = None
    events: tuple[StoredEvent, ...] = ()
    streamed: bool = True


class Delete(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Remove an item. ``expected_version`` None removes whatever stands there, also nothing."""

    key: Key
    expected_version: int | None
    events: tuple[StoredEvent, ...] = ()
    streamed: bool = True


class Adjust(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Add to integer attributes of an item's body in place, so that concurrent commits never overwrite each other.

    ``changes`` maps attribute to signed amount. The commit is refused if the item is missing or if an
    attribute named in ``minimums`` would fall below its minimum. Index entries stay as they are.
    """

    key: Key
    changes: Mapping[str, int]
    minimums: Mapping[str, int] = msgspec.field(default_factory=dict)
    events: tuple[StoredEvent, ...] = ()
    streamed: bool = True


class Check(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Write nothing, but refuse the commit unless the key holds ``expected_version`` (0: is free)."""

    key: Key
    expected_version: int


Write = Put | Delete | Adjust | Check


class RefusalReason(StrEnum):
    """Why a write was refused."""

    VERSION = "version"
    EXISTS = "exists"
    MISSING = "missing"
    MINIMUM = "minimum"


class Refusal(NamedTuple):
    """One refused write of a commit: its position in the writes, its key and the reason."""

    position: int
    key: Key
    reason: RefusalReason


class CommitRefused(ChangedMeanwhile):
    """A condition of a commit did not hold; nothing of it was written.

    ``refusals`` names at least the first write whose condition failed. Use cases turn it into the error of
    their domain, or load again and decide again.
    """

    code = "commit-refused"

    def __init__(self, *, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(detail="; ".join(f"{one.key.partition} {one.key.sort}: {one.reason}" for one in refusals))


class CommitTooLarge(OpenAisleError):
    """A commit of more than 100 writes, or a body over 400,000 bytes: a mistake of the caller's code."""

    code = "commit-too-large"
    title = "The change is larger than one commit may be"
    status = 413
    mend = "Split the request into smaller ones."


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a query; ``cursor`` is None on the last page, else what ``query`` takes as ``after``."""

    items: list[Item]
    cursor: str | None


class Table(Protocol):
    """The single table. Reads see every commit that was answered before them."""

    async def get(self, *, key: Key) -> Item | None:
        """Return the item, or None if the key is free or the item expired."""
        ...

    async def get_many(self, *, keys: Sequence[Key]) -> list[Item | None]:
        """Return the items of ``keys`` in their order, None where there is none."""
        ...

    async def query(
        self,
        *,
        partition: str,
        index: Index | None = None,
        sort_prefix: str = "",
        sort_through: str | None = None,
        after: str | None = None,
        limit: int = 100,
        descending: bool = False,
    ) -> Page:
        """Return items of one partition (of the table, or of ``index``) in the order of their sort keys.

        Only sort keys that start with ``sort_prefix`` and, where given, are not greater than
        ``sort_through``. ``after`` is the cursor of an earlier page.
        """
        ...

    async def commit(self, *, writes: Sequence[Write], context: Context) -> None:
        """Apply all writes or none, durably; raises CommitRefused or CommitTooLarge."""
        ...
