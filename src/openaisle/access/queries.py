"""Read API keys, without their secrets: those are nowhere."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.access.model import ApiKey
from openaisle.access.repository import ALL_KEYS, API_KEYS, api_key_key, keys_of_subject
from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole
from openaisle.kernel.table import Index, Table


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it may be shown: ``last_four`` are the last characters of its text."""

    key_id: str
    role: Role
    subject_id: str
    label: str
    last_four: str
    issued_at: datetime
    issued_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    user_role: UserRole | None = None


class ApiKeyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of keys, oldest first; ``next_after`` is null on the last page."""

    api_keys: list[ApiKeyView]
    next_after: str | None


class ApiKeyQueries:
    """The queries of API keys."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def listed(
        self, *, role: Role | None = None, subject_id: str | None = None, after: str | None = None, limit: int = 100
    ) -> ApiKeyPage:
        """Return a page of the keys of one party (``role`` and ``subject_id`` together), or of everybody."""
        if role is not None and subject_id is not None:
            index, partition = Index.SECOND, keys_of_subject(role=role, subject_id=subject_id)
        else:
            index, partition = Index.FIRST, ALL_KEYS
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit)
        shown = [view_of(record=API_KEYS.decode(item).record) for item in page.items]
        return ApiKeyPage(api_keys=shown, next_after=page.cursor)

    async def is_valid(self, *, key_id: str) -> bool:
        """Return whether the key was issued and not revoked: what was opened with it lasts no longer; one get."""
        item = await self._table.get(key=api_key_key(key_id=key_id))
        return item is not None and API_KEYS.decode(item).record.revoked_at is None


def view_of(*, record: ApiKey) -> ApiKeyView:
    """Return what may be shown of a key."""
    return ApiKeyView(
        key_id=record.key_id,
        role=record.role,
        subject_id=record.subject_id,
        label=record.label,
        last_four=record.last_four,
        issued_at=record.issued_at,
        issued_by=record.issued_by,
        revoked_at=record.revoked_at,
        revoked_by=record.revoked_by,
        user_role=record.user_role,
    )
