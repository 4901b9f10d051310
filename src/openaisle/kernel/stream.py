"""The port of the change stream: every streamed write, in commit order, with the events it stated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from openaisle.kernel.errors import NotFound, TransitionRefused
from openaisle.kernel.table import Key, StoredEvent


class ChangeOperation(StrEnum):
    """What a write did to its item."""

    PUT = "put"
    ADJUST = "adjust"
    DELETE = "delete"


class Change(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One write as consumers see it.

    ``sequence`` grows along the stream; ``body`` is the item's body after the write, None once it is deleted.
    ``actor`` and ``correlation_id`` are those of the commit's context, ``at`` its moment.
    """

    sequence: int
    at: datetime
    actor: str
    correlation_id: str
    key: Key
    kind: str
    operation: ChangeOperation
    version: int
    body: msgspec.Raw | None
    events: tuple[StoredEvent, ...]


class ChangeStream(Protocol):
    """Reads the change stream; many consumers, each with a position of its own."""

    async def read(self, *, after: int, limit: int) -> Sequence[Change]:
        """Return up to about ``limit`` changes whose sequence is greater than ``after``; commits are never split."""
        ...

    async def latest(self) -> int:
        """Return the sequence of the newest change, 0 when there is none."""
        ...

    async def trimmed_through(self) -> int:
        """Return the sequence up to which old changes were dropped, 0 while none were."""
        ...

    async def wait(self, *, after: int, timeout_seconds: float) -> bool:
        """Return True as soon as a change after ``after`` exists, False when the time passed without one."""
        ...


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right of one process to run one consumer; ``token`` grows each time the lease changes hands."""

    consumer: str
    holder: str
    token: int


class LeaseLost(Exception):
    """Another process took the consumer over; the work since the last checkpoint is done again there."""


class ConsumerUnknown(NotFound):
    """No consumer of that name has ever run."""

    code = "consumer-unknown"
    title = "No such consumer"
    mend = "openaisle stream consumers lists them."


class ConsumerRunning(TransitionRefused):
    """A process runs the consumer, so that it cannot be forgotten."""

    code = "consumer-running"
    title = "The consumer is running"
    mend = "Stop the workers that run it, or wait until its lease has run out."


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a consumer: who runs it until when, and the sequence up to which it is done.

    ``position`` is None for one that reads no changes, such as a timer; only the others hold changes back from being
    dropped.
    """

    name: str
    holder: str | None
    lease_until: datetime
    position: int | None

    def is_running(self, *, at: datetime) -> bool:
        """Return whether a process holds its lease."""
        return self.holder is not None and self.lease_until > at


class Checkpoints(Protocol):
    """Keeps each consumer's position and sees that one process at a time runs it."""

    async def acquire(self, *, consumer: str, holder: str, now: datetime, seconds: float) -> Lease | None:
        """Take or prolong the lease; None while another holder's lease runs."""
        ...

    async def position(self, *, consumer: str) -> int | None:
        """Return the sequence up to which the consumer is done, None if it never ran."""
        ...

    async def save(self, *, lease: Lease, position: int) -> None:
        """Remember the position; raises LeaseLost if the lease has changed hands."""
        ...

    async def release(self, *, lease: Lease) -> None:
        """Give the lease back, so that another process may start at once."""
        ...

    async def consumers(self) -> Sequence[Consumer]:
        """Return every consumer that has ever run, by name."""
        ...

    async def forget(self, *, consumer: str, now: datetime) -> None:
        """Drop what is kept of a consumer, so that it holds no changes back any more.

        Should it run again, it starts like a new one. Raises ConsumerUnknown; ConsumerRunning while its lease holds.
        """
        ...
