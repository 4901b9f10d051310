"""One's own account, in the console and in the portal: password, authenticator app, open sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic

import msgspec
from starlette.responses import Response

from openaisle.entrypoints.console.cookies import signed_in, signed_out
from openaisle.entrypoints.console.house import House
from openaisle.entrypoints.console.visits import AnyVisit, VisitT
from openaisle.kernel.errors import OpenAisleError
from openaisle.people.model import SessionNeeded, User
from openaisle.people.queries import PeopleQueries
from openaisle.people.sessions import UserSessions
from openaisle.people.use_cases import NewAuthenticator, People

_PASSWORD_MAXIMUM = 300


class ProfilePage(msgspec.Struct, frozen=True, kw_only=True):
    """One's own account: what may be done with it, its sessions, and what was made just now.

    ``href`` is where the page stands; its forms are sent below it.
    """

    href: str
    user: User
    permissions: tuple[str, ...]
    sessions: tuple[Any, ...]
    authenticator: NewAuthenticator | None = None
    recovery_codes: tuple[str, ...] = ()


ShowProfile = Callable[[VisitT, ProfilePage, OpenAisleError | None], Awaitable[Response]]


class AccountPages(Generic[VisitT]):
    """The page of one's own account and its forms."""

    def __init__(
        self,
        *,
        people: People,
        queries: PeopleQueries,
        sessions: UserSessions,
        house: House,
        name: str,
        show: ShowProfile[VisitT],
    ) -> None:
        """Take the room's use cases, where the page stands (``name`` under the house), and what draws it."""
        self._people = people
        self._queries = queries
        self._sessions = sessions
        self._house = house
        self._href = house.home + name
        self._show = show

    async def profile(self, visit: VisitT) -> Response:
        """Show the own account."""
        return await self._profile(visit)

    async def change_password(self, visit: VisitT) -> Response:
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
        href = f"{self._href}?done=password-changed"
        return signed_in(request=visit.request, house=self._house, token=token, href=href)

    async def begin_authenticator(self, visit: VisitT) -> Response:
        """Show the secret of a new authenticator app."""
        try:
            made = await self._people.begin_authenticator(current=_current(visit), context=visit.context)
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        return await self._profile(visit, authenticator=made)

    async def confirm_authenticator(self, visit: VisitT) -> Response:
        """Take the authenticator app into use and show the recovery codes."""
        try:
            codes = await self._people.confirm_authenticator(
                code=visit.required(name="code", maximum=40), context=visit.context
            )
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        return await self._profile(visit, recovery_codes=tuple(codes))

    async def remove_authenticator(self, visit: VisitT) -> Response:
        """Take the authenticator app out of use."""
        try:
            await self._people.remove_authenticator(current=_current(visit), context=visit.context)
        except OpenAisleError as error:
            return await self._profile(visit, problem=error)
        return visit.sent_on(href=f"{self._href}?done=authenticator-removed")

    async def end_sessions(self, visit: VisitT) -> Response:
        """Sign out everywhere, here as well."""
        user = await self._user(visit)
        await self._sessions.close_all(user_id=user.user_id, context=visit.context)
        return signed_out(house=self._house)

    async def _profile(
        self,
        visit: VisitT,
        *,
        problem: OpenAisleError | None = None,
        authenticator: NewAuthenticator | None = None,
        recovery_codes: tuple[str, ...] = (),
    ) -> Response:
        user = await self._user(visit)
        sessions = await self._sessions.listed(user=user, at=visit.now)
        page = ProfilePage(
            href=self._href,
            user=user,
            permissions=tuple(sorted(user.principal.permissions)),
            sessions=tuple(sessions),
            authenticator=authenticator,
            recovery_codes=recovery_codes,
        )
        return await self._show(visit, page, problem)

    async def _user(self, visit: VisitT) -> User:
        if visit.session.user_id is None:
            raise SessionNeeded(detail="You signed in with an API key or a link, which is nobody's account.")
        return await self._queries.user(user_id=visit.session.user_id)


def _current(visit: AnyVisit[Any]) -> str:
    return visit.form.get("current_password", "")[:_PASSWORD_MAXIMUM]
