"""Registering, pausing and deleting endpoints over a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.kernel.outbound import AddressRefused
from openaisle.webhooks.model import (
    MAXIMUM_ENDPOINTS_PER_OWNER,
    EndpointMissing,
    EndpointState,
    EventTypeUnknown,
    TooManyEndpoints,
)
from tests.factories.webhooks import URL, WebhookHouse, operator, storefront


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[WebhookHouse]:
    house = WebhookHouse(folder=tmp_path, clock=SystemClock(), known_event_types=frozenset({"parcel.sent"}))
    yield house
    await house.table.close()


async def test_the_secret_is_told_once_and_stored_encrypted(house: WebhookHouse):
    fresh = await house.endpoints.register(url=URL, context=storefront())
    assert fresh.signing_secret.startswith("whsec_")
    assert fresh.signing_secret not in repr(fresh.endpoint)
    kept = house.endpoints.signing_secrets(endpoint=fresh.endpoint, at=fresh.endpoint.created_at)
    assert kept == (fresh.signing_secret,)


async def test_a_new_secret_signs_beside_the_old(house: WebhookHouse):
    fresh = await house.endpoints.register(url=URL, context=storefront())
    newer = await house.endpoints.change_secret(endpoint_id=fresh.endpoint.endpoint_id, context=storefront())
    both = house.endpoints.signing_secrets(endpoint=newer.endpoint, at=fresh.endpoint.created_at)
    assert both == (newer.signing_secret, fresh.signing_secret)


async def test_an_address_inside_is_refused_and_nothing_is_stored(house: WebhookHouse):
    with pytest.raises(AddressRefused):
        await house.endpoints.register(url="http://10.0.0.1/", context=storefront())
    assert not (await house.queries.listed(principal=operator().principal)).webhook_endpoints


async def test_an_unknown_event_type_is_refused(house: WebhookHouse):
    with pytest.raises(EventTypeUnknown):
        await house.endpoints.register(url=URL, event_types=["parcel.lost"], context=storefront())


async def test_one_owner_has_a_bounded_number_of_endpoints(house: WebhookHouse):
    for _ in range(MAXIMUM_ENDPOINTS_PER_OWNER):
        await house.endpoints.register(url=URL, context=storefront())
    with pytest.raises(TooManyEndpoints):
        await house.endpoints.register(url=URL, context=storefront())
    await house.endpoints.register(url=URL, context=storefront("other"))


async def test_another_storefronts_endpoint_is_as_if_it_were_not_there(house: WebhookHouse):
    fresh = await house.endpoints.register(url=URL, context=storefront("web"))
    endpoint_id, other = fresh.endpoint.endpoint_id, storefront("other")
    with pytest.raises(EndpointMissing):
        await house.endpoints.delete(endpoint_id=endpoint_id, context=other)
    with pytest.raises(EndpointMissing):
        await house.endpoints.set_state(endpoint_id=endpoint_id, state=EndpointState.PAUSED, reason="", context=other)
    with pytest.raises(EndpointMissing):
        await house.endpoints.change_secret(endpoint_id=endpoint_id, context=other)
    with pytest.raises(EndpointMissing):
        await house.queries.endpoint(endpoint_id=endpoint_id, principal=other.principal)
    assert not (await house.queries.listed(principal=other.principal)).webhook_endpoints


async def test_the_operator_sees_everybodys_endpoints(house: WebhookHouse):
    await house.endpoints.register(url=URL, context=storefront("web"))
    await house.endpoints.register(url=URL, context=operator())
    listed = await house.queries.listed(principal=operator().principal)
    assert {view.owner_id for view in listed.webhook_endpoints} == {"web", "operator"}
    own = await house.queries.listed(principal=storefront("web").principal)
    assert [view.owner_id for view in own.webhook_endpoints] == ["web"]


async def test_a_paused_endpoint_says_why(house: WebhookHouse):
    fresh = await house.endpoints.register(url=URL, context=storefront())
    endpoint_id = fresh.endpoint.endpoint_id
    await house.endpoints.set_state(
        endpoint_id=endpoint_id, state=EndpointState.PAUSED, reason="moving", context=storefront()
    )
    view = await house.queries.endpoint(endpoint_id=endpoint_id, principal=storefront().principal)
    assert (view.state, view.reason) == (EndpointState.PAUSED, "moving")


async def test_a_deleted_endpoint_is_gone(house: WebhookHouse):
    fresh = await house.endpoints.register(url=URL, context=storefront())
    await house.endpoints.delete(endpoint_id=fresh.endpoint.endpoint_id, context=storefront())
    with pytest.raises(EndpointMissing):
        await house.queries.endpoint(endpoint_id=fresh.endpoint.endpoint_id, principal=storefront().principal)
