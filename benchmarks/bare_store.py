"""Durable transactions of a placed order's shape, without anything around them: what the disk and SQLite allow.

The rows are those of a real order, read back from the store: as many, as large, in the same tables with the same
indexes, through a connection with the same settings.
"""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import msgspec

from openaisle.adapters.local.connection import open_connection

_IDENTIFIER_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_IDENTIFIER_CHARACTERS = 26
_ORDER_OR_PURCHASE_ORDER = re.compile(r"(?P<prefix>(?:ord|po)_)[0-9a-z]{26}")
_SUPPLIER = re.compile(r"sup_[0-9a-z]{26}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_REFERENCE_NUMBER = re.compile(r"(?<=-)\d{9}(?=\x1f|$)")
_FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_BETWEEN_ORDERS = timedelta(microseconds=500)
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
            "SELECT item_key, version, CAST(body AS TEXT) ->> 'supplier_id' FROM items WHERE kind = 'stock_level'"
        ).fetchall()
        orders = _imitations(
            shape=shape,
            versions={key: version for key, version, _ in stock},
            suppliers=sorted({supplier for _, _, supplier in stock}),
        )
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
    *, shape: OrderShape, versions: dict[str, int], suppliers: Sequence[str]
) -> Iterator[tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]:
    """Yield the parameters of one order's statements after the other.

    Keys and index entries are made as real orders make them, since where they land decides what they cost: order
    identifiers are random, moments and references go up, suppliers are any of those that have stock.
    """
    if len(versions) < len(shape.updated_bodies):
        message = "the store holds too few stock levels"
        raise ShapeUnknown(message)
    chance = random.Random(1)
    keys = list(versions)
    for inserted in imitated_rows(shape=shape, suppliers=suppliers, chance=chance):
        updated = []
        for key, body in zip(chance.sample(keys, len(shape.updated_bodies)), shape.updated_bodies, strict=True):
            updated.append((body, key, versions[key]))
            versions[key] += 1
        yield inserted, updated


def imitated_rows(
    *, shape: OrderShape, suppliers: Sequence[str], chance: random.Random
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the new items of one order after the other: key, kind, body, expiry, and the three index entries."""
    sampled_suppliers = _suppliers_of(shape=shape)
    for number in itertools.count(1):
        others = dict(zip(sampled_suppliers, chance.sample(suppliers, len(sampled_suppliers)), strict=True))
        renaming = _Renaming(
            identifier="".join(chance.choices(_IDENTIFIER_ALPHABET, k=_IDENTIFIER_CHARACTERS)),
            moment=(_FIRST_MOMENT + number * _BETWEEN_ORDERS).isoformat(timespec="microseconds")[:26] + "Z",
            number=f"{number:09d}",
            suppliers=others,
        )
        yield [
            (
                renaming.key(row.item_key),
                row.kind,
                row.body,
                row.expires_at,
                renaming.text(row.index1),
                renaming.text(row.index2),
                renaming.text(row.due),
            )
            for row in shape.inserted
        ]


def _suppliers_of(*, shape: OrderShape) -> list[str]:
    texts = [text for row in shape.inserted for text in (row.item_key, row.index1, row.index2) if text]
    return list(dict.fromkeys(name for text in texts for name in _SUPPLIER.findall(text)))


class _Renaming(msgspec.Struct, frozen=True, kw_only=True):
    """Turns the texts of the sampled order into those of another one."""

    identifier: str
    moment: str
    number: str
    suppliers: dict[str, str]

    def key(self, text: str) -> str:
        """Return the key of the other order; raises ShapeUnknown for one that would stay the same."""
        renamed = self.text(text)
        if renamed is None or renamed == text:
            message = f"it is not known how another order's key differs from {text!r}"
            raise ShapeUnknown(message)
        return renamed

    def text(self, text: str | None) -> str | None:
        """Return a text of the same length."""
        if text is None:
            return None
        text = _ORDER_OR_PURCHASE_ORDER.sub(rf"\g<prefix>{self.identifier}", text)
        text = _TIME.sub(self.moment, text)
        text = _REFERENCE_NUMBER.sub(self.number, text)
        return _SUPPLIER.sub(lambda found: self.suppliers[found[0]], text)
