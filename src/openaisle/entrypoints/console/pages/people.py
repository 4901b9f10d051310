"""The pages of people: who there is, one's own account, and what everybody did."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from openaisle.entrypoints.console.cookies import signed_in
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.kernel.context import Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import STAFF_PERMISSIONS, UserRole
from openaisle.people.audit import AuditEntry, AuditTrail
from openaisle.people.model import SessionNeeded, User
from openaisle.people.queries import PeopleQueries, UserView
from openaisle.people.sessions import UserSessions
from openaisle.people.use_cases import NewAuthenticator, People

LIST_HREF = "/console/people"
PROFILE_HREF = "/console/profile"
AUDIT_HREF = "/console/audit"
_ROWS = 50
_PASSWORD_MAXIMUM = 300


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's staff; ``own_id`` is who looks, and ``roles`` what may be chosen."""

    users: tuple[UserView, ...]
    own_id: str | None
    roles: tuple[str, ...]
    paging: Paging


class ProfilePage(msgspec.Struct, frozen=True, kw_only=True):
    """One's own account: what may be done with it, its sessions, and what was made just now."""

    user: User
    permissions: tuple[str, ...]
    sessions: tuple[Any, ...]
    authenticator: NewAuthenticator | None = None
    recovery_codes: tuple[str, ...] = ()


class AuditPageView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the audit trail."""

    entries: tuple[AuditEntry, ...]
    paging: Paging


class PeoplePages:
    """The list of the staff with its forms, the own account, and the audit trail."""

    def __init__(self, *, people: People, queries: PeopleQueries, sessions: UserSessions, audit: AuditTrail) -> None:
        """Take the room's use cases and queries."""
        self._people = people
        self._queries = queries
        self._sessions = sessions
        self._audit = audit

    async def listed(self, visit: Visit) -> Response:
        """Show the staff."""
        return await self._list(visit)

    async def invite(self, visit: Visit) -> Response:
        """Invite who the form names."""
        try:
            await self._people.invite(
                email=_email(visit),
                name=visit.required(name="name", maximum=100),
                role=_role(visit),
                party=Role.OPERATOR,
                supplier_id=None,
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._list(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}?done=invited")

    async def change_role(self, visit: Visit) -> Response:
        """Give somebody another role."""
        try:
            await self._people.change_role(
                user_id=visit.path(name="user_id"), role=_role(visit), supplier_id=None, context=visit.context
            )
        except OpenAisleError as error:
            return await self._list(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}?done=role-changed")

    async def change_state(self, visit: Visit) -> Response:
        """Disable or enable somebody."""
        disabling = visit.form.get("state") == "disabled"
        change = self._people.disable if disabling else self._people.enable
        try:
            await change(user_id=visit.path(name="user_id"), supplier_id=None, context=visit.context)
        except OpenAisleError as error:
            return await self._list(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}?done={'disabled' if disabling else 'enabled'}")

    async def profile(self, visit: Visit) -> Response:
        """Show the own account."""
        return await self._profile(visit)

    async def change_password(self, visit: Visit) -> Response:
        """Change the own password and go on in a fresh session."""
        try:
            user = await self._people.change_password(
                current=_current(visit),
                password=visit.form.get("password", "")[:_PASSWORD_MAXIMUM],
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        _, token = await self._sessions.opened(user=user, way="password", context=visit.context)
        return signed_in(request=visit.request, token=token, href=f"{PROFILE_HREF}?done=password-changed")

    async def begin_authenticator(self, visit: Visit) -> Response:
        """Show the secret of a new authenticator app."""
        try:
            made = await self._people.begin_authenticator(current=_current(visit), context=visit.context)
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        return await self._profile(visit, authenticator=made)

    async def confirm_authenticator(self, visit: Visit) -> Response:
        """Take the authenticator app into use and show the recovery codes."""
        try:
            codes = await self._people.confirm_authenticator(
                code=visit.required(name="code", maximum=40), context=visit.context
            )
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        return await self._profile(visit, recovery_codes=tuple(codes))

    async def remove_authenticator(self, visit: Visit) -> Response:
        """Take the authenticator app out of use."""
        try:
            await self._people.remove_authenticator(current=_current(visit), context=visit.context)
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        return visit.sent_on(href=f"{PROFILE_HREF}?done=authenticator-removed")

    async def end_sessions(self, visit: Visit) -> Response:
        """Sign out everywhere, here as well."""
        user = await self._user(visit)
        await self._sessions.close_all(user_id=user.user_id, context=visit.context)
        return visit.sent_on(href="/console/sign-in")

    async def audited(self, visit: Visit) -> Response:
        """Show what everybody did, or one person."""
        after, user_id = visit.asked(name="after"), visit.asked(name="user_id")
        found = await self._audit.listed(user_id=user_id or None, after=after or None, limit=_ROWS)
        href = f"{AUDIT_HREF}?user_id={user_id}" if user_id.isalnum() or "_" in user_id[:4] else AUDIT_HREF
        page = AuditPageView(
            entries=tuple(found.entries), paging=paging_of(href=href, after=after, next_after=found.next_after)
        )
        return visit.page(template="audit", here="audit", page=page)

    async def _list(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        after = visit.asked(name="after")
        found = await self._queries.listed(supplier_id=None, after=after or None, limit=_ROWS)
        page = PeoplePage(
            users=tuple(found.users),
            own_id=visit.session.user_id,
            roles=tuple(role.value for role in STAFF_PERMISSIONS),
            paging=paging_of(href=LIST_HREF, after=after, next_after=found.next_after),
        )
        return visit.page(template="people", here="people", page=page, problem=problem)

    async def _profile(
        self,
        visit: Visit,
        *,
        problem: OpenAisleError | None = None,
        authenticator: NewAuthenticator | None = None,
        recovery_codes: tuple[str, ...] = (),
    ) -> Response:
        user = await self._user(visit)
        sessions = await self._sessions.listed(user=user, at=visit.now)
        page = ProfilePage(
            user=user,
            permissions=tuple(sorted(user.principal.permissions)),
            sessions=tuple(sessions),
            authenticator=authenticator,
            recovery_codes=recovery_codes,
        )
        return visit.page(template="profile", here="profile", page=page, problem=problem)

    async def _user(self, visit: Visit) -> User:
        if visit.session.user_id is None:
            raise SessionNeeded(detail="You signed in with an API key or a link, which is nobody's account.")
        return await self._queries.user(user_id=visit.session.user_id)


def _current(visit: Visit) -> str:
    return visit.form.get("current_password", "")[:_PASSWORD_MAXIMUM]


def _email(visit: Visit) -> str:
    email = visit.required(name="email", maximum=254)
    name, _, domain = email.partition("@")
    if not name or "." not in domain or any(character.isspace() for character in email):
        raise FieldMissing(detail=f"{email} is not an e-mail address.")
    return email


def _role(visit: Visit) -> UserRole:
    chosen = visit.form.get("role", "")
    if chosen not in {role.value for role in UserRole}:
        raise FieldMissing(detail="No role was chosen.")
    return UserRole(chosen)
