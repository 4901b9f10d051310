"""The HTTP operations of people: users, the caller's own account, sessions, the audit trail."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.http import ANYONE, OPERATOR, Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.people.audit import AuditPage, AuditTrail
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
from openaisle.people.lock_out import AttemptsTooMany
from openaisle.people.model import (
    CodeNeeded,
    LinkInvalid,
    OwnAccountUnchangeable,
    SessionMissing,
    SessionNeeded,
    SignInRefused,
    User,
    UserKnown,
    UserMissing,
    UserRoleUnfit,
)
from openaisle.people.passwords import PasswordUnfit
from openaisle.people.queries import OwnView, PeopleQueries, SessionView, UserPage, UserView, session_view, view_of
from openaisle.people.sessions import UserSessions
from openaisle.people.sign_in import Challenged, SignIn
from openaisle.people.use_cases import AuthenticatorMissing, NewAuthenticator, People

_PARTIES = frozenset({Role.OPERATOR, Role.SUPPLIER})
_TAG = "People"
_PROOF_ERRORS = (SessionNeeded, SignInRefused, AttemptsTooMany)


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


def operations(
    *, people: People, sign_in: SignIn, sessions: UserSessions, queries: PeopleQueries, audit: AuditTrail
) -> tuple[Operation, ...]:
    """Return the operations of this room."""
    handlers = PeopleOperations(people=people, sign_in=sign_in, sessions=sessions, queries=queries, audit=audit)
    return (
        *_user_operations(handlers),
        *_own_operations(handlers),
        *_session_operations(handlers),
        *_password_operations(handlers),
        Operation(
            method="GET",
            path="/v1/audit",
            name="list_audit_entries",
            summary="Read who did what, when and from where",
            tag=_TAG,
            roles=OPERATOR,
            permission=Permission.AUDIT_READ,
            handle=handlers.audited,
            query=AuditFilter,
            answer=AuditPage,
        ),
    )


def _user_operations(handlers: PeopleOperations) -> tuple[Operation, ...]:
    refusals = (UserMissing, OwnAccountUnchangeable)
    manage = Permission.PEOPLE_MANAGE
    return (
        Operation(
            method="GET",
            path="/v1/users",
            name="list_users",
            summary="List users",
            description="The operator lists its staff or a supplier's users, a supplier its own.",
            tag=_TAG,
            roles=_PARTIES,
            permission=manage,
            handle=handlers.listed,
            query=UserFilter,
            answer=UserPage,
        ),
        Operation(
            method="POST",
            path="/v1/users",
            name="invite_user",
            summary="Invite a person by a one-time link",
            description="The link is mailed and works for seven days.",
            tag=_TAG,
            roles=_PARTIES,
            permission=manage,
            handle=handlers.invite,
            body=InvitationBody,
            answer=UserView,
            status=201,
            errors=(UserKnown, UserRoleUnfit),
        ),
        Operation(
            method="POST",
            path="/v1/users/{user_id}/role",
            name="change_user_role",
            summary="Give a user another role",
            description="Their open sessions end.",
            tag=_TAG,
            roles=_PARTIES,
            permission=manage,
            handle=handlers.change_role,
            body=UserRoleBody,
            answer=UserView,
            errors=(*refusals, UserRoleUnfit),
        ),
        Operation(
            method="POST",
            path="/v1/users/{user_id}/state",
            name="change_user_state",
            summary="Disable or enable a user",
            tag=_TAG,
            roles=_PARTIES,
            permission=manage,
            handle=handlers.change_state,
            body=UserStateBody,
            answer=UserView,
            errors=refusals,
        ),
    )


def _own_operations(handlers: PeopleOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/v1/me",
            name="get_own_account",
            summary="Read who you are and what you may do",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.own,
            answer=OwnView,
        ),
        Operation(
            method="POST",
            path="/v1/me/password",
            name="change_own_password",
            summary="Change your password",
            description="All your sessions end; the answer holds the token of a fresh one.",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.change_password,
            body=PasswordBody,
            answer=FreshSession,
            errors=(*_PROOF_ERRORS, PasswordUnfit),
        ),
        Operation(
            method="POST",
            path="/v1/me/authenticator",
            name="begin_authenticator",
            summary="Begin to set up an authenticator app",
            description="The secret is told only this once and counts once it is confirmed.",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.begin_authenticator,
            body=ProofBody,
            answer=NewAuthenticator,
            errors=_PROOF_ERRORS,
        ),
        Operation(
            method="POST",
            path="/v1/me/authenticator/confirmation",
            name="confirm_authenticator",
            summary="Confirm an authenticator app by its first code",
            description="From now on signing in asks for a code. The answer holds the recovery codes, only this once.",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.confirm_authenticator,
            body=CodeBody,
            answer=RecoveryCodes,
            errors=(SessionNeeded, SignInRefused, AuthenticatorMissing),
        ),
    )


def _session_operations(handlers: PeopleOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/sessions",
            name="open_session",
            summary="Sign in with e-mail address and password",
            description="The token of the answer is used like an API key, and ends after an hour without use.",
            tag=_TAG,
            roles=ANYONE,
            handle=handlers.sign_in,
            body=SignInBody,
            answer=FreshSession,
            status=201,
            errors=(SignInRefused, CodeNeeded, AttemptsTooMany),
        ),
        Operation(
            method="GET",
            path="/v1/sessions",
            name="list_sessions",
            summary="List your open sessions",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.sessions,
            answer=SessionList,
            errors=(SessionNeeded,),
        ),
        Operation(
            method="DELETE",
            path="/v1/sessions/{session_id}",
            name="end_session",
            summary="End one of your sessions",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.end_session,
            status=204,
            errors=(SessionNeeded, SessionMissing),
        ),
        Operation(
            method="DELETE",
            path="/v1/sessions",
            name="end_sessions",
            summary="Sign out everywhere",
            tag=_TAG,
            roles=_PARTIES,
            permission=Permission.READ,
            handle=handlers.end_sessions,
            status=204,
            errors=(SessionNeeded,),
        ),
    )


def _password_operations(handlers: PeopleOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/password-resets",
            name="request_password_reset",
            summary="Ask for a link that sets a new password",
            description="The answer is the same whether there is such a user or not.",
            tag=_TAG,
            roles=ANYONE,
            handle=handlers.request_reset,
            body=ResetBody,
            answer=Received,
            status=202,
            errors=(AttemptsTooMany,),
        ),
        Operation(
            method="POST",
            path="/v1/passwords",
            name="set_password",
            summary="Set a password with the token of a link",
            tag=_TAG,
            roles=ANYONE,
            handle=handlers.set_password,
            body=LinkPasswordBody,
            answer=Received,
            errors=(LinkInvalid, PasswordUnfit),
        ),
    )
