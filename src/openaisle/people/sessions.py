"""Open, recognize and end sessions of people, for the console, the portal and the API alike."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Context, Principal
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import CommitRefused, Index, Put, Table, Write
from openaisle.people.audit import AuditTrail
from openaisle.people.model import (
    SESSION_PREFIX,
    TOKEN_BYTES,
    Session,
    SessionEnded,
    SessionMissing,
    User,
    digest,
    opened_session,
    session_lives,
)
from openaisle.people.repository import SESSIONS, USERS, session_key, sessions_of_user, user_key

# How exactly idleness is known: each request of a session would else be a write.
_SEEN_AGAIN_AFTER = timedelta(seconds=60)
_LISTED_MAXIMUM = 100


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that lives, with the person it is of."""

    session: Session
    user: User

    @property
    def principal(self) -> Principal:
        """Whom the session stands for."""
        return self.user.principal


class UserSessions:
    """The use cases of sessions."""

    def __init__(
        self, *, table: Table, identifiers: Identifiers, audit: AuditTrail, entropy: Callable[[int], bytes]
    ) -> None:
        """Take the table, the maker of identifiers, the audit trail, and ``entropy``, which returns random bytes."""
        self._table = table
        self._identifiers = identifiers
        self._audit = audit
        self._entropy = entropy

    def prepared(self, *, user: User, way: str, context: Context) -> tuple[Put, Session, str]:
        """Return the write of a new session, the session, and its token, which only the person keeps."""
        token = SESSION_PREFIX + base64.urlsafe_b64encode(self._entropy(TOKEN_BYTES)).rstrip(b"=").decode()
        session_id = self._identifiers.new(prefix="ses")
        session = opened_session(session_id=session_id, token=token, user=user, way=way, context=context)
        return SESSIONS.create(session), session, token

    async def opened(self, *, user: User, way: str, context: Context) -> tuple[Session, str]:
        """Open a session; return it and its token, which only the person keeps."""
        write, session, token = self.prepared(user=user, way=way, context=context)
        await self._table.commit(writes=[write], context=context)
        return session, token

    async def recognized(self, *, token: str, at: datetime) -> OpenSession:
        """Return the session of a token and note that it was used; raises SessionEnded."""
        item = await self._table.get(key=session_key(token_sha256=digest(token=token)))
        if item is None:
            raise SessionEnded(detail="There is no session, or it was closed.")
        found = SESSIONS.decode(item)
        user_item = await self._table.get(key=user_key(user_id=found.record.user_id))
        user = USERS.decode(user_item).record if user_item is not None else None
        if user is None:
            raise SessionEnded(detail="The user is gone.")
        if not session_lives(session=found.record, user=user, at=at):
            raise SessionEnded(detail="The session ended, or was idle too long.")
        if at - found.record.last_seen_at > _SEEN_AGAIN_AFTER:
            seen = msgspec.structs.replace(found.record, last_seen_at=at)
            context = Context(principal=user.principal, at=at, correlation_id=found.record.session_id)
            # Refused where another request of the same session noted it just now, or the session was closed.
            with contextlib.suppress(CommitRefused):
                await self._table.commit(writes=[SESSIONS.replace(seen, version=found.version)], context=context)
        return OpenSession(session=found.record, user=user)

    async def listed(self, *, user: User, at: datetime) -> list[Session]:
        """Return the sessions of a user that live, the newest first."""
        page = await self._table.query(
            partition=sessions_of_user(user_id=user.user_id), index=Index.FIRST, limit=_LISTED_MAXIMUM, descending=True
        )
        sessions = [SESSIONS.decode(item).record for item in page.items]
        return [session for session in sessions if session_lives(session=session, user=user, at=at)]

    async def close(self, *, session: Session, context: Context) -> None:
        """End a session; its token is worth nothing any more."""
        writes: list[Write] = [
            SESSIONS.remove(session, version=None),
            self._audit.entry(action="signed_out", subject=session.user_id, context=context, user_id=session.user_id),
        ]
        await self._table.commit(writes=writes, context=context)

    async def close_by_digest(self, *, token_sha256: str, context: Context) -> None:
        """End the session whose token has this SHA-256; nothing happens if there is none."""
        item = await self._table.get(key=session_key(token_sha256=token_sha256))
        if item is not None:
            await self.close(session=SESSIONS.decode(item).record, context=context)

    async def close_one(self, *, user: User, session_id: str, context: Context) -> None:
        """End one session of a user by its identifier; raises SessionMissing if none such lives."""
        for session in await self.listed(user=user, at=context.at):
            if session.session_id == session_id:
                await self.close(session=session, context=context)
                return
        raise SessionMissing(detail=f"There is no session {session_id[:40]}.")

    async def close_all(self, *, user_id: str, context: Context) -> None:
        """End every session of a user, everywhere; links of resets end with them."""

        async def attempt() -> None:
            item = await self._table.get(key=user_key(user_id=user_id))
            if item is None:
                raise SessionEnded(detail="The user is gone.")
            found = USERS.decode(item)
            ended = msgspec.structs.replace(found.record, generation=found.record.generation + 1)
            entry = self._audit.entry(action="signed_out_everywhere", subject=user_id, context=context, user_id=user_id)
            await self._table.commit(writes=[USERS.replace(ended, version=found.version), entry], context=context)

        await decided_anew(attempt)
