"""Who runs which consumer, and how far it has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import apsw

from openaisle.kernel.stream import Consumer, ConsumerRunning, ConsumerUnknown, Lease, LeaseLost

Submit = Callable[[Callable[[apsw.Cursor], Any]], "asyncio.Future[Any]"]


class LocalCheckpoints:
    """The Checkpoints port over a table of the store's file."""

    def __init__(self, *, cursor: apsw.Cursor, submit: Submit) -> None:
        """Read through ``cursor``, write through ``submit`` of the process's committer."""
        self._cursor = cursor
        self._submit = submit

    async def acquire(self, *, consumer: str, holder: str, now: datetime, seconds: float) -> Lease | None:
        """Take or prolong the lease; None while another holder's lease runs."""
        moment = now.timestamp()

        def work(cursor: apsw.Cursor) -> Lease | None:
            found = cursor.execute(
                "SELECT holder, token, lease_until FROM checkpoints WHERE consumer = ?", (consumer,)
            ).fetchone()
            if found is None:
                cursor.execute(
                    "INSERT INTO checkpoints (consumer, holder, token, lease_until) VALUES (?, ?, 1, ?)",
                    (consumer, holder, moment + seconds),
                )
                return Lease(consumer=consumer, holder=holder, token=1)
            held_by, token, lease_until = found
            if held_by != holder:
                if held_by is not None and lease_until > moment:
                    return None
                token += 1
            cursor.execute(
                "UPDATE checkpoints SET holder = ?, token = ?, lease_until = ? WHERE consumer = ?",
                (holder, token, moment + seconds, consumer),
            )
            return Lease(consumer=consumer, holder=holder, token=token)

        lease: Lease | None = await self._submit(work)
        return lease

    async def position(self, *, consumer: str) -> int | None:
        """Return the sequence up to which the consumer is done, None if it never ran."""
        rows: list[Any] = self._cursor.execute(
            "SELECT position FROM checkpoints WHERE consumer = ?", (consumer,)
        ).fetchall()
        return rows[0][0] if rows else None

    async def save(self, *, lease: Lease, position: int) -> None:
        """Remember the position; raises LeaseLost if the lease has changed hands."""

        def work(cursor: apsw.Cursor) -> None:
            cursor.execute(
                "UPDATE checkpoints SET position = ? WHERE consumer = ? AND holder = ? AND token = ?",
                (position, lease.consumer, lease.holder, lease.token),
            )
            if cursor.connection.changes() == 0:
                raise LeaseLost(lease.consumer)

        await self._submit(work)

    async def release(self, *, lease: Lease) -> None:
        """Give the lease back, so that another process may start at once."""

        def work(cursor: apsw.Cursor) -> None:
            cursor.execute(
                "UPDATE checkpoints SET holder = NULL, lease_until = 0 WHERE consumer = ? AND holder = ? AND token = ?",
                (lease.consumer, lease.holder, lease.token),
            )

        await self._submit(work)

    async def consumers(self) -> Sequence[Consumer]:
        """Return every consumer that has ever run, by name."""
        rows: list[Any] = self._cursor.execute(
            "SELECT consumer, holder, lease_until, position FROM checkpoints ORDER BY consumer"
        ).fetchall()
        return [_consumer(*row) for row in rows]

    async def forget(self, *, consumer: str, now: datetime) -> None:
        """Drop what is kept of a consumer; raises ConsumerUnknown, and ConsumerRunning while its lease holds."""

        def work(cursor: apsw.Cursor) -> None:
            row: Any = cursor.execute(
                "SELECT consumer, holder, lease_until, position FROM checkpoints WHERE consumer = ?", (consumer,)
            ).fetchone()
            if row is None:
                raise ConsumerUnknown(detail=f"No consumer {consumer[:100]!r} has ever run.")
            found = _consumer(*row)
            if found.is_running(at=now):
                raise ConsumerRunning(detail=f"{found.holder} runs {consumer} until {found.lease_until.isoformat()}.")
            cursor.execute("DELETE FROM checkpoints WHERE consumer = ?", (consumer,))

        await self._submit(work)

    def slowest_position(self) -> int | None:
        """Return the smallest position of any consumer that saved one, None when none did.

        Tickers hold leases too, but read no changes and save no position.
        """
        ((found,),) = self._cursor.execute("SELECT min(position) FROM checkpoints").fetchall()
        return None if found is None else int(found)


def _consumer(name: str, holder: str | None, lease_until: float, position: int | None) -> Consumer:
    return Consumer(name=name, holder=holder, lease_until=datetime.fromtimestamp(lease_until, UTC), position=position)
