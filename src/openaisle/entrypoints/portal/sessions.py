"""Sessions of the portal: a supplier signs in with its API key, and only the cookie keeps the session's token."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from openaisle.access.model import KeyMissing, KeyUnknown, presented_key
from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.entrypoints.console.sessions.model import (
    SESSION_SECONDS,
    SignInNeeded,
    after_failure,
    digest,
    require_patience,
)
from openaisle.entrypoints.console.sessions.repository import ATTEMPTS, attempts_key
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import UserRole
from openaisle.kernel.records import RecordType, decided_anew
from openaisle.kernel.table import Delete, Key, Table, Write
from openaisle.people.lock_out import counted_address

_TOKEN_BYTES = 32


class SupplierKeyNeeded(OpenAisleError):
    """The key is good, but it is not a supplier's."""

    code = "supplier-key-needed"
    title = "That key is not a supplier's"
    status = 403
    mend = "Use the key that was shown when the application was begun; it starts with oa_supplier_."


class PortalSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which a supplier signed in; the session ends with its key and may do no more than the key."""

    token_sha256: str
    supplier_id: str
    key_id: str
    ends_at: datetime
    user_role: UserRole | None = None

    @property
    def principal(self) -> Principal:
        """Whom the session stands for."""
        return Principal(role=Role.SUPPLIER, subject_id=self.supplier_id, user_role=self.user_role)


def _session_key(token_sha256: str) -> Key:
    """Access pattern: recognize the browser of each request, one get (PortalSessions.recognized)."""
    return Key(f"PORTAL_SESSION#{token_sha256}", "SESSION")


_SESSIONS = RecordType(
    kind="portal_session",
    model=PortalSession,
    key=lambda record: _session_key(record.token_sha256),
    expires_at=lambda record: int(record.ends_at.timestamp()),
    streamed=False,
)


class PortalSessions:
    """Opens, recognizes and closes sessions."""

    def __init__(
        self, *, table: Table, api_keys: ApiKeys, api_key_queries: ApiKeyQueries, entropy: Callable[[int], bytes]
    ) -> None:
        """Take the table, the keys that open sessions, and ``entropy``, which returns that many random bytes."""
        self._table = table
        self._api_keys = api_keys
        self._api_key_queries = api_key_queries
        self._entropy = entropy

    async def opened(self, *, api_key: str, host: str, context: Context) -> str:
        """Open a session with a supplier's key and return its token; an address that guesses is slowed down.

        Raises SignInTooOften, KeyMissing, KeyUnknown, SupplierKeyNeeded.
        """
        address = f"portal#{counted_address(host=host)}"
        item = await self._table.get(key=attempts_key(address=address))
        require_patience(attempts=ATTEMPTS.decode(item).record if item else None, at=context.at)
        try:
            principal = _of_supplier(await self._api_keys.authenticate(text=api_key.strip()))
        except (KeyMissing, KeyUnknown, SupplierKeyNeeded):
            await self._count_failure(address=address, context=context)
            raise
        token = base64.urlsafe_b64encode(self._entropy(_TOKEN_BYTES)).rstrip(b"=").decode()
        session = PortalSession(
            token_sha256=digest(token=token),
            supplier_id=principal.subject_id,
            key_id=presented_key(text=api_key.strip()).key_id,
            ends_at=context.at + timedelta(seconds=SESSION_SECONDS),
            user_role=principal.user_role,
        )
        forget = Delete(key=attempts_key(address=address), expected_version=None, streamed=False)
        writes: list[Write] = [_SESSIONS.create(session), forget]
        await self._table.commit(writes=writes, context=context)
        return token

    async def recognized(self, *, token: str, at: datetime) -> PortalSession:
        """Return the session of a cookie's token; raises SignInNeeded if it ended, or its key was revoked."""
        item = await self._table.get(key=_session_key(digest(token=token))) if token else None
        session = _SESSIONS.decode(item).record if item is not None else None
        if session is None or session.ends_at <= at:
            raise SignInNeeded(detail="There is no session, or it ended.")
        if not await self._api_key_queries.is_valid(key_id=session.key_id):
            raise SignInNeeded(detail="The key of this session was revoked.")
        return session

    async def close(self, *, session: PortalSession, context: Context) -> None:
        """End a session; its cookie is worth nothing any more."""
        await self._table.commit(writes=[_SESSIONS.remove(session, version=None)], context=context)

    async def _count_failure(self, *, address: str, context: Context) -> None:
        async def attempt() -> None:
            item = await self._table.get(key=attempts_key(address=address))
            found = ATTEMPTS.decode(item) if item else None
            counted = after_failure(attempts=found.record if found else None, address=address, at=context.at)
            write = ATTEMPTS.replace(counted, version=found.version) if found else ATTEMPTS.create(counted)
            await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)


def _of_supplier(principal: Principal) -> Principal:
    if principal.role is not Role.SUPPLIER:
        raise SupplierKeyNeeded(detail=f"It is a key of the role {principal.role.value}.")
    return principal
