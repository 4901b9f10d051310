"""Issue, revoke and recognize API keys."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from openaisle.access.events import ApiKeyIssued, ApiKeyRevoked
from openaisle.access.model import (
    SECRET_BYTES,
    ApiKey,
    ApiKeyMissing,
    KeyMissing,
    decide_revoked,
    issued_key,
    presented_key,
    principal_of,
)
from openaisle.access.repository import API_KEYS, api_key_key
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.permissions import UserRole
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Put, Table


class IssuedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key: its record, its text (to be shown once), and the write that makes it valid."""

    record: ApiKey
    text: str
    write: Put


class ApiKeys:
    """The use cases of API keys."""

    def __init__(self, *, table: Table, identifiers: Identifiers, entropy: Callable[[int], bytes]) -> None:
        """Take the table, the maker of identifiers, and ``entropy``, which returns that many random bytes."""
        self._table = table
        self._identifiers = identifiers
        self._entropy = entropy

    def prepared(
        self, *, role: Role, subject_id: str, label: str, context: Context, user_role: UserRole | None = None
    ) -> IssuedKey:
        """Return a new key whose write the caller puts into its own commit.

        Raises RoleNotIssuable, KeyUserRoleUnfit.
        """
        record, text = issued_key(
            key_id=self._identifiers.new(prefix="key"),
            role=role,
            subject_id=subject_id,
            label=label,
            secret_bytes=self._entropy(SECRET_BYTES),
            context=context,
            user_role=user_role,
        )
        event = ApiKeyIssued(key_id=record.key_id, role=role.value, subject_id=subject_id)
        return IssuedKey(record=record, text=text, write=API_KEYS.create(record, events=[event]))

    async def issue(
        self, *, role: Role, subject_id: str, label: str, context: Context, user_role: UserRole | None = None
    ) -> tuple[ApiKey, str]:
        """Issue a key, valid at once; return its record and its text, which is told only this once.

        ``user_role`` limits what may be done with it; None stands for all that the party may.
        """
        issued = self.prepared(role=role, subject_id=subject_id, label=label, context=context, user_role=user_role)
        await self._table.commit(writes=[issued.write], context=context)
        return issued.record, issued.text

    async def revoke(self, *, key_id: str, context: Context) -> ApiKey:
        """Revoke a key, effective with the next request; raises ApiKeyMissing, KeyRevokedAlready."""

        async def attempt() -> ApiKey:
            item = await self._table.get(key=api_key_key(key_id=key_id))
            if item is None:
                raise ApiKeyMissing(detail=f"There is no API key {key_id[:40]}.")
            found = API_KEYS.decode(item)
            revoked = decide_revoked(record=found.record, context=context)
            event = ApiKeyRevoked(key_id=key_id, role=revoked.role.value, subject_id=revoked.subject_id)
            write = API_KEYS.replace(revoked, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)
            return revoked

        return await decided_anew(attempt)

    async def authenticate(self, *, text: str | None) -> Principal:
        """Return who presents the key of this text, with one read of the table; raises KeyMissing, KeyUnknown."""
        if not text:
            raise KeyMissing(detail="The request carries no API key.")
        presented = presented_key(text=text)
        item = await self._table.get(key=api_key_key(key_id=presented.key_id))
        return principal_of(presented=presented, record=API_KEYS.decode(item).record if item else None)
