"""What each kind of conditional write does to the embedded store, statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from openaisle.adapters.local.change_log import LoggedChange, append_changes
from openaisle.kernel.context import Context
from openaisle.kernel.stream import ChangeOperation
from openaisle.kernel.table import (
    Adjust,
    Check,
    CommitRefused,
    Delete,
    Index,
    Put,
    Refusal,
    RefusalReason,
    Write,
)

SEPARATOR = "\x1f"
_INSERT = (
    "INSERT INTO items (item_key, kind, version, body, expires_at, index1, index2, due)"
    " VALUES (?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT (item_key) DO NOTHING"
)
_PLACES = ("expires_at", "index1", "index2", "due")
_FIND_PLACES = f"SELECT id, version, {', '.join(_PLACES)} FROM items WHERE item_key = ?"
_UPSERT = (
    "INSERT INTO items (item_key, kind, version, body, expires_at, index1, index2, due)"
    " VALUES (?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT (item_key) DO UPDATE SET kind = excluded.kind,"
    " version = items.version + 1, body = excluded.body, expires_at = excluded.expires_at,"
    " index1 = excluded.index1, index2 = excluded.index2, due = excluded.due RETURNING version"
)
_FIND = "SELECT version, expires_at FROM items WHERE item_key = ?"
_DROP_EXPIRED = "DELETE FROM items WHERE item_key = ? AND expires_at <= ?"

_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
_encode_object = msgspec.json.Encoder().encode


def joined(*, partition: str, sort: str) -> str:
    """Return partition and sort key as the one text that the store compares."""
    if SEPARATOR in partition or SEPARATOR in sort:
        message = "a key may not hold U+001F, which separates its parts"
        raise ValueError(message)
    return f"{partition}{SEPARATOR}{sort}"


class CommitWork:
    """The work of one commit: all its writes, then its row in the change log; raises CommitRefused."""

    def __init__(self, *, writes: Sequence[Write], context: Context) -> None:
        """Take what to write and who writes it when."""
        self._writes = writes
        self._context = context
        self._now = int(context.at.timestamp())
        self._changes: list[LoggedChange] = []

    def __call__(self, cursor: apsw.Cursor) -> None:
        """Write everything through the cursor, or raise at the first condition that does not hold."""
        # A transaction that had to be begun again runs its work again.
        self._changes = []
        for position, write in enumerate(self._writes):
            reason = self._apply(cursor=cursor, write=write)
            if reason is not None:
                raise CommitRefused(refusals=(Refusal(position, write.key, reason),))
        if self._changes:
            append_changes(cursor=cursor, changes=self._changes, context=self._context)

    def _apply(self, *, cursor: apsw.Cursor, write: Write) -> RefusalReason | None:
        if isinstance(write, Put):
            return self._put(cursor=cursor, put=write)
        if isinstance(write, Adjust):
            return self._adjust(cursor=cursor, adjust=write)
        if isinstance(write, Delete):
            return self._delete(cursor=cursor, delete=write)
        return self._check(cursor=cursor, check=write)

    def _put(self, *, cursor: apsw.Cursor, put: Put) -> RefusalReason | None:
        text = joined(partition=put.key.partition, sort=put.key.sort)
        index1, index2, due = _index_columns(put)
        version = 1
        if put.expected_version is None:
            row = (text, put.kind, put.body, put.expires_at, index1, index2, due)
            written: list[Any] = cursor.execute(_UPSERT, row).fetchall()
            version = written[0][0]
        elif put.expected_version == 0:
            row = (text, put.kind, put.body, put.expires_at, index1, index2, due)
            cursor.execute(_INSERT, row)
            if cursor.connection.changes() == 0:
                # What stands there may have expired, and then the key counts as free.
                cursor.execute(_DROP_EXPIRED, (text, self._now))
                if cursor.connection.changes() == 0:
                    return RefusalReason.EXISTS
                cursor.execute(_INSERT, row)
        else:
            found: Any = cursor.execute(_FIND_PLACES, (text,)).fetchone()
            if found is None or (found[2] is not None and found[2] <= self._now):
                return RefusalReason.MISSING
            identity, version, *standing = found
            if version != put.expected_version:
                return RefusalReason.VERSION
            version += 1
            places = (put.expires_at, index1, index2, due)
            cursor.execute(*_update(identity=identity, put=put, version=version, standing=standing, places=places))
        if put.streamed:
            self._changes.append(_logged(put, put.kind, ChangeOperation.PUT, version, put.body))
        return None

    def _adjust(self, *, cursor: apsw.Cursor, adjust: Adjust) -> RefusalReason | None:
        text = joined(partition=adjust.key.partition, sort=adjust.key.sort)
        found = cursor.execute(
            "SELECT id, kind, version, body, expires_at FROM items WHERE item_key = ?", (text,)
        ).fetchone()
        if found is None or (found[4] is not None and found[4] <= self._now):
            return RefusalReason.MISSING
        identity, kind, version, body, _ = found
        record = _decode_object(body)
        for attribute, amount in adjust.changes.items():
            record[attribute] = record.get(attribute, 0) + amount
        for attribute, minimum in adjust.minimums.items():
            if record[attribute] < minimum:
                return RefusalReason.MINIMUM
        changed = _encode_object(record)
        cursor.execute("UPDATE items SET version = version + 1, body = ? WHERE id = ?", (changed, identity))
        if adjust.streamed:
            self._changes.append(_logged(adjust, kind, ChangeOperation.ADJUST, version + 1, changed))
        return None

    def _delete(self, *, cursor: apsw.Cursor, delete: Delete) -> RefusalReason | None:
        text = joined(partition=delete.key.partition, sort=delete.key.sort)
        found = cursor.execute("SELECT kind, version, expires_at FROM items WHERE item_key = ?", (text,)).fetchone()
        if found is None or (found[2] is not None and found[2] <= self._now):
            # What expired is gone for everybody; its row is dropped with the next maintenance.
            return None if delete.expected_version is None else RefusalReason.MISSING
        kind, version, _ = found
        if delete.expected_version is not None and version != delete.expected_version:
            return RefusalReason.VERSION
        cursor.execute("DELETE FROM items WHERE item_key = ?", (text,))
        if delete.streamed:
            self._changes.append(_logged(delete, kind, ChangeOperation.DELETE, version + 1, None))
        return None

    def _check(self, *, cursor: apsw.Cursor, check: Check) -> RefusalReason | None:
        text = joined(partition=check.key.partition, sort=check.key.sort)
        standing = self._standing(cursor=cursor, text=text)
        if standing == check.expected_version:
            return None
        if check.expected_version == 0:
            return RefusalReason.EXISTS
        return RefusalReason.MISSING if standing == 0 else RefusalReason.VERSION

    def _standing(self, *, cursor: apsw.Cursor, text: str) -> int:
        """Return the version that stands at the key, 0 if it is free or what stood there expired."""
        found = cursor.execute(_FIND, (text,)).fetchone()
        if found is None or (found[1] is not None and found[1] <= self._now):
            return 0
        return int(found[0])


def _update(
    *, identity: int, put: Put, version: int, standing: Sequence[object], places: Sequence[object]
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that writes over a row, with its values.

    The store writes an index anew for every column that a statement names, changed or not, and each costs a page in
    the log. So only the columns that differ are named.
    """
    moved = [place for place in range(len(_PLACES)) if standing[place] != places[place]]
    listed = "".join(f", {_PLACES[place]} = ?" for place in moved)
    values = (put.kind, version, put.body, *(places[place] for place in moved), identity)
    return f"UPDATE items SET kind = ?, version = ?, body = ?{listed} WHERE id = ?", values


def _logged(
    write: Put | Adjust | Delete, kind: str, operation: ChangeOperation, version: int, body: bytes | None
) -> LoggedChange:
    raw = msgspec.Raw(b"null" if body is None else body)
    return LoggedChange(write.key.partition, write.key.sort, kind, operation, version, raw, write.events)


def _index_columns(put: Put) -> tuple[str | None, str | None, str | None]:
    index1 = index2 = due = None
    for entry in put.indexes:
        text = joined(partition=entry.partition, sort=entry.sort)
        if entry.index is Index.FIRST:
            index1 = text
        elif entry.index is Index.SECOND:
            index2 = text
        else:
            due = text
    return index1, index2, due
