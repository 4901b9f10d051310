"""Pipes as data: which changes a consumer wants, and what it does with a batch of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from openaisle.kernel.stream import Change, ChangeOperation
from openaisle.kernel.table import Item, Key, StoredEvent


class Pipe(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer of the change stream.

    A change passes if its kind is in ``kinds`` (empty: any) and one of its events is in ``event_types`` (empty:
    any change). ``handle`` gets up to ``batch_size`` of them in order, at least once each, and must be
    idempotent. If it raises, the batch is tried again with back-off, then halved until the change that cannot
    be handled stands alone; that one is set aside with its reason and the rest goes on. After a batch that was not
    full the pipe rests for ``rest_seconds``, so that what need not be told at once gathers into fewer batches.
    """

    name: str
    handle: Callable[[Sequence[Change]], Awaitable[None]]
    kinds: frozenset[str] = frozenset()
    event_types: frozenset[str] = frozenset()
    batch_size: int = 100
    maximum_attempts: int = 4
    rest_seconds: float = 0.0

    def wants(self, change: Change) -> bool:
        """Return whether the change passes the filter."""
        if self.kinds and change.kind not in self.kinds:
            return False
        return not self.event_types or any(event.type in self.event_types for event in change.events)


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a pipe could not handle, kept with its reason until a person sends it again."""

    pipe: str
    change: Change
    reason: str
    attempts: int
    at: datetime


class _KeptChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change as bytes hold it: msgspec does not read a body that may be raw or None, so null stands for none."""

    sequence: int
    at: datetime
    actor: str
    correlation_id: str
    key: Key
    kind: str
    operation: ChangeOperation
    version: int
    body: msgspec.Raw
    events: tuple[StoredEvent, ...]


class _KeptSetAside(msgspec.Struct, frozen=True, kw_only=True):
    pipe: str
    change: _KeptChange
    reason: str
    attempts: int
    at: datetime


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_KeptSetAside).decode


def set_aside_as_bytes(*, set_aside: SetAside) -> bytes:
    """Return the form in which a queue keeps a change that was set aside."""
    return _encode(set_aside)


def set_aside_from_bytes(*, body: bytes) -> SetAside:
    """Return the change that a message of the queue keeps."""
    kept = _decode(body)
    is_gone = kept.change.operation is ChangeOperation.DELETE
    fields = msgspec.structs.asdict(kept.change) | {"body": None if is_gone else kept.change.body}
    return SetAside(pipe=kept.pipe, change=Change(**fields), reason=kept.reason, attempts=kept.attempts, at=kept.at)


class PipeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pipe has come.

    ``position`` is the sequence up to which it is done, ``behind`` how much the stream's sequence is ahead of it (0: it
    is done with everything), ``lag_seconds`` the age of what this process has under way in it. ``set_aside_count``
    counts the changes that wait for a person. ``is_running_here`` tells whether this process holds its lease.
    """

    pipe: str
    position: int
    behind: int
    lag_seconds: float
    set_aside_count: int
    is_running_here: bool


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when items of a due topic come due.

    ``handle`` gets due items (see ``records.due_entry``), earliest first, and the present moment; each item at
    least once. It must be idempotent, and must move or remove each item's due entry, else it meets the item again.
    """

    topic: str
    handle: Callable[[Sequence[Item], datetime], Awaitable[None]]
    batch_size: int = 100


class Source(Protocol):
    """Anything a worker runs until it is told to stop: pipe runners, tickers, queue consumers, dispatchers."""

    async def run(self) -> None:
        """Work until canceled."""
        ...
