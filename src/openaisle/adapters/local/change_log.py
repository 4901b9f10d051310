"""The change log behind the change stream: one row per commit, written in the same transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import apsw
import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.stream import Change, ChangeOperation
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, Key, StoredEvent

# A change's sequence is its commit's row times this, plus its position; a commit holds at most 100 writes.
_POSITIONS_PER_COMMIT = 128
assert MAXIMUM_WRITES_PER_COMMIT < _POSITIONS_PER_COMMIT

_FIRST_POLL_SECONDS = 0.002
_LONGEST_POLL_SECONDS = 0.025
_TRIMMED_PER_STEP = 2_000


class LoggedChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One change inside a logged commit; kept as an array, since its reader knows the order.

    The body of a deleted item is ``null``.
    """

    partition: str
    sort: str
    kind: str
    operation: ChangeOperation
    version: int
    body: msgspec.Raw
    events: tuple[StoredEvent, ...]


class _LoggedCommit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    at: datetime
    actor: str
    correlation_id: str
    changes: list[LoggedChange]


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_LoggedCommit)


def append_changes(*, cursor: apsw.Cursor, changes: list[LoggedChange], context: Context) -> None:
    """Write the changes of one commit at the end of the log, inside the caller's transaction."""
    commit = _LoggedCommit(context.at, context.principal.actor, context.correlation_id, changes)
    cursor.execute("INSERT INTO changes (at, payload) VALUES (?, ?)", (context.at.timestamp(), _ENCODER.encode(commit)))


class ChangeLog:
    """Reads and trims the log; implements the ChangeStream port for the store it belongs to."""

    def __init__(self, *, reader: apsw.Connection) -> None:
        """Read through ``reader``, a connection that never writes."""
        self._reader = reader
        self._cursor = reader.cursor()
        self._waiters: set[asyncio.Event] = set()

    def wake(self) -> None:
        """Tell those who wait in this process that a commit is durable."""
        for waiter in self._waiters:
            waiter.set()

    def read(self, *, after: int, limit: int) -> Sequence[Change]:
        """Return changes after the sequence ``after``: whole commits until at least ``limit`` changes are held."""
        found: list[Change] = []
        # A statement that is not read to its end keeps the connection's view of the file where it was, and every
        # later read with it; closing the cursor lets go.
        cursor = self._reader.cursor()
        rows = cursor.execute(
            "SELECT sequence, payload FROM changes WHERE sequence >= ? ORDER BY sequence LIMIT ?",
            # One more: the first may be the commit whose changes the reader has seen.
            (after // _POSITIONS_PER_COMMIT, limit + 1),
        )
        for row, payload in rows:
            found.extend(change for change in _changes_of(row=row, payload=payload) if change.sequence > after)
            if len(found) >= limit:
                break
        cursor.close()
        return found

    def latest(self) -> int:
        """Return a sequence not smaller than that of any change in the log."""
        ((row,),) = self._cursor.execute("SELECT max(sequence) FROM changes").fetchall()
        return 0 if row is None else int(row) * _POSITIONS_PER_COMMIT + _POSITIONS_PER_COMMIT - 1

    def trimmed_through(self) -> int:
        """Return the sequence up to which changes were dropped; rows are numbered from 1 without gaps."""
        ((row,),) = self._cursor.execute("SELECT min(sequence) FROM changes").fetchall()
        return 0 if row is None or int(row) <= 1 else int(row) * _POSITIONS_PER_COMMIT - 1

    def _is_within_newest_commit(self, *, after: int) -> bool:
        # There ``latest`` may be greater than the last change, and only reading tells whether one is left.
        return after < self.latest() and after // _POSITIONS_PER_COMMIT == self.latest() // _POSITIONS_PER_COMMIT

    async def wait(self, *, after: int, timeout_seconds: float) -> bool:
        """Wait for a change after ``after``: woken by this process's commits, looking for those of others."""
        if self._is_within_newest_commit(after=after) and self.read(after=after, limit=1):
            return True
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + timeout_seconds
        pause = _FIRST_POLL_SECONDS
        waiter = asyncio.Event()
        self._waiters.add(waiter)
        try:
            # Commit by commit: what ``after`` names is whole by now.
            while self.latest() // _POSITIONS_PER_COMMIT <= after // _POSITIONS_PER_COMMIT:
                left = gives_up_at - loop.time()
                if left <= 0:
                    return False
                # Polling a local file costs microseconds; commits of this process end the pause at once.
                timer = loop.call_later(min(pause, left), waiter.set)
                await waiter.wait()
                timer.cancel()
                waiter.clear()
                pause = min(pause * 1.5, _LONGEST_POLL_SECONDS)
            return True
        finally:
            self._waiters.discard(waiter)


def _changes_of(*, row: int, payload: bytes) -> list[Change]:
    commit = _DECODER.decode(payload)
    base = row * _POSITIONS_PER_COMMIT
    return [
        Change(
            sequence=base + position,
            at=commit.at,
            actor=commit.actor,
            correlation_id=commit.correlation_id,
            key=Key(change.partition, change.sort),
            kind=change.kind,
            operation=change.operation,
            version=change.version,
            body=None if change.operation is ChangeOperation.DELETE else change.body,
            events=change.events,
        )
        for position, change in enumerate(commit.changes)
    ]


def trim_step(*, before: float, keep_from_sequence: int | None) -> Callable[[apsw.Cursor], int]:
    """Return the work that drops some changes older than ``before`` (epoch seconds) that every consumer is done with.

    The newest row always stays: SQLite numbers the next row from it, and sequences must never come twice.
    The work returns how many rows it dropped.
    """

    def work(cursor: apsw.Cursor) -> int:
        ((newest,),) = cursor.execute("SELECT max(sequence) FROM changes").fetchall()
        if newest is None:
            return 0
        limit = int(newest)
        if keep_from_sequence is not None:
            limit = min(limit, keep_from_sequence // _POSITIONS_PER_COMMIT)
        cursor.execute(
            "DELETE FROM changes WHERE sequence IN "
            "(SELECT sequence FROM changes WHERE sequence < ? AND at < ? ORDER BY sequence LIMIT ?)",
            (limit, before, _TRIMMED_PER_STEP),
        )
        return int(cursor.connection.changes())

    return work
