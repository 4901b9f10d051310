"""Read users, without their hashes and secrets."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.permissions import Permission, UserRole
from openaisle.kernel.table import Index, Table
from openaisle.people.model import Session, User, UserMissing, UserState
from openaisle.people.repository import STAFF, USERS, user_key, users_of_supplier


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user as it may be shown to who manages people."""

    user_id: str
    party: Role
    supplier_id: str | None
    email: str
    name: str
    role: UserRole
    state: UserState
    invited_at: datetime
    has_authenticator: bool
    by_identity_provider: bool


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of users by e-mail address; ``next_after`` is null on the last page."""

    users: list[UserView]
    next_after: str | None


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """An open session of the caller; ``way`` is how they signed in."""

    session_id: str
    opened_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    address: str
    way: str


class OwnView(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, and what they may do; ``user`` is null for an API key."""

    party: Role
    subject_id: str
    user_role: UserRole | None
    permissions: list[Permission]
    user: UserView | None


class PeopleQueries:
    """The queries of users."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def listed(self, *, supplier_id: str | None, after: str | None = None, limit: int = 100) -> UserPage:
        """Return a page of the users of one supplier, or of the operator's staff if ``supplier_id`` is None."""
        partition = STAFF if supplier_id is None else users_of_supplier(supplier_id=supplier_id)
        page = await self._table.query(partition=partition, index=Index.FIRST, after=after, limit=limit)
        return UserPage(users=[view_of(user=USERS.decode(item).record) for item in page.items], next_after=page.cursor)

    async def user(self, *, user_id: str) -> User:
        """Return one user; raises UserMissing."""
        item = await self._table.get(key=user_key(user_id=user_id))
        if item is None:
            raise UserMissing(detail=f"There is no user {user_id[:40]}.")
        return USERS.decode(item).record


def view_of(*, user: User) -> UserView:
    """Return what may be shown of a user."""
    return UserView(
        user_id=user.user_id,
        party=user.party,
        supplier_id=user.supplier_id,
        email=user.email,
        name=user.name,
        role=user.role,
        state=user.state,
        invited_at=user.invited_at,
        has_authenticator=user.asks_for_code,
        by_identity_provider=user.provider_subject is not None,
    )


def session_view(*, session: Session) -> SessionView:
    """Return what may be shown of a session."""
    return SessionView(
        session_id=session.session_id,
        opened_at=session.opened_at,
        last_seen_at=session.last_seen_at,
        ends_at=session.ends_at,
        address=session.address,
        way=session.way,
    )
