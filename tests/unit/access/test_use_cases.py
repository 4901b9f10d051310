"""API keys on a real store, as callers and the operator meet them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.access.model import ApiKeyMissing, KeyMissing, KeyUnknown
from openaisle.access.queries import ApiKeyQueries
from openaisle.access.routes import ApiKeyBody, ApiKeyFilter, operations
from openaisle.access.use_cases import ApiKeys
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import Role
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import Operation, Request
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.table import Item, Key
from tests.factories.contexts import make_context


class CountingTable(LocalTable):
    """A table that counts its reads."""

    reads = 0

    async def get(self, *, key: Key) -> Item | None:
        self.reads += 1
        return await super().get(key=key)


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[CountingTable]:
    table = CountingTable(path=tmp_path / "store.db", clock=SystemClock())
    yield table
    await table.close()


@pytest.fixture
def api_keys(table: CountingTable) -> ApiKeys:
    identifiers = TimeOrderedIdentifiers(clock=SystemClock(), entropy=secrets.token_bytes)
    return ApiKeys(table=table, identifiers=identifiers, entropy=secrets.token_bytes)


async def test_a_key_is_recognized_with_one_read(api_keys: ApiKeys, table: CountingTable) -> None:
    _, text = await api_keys.issue(role=Role.SUPPLIER, subject_id="sup_1", label="x", context=make_context())
    table.reads = 0
    principal = await api_keys.authenticate(text=text)
    assert (principal.role, principal.subject_id) == (Role.SUPPLIER, "sup_1")
    assert table.reads == 1


async def test_revocation_works_at_once(api_keys: ApiKeys) -> None:
    record, text = await api_keys.issue(role=Role.OPERATOR, subject_id="anna", label="x", context=make_context())
    await api_keys.authenticate(text=text)
    await api_keys.revoke(key_id=record.key_id, context=make_context())
    with pytest.raises(KeyUnknown):
        await api_keys.authenticate(text=text)


@pytest.mark.parametrize("text", [None, ""])
async def test_a_request_without_a_key_is_told_so(api_keys: ApiKeys, text: str | None) -> None:
    with pytest.raises(KeyMissing):
        await api_keys.authenticate(text=text)


async def test_a_key_that_does_not_exist_cannot_be_revoked(api_keys: ApiKeys) -> None:
    with pytest.raises(ApiKeyMissing):
        await api_keys.revoke(key_id="key_unknown", context=make_context())


async def test_keys_are_listed_for_all_and_for_one_party(api_keys: ApiKeys, table: CountingTable) -> None:
    for subject_id in ("sup_1", "sup_2", "sup_1"):
        await api_keys.issue(role=Role.SUPPLIER, subject_id=subject_id, label="x", context=make_context())
    queries = ApiKeyQueries(table=table)
    everybody = await queries.listed(limit=2)
    rest = await queries.listed(limit=2, after=everybody.next_after)
    own = await queries.listed(role=Role.SUPPLIER, subject_id="sup_1")
    assert (len(everybody.api_keys), len(rest.api_keys), rest.next_after) == (2, 1, None)
    assert [key.subject_id for key in own.api_keys] == ["sup_1", "sup_1"]


def named(found: tuple[Operation, ...], name: str) -> Operation:
    return next(operation for operation in found if operation.name == name)


async def test_the_secret_is_told_once_and_the_key_is_revoked_over_http(
    api_keys: ApiKeys, table: CountingTable
) -> None:
    found = operations(use_cases=api_keys, queries=ApiKeyQueries(table=table))
    body = ApiKeyBody(role=Role.STOREFRONT, subject_id="shopfront", label="main")
    request = Request(context=make_context(), path={}, query=None, body=body, headers={})
    fresh = (await named(found, "issue_api_key").handle(request)).value
    assert (await api_keys.authenticate(text=fresh.api_key)).subject_id == "shopfront"
    listing = Request(context=make_context(), path={}, query=ApiKeyFilter(), body=None, headers={})
    page = (await named(found, "list_api_keys").handle(listing)).value
    assert [key.last_four for key in page.api_keys] == [fresh.api_key[-4:]]
    revoking = Request(context=make_context(), path={"key_id": fresh.key.key_id}, query=None, body=None, headers={})
    revoked = (await named(found, "revoke_api_key").handle(revoking)).value
    assert revoked.revoked_at is not None


async def test_half_a_filter_is_refused(api_keys: ApiKeys, table: CountingTable) -> None:
    found = operations(use_cases=api_keys, queries=ApiKeyQueries(table=table))
    wanted = ApiKeyFilter(role=Role.SUPPLIER)
    request = Request(context=make_context(), path={}, query=wanted, body=None, headers={})
    with pytest.raises(RequestInvalid):
        await named(found, "list_api_keys").handle(request)
