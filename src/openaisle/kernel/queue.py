"""The port of queues with visibility and dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A received message. ``receipt`` proves this delivery; ``received_count`` includes it."""

    message_id: str
    body: bytes
    receipt: str
    received_count: int
    sent_at: datetime


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was received too often without being deleted."""

    message_id: str
    body: bytes
    received_count: int
    sent_at: datetime
    reason: str


class Queue(Protocol):
    """A queue: each message is delivered at least once, in about the order of sending.

    A received message stays invisible for the queue's visibility time-out; deleted in that time it is done,
    otherwise it comes back. After the queue's maximum of receives it moves to the dead letters.
    """

    async def send(self, *, bodies: Sequence[bytes], now: datetime, delay_seconds: float = 0) -> list[str]:
        """Add messages durably, return their identifiers."""
        ...

    async def receive(self, *, limit: int, now: datetime) -> list[Message]:
        """Return up to ``limit`` visible messages and hide them."""
        ...

    async def delete(self, *, receipts: Sequence[str]) -> None:
        """Finish messages; a receipt that is no longer valid is passed over."""
        ...

    async def postpone(self, *, receipt: str, now: datetime, seconds: float, reason: str) -> None:
        """Make a message visible again after ``seconds``, noting why its handling failed."""
        ...

    async def bury(self, *, bodies: Sequence[bytes], now: datetime, reason: str) -> list[str]:
        """Put messages straight to the dead letters, to be looked at and redriven; return their identifiers."""
        ...

    async def dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """Return messages set aside, oldest first."""
        ...

    async def redrive(self, *, message_ids: Sequence[str], now: datetime) -> int:
        """Put dead letters back into the queue with a fresh count; return how many were found."""
        ...

    async def depth(self, *, now: datetime) -> int:
        """Return how many messages wait or are being handled, without dead letters."""
        ...
