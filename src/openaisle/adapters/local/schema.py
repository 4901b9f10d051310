"""The tables of the embedded store, and how an older file is brought up to date."""

from __future__ import annotations

import apsw

from openaisle.kernel.errors import OpenAisleError

SCHEMA_VERSION = 1

# An ordinary table with a row number and a unique index takes two to four times as many inserts a second as
# one WITHOUT ROWID: new rows are appended, and only the small index entries land in random places. Keys and
# index entries are one text each (partition, U+001F, sort), so that a comparison is one call of memcmp.
_STATEMENTS = (
    """
    CREATE TABLE items (
        id INTEGER PRIMARY KEY,
        item_key TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        expires_at INTEGER,
        index1 TEXT,
        index2 TEXT,
        due TEXT
    )
    """,
    "CREATE UNIQUE INDEX items_by_key ON items (item_key)",
    "CREATE INDEX items_by_index1 ON items (index1) WHERE index1 IS NOT NULL",
    "CREATE INDEX items_by_index2 ON items (index2) WHERE index2 IS NOT NULL",
    "CREATE INDEX items_by_due ON items (due) WHERE due IS NOT NULL",
    "CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL",
    # One row per commit, not per change: a placed order makes six or seven changes and one insert.
    "CREATE TABLE changes (sequence INTEGER PRIMARY KEY, at REAL NOT NULL, payload BLOB NOT NULL)",
    """
    CREATE TABLE checkpoints (
        consumer TEXT PRIMARY KEY,
        holder TEXT,
        token INTEGER NOT NULL,
        lease_until REAL NOT NULL,
        position INTEGER
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE queue_messages (
        id INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        message_id TEXT NOT NULL,
        body BLOB NOT NULL,
        sent_at REAL NOT NULL,
        visible_at REAL NOT NULL,
        received_count INTEGER NOT NULL DEFAULT 0,
        receipt TEXT,
        is_dead INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX queue_messages_by_queue ON queue_messages (queue, is_dead, visible_at, id)",
    "CREATE UNIQUE INDEX queue_messages_by_message_id ON queue_messages (queue, message_id)",
    "CREATE INDEX queue_messages_by_receipt ON queue_messages (receipt) WHERE receipt IS NOT NULL",
)


class StoreTooNew(OpenAisleError):
    """The file was written by a later release; this one could damage it and does not touch it."""

    code = "store-too-new"
    title = "The store belongs to a later release"
    mend = "Start the release that wrote it, or restore a backup made by this one."


def prepare_schema(*, connection: apsw.Connection) -> None:
    """Create the tables in a new file; raises StoreTooNew.

    Runs in one transaction, so that of many processes that start at once one creates and the others find.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = int(str(connection.pragma("user_version")))
        _require_known(found=found)
        if found == 0:
            for statement in _STATEMENTS:
                connection.execute(statement)
            connection.pragma("user_version", SCHEMA_VERSION)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _require_known(*, found: int) -> None:
    if found > SCHEMA_VERSION:
        raise StoreTooNew(detail=f"The file has version {found}, this release knows {SCHEMA_VERSION}.")
