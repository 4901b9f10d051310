"""The HTTP operations of people: users, the caller's own account, sessions, the audit trail."""

from __future__ import annotations

from openaisle.kernel.context import Role
from openaisle.kernel.http import ANYONE, OPERATOR, Operation
from openaisle.kernel.permissions import Permission
from openaisle.people.audit import AuditPage, AuditTrail
from openaisle.people.bodies import (
    AuditFilter,
    CodeBody,
    InvitationBody,
    LinkPasswordBody,
    PasswordBody,
    ProofBody,
    ResetBody,
    SignInBody,
    UserFilter,
    UserRoleBody,
    UserStateBody,
)
from openaisle.people.handlers import FreshSession, PeopleOperations, Received, RecoveryCodes, SessionList
from openaisle.people.lock_out import AttemptsTooMany
from openaisle.people.model import (
    CodeNeeded,
    LinkInvalid,
    OwnAccountUnchangeable,
    SessionMissing,
    SessionNeeded,
    SignInRefused,
    UserKnown,
    UserMissing,
    UserRoleUnfit,
)
from openaisle.people.passwords import PasswordUnfit
from openaisle.people.queries import OwnView, PeopleQueries, UserPage, UserView
from openaisle.people.sessions import UserSessions
from openaisle.people.sign_in import SignIn
from openaisle.people.use_cases import AuthenticatorMissing, NewAuthenticator, People

_PARTIES = frozenset({Role.OPERATOR, Role.SUPPLIER})
_TAG = "People"
_PROOF_ERRORS = (SessionNeeded, SignInRefused, AttemptsTooMany)


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
