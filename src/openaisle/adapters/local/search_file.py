"""The file of the search index: its tables, how it is opened, and what is written into it.

It stands beside the store and holds nothing that the store does not: a damaged or outdated file is begun anew.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path

import apsw

from openaisle.adapters.local.connection import open_connection
from openaisle.kernel.search import SearchDocument, compared_key, folded

# Raised with every change of the tables or of how texts are folded; a file of another number is begun anew.
_SCHEMA = "2"

_TABLES = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE documents (
        document INTEGER PRIMARY KEY,
        product_id TEXT NOT NULL UNIQUE,
        is_present INTEGER NOT NULL,
        is_active INTEGER NOT NULL,
        is_sellable INTEGER NOT NULL,
        title TEXT NOT NULL,
        brand TEXT NOT NULL,
        brand_key TEXT NOT NULL,
        part_key TEXT NOT NULL,
        category TEXT NOT NULL,
        category_key TEXT NOT NULL,
        price_minor INTEGER,
        currency TEXT NOT NULL,
        available INTEGER NOT NULL,
        score INTEGER NOT NULL,
        shortfalls INTEGER NOT NULL,
        text_digest BLOB NOT NULL,
        product_digest BLOB NOT NULL,
        offers_digest BLOB NOT NULL,
        stock_digest BLOB NOT NULL,
        product_change INTEGER NOT NULL,
        offers_change INTEGER NOT NULL,
        stock_change INTEGER NOT NULL,
        change INTEGER NOT NULL,
        as_of INTEGER NOT NULL
    )
    """,
    "CREATE INDEX documents_by_change ON documents (change)",
    "CREATE INDEX documents_by_part ON documents (brand_key, part_key)",
    "CREATE INDEX documents_by_category ON documents (category_key)",
    """
    CREATE TABLE places (offer_id TEXT PRIMARY KEY, supplier_id TEXT NOT NULL, document INTEGER NOT NULL) WITHOUT ROWID
    """,
    "CREATE INDEX places_by_document ON places (document)",
    "CREATE INDEX places_by_supplier ON places (supplier_id, document)",
    """
    CREATE VIRTUAL TABLE texts USING fts5(
        title, keywords, brand, category, details, description,
        content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0"
    )
    """,
    "INSERT INTO texts (texts, rank) VALUES ('rank', 'bm25(10.0, 8.0, 5.0, 3.0, 2.0, 1.0)')",
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(texts, 'row')",
)
_DROPPED = ("vocabulary", "texts", "places", "documents", "facts")

_KNOWN = (
    "SELECT document, is_present, text_digest, product_digest, offers_digest, stock_digest, is_active, is_sellable,"
    " price_minor, currency, available, score, shortfalls, as_of FROM documents WHERE product_id = ?"
)
_INSERT = "INSERT INTO documents VALUES (NULL, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE = (
    "UPDATE documents SET is_present = 1, is_active = ?, is_sellable = ?, title = ?, brand = ?, brand_key = ?,"
    " part_key = ?, category = ?, category_key = ?, price_minor = ?, currency = ?, available = ?, score = ?,"
    " shortfalls = ?, text_digest = ?, product_digest = ?, offers_digest = ?, stock_digest = ?,"
    " product_change = coalesce(?, product_change), offers_change = coalesce(?, offers_change),"
    " stock_change = coalesce(?, stock_change), change = coalesce(?, change), as_of = ? WHERE document = ?"
)
_REMOVE = (
    "UPDATE documents SET is_present = 0, is_active = 0, is_sellable = 0, title = '', brand = '', brand_key = '',"
    " part_key = '', category = '', category_key = '', available = 0, text_digest = x'', product_change = ?,"
    " change = ?, as_of = ? WHERE document = ?"
)
# What is gone before it was ever known leaves a mark too: whoever read it before must not bring it back.
_MARK_GONE = (
    "INSERT INTO documents VALUES (NULL, ?, 0, 0, 0, '', '', '', '', '', '', NULL, '', 0, 0, 0,"
    " x'', x'', x'', x'', 0, 0, 0, 0, ?)"
)
_DESCRIPTION_INDEXED = 4_000
_BUSY_CACHE_KIBIBYTES = 16_384
# Words are spread over the whole file: rarer checkpoints each move a page once instead of many times.
_PAGES_PER_CHECKPOINT = 16_000


def open_search_file(*, path: Path, durable: bool) -> apsw.Connection:
    """Open the file, making it or beginning it anew where it is missing, damaged, or of another schema."""
    try:
        return _opened(path=path, durable=durable)
    except (apsw.NotADBError, apsw.CorruptError):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return _opened(path=path, durable=durable)


def _opened(*, path: Path, durable: bool) -> apsw.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = open_connection(path=path, durable=durable)
    connection.pragma("cache_size", -_BUSY_CACHE_KIBIBYTES)
    connection.pragma("wal_autocheckpoint", _PAGES_PER_CHECKPOINT)
    if not _is_current(connection):
        connection.execute("BEGIN IMMEDIATE")
        with _finished(connection):
            # Another process may have made it while this one waited.
            if not _is_current(connection):
                begin_anew(connection=connection)
    return connection


def _is_current(connection: apsw.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchall()
    return bool(found) and fact(connection=connection, name="schema") == _SCHEMA


class _finished:  # noqa: N801 - a context manager, written like a function
    """Commits what was begun, or takes it back where it broke off."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        """Do nothing: the transaction has begun."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Commit or roll back."""
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def begin_anew(*, connection: apsw.Connection) -> None:
    """Make the tables empty, under a new generation; within the caller's transaction."""
    for name in _DROPPED:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES:
        connection.execute(statement)
    keep_fact(connection=connection, name="schema", value=_SCHEMA)
    keep_fact(connection=connection, name="generation", value=secrets.token_hex(4))
    keep_fact(connection=connection, name="is_filled", value="")
    keep_fact(connection=connection, name="change", value="0")


def fact(*, connection: apsw.Connection, name: str) -> str:
    """Return a fact of the file, empty where it is not kept."""
    found = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchall()
    return str(found[0][0]) if found else ""


def keep_fact(*, connection: apsw.Connection, name: str, value: str) -> None:
    """Keep a fact of the file."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def in_one_transaction(*, connection: apsw.Connection) -> _finished:
    """Begin a transaction that the context ends."""
    connection.execute("BEGIN IMMEDIATE")
    return _finished(connection)


def store_documents(
    *, connection: apsw.Connection, documents: Sequence[SearchDocument], removed: Sequence[str], as_of: int
) -> int:
    """Store documents and drop products in one transaction; return how many products changed for readers.

    What stands there as of a later position of the stream than ``as_of`` stays as it is.
    """
    with in_one_transaction(connection=connection):
        first = last = int(fact(connection=connection, name="change"))
        for document in documents:
            last += _stored(connection, document, last + 1, as_of)
        for product_id in removed:
            last += _removed(connection, product_id, last + 1, as_of)
        if last != first:
            keep_fact(connection=connection, name="change", value=str(last))
    return last - first


def _stored(connection: apsw.Connection, document: SearchDocument, change: int, as_of: int) -> bool:
    texts = _texts(document)
    text_digest = hashlib.blake2b("\x1f".join(texts).encode(), digest_size=8).digest()
    digests = (document.product_digest, document.offers_digest, document.stock_digest)
    plain = (
        int(document.is_active),
        int(document.is_sellable),
        document.price_minor,
        document.currency,
        document.available,
        document.score,
        document.shortfalls,
    )
    known = connection.execute(_KNOWN, (document.product_id,)).fetchall()
    shown = (
        *plain[:2],
        document.title,
        document.brand,
        compared_key(text=document.brand),
        compared_key(text=document.part_number),
        document.category,
        folded(text=document.category),
        *plain[2:],
        text_digest,
        *digests,
    )
    if not known:
        connection.execute(_INSERT, (document.product_id, *shown, change, change, change, change, as_of))
        number = connection.last_insert_rowid()
        connection.execute(
            "INSERT INTO texts (rowid, title, keywords, brand, category, details, description)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, *texts),
        )
        _place(connection, number, document)
        return True
    number = int(str(known[0][0]))
    _, is_present, text_before, *before, known_as_of = known[0]
    if int(str(known_as_of)) > as_of:
        return False
    differs = [not is_present or old != new for old, new in zip(before[:3], digests, strict=True)]
    if not any(differs) and text_before == text_digest and tuple(before[3:]) == plain:
        if known_as_of != as_of:
            connection.execute("UPDATE documents SET as_of = ? WHERE document = ?", (as_of, number))
        return False
    changes = [change if one else None for one in differs]
    connection.execute(_UPDATE, (*shown, *changes, change if any(differs) else None, as_of, number))
    if text_before != text_digest:
        connection.execute(
            "INSERT OR REPLACE INTO texts (rowid, title, keywords, brand, category, details,"
            " description) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, *texts),
        )
    if differs[1]:
        connection.execute("DELETE FROM places WHERE document = ?", (number,))
        _place(connection, number, document)
    return any(differs)


def _removed(connection: apsw.Connection, product_id: str, change: int, as_of: int) -> bool:
    known = connection.execute(
        "SELECT document, is_present, as_of FROM documents WHERE product_id = ?", (product_id,)
    ).fetchall()
    if not known:
        connection.execute(_MARK_GONE, (product_id, as_of))
        return False
    ((number, is_present, known_as_of),) = known
    if int(str(known_as_of)) > as_of:
        return False
    if not is_present:
        connection.execute("UPDATE documents SET as_of = ? WHERE document = ?", (as_of, number))
        return False
    connection.execute(_REMOVE, (change, change, as_of, number))
    connection.execute("DELETE FROM texts WHERE rowid = ?", (number,))
    connection.execute("DELETE FROM places WHERE document = ?", (number,))
    return True


def _place(connection: apsw.Connection, number: int, document: SearchDocument) -> None:
    for offer_id, supplier_id in document.offers:
        connection.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", (offer_id, supplier_id, number))


def _texts(document: SearchDocument) -> tuple[str, ...]:
    keywords = {word for text in document.keywords for word in (folded(text=text), compared_key(text=text)) if word}
    return (
        folded(text=document.title),
        " ".join(sorted(keywords)),
        folded(text=document.brand),
        folded(text=document.category),
        folded(text=document.details),
        folded(text=document.description[:_DESCRIPTION_INDEXED]),
    )
