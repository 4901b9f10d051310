"""Sessions of the portal: of a supplier's users, and of its API key. Only the cookie keeps the session's token."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.entrypoints.console.sessions.guarded_keys import GuardedKeys
from openaisle.entrypoints.console.sessions.model import SESSION_SECONDS, SignInNeeded, digest
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import UserRole
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key, Table
from openaisle.people.model import SESSION_PREFIX, SessionEnded
from openaisle.people.model import Session as UserSession
from openaisle.people.sessions import UserSessions

_TOKEN_BYTES = 32


class SupplierKeyNeeded(OpenAisleError):
    """The key is good, but it is not a supplier's."""

    code = "supplier-key-needed"
    title = "That key is not a supplier's"
    status = 403
    mend = "Use the key that was shown when the application was begun; it starts with oa_supplier_."


class SuppliersOnly(OpenAisleError):
    """The account is good, but it is one of the operator's staff; the portal is for suppliers' users."""

    code = "suppliers-only"
    title = "This portal is for suppliers"
    status = 403
    mend = "The operator's staff signs in to the console, at /console."


class PortalSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which a supplier signed in; it ends with its key or user, and may do no more than that one.

    ``user_id`` and ``email`` are the person, where one signed in with a password; ``key_id`` is empty then.
    """

    token_sha256: str
    supplier_id: str
    key_id: str
    ends_at: datetime
    user_role: UserRole | None = None
    user_id: str | None = None
    email: str = ""

    @property
    def principal(self) -> Principal:
        """Whom the session stands for."""
        return Principal(
            role=Role.SUPPLIER, subject_id=self.supplier_id, user_role=self.user_role, user_id=self.user_id
        )


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
        self,
        *,
        table: Table,
        api_keys: ApiKeys,
        api_key_queries: ApiKeyQueries,
        user_sessions: UserSessions,
        entropy: Callable[[int], bytes],
    ) -> None:
        """Take the table, the keys that open sessions, the sessions of people, and ``entropy``, a source of bytes."""
        self._table = table
        self._keys = GuardedKeys(
            table=table,
            api_keys=api_keys,
            party=Role.SUPPLIER,
            place="portal#",
            stranger=lambda role: SupplierKeyNeeded(detail=f"It is a key of the role {role.value}."),
        )
        self._api_key_queries = api_key_queries
        self._user_sessions = user_sessions
        self._entropy = entropy

    async def opened_by_key(self, *, api_key: str, host: str, context: Context) -> tuple[PortalSession, str]:
        """Open a session with a supplier's key; return it and its token. An address that guesses is slowed down.

        Raises SignInTooOften, KeyMissing, KeyUnknown, SupplierKeyNeeded.
        """
        principal, key_id, forget = await self._keys.recognized(api_key=api_key, host=host, context=context)
        token = base64.urlsafe_b64encode(self._entropy(_TOKEN_BYTES)).rstrip(b"=").decode()
        session = PortalSession(
            token_sha256=digest(token=token),
            supplier_id=principal.subject_id,
            key_id=key_id,
            ends_at=context.at + timedelta(seconds=SESSION_SECONDS),
            user_role=principal.user_role,
        )
        await self._table.commit(writes=[_SESSIONS.create(session), forget], context=context)
        return session, token

    async def recognized(self, *, token: str, at: datetime) -> PortalSession:
        """Return the session of a cookie's token.

        Raises SignInNeeded if it ended, or its key was revoked, and SuppliersOnly if it is of the operator's staff.
        """
        if token.startswith(SESSION_PREFIX):
            return await self._of_person(token=token, at=at)
        item = await self._table.get(key=_session_key(digest(token=token))) if token else None
        session = _SESSIONS.decode(item).record if item is not None else None
        if session is None or session.ends_at <= at:
            raise SignInNeeded(detail="There is no session, or it ended.")
        if not await self._api_key_queries.is_valid(key_id=session.key_id):
            raise SignInNeeded(detail="The key of this session was revoked.")
        return session

    async def close(self, *, session: PortalSession, context: Context) -> None:
        """End a session; its cookie is worth nothing any more."""
        if session.user_id is not None:
            await self._user_sessions.close_by_digest(token_sha256=session.token_sha256, context=context)
            return
        await self._table.commit(writes=[_SESSIONS.remove(session, version=None)], context=context)

    async def close_of_person(self, *, opened: UserSession, context: Context) -> None:
        """End a person's session that was opened here and is not for here."""
        await self._user_sessions.close(session=opened, context=context)

    async def _of_person(self, *, token: str, at: datetime) -> PortalSession:
        try:
            opened = await self._user_sessions.recognized(token=token, at=at)
        except SessionEnded as ended:
            raise SignInNeeded(detail=ended.detail) from None
        user = opened.user
        if user.party is not Role.SUPPLIER or user.supplier_id is None:
            raise SuppliersOnly(detail=f"{user.email} belongs to the operator.")
        return PortalSession(
            token_sha256=opened.session.token_sha256,
            supplier_id=user.supplier_id,
            key_id="",
            ends_at=opened.session.ends_at,
            user_role=user.role,
            user_id=user.user_id,
            email=user.email,
        )
