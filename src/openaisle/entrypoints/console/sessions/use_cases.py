"""Open, recognize and close sessions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.entrypoints.console.sessions.guarded_keys import GuardedKeys
from openaisle.entrypoints.console.sessions.model import (
    LINK_SECONDS,
    OperatorKeyNeeded,
    Session,
    SignInLink,
    SignInLinkInvalid,
    SignInNeeded,
    StaffOnly,
    digest,
    opened_session,
)
from openaisle.entrypoints.console.sessions.repository import (
    LINKS,
    SESSIONS,
    link_key,
    session_key,
)
from openaisle.kernel.context import Context, Role
from openaisle.kernel.permissions import UserRole
from openaisle.kernel.table import CommitRefused, Table, Write
from openaisle.people.model import SESSION_PREFIX, SessionEnded
from openaisle.people.model import Session as UserSession
from openaisle.people.sessions import OpenSession, UserSessions

_TOKEN_BYTES = 32


class Sessions:
    """The use cases of signing in and out."""

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
        self._user_sessions = user_sessions
        self._table = table
        self._keys = GuardedKeys(
            table=table,
            api_keys=api_keys,
            party=Role.OPERATOR,
            place="",
            stranger=lambda role: OperatorKeyNeeded(detail=f"It is a {role.value}'s key."),
        )
        self._api_key_queries = api_key_queries
        self._entropy = entropy

    async def opened_by_key(self, *, api_key: str, host: str, context: Context) -> tuple[Session, str]:
        """Open a session with an operator's key; return it and its token, which only the cookie keeps.

        ``host`` is the caller's address. Raises SignInTooOften, KeyMissing, KeyUnknown, OperatorKeyNeeded.
        """
        principal, key_id, forget = await self._keys.recognized(api_key=api_key, host=host, context=context)
        session, token = self._new(
            subject_id=principal.subject_id, key_id=key_id, at=context.at, user_role=principal.user_role
        )
        await self._table.commit(writes=[SESSIONS.create(session), forget], context=context)
        return session, token

    async def opened_by_link(self, *, link_token: str, context: Context) -> tuple[Session, str]:
        """Open a session with a sign-in link, which works this once; raises SignInLinkInvalid."""
        invalid = SignInLinkInvalid(detail="It was used before, or it is too old.")
        item = await self._table.get(key=link_key(token_sha256=digest(token=link_token)))
        if item is None:
            raise invalid
        found = LINKS.decode(item)
        if found.record.ends_at <= context.at:
            raise invalid
        session, token = self._new(subject_id=found.record.subject_id, key_id="", at=context.at)
        writes: list[Write] = [LINKS.remove(found.record, version=found.version), SESSIONS.create(session)]
        try:
            await self._table.commit(writes=writes, context=context)
        except CommitRefused:
            # Two browsers followed the link at once: the first one has it.
            raise invalid from None
        return session, token

    async def made_link(self, *, subject_id: str, context: Context) -> str:
        """Make a link for ``subject_id``; return the token of ``/console/sign-in?token=``, told only this once."""
        token = self._token()
        link = SignInLink(
            token_sha256=digest(token=token),
            subject_id=subject_id,
            ends_at=context.at + timedelta(seconds=LINK_SECONDS),
        )
        await self._table.commit(writes=[LINKS.create(link)], context=context)
        return token

    async def recognized(self, *, token: str, at: datetime) -> Session:
        """Return the session of a cookie's token; raises SignInNeeded if it ended, or its key was revoked."""
        if token.startswith(SESSION_PREFIX):
            return await self._of_person(token=token, at=at)
        item = await self._table.get(key=session_key(token_sha256=digest(token=token)))
        if item is None:
            raise SignInNeeded(detail="There is no session, or it was closed.")
        session = SESSIONS.decode(item).record
        if session.ends_at <= at:
            raise SignInNeeded(detail="The session ended.")
        if session.key_id and not await self._api_key_queries.is_valid(key_id=session.key_id):
            raise SignInNeeded(detail="The key of this session was revoked.")
        return session

    async def close(self, *, session: Session, context: Context) -> None:
        """End a session; its cookie is worth nothing any more."""
        if session.user_id is not None:
            await self._user_sessions.close_by_digest(token_sha256=session.token_sha256, context=context)
            return
        await self._table.commit(writes=[SESSIONS.remove(session, version=None)], context=context)

    async def close_of_person(self, *, opened: UserSession, context: Context) -> None:
        """End a person's session that was opened here and is not for here."""
        await self._user_sessions.close(session=opened, context=context)

    def _new(
        self, *, subject_id: str, key_id: str, at: datetime, user_role: UserRole | None = None
    ) -> tuple[Session, str]:
        token = self._token()
        session = opened_session(token=token, subject_id=subject_id, key_id=key_id, at=at, user_role=user_role)
        return session, token

    async def _of_person(self, *, token: str, at: datetime) -> Session:
        try:
            opened = await self._user_sessions.recognized(token=token, at=at)
        except SessionEnded as ended:
            raise SignInNeeded(detail=ended.detail) from None
        return session_of_person(opened=opened)

    def _token(self) -> str:
        return base64.urlsafe_b64encode(self._entropy(_TOKEN_BYTES)).rstrip(b"=").decode()


def session_of_person(*, opened: OpenSession) -> Session:
    """Return a person's session as the console's; raises StaffOnly for a supplier's user."""
    user = opened.user
    if user.party is not Role.OPERATOR:
        raise StaffOnly(detail=f"{user.email} belongs to a supplier.")
    return Session(
        token_sha256=opened.session.token_sha256,
        subject_id=user.email,
        key_id="",
        opened_at=opened.session.opened_at,
        ends_at=opened.session.ends_at,
        user_role=user.role,
        user_id=user.user_id,
    )
