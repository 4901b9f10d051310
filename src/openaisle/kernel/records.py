"""How a typed record becomes an item and back: each entity states it once, in its repository."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar, Generic, TypeVar

import msgspec

from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.table import CommitRefused, Delete, Index, IndexEntry, Item, Key, Put, RefusalReason, StoredEvent

RecordT = TypeVar("RecordT", bound=msgspec.Struct)
ResultT = TypeVar("ResultT")

_ENCODER = msgspec.json.Encoder()
_MAXIMUM_TRIES = 12


# In an event's ``storefront_id``: every storefront may be told.
EVERY_STOREFRONT = "*"


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The base of every event: something that happened, in the past tense, with the data others need.

    A subclass sets ``TYPE`` (``order.placed``). ``storefront_id`` and ``supplier_id`` name the outside
    parties that may be told of it (EVERY_STOREFRONT: all of them); the operator may be told of everything.
    """

    TYPE: ClassVar[str] = ""

    storefront_id: str | None = None
    supplier_id: str | None = None


def stored(events: Iterable[Event]) -> tuple[StoredEvent, ...]:
    """Return the events in the form in which a write carries them."""
    return tuple(StoredEvent(type=event.TYPE, data=msgspec.Raw(_ENCODER.encode(event))) for event in events)


class Versioned(msgspec.Struct, Generic[RecordT], frozen=True, gc=False):
    """A record as it was read, with the version that a later write of it must meet."""

    record: RecordT
    version: int


def _no_indexes(_record: object) -> tuple[IndexEntry, ...]:
    return ()


def _never(_record: object) -> int | None:
    return None


class RecordType(Generic[RecordT]):
    """The mapping of one kind of record to items of the table."""

    def __init__(
        self,
        *,
        kind: str,
        model: type[RecordT],
        key: Callable[[RecordT], Key],
        indexes: Callable[[RecordT], tuple[IndexEntry, ...]] = _no_indexes,
        expires_at: Callable[[RecordT], int | None] = _never,
        streamed: bool = True,
    ) -> None:
        """Take the item ``kind``, the ``model`` and the functions that derive key, index entries and expiry."""
        self.kind = kind
        self._key = key
        self._indexes = indexes
        self._expires_at = expires_at
        self._streamed = streamed
        self._decoder = msgspec.json.Decoder(model)

    def decode(self, item: Item) -> Versioned[RecordT]:
        """Return the record of an item, with its version."""
        return Versioned(self._decoder.decode(item.body), item.version)

    def record(self, body: bytes | msgspec.Raw) -> RecordT:
        """Return the record of a body, as change records carry it."""
        return self._decoder.decode(body)

    def create(self, record: RecordT, *, events: Iterable[Event] = ()) -> Put:
        """Return the write that stores a record that must be new."""
        return self._put(record, expected_version=0, events=events)

    def replace(self, record: RecordT, *, version: int, events: Iterable[Event] = ()) -> Put:
        """Return the write that stores a record over the ``version`` that was read."""
        return self._put(record, expected_version=version, events=events)

    def store(self, record: RecordT, *, events: Iterable[Event] = ()) -> Put:
        """Return the write that stores a record whatever stands there: for facts derived from another record."""
        return self._put(record, expected_version=None, events=events)

    def remove(self, record: RecordT, *, version: int | None, events: Iterable[Event] = ()) -> Delete:
        """Return the write that removes the record."""
        return Delete(key=self._key(record), expected_version=version, events=stored(events), streamed=self._streamed)

    def _put(self, record: RecordT, *, expected_version: int | None, events: Iterable[Event]) -> Put:
        return Put(
            key=self._key(record),
            kind=self.kind,
            body=_ENCODER.encode(record),
            expected_version=expected_version,
            indexes=self._indexes(record),
            expires_at=self._expires_at(record),
            events=stored(events),
            streamed=self._streamed,
        )


def due_entry(*, topic: str, at: str, identifier: str) -> IndexEntry:
    """Return the entry that makes an item come due: the ticker of ``topic`` meets it once ``at`` has passed.

    ``at`` is the UTC moment from ``sortable_time``. The handler of the topic must write the item anew with a
    later entry or none, else it meets it again.
    """
    return IndexEntry(Index.DUE, f"DUE#{topic}", f"{at}#{identifier}")


async def decided_anew(attempt: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Run load-decide-commit again while another writer wins; raises ChangedMeanwhile after a dozen tries.

    Only lost races are run again. A counter that would fall below its minimum is an answer, not a race, and
    is raised at once.
    """
    for tried in itertools.count(1):
        try:
            return await attempt()
        except CommitRefused as refused:
            if any(refusal.reason is RefusalReason.MINIMUM for refusal in refused.refusals):
                raise
            if tried == _MAXIMUM_TRIES:
                raise ChangedMeanwhile(detail=f"Another writer won {tried} times: {refused.detail}") from refused
    raise AssertionError
