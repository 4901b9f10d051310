"""Pages of people, with everything on them that may stand there."""

from __future__ import annotations

from openaisle.entrypoints.console.pages.account import ProfilePage
from openaisle.entrypoints.console.pages.audit import AuditPageView
from openaisle.entrypoints.console.pages.people import PeoplePage
from openaisle.entrypoints.console.views.common import Paging
from openaisle.kernel.context import Role
from openaisle.kernel.permissions import STAFF_PERMISSIONS, UserRole
from openaisle.people.audit import AuditEntry
from openaisle.people.model import Session, User, invited_user, opened_session
from openaisle.people.queries import view_of
from openaisle.people.use_cases import NewAuthenticator
from tests.factories.contexts import NOON, make_context


def user(*, email: str = "ana@marketplace.example", role: UserRole = UserRole.REVIEWER) -> User:
    return invited_user(
        email=email, name="Ana <b>", role=role, party=Role.OPERATOR, supplier_id=None, context=make_context()
    )


def session() -> Session:
    return opened_session(session_id="ses_1", token="oas_x", user=user(), way="password", context=make_context())


def people_page() -> PeoplePage:
    users = [user(), user(email="bo@marketplace.example"), user(email="cy@marketplace.example")]
    return PeoplePage(
        href="/console/people",
        account_href="/console/profile",
        audit_href="/console/audit",
        users=tuple(view_of(user=one) for one in users),
        own_id=users[1].user_id,
        roles=tuple(role.value for role in STAFF_PERMISSIONS),
        paging=Paging(next_href="/console/people?after=x"),
    )


def profile_page() -> ProfilePage:
    return ProfilePage(
        href="/console/profile",
        user=user(),
        permissions=("read", "reviews.decide"),
        sessions=(session(),),
        authenticator=NewAuthenticator(secret="GEZDGNBV", uri="otpauth://totp/x?secret=GEZDGNBV"),
    )


def audit_page() -> AuditPageView:
    entry = AuditEntry(
        entry_id="aud_1",
        at=NOON,
        actor="operator:ana",
        action="user.invited",
        subject="usr_1",
        outcome="done",
        address="203.0.113.7",
        correlation_id="c",
        user_id="usr_01k7x2q9m3f8r5t1v6w0y4z8ab",
        details={"role": "reviewer"},
    )
    return AuditPageView(entries=(entry,), paging=Paging())
