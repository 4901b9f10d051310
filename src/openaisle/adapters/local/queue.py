"""Queues in the store's file: durable, with visibility time-outs and dead letters."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import apsw

from openaisle.adapters.local.committer import Committer
from openaisle.kernel.queue import DeadLetter, Message

_INSERT = (
    "INSERT INTO queue_messages (queue, message_id, body, sent_at, visible_at, is_dead, reason)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
# What was received as often as allowed and is visible again has failed each time; it moves on the next receive.
_BURY_WORN_OUT = (
    "UPDATE queue_messages SET is_dead = 1, receipt = NULL,"
    " reason = CASE reason WHEN '' THEN 'It was received ' || received_count || ' times and never finished.'"
    " ELSE reason END"
    " WHERE queue = ? AND is_dead = 0 AND visible_at <= ? AND received_count >= ?"
)
_FIND_VISIBLE = (
    "SELECT id, message_id, body, received_count, sent_at FROM queue_messages"
    " WHERE queue = ? AND is_dead = 0 AND visible_at <= ? ORDER BY visible_at, id LIMIT ?"
)
_HIDE = "UPDATE queue_messages SET visible_at = ?, received_count = received_count + 1, receipt = ? WHERE id = ?"
_POSTPONE = "UPDATE queue_messages SET visible_at = ?, reason = ?, receipt = NULL WHERE queue = ? AND receipt = ?"
_LETTERS = (
    "SELECT message_id, body, received_count, sent_at, reason FROM queue_messages"
    " WHERE queue = ? AND is_dead = 1 ORDER BY id LIMIT ?"
)
_REDRIVE = (
    "UPDATE queue_messages SET is_dead = 0, received_count = 0, visible_at = ?, reason = ''"
    " WHERE queue = ? AND message_id = ? AND is_dead = 1"
)
_ID_BYTES = 12


class LocalQueue:
    """One queue, kept beside the table in the same file and shared by any number of processes; implements Queue."""

    def __init__(
        self,
        *,
        committer: Committer,
        name: str,
        visibility_seconds: float = 60.0,
        maximum_receives: int = 5,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Write through ``committer`` (``LocalTable.committer``). Queues of different names do not see each other.

        A message that was received is hidden for ``visibility_seconds``; received ``maximum_receives`` times without
        having been deleted, it moves to the dead letters.
        """
        self._committer = committer
        self._name = name
        self._visibility_seconds = visibility_seconds
        self._maximum_receives = maximum_receives
        self._entropy = entropy

    async def send(self, *, bodies: Sequence[bytes], now: datetime, delay_seconds: float = 0) -> list[str]:
        """Add messages durably, return their identifiers."""
        visible_at = now.timestamp() + delay_seconds
        return await self._insert(bodies=bodies, now=now, visible_at=visible_at, is_dead=False, reason="")

    async def bury(self, *, bodies: Sequence[bytes], now: datetime, reason: str) -> list[str]:
        """Put messages straight to the dead letters, to be looked at and redriven; return their identifiers."""
        return await self._insert(bodies=bodies, now=now, visible_at=now.timestamp(), is_dead=True, reason=reason)

    async def receive(self, *, limit: int, now: datetime) -> list[Message]:
        """Return up to ``limit`` visible messages and hide them."""
        moment = now.timestamp()

        def work(cursor: apsw.Cursor) -> list[Message]:
            cursor.execute(_BURY_WORN_OUT, (self._name, moment, self._maximum_receives))
            rows: list[Any] = cursor.execute(_FIND_VISIBLE, (self._name, moment, limit)).fetchall()
            messages = []
            for identity, message_id, body, received_count, sent_at in rows:
                receipt = self._new_id()
                cursor.execute(_HIDE, (moment + self._visibility_seconds, receipt, identity))
                messages.append(
                    Message(
                        message_id=message_id,
                        body=body,
                        receipt=receipt,
                        received_count=received_count + 1,
                        sent_at=_moment(sent_at),
                    )
                )
            return messages

        return await self._committer.submit(work)

    async def delete(self, *, receipts: Sequence[str]) -> None:
        """Finish messages; a receipt that is no longer valid is passed over."""

        def work(cursor: apsw.Cursor) -> None:
            for receipt in receipts:
                cursor.execute("DELETE FROM queue_messages WHERE queue = ? AND receipt = ?", (self._name, receipt))

        await self._committer.submit(work)

    async def postpone(self, *, receipt: str, now: datetime, seconds: float, reason: str) -> None:
        """Make a message visible again after ``seconds``, noting why its handling failed."""

        def work(cursor: apsw.Cursor) -> None:
            cursor.execute(_POSTPONE, (now.timestamp() + seconds, reason, self._name, receipt))

        await self._committer.submit(work)

    async def dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """Return messages set aside, oldest first."""

        def work(cursor: apsw.Cursor) -> list[DeadLetter]:
            rows: list[Any] = cursor.execute(_LETTERS, (self._name, limit)).fetchall()
            return [
                DeadLetter(
                    message_id=message_id,
                    body=body,
                    received_count=received_count,
                    sent_at=_moment(sent_at),
                    reason=reason,
                )
                for message_id, body, received_count, sent_at, reason in rows
            ]

        return await self._committer.submit(work)

    async def redrive(self, *, message_ids: Sequence[str], now: datetime) -> int:
        """Put dead letters back into the queue with a fresh count; return how many were found."""

        def work(cursor: apsw.Cursor) -> int:
            found = 0
            for message_id in message_ids:
                cursor.execute(_REDRIVE, (now.timestamp(), self._name, message_id))
                found += cursor.connection.changes()
            return found

        return await self._committer.submit(work)

    async def depth(self, *, now: datetime) -> int:  # noqa: ARG002 - other engines count by visibility
        """Return how many messages wait or are being handled, without dead letters."""

        def work(cursor: apsw.Cursor) -> int:
            rows: list[Any] = cursor.execute(
                "SELECT count(*) FROM queue_messages WHERE queue = ? AND is_dead = 0", (self._name,)
            ).fetchall()
            return int(rows[0][0])

        return await self._committer.submit(work)

    async def _insert(
        self, *, bodies: Sequence[bytes], now: datetime, visible_at: float, is_dead: bool, reason: str
    ) -> list[str]:
        message_ids = [f"msg_{self._new_id()}" for _ in bodies]
        sent_at = now.timestamp()

        def work(cursor: apsw.Cursor) -> None:
            for message_id, body in zip(message_ids, bodies, strict=True):
                cursor.execute(_INSERT, (self._name, message_id, body, sent_at, visible_at, is_dead, reason))

        await self._committer.submit(work)
        return message_ids

    def _new_id(self) -> str:
        return self._entropy(_ID_BYTES).hex()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
