"""The embedded store: the single table, its change stream and the consumers' checkpoints in one file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import apsw

from openaisle.adapters.local.change_log import ChangeLog, trim_step
from openaisle.adapters.local.committer import Committer
from openaisle.adapters.local.connection import open_connection
from openaisle.adapters.local.leases import LocalCheckpoints
from openaisle.adapters.local.schema import prepare_schema
from openaisle.adapters.local.writes import SEPARATOR, CommitWork, joined
from openaisle.kernel.context import Clock, Context
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.stream import Change, Consumer, Lease
from openaisle.kernel.table import (
    MAXIMUM_BODY_BYTES,
    MAXIMUM_WRITES_PER_COMMIT,
    CommitTooLarge,
    Index,
    Item,
    Key,
    Page,
    Put,
    Write,
)

ResultT = TypeVar("ResultT")

# No character sorts after this one, so a prefix followed by it bounds all texts with that prefix.
_LAST_CHARACTER = "\U0010ffff"
_EXPIRED_PER_STEP = 500
_GET = "SELECT kind, version, body, expires_at FROM items WHERE item_key = ?"


class CursorInvalid(RequestInvalid):
    """A cursor that no page of ours handed out."""

    code = "cursor-invalid"
    title = "That cursor was not given out by OpenAisle"
    mend = "Take the cursor of the page before, unchanged, or start without one."


class LocalTable:
    """Table, ChangeStream and Checkpoints over one SQLite file, shared by any number of processes.

    Reads run at once on the calling loop: they cost microseconds, a thread would cost more. Writes go through
    the group committer and are answered when they are on the disk. An instance belongs to one event loop.
    """

    def __init__(self, *, path: Path, clock: Clock, durable: bool = True) -> None:
        """Take the file's ``path`` (its folder must exist); ``durable`` False answers before the disk did."""
        writer = open_connection(path=path, durable=durable)
        prepare_schema(connection=writer)
        reader = open_connection(path=path, durable=durable)
        self._reader = reader
        self._cursor = reader.cursor()
        self._clock = clock
        self._log = ChangeLog(reader=reader)
        self._committer = Committer(connection=writer, after_commit=self._log.wake)
        self._checkpoints = LocalCheckpoints(cursor=reader.cursor(), submit=self._committer.submit)

    async def close(self) -> None:
        """Finish the writes under way and close the file."""
        await self._committer.close()
        self._reader.close()

    @property
    def committer(self) -> Committer:
        """The writer of this process, for the other adapters that keep tables in the same file."""
        return self._committer

    def wake(self) -> None:
        """Tell those who wait for changes in this process that another writer's commit is durable."""
        self._log.wake()

    async def get(self, *, key: Key) -> Item | None:
        """Return the item, or None if the key is free or the item expired."""
        return self._get(key)

    async def get_many(self, *, keys: Sequence[Key]) -> list[Item | None]:
        """Return the items of ``keys`` in their order, None where there is none."""
        return [self._get(key) for key in keys]

    def _get(self, key: Key) -> Item | None:
        # All rows are fetched, though there is at most one: a statement left open would hold the connection's view
        # of the file where it was, and later reads would miss what others have committed since.
        rows: list[Any] = self._cursor.execute(_GET, (f"{key.partition}{SEPARATOR}{key.sort}",)).fetchall()
        if not rows:
            return None
        kind, version, body, expires_at = rows[0]
        if expires_at is not None and expires_at <= self._clock.now().timestamp():
            return None
        return Item(key=key, kind=kind, version=version, body=body)

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
        """Return items of one partition in the order of their sort keys; raises CursorInvalid."""
        column = "item_key" if index is None else index.value
        lowest = joined(partition=partition, sort=sort_prefix)
        highest = lowest + _LAST_CHARACTER
        if sort_through is not None:
            highest = min(highest, joined(partition=partition, sort=sort_through))
        parameters = [lowest, highest]
        if after is not None:
            place, identity = _opened_cursor(after)
            parameters += [f"{partition}{SEPARATOR}{place}", identity]
        # One row more than asked for tells whether there is a next page.
        statement = _page_statement(column=column, goes_on=after is not None, descending=descending, rows=limit + 1)
        rows: list[Any] = self._cursor.execute(statement, parameters).fetchall()
        cursor = None
        if len(rows) > limit:
            rows.pop()
            cursor = _sealed_cursor(place=rows[-1][2].split(SEPARATOR, 1)[1], identity=rows[-1][0])
        return Page(items=self._living(rows), cursor=cursor)

    def _living(self, rows: list[Any]) -> list[Item]:
        items = []
        for _, item_key, _, kind, version, body, expires_at in rows:
            if expires_at is not None and expires_at <= self._clock.now().timestamp():
                continue
            partition, sort = item_key.split(SEPARATOR, 1)
            items.append(Item(key=Key(partition, sort), kind=kind, version=version, body=body))
        return items

    async def commit(self, *, writes: Sequence[Write], context: Context) -> None:
        """Apply all writes or none, durably; raises CommitRefused, CommitTooLarge or StoreUnavailable."""
        _require_fitting(writes=writes)
        await self._committer.submit(CommitWork(writes=writes, context=context))

    async def read(self, *, after: int, limit: int) -> Sequence[Change]:
        """Return changes after ``after``: whole commits until at least ``limit`` changes are held."""
        return self._log.read(after=after, limit=limit)

    async def latest(self) -> int:
        """Return a sequence not smaller than that of any change, 0 when there is none."""
        return self._log.latest()

    async def trimmed_through(self) -> int:
        """Return the sequence up to which old changes were dropped, 0 while none were."""
        return self._log.trimmed_through()

    async def wait(self, *, after: int, timeout_seconds: float) -> bool:
        """Return True as soon as a change after ``after`` exists, False when the time passed without one."""
        return await self._log.wait(after=after, timeout_seconds=timeout_seconds)

    async def acquire(self, *, consumer: str, holder: str, now: datetime, seconds: float) -> Lease | None:
        """Take or prolong the lease; None while another holder's lease runs."""
        return await self._checkpoints.acquire(consumer=consumer, holder=holder, now=now, seconds=seconds)

    async def position(self, *, consumer: str) -> int | None:
        """Return the sequence up to which the consumer is done, None if it never ran."""
        return await self._checkpoints.position(consumer=consumer)

    async def save(self, *, lease: Lease, position: int) -> None:
        """Remember the position; raises LeaseLost if the lease has changed hands."""
        await self._checkpoints.save(lease=lease, position=position)

    async def release(self, *, lease: Lease) -> None:
        """Give the lease back, so that another process may start at once."""
        await self._checkpoints.release(lease=lease)

    async def consumers(self) -> Sequence[Consumer]:
        """Return every consumer that has ever run, by name."""
        return await self._checkpoints.consumers()

    async def forget(self, *, consumer: str, now: datetime) -> None:
        """Drop what is kept of a consumer; raises ConsumerUnknown, and ConsumerRunning while its lease holds."""
        await self._checkpoints.forget(consumer=consumer, now=now)

    async def maintain(self, *, now: datetime, keep_changes_for: timedelta) -> int:
        """Drop some expired items and some changes that are old and consumed; return how many rows went.

        Each call does a bounded step, so that writers never wait long; call it again while it returns more
        than nothing.
        """
        slowest = self._checkpoints.slowest_position()
        trim = trim_step(before=(now - keep_changes_for).timestamp(), keep_from_sequence=slowest)
        trimmed = await self._committer.submit(trim)
        expired = await self._committer.submit(_expire_step(before=int(now.timestamp())))
        return trimmed + expired


@lru_cache(maxsize=1024)
def _page_statement(*, column: str, goes_on: bool, descending: bool, rows: int) -> str:
    comparison, order = ("<", "DESC") if descending else (">", "ASC")
    bound = f" AND ({column}, id) {comparison} (?, ?)" if goes_on else ""
    # The column names come from an enumeration and the limit is a number; every other value is bound. Were the limit
    # bound too, SQLite would plan the statement anew each time, which costs more than running it.
    return (
        f"SELECT id, item_key, {column}, kind, version, body, expires_at FROM items"  # noqa: S608
        f" WHERE {column} >= ? AND {column} <= ?{bound} ORDER BY {column} {order}, id {order} LIMIT {int(rows)}"
    )


def _expire_step(*, before: int) -> Callable[[apsw.Cursor], int]:
    def work(cursor: apsw.Cursor) -> int:
        cursor.execute(
            "DELETE FROM items WHERE id IN (SELECT id FROM items WHERE expires_at <= ? LIMIT ?)",
            (before, _EXPIRED_PER_STEP),
        )
        return int(cursor.connection.changes())

    return work


def _require_fitting(*, writes: Sequence[Write]) -> None:
    if len(writes) > MAXIMUM_WRITES_PER_COMMIT:
        raise CommitTooLarge(detail=f"{len(writes)} writes; a commit holds at most {MAXIMUM_WRITES_PER_COMMIT}.")
    if len({write.key for write in writes}) != len(writes):
        message = "a commit may name a key only once"
        raise ValueError(message)
    for write in writes:
        if isinstance(write, Put) and len(write.body) > MAXIMUM_BODY_BYTES:
            raise CommitTooLarge(detail=f"A {write.kind} of {len(write.body)} bytes; {MAXIMUM_BODY_BYTES} are allowed.")


def _sealed_cursor(*, place: str, identity: int) -> str:
    return base64.urlsafe_b64encode(f"{identity}{SEPARATOR}{place}".encode()).decode()


def _opened_cursor(cursor: str) -> tuple[str, str]:
    try:
        identity, place = base64.urlsafe_b64decode(cursor.encode()).decode().split(SEPARATOR, 1)
        int(identity)
    except ValueError:
        findings = (Finding(pointer="after", detail="not a cursor", code="cursor-invalid"),)
        raise CursorInvalid(detail="The cursor cannot be read.", findings=findings) from None
    return place, identity
