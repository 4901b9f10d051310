"""Every operation against every role of people: what the table does not give is refused, by key and by session."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from openaisle.bootstrap import Marketplace, open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.http.application import http_application
from openaisle.entrypoints.portal.sessions import PortalSessions
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.permissions import STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS, Permission, UserRole
from openaisle.people.sign_in import SignedIn
from tests.factories.http import Called, call

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "seven green lanterns"
ROLES = [
    *((Role.OPERATOR, role) for role in STAFF_PERMISSIONS),
    *((Role.SUPPLIER, role) for role in SUPPLIER_PERMISSIONS),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def marketplace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Marketplace]:
    home: Path = tmp_path_factory.mktemp("home")
    async with open_marketplace(settings=Settings(home=str(home), durable=False)) as marketplace:
        yield marketplace


@pytest.fixture(scope="module")
def application(marketplace: Marketplace) -> Any:
    return http_application(marketplace=marketplace)


def context_of(marketplace: Marketplace) -> Context:
    principal = Principal(role=Role.SYSTEM, subject_id="test")
    return Context(principal=principal, at=marketplace.clock.now(), correlation_id=secrets.token_hex(8))


async def key_of(marketplace: Marketplace, *, party: Role, role: UserRole) -> str:
    subject_id = "sup_1" if party is Role.SUPPLIER else role.value
    _, text = await marketplace.rooms.api_keys.issue(
        role=party, subject_id=subject_id, label="x", context=context_of(marketplace), user_role=role
    )
    return text


async def session_of(marketplace: Marketplace, *, party: Role, role: UserRole) -> str:
    room, context = marketplace.rooms.people, context_of(marketplace)
    email = f"{role.value}@{party.value}.example"
    invited = await room.people.invite(
        email=email,
        name=role.value,
        role=role,
        party=party,
        supplier_id="sup_1" if party is Role.SUPPLIER else None,
        context=context,
    )
    token = invited.address.partition("token=")[2]
    await room.people.set_password(token=token, password=PASSWORD, context=context)
    opened = await room.sign_in.by_password(email=email, password=PASSWORD, context=context)
    assert isinstance(opened, SignedIn)
    return opened.token


async def called(application: Any, *, method: str, path: str, key: str) -> Called:
    return await call(
        application,
        method=method,
        path=path.replace("{", "").replace("}", ""),
        # No JSON: what passes the door is refused before it changes anything.
        body=b"[",
        headers={"content-type": "application/json"},
        key=key,
    )


@pytest.mark.parametrize("way", ["key", "session"])
@pytest.mark.parametrize(("party", "role"), ROLES)
async def test_a_role_gets_past_the_door_of_just_what_the_table_gives_it(
    marketplace: Marketplace, application: Any, party: Role, role: UserRole, way: str
) -> None:
    make = key_of if way == "key" else session_of
    key = await make(marketplace, party=party, role=role)
    table = STAFF_PERMISSIONS if party is Role.OPERATOR else SUPPLIER_PERMISSIONS
    for operation in marketplace.operations:
        if party not in operation.roles or operation.name == "end_sessions":
            continue
        answered = await called(application, method=operation.method, path=operation.path, key=key)
        code = answered.json()["type"].rpartition("/")[2] if answered.status >= 400 else ""
        if operation.needed_permission in table[role]:
            assert code != "permission-missing", operation.name
            assert answered.status != 401, operation.name
        else:
            assert (answered.status, code) == (403, "permission-missing"), operation.name


async def test_a_key_without_a_role_of_people_may_do_all_that_its_party_may(marketplace: Marketplace) -> None:
    for party, role in ((Role.OPERATOR, UserRole.ADMINISTRATOR), (Role.SUPPLIER, UserRole.OWNER)):
        _, text = await marketplace.rooms.api_keys.issue(
            role=party, subject_id="sup_1", label="x", context=context_of(marketplace)
        )
        principal = await marketplace.rooms.people.recognition.authenticate(text=text)
        assert principal.permissions == Principal(role=party, subject_id="x", user_role=role).permissions


async def test_every_operation_that_changes_something_asks_for_more_than_reading(marketplace: Marketplace) -> None:
    own = {
        "change_own_password",
        "begin_authenticator",
        "confirm_authenticator",
        "end_session",
        "end_sessions",
        # It asks for the permission of the field that is named.
        "reveal_supplier_field",
        # Whoever may read every product may read them all as one file.
        "request_product_export",
    }
    for operation in marketplace.operations:
        if operation.method != "GET" and operation.roles & {Role.OPERATOR, Role.SUPPLIER}:
            reads = operation.needed_permission is Permission.READ
            assert reads == (operation.name in own), operation.name


async def test_what_is_refused_is_in_the_audit_trail_with_where_it_came_from(
    marketplace: Marketplace, application: Any
) -> None:
    key = await key_of(marketplace, party=Role.OPERATOR, role=UserRole.READ_ONLY)
    await called(application, method="POST", path="/v1/suppliers/sup_9/suspension", key=key)
    page = await marketplace.rooms.people.audit.listed(limit=1)
    (entry,) = page.entries
    assert (entry.action, entry.subject, entry.outcome, entry.address) == (
        "suspend_supplier",
        "sup_9",
        "permission-missing",
        "127.0.0.1",
    )


async def test_an_owner_invites_nobody_into_another_party_or_supplier(
    marketplace: Marketplace, application: Any
) -> None:
    key = await key_of(marketplace, party=Role.SUPPLIER, role=UserRole.OWNER)

    async def invite(**facts: str) -> Called:
        import msgspec

        body = msgspec.json.encode({"email": "x@y.example", "name": "X", "role": "read_only", **facts})
        headers = {"content-type": "application/json"}
        return await call(application, method="POST", path="/v1/users", body=body, headers=headers, key=key)

    assert (await invite(role="administrator")).status == 422
    invited = await invite(supplier_id="sup_2")
    assert (invited.status, invited.json()["supplier_id"]) == (201, "sup_1")


@pytest.mark.parametrize(("role", "expected"), [(UserRole.READ_ONLY, 403), (UserRole.OWNER, 400)])
async def test_a_key_with_a_role_does_no_more_in_the_portal_than_a_person_of_it(
    marketplace: Marketplace, application: Any, role: UserRole, expected: int
) -> None:
    context = context_of(marketplace)
    key = await key_of(marketplace, party=Role.SUPPLIER, role=role)
    sessions = PortalSessions(
        table=marketplace.engines.table,
        api_keys=marketplace.rooms.api_keys,
        api_key_queries=marketplace.rooms.api_key_queries,
        user_sessions=marketplace.rooms.people.sessions,
        entropy=secrets.token_bytes,
    )
    _, token = await sessions.opened_by_key(api_key=key, host="203.0.113.9", context=context)
    headers = {"cookie": f"openaisle_portal={token}", "origin": "http://portal.test", "host": "portal.test"}
    answered = await call(application, method="POST", path="/portal/submission", body=b"x", headers=headers, key=None)
    # An owner gets as far as the form, which is none.
    assert answered.status == expected, answered


async def test_a_masked_tax_id_is_revealed_by_permission_only_and_never_without_a_trace(
    marketplace: Marketplace, application: Any
) -> None:
    import msgspec

    from tests.journeys.marketplace import application as facts

    headers = {"content-type": "application/json"}
    given = facts(legal_name="Revealed Ltda")
    applied = await call(
        application,
        method="POST",
        path="/v1/supplier-applications",
        body=msgspec.json.encode(given),
        headers=headers,
        key=None,
    )
    supplier_id = applied.json()["supplier_id"]
    for role, expected in ((UserRole.CATALOG_MANAGER, 403), (UserRole.READ_ONLY, 403), (UserRole.FINANCE, 200)):
        answered = await call(
            application,
            method="POST",
            path=f"/v1/suppliers/{supplier_id}/reveal",
            body=b'{"field":"tax_id"}',
            headers=headers,
            key=await key_of(marketplace, party=Role.OPERATOR, role=role),
        )
        assert answered.status == expected
        (entry,) = (await marketplace.rooms.people.audit.listed(limit=1)).entries
        assert (entry.action, entry.subject, entry.actor) == (
            "supplier.revealed",
            supplier_id,
            f"operator:{role.value}",
        )
        assert entry.outcome == ("done" if expected == 200 else "permission-missing")
    assert answered.json()["values"] == [given["tax_id"]]
