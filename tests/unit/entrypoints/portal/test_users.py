"""A supplier's own users: who manages them, what each role sees and may send, and nobody else's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole
from openaisle.people.model import UserState

EMAIL = "lee@supplier.example"
ADMIN = "ana@marketplace.example"


async def test_an_owner_invites_changes_and_removes_the_suppliers_users(stage: Any) -> None:
    owner = await stage.signed_in()
    fields = {"email": "bo@supplier.example", "name": "Bo", "role": "orders"}
    invited = await owner.send("/users/invitations", fields, page="/users")
    assert invited.headers["location"] == "/portal/users?done=invited"
    page = (await owner.get("/users")).body.decode()
    found = re.search(r'action="/portal/users/(usr_\w+)/role"', page)
    assert found is not None
    user_id = found[1]
    queries = stage.marketplace.rooms.people.queries
    user = await queries.user(user_id=user_id)
    assert (user.party, user.supplier_id, user.role) == (Role.SUPPLIER, stage.supplier_id, UserRole.ORDERS)

    changed = await owner.send(f"/users/{user_id}/role", {"role": "catalog"}, page="/users")
    assert changed.status == 303
    assert (await queries.user(user_id=user_id)).role is UserRole.CATALOG
    removed = await owner.send(f"/users/{user_id}/state", {"state": "disabled"}, page="/users")
    assert removed.status == 303
    assert (await queries.user(user_id=user_id)).state is UserState.DISABLED


async def test_a_supplier_with_its_key_invites_its_first_user(stage: Any) -> None:
    browser = stage.browser()
    await browser.sign_in(api_key=stage.api_key)
    fields = {"email": EMAIL, "name": "Lee", "role": "owner"}
    assert (await browser.send("/users/invitations", fields, page="/users")).status == 303


@pytest.mark.parametrize("fields", [{"email": "x@y.example", "name": "X", "role": "administrator"}, {"email": "x"}])
async def test_what_is_wrong_with_an_invitation_is_said_on_the_page(stage: Any, fields: dict[str, str]) -> None:
    owner = await stage.signed_in()
    refused = await owner.send("/users/invitations", fields, page="/users")
    assert refused.status == 422
    assert 'role="alert"' in refused.body.decode()


async def test_the_users_of_another_party_are_out_of_reach(stage: Any) -> None:
    owner = await stage.signed_in()
    staff = await stage.user(email=ADMIN, role=UserRole.ADMINISTRATOR, party=Role.OPERATOR)
    assert ADMIN not in (await owner.get("/users")).body.decode()
    refused = await owner.send(f"/users/{staff.user_id}/state", {"state": "disabled"}, page="/users")
    assert refused.status == 404
    user = await stage.marketplace.rooms.people.queries.user(user_id=staff.user_id)
    assert user.state is UserState.ACTIVE


async def test_who_only_reads_sees_the_facts_and_no_form(stage: Any) -> None:
    reader = await stage.signed_in(role=UserRole.READ_ONLY)
    for path in ("/", "/steps/company", "/steps/documents"):
        page = (await reader.get(path)).body.decode()
        assert set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page)) <= {"/portal/sign-out"}, path
        assert "/portal/users" not in page
    assert (await reader.get("/account")).status == 200
    assert (await reader.get("/users")).status == 403
    assert (await reader.get("/documents/doc_1")).status == 403


@pytest.mark.parametrize(
    "path", ["/users/invitations", "/users/usr_1/role", "/users/usr_1/state", "/steps/company", "/submission"]
)
async def test_a_form_is_refused_to_a_role_without_its_permission_and_written_down(stage: Any, path: str) -> None:
    reader = await stage.signed_in(role=UserRole.CATALOG)
    refused = await reader.send(path, {"role": "owner"}, page="/account")
    assert refused.status == 403
    page = await stage.marketplace.rooms.people.audit.listed(limit=1)
    assert page.entries[0].outcome == "permission-missing"
    assert page.entries[0].action.startswith("portal/")


async def test_what_users_do_here_stands_in_the_audit_trail(stage: Any) -> None:
    owner = await stage.signed_in()
    await owner.send("/steps/company", {"legal_name": "Flores do Sul Ltda", "country": "BR"}, page="/steps/company")
    page = await stage.marketplace.rooms.people.audit.listed(limit=1)
    (entry,) = page.entries
    assert (entry.action, entry.subject, entry.outcome) == ("portal/steps/company", "company", "done")
    assert entry.user_id is not None


async def test_a_disabled_user_is_out_at_once(stage: Any) -> None:
    browser = await stage.signed_in()
    user = await stage.user(email="bo@supplier.example")
    other = stage.browser()
    await other.send("/sign-in", {"email": "bo@supplier.example", "password": "seven green lanterns"}, page="/sign-in")
    assert (await other.get("/")).status == 200
    await browser.send(f"/users/{user.user_id}/state", {"state": "disabled"}, page="/users")
    assert (await other.get("/")).status == 303
