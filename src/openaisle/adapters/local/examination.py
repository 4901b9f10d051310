"""A look into the store's file from outside, for the doctor: it changes nothing and waits for nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import msgspec

from openaisle.adapters.local.connection import open_connection

_FINDINGS_MAXIMUM = 10


class LeaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs a consumer, until when the lease holds, and up to which sequence it is done (None: reads nothing)."""

    consumer: str
    holder: str | None
    lease_until: datetime
    position: int | None


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the store's file says of itself.

    ``findings`` are those of the quick check, none when the file is sound. ``newest_change_at`` is None while
    nothing was written.
    """

    findings: tuple[str, ...]
    file_bytes: int
    log_bytes: int
    item_count: int
    newest_change_at: datetime | None
    leases: tuple[LeaseFacts, ...]


def examined_store(*, path: Path) -> StoreFacts:
    """Read the whole file once and return what was found; what cannot be read at all becomes a finding."""
    log = path.with_name(path.name + "-wal")
    log_bytes = log.stat().st_size if log.exists() else 0
    try:
        connection = open_connection(path=path, read_only=True)
        try:
            return _examined(connection=connection, file_bytes=path.stat().st_size, log_bytes=log_bytes)
        finally:
            connection.close()
    except (apsw.Error, OSError) as error:
        return StoreFacts(
            findings=(f"{type(error).__name__}: {error}",),
            file_bytes=path.stat().st_size if path.exists() else 0,
            log_bytes=log_bytes,
            item_count=0,
            newest_change_at=None,
            leases=(),
        )


def _examined(*, connection: apsw.Connection, file_bytes: int, log_bytes: int) -> StoreFacts:
    def rows(statement: str) -> list[Any]:
        return list(connection.execute(statement))

    found = [row[0] for row in rows(f"PRAGMA quick_check({_FINDINGS_MAXIMUM})")]
    ((item_count,),) = rows("SELECT count(*) FROM items")
    newest = rows("SELECT at FROM changes ORDER BY sequence DESC LIMIT 1")
    leases = rows("SELECT consumer, holder, lease_until, position FROM checkpoints ORDER BY consumer")
    return StoreFacts(
        findings=() if found == ["ok"] else tuple(found),
        file_bytes=file_bytes,
        log_bytes=log_bytes,
        item_count=item_count,
        newest_change_at=datetime.fromtimestamp(newest[0][0], UTC) if newest else None,
        leases=tuple(
            LeaseFacts(
                consumer=consumer,
                holder=holder,
                lease_until=datetime.fromtimestamp(lease_until, UTC),
                position=position,
            )
            for consumer, holder, lease_until, position in leases
        ),
    )
