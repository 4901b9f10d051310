"""The record of a connection to a supplier: its settings and signing secrets. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.errors import NotFound
from openaisle.suppliers.connection_settings import ConnectionSettings

GRACE = timedelta(hours=24)


class ConnectionMissing(NotFound):
    """The supplier has no connection yet."""

    code = "connection-missing"
    title = "The supplier is not connected"
    mend = "Register the connection first."


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A signing secret as it is kept; ``valid_until`` is set once a newer one has replaced it."""

    secret_id: str
    ciphertext: str
    created_at: datetime
    valid_until: datetime | None = None


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a connection; the newest secret stands first."""

    supplier_id: str
    settings: ConnectionSettings
    secrets: tuple[SealedSecret, ...]
    changed_at: datetime


def rotated(*, connection: Connection, fresh: SealedSecret, at: datetime) -> Connection:
    """Return the connection with a fresh secret; the former one stays valid for a day, so that both sides can change.

    A secret that was already on its way out keeps its own end, and one that has ended is dropped.
    """
    former = tuple(
        msgspec.structs.replace(secret, valid_until=at + GRACE) if secret.valid_until is None else secret
        for secret in valid_secrets(connection=connection, at=at)
    )
    return msgspec.structs.replace(connection, secrets=(fresh, *former), changed_at=at)


def valid_secrets(*, connection: Connection, at: datetime) -> tuple[SealedSecret, ...]:
    """Return the secrets with which messages are signed at a moment, the newest first."""
    return tuple(secret for secret in connection.secrets if secret.valid_until is None or at < secret.valid_until)


def secret_place(*, supplier_id: str, secret_id: str) -> str:
    """Return the place to which a sealed secret is bound: moved to another record, it can't be opened."""
    return f"SUPPLIER#{supplier_id}/secret/{secret_id}"
