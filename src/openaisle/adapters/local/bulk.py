"""Creates items by the thousand in the embedded store: one transaction, one fsync, no Python object per write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw

from openaisle.adapters.local.committer import StoreUnavailable
from openaisle.adapters.local.connection import open_connection
from openaisle.adapters.local.writes import CommitWork
from openaisle.kernel.bulk import BulkItem, key_of
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

# The pages of the index of keys into which a million offers fall anywhere.
_CACHE_KIBIBYTES = 200_000


class LocalBulkTable:
    """Implements the BulkTable port with a connection and a thread of its own.

    The loop goes on answering while a commit runs, and other writers of the file wait for it as they wait for each
    other, so callers keep a commit to some thousand items.
    """

    def __init__(self, *, path: Path, after_commit: Callable[[], None], durable: bool = True) -> None:
        """Take the file of a store that is open already; ``after_commit`` is called on the loop after each commit."""
        self._path = path
        self._durable = durable
        self._after_commit = after_commit
        self._connection: apsw.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bulk")

    async def create(self, *, items: Sequence[BulkItem], writes: Sequence[Write], context: Context) -> list[Key]:
        """Create all or nothing; returns the taken keys of items. Raises CommitRefused, StoreUnavailable."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._create, items, writes, context)
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

    def _create(self, items: Sequence[BulkItem], writes: Sequence[Write], context: Context) -> list[Key]:
        try:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                taken = _inserted(connection=connection, items=items, now=int(context.at.timestamp()))
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
            self._connection.pragma("cache_size", -_CACHE_KIBIBYTES)
        return self._connection


def _inserted(*, connection: apsw.Connection, items: Sequence[BulkItem], now: int) -> list[Key]:
    """Insert the items and return the keys that were taken; then not all of them stand, and the caller rolls back."""
    before = connection.total_changes()
    connection.executemany(_INSERT, items)
    if connection.total_changes() - before == len(items):
        return []
    return _taken(connection=connection, items=items, now=now)


def _taken(*, connection: apsw.Connection, items: Sequence[BulkItem], now: int) -> list[Key]:
    # Looked for from before the insert: what stands now may be what was just inserted.
    connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")
    taken: list[Key] = []
    seen: set[str] = set()
    for item in items:
        text = item[0]
        found = connection.execute(_STANDING, (text,)).fetchall()
        if text in seen:
            taken.append(key_of(item=item))
        elif found and found[0][0] is not None and int(str(found[0][0])) <= now:
            # What expired is gone for everybody, so its key is free.
            connection.execute(_DROP_EXPIRED, (text, now))
        elif found:
            taken.append(key_of(item=item))
        seen.add(text)
    if not taken:
        connection.executemany(_INSERT, items)
    return taken
