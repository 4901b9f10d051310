"""Creates items by the thousand in the embedded store: one transaction, one fsync, no Python object per write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw

from openaisle.adapters.local.committer import StoreUnavailable
from openaisle.adapters.local.connection import open_connection
from openaisle.adapters.local.writes import SEPARATOR, CommitWork
from openaisle.kernel.bulk import BulkItem
from openaisle.kernel.context import Context
from openaisle.kernel.table import Key, Write

_INSERT = (
    "INSERT INTO items (item_key, kind, version, body, index1, index2) VALUES (?, ?, 1, ?, ?, ?)"
    " ON CONFLICT (item_key) DO NOTHING"
)
_STANDING = "SELECT expires_at FROM items WHERE item_key = ?"
_DROP_EXPIRED = "DELETE FROM items WHERE item_key = ? AND expires_at <= ?"
# Bulk writes fill the log fast; checkpoints that are rarer each move a page once instead of many times.
_PAGES_PER_CHECKPOINT = 64_000

_Row = tuple[str, str, bytes, str | None, str | None]


class LocalBulkTable:
    """Implements the BulkTable port with a connection and a thread of its own.

    The loop goes on answering while a commit runs, and other writers of the file wait for it as they wait for each
    other, so callers keep a commit to some thousand groups.
    """

    def __init__(self, *, path: Path, after_commit: Callable[[], None], durable: bool = True) -> None:
        """Take the file of a store that is open already; ``after_commit`` is called on the loop after each commit."""
        self._path = path
        self._durable = durable
        self._after_commit = after_commit
        self._connection: apsw.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bulk")

    async def create(
        self, *, groups: Sequence[Sequence[BulkItem]], writes: Sequence[Write], context: Context
    ) -> list[Key]:
        """Create all or nothing; returns the taken keys of groups. Raises CommitRefused, StoreUnavailable."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._create, groups, writes, context)
        # A commit that has begun is seen to its end also when the one who asked is canceled.
        taken = await asyncio.shield(work)
        if not taken:
            self._after_commit()
        return taken

    async def close(self) -> None:
        """Finish what was asked for and close the connection."""
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()

    def _create(self, groups: Sequence[Sequence[BulkItem]], writes: Sequence[Write], context: Context) -> list[Key]:
        items = [item for group in groups for item in group]
        rows = [_row_of(item) for item in items]
        try:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                taken = _inserted(connection=connection, items=items, rows=rows, now=int(context.at.timestamp()))
                if not taken:
                    CommitWork(writes=writes, context=context)(connection.cursor())
                    connection.execute("COMMIT")
                    return []
            finally:
                # Whatever was not committed by now, for taken keys or an error, leaves no trace.
                if not connection.get_autocommit():
                    connection.execute("ROLLBACK")
        except apsw.Error as error:
            raise StoreUnavailable(detail=f"{type(error).__name__}: {error}") from error
        return taken

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = open_connection(path=self._path, durable=self._durable)
            self._connection.pragma("wal_autocheckpoint", _PAGES_PER_CHECKPOINT)
        return self._connection


def _inserted(*, connection: apsw.Connection, items: Sequence[BulkItem], rows: Sequence[_Row], now: int) -> list[Key]:
    """Insert the rows and return the keys that were taken; then not all rows stand, and the caller rolls back."""
    before = connection.total_changes()
    connection.executemany(_INSERT, rows)
    if connection.total_changes() - before == len(rows):
        return []
    return _taken(connection=connection, items=items, rows=rows, now=now)


def _taken(*, connection: apsw.Connection, items: Sequence[BulkItem], rows: Sequence[_Row], now: int) -> list[Key]:
    # Looked for from before the insert: what stands now may be what was just inserted.
    connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")
    taken: list[Key] = []
    seen: set[str] = set()
    for item, row in zip(items, rows, strict=True):
        found = connection.execute(_STANDING, (row[0],)).fetchall()
        if row[0] in seen:
            taken.append(Key(item.partition, item.sort))
        elif found and found[0][0] is not None and int(str(found[0][0])) <= now:
            # What expired is gone for everybody, so its key is free.
            connection.execute(_DROP_EXPIRED, (row[0], now))
        elif found:
            taken.append(Key(item.partition, item.sort))
        seen.add(row[0])
    if not taken:
        connection.executemany(_INSERT, rows)
    return taken


def _row_of(item: BulkItem) -> _Row:
    partition, sort, kind, body, index1, index1_sort, index2, index2_sort = item
    return (
        f"{partition}{SEPARATOR}{sort}",
        kind,
        body,
        None if index1 is None else f"{index1}{SEPARATOR}{index1_sort}",
        None if index2 is None else f"{index2}{SEPARATOR}{index2_sort}",
    )
