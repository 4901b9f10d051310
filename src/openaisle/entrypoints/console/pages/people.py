"""The people of one party, in the console and in the portal: who there is, and what each may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic

import msgspec
from starlette.responses import Response

from openaisle.entrypoints.console.house import House
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import AnyVisit, FieldMissing, VisitT
from openaisle.kernel.context import Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS, UserRole
from openaisle.people.queries import PeopleQueries, UserView
from openaisle.people.use_cases import People

_ROWS = 50


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """The people of one party; ``own_id`` is who looks, and ``roles`` what may be chosen.

    ``href`` is where the page stands, ``account_href`` one's own account, ``audit_href`` what people did, where that
    is shown.
    """

    href: str
    account_href: str
    users: tuple[UserView, ...]
    own_id: str | None
    roles: tuple[str, ...]
    paging: Paging
    audit_href: str = ""


ShowPeople = Callable[[VisitT, PeoplePage, OpenAisleError | None], Awaitable[Response]]


class PeoplePages(Generic[VisitT]):
    """The list of a party's people with its forms."""

    def __init__(
        self,
        *,
        people: People,
        queries: PeopleQueries,
        house: House,
        name: str,
        supplier_of: Callable[[VisitT], str | None],
        account_name: str,
        show: ShowPeople[VisitT],
        audit_href: str = "",
    ) -> None:
        """Take the room's use cases and queries, the house with the page's name under it, and what draws the page.

        ``supplier_of`` returns whose people a visitor manages, None for the operator's staff.
        """
        self._people = people
        self._queries = queries
        self._house = house
        self._supplier_of = supplier_of
        self._account_href = house.home + account_name
        self._show = show
        self._audit_href = audit_href
        self._href = house.home + name

    async def listed(self, visit: VisitT) -> Response:
        """Show the people."""
        return await self._list(visit)

    async def invite(self, visit: VisitT) -> Response:
        """Invite who the form names."""
        try:
            await self._people.invite(
                email=_email(visit),
                name=visit.required(name="name", maximum=100),
                role=_role(visit),
                party=self._house.party,
                supplier_id=self._supplier_of(visit),
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._list(visit, problem=error)
        return visit.sent_on(href=f"{self._href}?done=invited")

    async def change_role(self, visit: VisitT) -> Response:
        """Give somebody another role."""
        try:
            await self._people.change_role(
                user_id=visit.path(name="user_id"),
                role=_role(visit),
                supplier_id=self._supplier_of(visit),
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._list(visit, problem=error)
        return visit.sent_on(href=f"{self._href}?done=role-changed")

    async def change_state(self, visit: VisitT) -> Response:
        """Disable or enable somebody."""
        disabling = visit.form.get("state") == "disabled"
        change = self._people.disable if disabling else self._people.enable
        try:
            await change(
                user_id=visit.path(name="user_id"), supplier_id=self._supplier_of(visit), context=visit.context
            )
        except OpenAisleError as error:
            return await self._list(visit, problem=error)
        return visit.sent_on(href=f"{self._href}?done={'disabled' if disabling else 'enabled'}")

    async def _list(self, visit: VisitT, problem: OpenAisleError | None = None) -> Response:
        after = visit.asked(name="after")
        found = await self._queries.listed(supplier_id=self._supplier_of(visit), after=after or None, limit=_ROWS)
        permissions = STAFF_PERMISSIONS if self._house.party is Role.OPERATOR else SUPPLIER_PERMISSIONS
        page = PeoplePage(
            href=self._href,
            account_href=self._account_href,
            audit_href=self._audit_href,
            users=tuple(found.users),
            own_id=visit.session.user_id,
            roles=tuple(role.value for role in permissions),
            paging=paging_of(href=self._href, after=after, next_after=found.next_after),
        )
        return await self._show(visit, page, problem)


def _email(visit: AnyVisit[Any]) -> str:
    email = visit.required(name="email", maximum=254)
    name, _, domain = email.partition("@")
    if not name or "." not in domain or any(character.isspace() for character in email):
        raise FieldMissing(detail=f"{email} is not an e-mail address.")
    return email


def _role(visit: AnyVisit[Any]) -> UserRole:
    chosen = visit.form.get("role", "")
    if chosen not in {role.value for role in UserRole}:
        raise FieldMissing(detail="No role was chosen.")
    return UserRole(chosen)
