"""What the HTTP operations of people do, one method each, and what they answer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Request
from openaisle.people.audit import AuditTrail
from openaisle.people.bodies import (
    AuditFilter,
    CodeBody,
    InvitationBody,
    LinkPasswordBody,
    NewUserState,
    PasswordBody,
    ProofBody,
    ResetBody,
    SignInBody,
    UserFilter,
    UserRoleBody,
    UserStateBody,
)
from openaisle.people.model import (
    CodeNeeded,
    SessionNeeded,
    User,
)
from openaisle.people.queries import OwnView, PeopleQueries, SessionView, UserView, session_view, view_of
from openaisle.people.sessions import UserSessions
from openaisle.people.sign_in import Challenged, SignIn
from openaisle.people.use_cases import People


class FreshSession(msgspec.Struct, frozen=True, kw_only=True):
    """A new session; ``token`` is sent as ``Authorization: Bearer`` and told only this once."""

    token: str
    session: SessionView
    user: UserView


class SessionList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's open sessions, the newest first."""

    sessions: list[SessionView]


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Codes for the day the authenticator app is lost; each works once, and they are told only now."""

    recovery_codes: list[str]


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """The request was received; nothing else is told."""

    received_at: datetime


class PeopleOperations:
    """The operations of this room, one method each."""

    def __init__(
        self,
        *,
        people: People,
        sign_in: SignIn,
        sessions: UserSessions,
        queries: PeopleQueries,
        audit: AuditTrail,
    ) -> None:
        """Take the use cases and queries."""
        self._people = people
        self._sign_in = sign_in
        self._sessions = sessions
        self._queries = queries
        self._audit = audit

    async def listed(self, request: Request) -> Answer:
        """List users."""
        wanted: UserFilter = request.query
        supplier_id = _scope(request) or wanted.supplier_id
        return Answer(value=await self._queries.listed(supplier_id=supplier_id, after=wanted.after, limit=wanted.limit))

    async def invite(self, request: Request) -> Answer:
        """Invite a user."""
        body: InvitationBody = request.body
        supplier_id = _scope(request) or body.supplier_id
        invited = await self._people.invite(
            email=body.email,
            name=body.name,
            role=body.role,
            party=Role.OPERATOR if supplier_id is None else Role.SUPPLIER,
            supplier_id=supplier_id,
            context=request.context,
        )
        return Answer(value=view_of(user=invited.user))

    async def change_role(self, request: Request) -> Answer:
        """Change a role."""
        body: UserRoleBody = request.body
        user = await self._people.change_role(
            user_id=request.path["user_id"], role=body.role, supplier_id=_scope(request), context=request.context
        )
        return Answer(value=view_of(user=user))

    async def change_state(self, request: Request) -> Answer:
        """Disable or enable."""
        body: UserStateBody = request.body
        change = self._people.disable if body.state is NewUserState.DISABLED else self._people.enable
        user = await change(user_id=request.path["user_id"], supplier_id=_scope(request), context=request.context)
        return Answer(value=view_of(user=user))

    async def own(self, request: Request) -> Answer:
        """Tell who calls."""
        principal = request.principal
        user = await self._queries.user(user_id=principal.user_id) if principal.user_id is not None else None
        view = OwnView(
            party=principal.role,
            subject_id=principal.subject_id,
            user_role=principal.user_role,
            permissions=sorted(principal.permissions),
            user=view_of(user=user) if user is not None else None,
        )
        return Answer(value=view)

    async def change_password(self, request: Request) -> Answer:
        """Change the caller's password and go on in a fresh session."""
        body: PasswordBody = request.body
        user = await self._people.change_password(
            current=body.current_password, password=body.password, context=request.context
        )
        session, token = await self._sessions.opened(user=user, way="password", context=request.context)
        return Answer(value=FreshSession(token=token, session=session_view(session=session), user=view_of(user=user)))

    async def begin_authenticator(self, request: Request) -> Answer:
        """Begin to set up an authenticator app."""
        body: ProofBody = request.body
        made = await self._people.begin_authenticator(current=body.current_password, context=request.context)
        return Answer(value=made)

    async def confirm_authenticator(self, request: Request) -> Answer:
        """Confirm an authenticator app."""
        body: CodeBody = request.body
        codes = await self._people.confirm_authenticator(code=body.code, context=request.context)
        return Answer(value=RecoveryCodes(recovery_codes=codes))

    async def sign_in(self, request: Request) -> Answer:
        """Open a session."""
        body: SignInBody = request.body
        signed_in = await self._sign_in.by_password(email=body.email, password=body.password, context=request.context)
        if isinstance(signed_in, Challenged):
            if body.code is None:
                raise CodeNeeded(detail="The account has an authenticator app.")
            signed_in = await self._sign_in.by_code(
                challenge_token=signed_in.token, code=body.code, context=request.context
            )
        view = session_view(session=signed_in.session)
        return Answer(value=FreshSession(token=signed_in.token, session=view, user=view_of(user=signed_in.user)))

    async def sessions(self, request: Request) -> Answer:
        """List the caller's sessions."""
        user = await self._user(request)
        found = await self._sessions.listed(user=user, at=request.context.at)
        return Answer(value=SessionList(sessions=[session_view(session=session) for session in found]))

    async def end_session(self, request: Request) -> Answer:
        """End one session of the caller's."""
        user = await self._user(request)
        await self._sessions.close_one(user=user, session_id=request.path["session_id"], context=request.context)
        return Answer(value=None)

    async def end_sessions(self, request: Request) -> Answer:
        """End all sessions of the caller's."""
        user = await self._user(request)
        await self._sessions.close_all(user_id=user.user_id, context=request.context)
        return Answer(value=None)

    async def request_reset(self, request: Request) -> Answer:
        """Take in the wish for a new password."""
        body: ResetBody = request.body
        await self._people.request_reset(email=body.email, context=request.context)
        return Answer(value=Received(received_at=request.context.at))

    async def set_password(self, request: Request) -> Answer:
        """Set a password with a link."""
        body: LinkPasswordBody = request.body
        await self._people.set_password(token=body.token, password=body.password, context=request.context)
        return Answer(value=Received(received_at=request.context.at))

    async def audited(self, request: Request) -> Answer:
        """List the audit trail."""
        wanted: AuditFilter = request.query
        page = await self._audit.listed(user_id=wanted.user_id, after=wanted.after, limit=wanted.limit)
        return Answer(value=page)

    async def _user(self, request: Request) -> User:
        if request.principal.user_id is None:
            raise SessionNeeded(detail="An API key has no sessions.")
        return await self._queries.user(user_id=request.principal.user_id)


def _scope(request: Request) -> str | None:
    """Return the one supplier whose users a supplier may know of, None for the operator."""
    return request.principal.subject_id if request.principal.role is Role.SUPPLIER else None
