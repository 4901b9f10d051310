"""One endpoint's deliveries over days."""

from __future__ import annotations

import asyncio
from pathlib import Path

from openaisle.webhooks.deliverer import EndpointDeliverer
from openaisle.webhooks.model import EndpointState
from openaisle.webhooks.reader import EventReader
from openaisle.webhooks.repository import DELIVERIES, ENDPOINTS, delivery_key, endpoint_key
from tests.factories.webhooks import URL, ParcelPacked, WebhookHouse, answered, storefront
from tests.support.virtual_time import VirtualClock, in_virtual_time


async def deliverer(house: WebhookHouse, endpoint_id: str) -> EndpointDeliverer:
    endpoint = await house.table.get(key=endpoint_key(endpoint_id=endpoint_id))
    delivery = await house.table.get(key=delivery_key(endpoint_id=endpoint_id))
    assert endpoint is not None
    assert delivery is not None
    return EndpointDeliverer(
        endpoint=ENDPOINTS.decode(endpoint).record,
        delivery=DELIVERIES.decode(delivery),
        reader=EventReader(stream=house.table),
        endpoints=house.endpoints,
        table=house.table,
        caller=house.receivers,
        signer=house.signer,
        clock=house.clock,
    )


@in_virtual_time
async def test_after_three_days_it_is_paused_with_its_reason_and_loses_nothing(tmp_path: Path):
    house = WebhookHouse(folder=tmp_path, clock=VirtualClock())
    fresh = await house.endpoints.register(url=URL, event_types=["parcel.packed"], context=storefront())
    endpoint_id = fresh.endpoint.endpoint_id
    house.receivers.always[URL] = answered(500)
    for number in range(3):
        await house.happen(ParcelPacked(number=number, storefront_id="web"))
    started_at = house.clock.now()

    await (await deliverer(house, endpoint_id)).run()

    assert (house.clock.now() - started_at).days == 3
    paused = await house.queries.endpoint(endpoint_id=endpoint_id, principal=storefront().principal)
    assert paused.state is EndpointState.PAUSED
    assert "500" in paused.reason
    # A receiver that is down is not called more than about once an hour.
    assert set(house.receivers.numbers()) == {0}
    assert len(house.receivers.calls) < 90

    await asyncio.sleep(60)
    house.receivers.calls.clear()
    house.receivers.always[URL] = answered(410)
    house.receivers.answers[URL] = [answered(200), answered(200)]
    context = storefront(at=house.clock.now())
    await house.endpoints.set_state(endpoint_id=endpoint_id, state=EndpointState.ACTIVE, reason="", context=context)
    restarted_at = house.clock.now()
    await (await deliverer(house, endpoint_id)).run()
    assert house.receivers.numbers() == [0, 1, 2]
    assert house.clock.now() == restarted_at
    await house.table.close()
