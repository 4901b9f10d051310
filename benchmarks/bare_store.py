"""Durable transactions of a placed order's shape, without anything around them: what the disk and SQLite allow.

The rows are those of a real order, read back from the store: as many, as large, in the same tables with the same
indexes, through a connection with the same settings.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from openaisle.adapters.local.connection import open_connection

_IDENTIFIER_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_IDENTIFIER_CHARACTERS = 26
_PREPARED_TRANSACTIONS = 200
_INSERT = (
    "INSERT INTO items (item_key, kind, version, body, expires_at, index1, index2, due) VALUES (?, ?, 1, ?, ?, ?, ?, ?)"
)
_UPDATE = "UPDATE items SET version = version + 1, body = ? WHERE item_key = ? AND version = ?"
_APPEND = "INSERT INTO changes (at, payload) VALUES (?, ?)"


class ShapeUnknown(Exception):
    """The store holds no order whose rows could be imitated."""


class InsertedRow(msgspec.Struct, frozen=True):
    """One item that an order makes."""

    item_key: str
    kind: str
    body: bytes
    expires_at: int | None
    index1: str | None
    index2: str | None
    due: str | None


class OrderShape(msgspec.Struct, frozen=True):
    """What one placed order writes: new items, stock levels changed in place, and the change log's rows."""

    inserted: list[InsertedRow]
    updated_bodies: list[bytes]
    logged: list[bytes]

    @property
    def rows(self) -> int:
        """How many rows one order writes."""
        return len(self.inserted) + len(self.updated_bodies) + len(self.logged)

    @property
    def size_bytes(self) -> int:
        """How many bytes of bodies and log one order writes."""
        bodies = sum(len(row.body) for row in self.inserted)
        return bodies + sum(map(len, self.updated_bodies)) + sum(map(len, self.logged))


class StoreMark(msgspec.Struct, frozen=True):
    """How far a store was filled at one moment."""

    item: int
    change: int
    versions: dict[int, int]


def store_mark(*, store_file: Path) -> StoreMark:
    """Return the mark to compare with after one order was placed."""
    connection = open_connection(path=store_file, read_only=True)
    try:
        item = _whole_number(connection.execute("SELECT coalesce(max(id), 0) FROM items"))
        change = _whole_number(connection.execute("SELECT coalesce(max(sequence), 0) FROM changes"))
        return StoreMark(item, change, dict(connection.execute("SELECT id, version FROM items")))
    finally:
        connection.close()


def _whole_number(rows: apsw.Cursor) -> int:
    found = rows.fetchone()
    assert found is not None
    return int(str(found[0]))


def order_shape(*, store_file: Path, before: StoreMark) -> OrderShape:
    """Return what was written after the mark, which must be one placed order; raises ShapeUnknown."""
    connection = open_connection(path=store_file, read_only=True)
    try:
        inserted = [
            InsertedRow(*row)
            for row in connection.execute(
                "SELECT item_key, kind, body, expires_at, index1, index2, due FROM items WHERE id > ? ORDER BY id",
                (before.item,),
            )
        ]
        updated = [
            body
            for identity, version, body in connection.execute("SELECT id, version, body FROM items")
            if identity in before.versions and before.versions[identity] != version
        ]
        logged = [
            payload
            for (payload,) in connection.execute("SELECT payload FROM changes WHERE sequence > ?", (before.change,))
        ]
    finally:
        connection.close()
    if not inserted or not logged:
        message = "no order was written after the mark"
        raise ShapeUnknown(message)
    return OrderShape(inserted, updated, logged)


class BareLimit(msgspec.Struct, frozen=True, kw_only=True):
    """Transactions a second of one connection, ``orders_per_transaction`` orders' rows in each."""

    orders_per_transaction: int
    transactions: int
    seconds: float

    @property
    def orders_per_second(self) -> float:
        """How many orders' rows a second became durable."""
        return self.transactions * self.orders_per_transaction / self.seconds


def bare_store_limit(
    *, store_file: Path, shape: OrderShape, seconds: float, orders_per_transaction: int = 1
) -> BareLimit:
    """Write transactions of the shape into the file for ``seconds``, one after the other, each flushed to the disk.

    The file is a copy of a prepared home's store: it has the tables, and the stock levels that are changed.
    """
    connection = open_connection(path=store_file, durable=True)
    try:
        cursor = connection.cursor()
        stock: list[Any] = connection.execute(
            "SELECT item_key, version FROM items WHERE kind = 'stock_level'"
        ).fetchall()
        orders = _imitations(shape=shape, versions=dict(stock))
        transactions, clocked = 0, 0.0
        while clocked < seconds:
            # What is to be written is made up beforehand, off the clock.
            prepared = [list(itertools.islice(orders, orders_per_transaction)) for _ in range(_PREPARED_TRANSACTIONS)]
            started = time.perf_counter()
            for transaction in prepared:
                cursor.execute("BEGIN IMMEDIATE")
                for inserted, updated in transaction:
                    _write(cursor=cursor, inserted=inserted, updated=updated, logged=shape.logged)
                cursor.execute("COMMIT")
            clocked += time.perf_counter() - started
            transactions += len(prepared)
        return BareLimit(orders_per_transaction=orders_per_transaction, transactions=transactions, seconds=clocked)
    finally:
        connection.close()


def _write(
    *, cursor: apsw.Cursor, inserted: list[tuple[Any, ...]], updated: list[tuple[Any, ...]], logged: list[bytes]
) -> None:
    for row in inserted:
        cursor.execute(_INSERT, row)
    for change in updated:
        cursor.execute(_UPDATE, change)
        if cursor.connection.changes() != 1:
            message = "a conditional update met no row"
            raise ShapeUnknown(message)
    for payload in logged:
        cursor.execute(_APPEND, (0.0, payload))


def _imitations(
    *, shape: OrderShape, versions: dict[str, int]
) -> Iterator[tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]:
    """Yield the parameters of one order's statements after the other, with new keys that sort as real ones do."""
    if len(versions) < len(shape.updated_bodies):
        message = "the store holds too few stock levels"
        raise ShapeUnknown(message)
    chance = random.Random(1)
    keys = list(versions)
    while True:
        identifier = "".join(chance.choices(_IDENTIFIER_ALPHABET, k=_IDENTIFIER_CHARACTERS))
        inserted = [
            (
                _renamed(text=row.item_key, identifier=identifier, position=position),
                row.kind,
                row.body,
                row.expires_at,
                _renamed(text=row.index1, identifier=identifier, position=position),
                _renamed(text=row.index2, identifier=identifier, position=position),
                _renamed(text=row.due, identifier=identifier, position=position),
            )
            for position, row in enumerate(shape.inserted)
        ]
        updated = []
        for key, body in zip(chance.sample(keys, len(shape.updated_bodies)), shape.updated_bodies, strict=True):
            updated.append((body, key, versions[key]))
            versions[key] += 1
        yield inserted, updated


def _renamed(*, text: str | None, identifier: str, position: int) -> str | None:
    """Return a text of the same length that stands elsewhere: its end is new, as that of a real order's is."""
    if text is None:
        return None
    ending = f"{identifier}{position}"
    kept = max(len(text) - len(ending), 0)
    return text[:kept] + ending[-(len(text) - kept) :]
