"""Deliveries: every event, in order, to each who may see it, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.kernel.outbound import CallFailed
from openaisle.webhooks.cloud_events import BATCH_MEDIA_TYPE, SINGLE_MEDIA_TYPE
from openaisle.webhooks.dispatcher import CONSUMER, WebhookDispatcher
from openaisle.webhooks.model import EndpointState
from openaisle.webhooks.queries import WebhookEndpointView
from tests.factories.webhooks import (
    URL,
    ParcelPacked,
    ParcelSent,
    WebhookHouse,
    answered,
    operator,
    storefront,
)
from tests.support.virtual_time import VirtualClock, in_virtual_time

OTHER = "https://other.example/webhooks"
TYPES = ("parcel.packed", "parcel.sent")


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[WebhookHouse]:
    house = WebhookHouse(folder=folder, clock=VirtualClock())
    yield house
    await house.table.close()


@contextlib.asynccontextmanager
async def running(dispatcher: WebhookDispatcher) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(dispatcher.run())
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def register(house: WebhookHouse, *, url: str = URL, batch_size: int = 1, owner: str = "web") -> str:
    context = operator(at=house.clock.now()) if owner == "operator" else storefront(owner, at=house.clock.now())
    fresh = await house.endpoints.register(url=url, event_types=TYPES, batch_size=batch_size, context=context)
    return fresh.endpoint.endpoint_id


async def view(house: WebhookHouse, endpoint_id: str) -> WebhookEndpointView:
    return await house.queries.endpoint(endpoint_id=endpoint_id, principal=operator().principal)


async def happen(house: WebhookHouse, numbers: range, *, storefront_id: str = "web") -> None:
    for number in numbers:
        await house.happen(ParcelPacked(number=number, storefront_id=storefront_id))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@in_virtual_time
async def test_each_event_comes_once_in_order_as_a_signed_cloud_event(folder: Path):
    async with opened(folder) as house:
        await happen(house, range(1))
        fresh = await house.endpoints.register(url=URL, event_types=TYPES, context=storefront())
        await house.happen(ParcelPacked(number=1, storefront_id="web"), ParcelSent(number=2, storefront_id="web"))
        await happen(house, range(3, 6))
        async with running(house.dispatcher()):
            await house.receivers.until(5)
        assert house.receivers.numbers() == [1, 2, 3, 4, 5]
        first, second = house.receivers.calls[:2]
        assert first.headers["content-type"] == SINGLE_MEDIA_TYPE
        (event,) = first.events
        assert event["specversion"] == "1.0"
        assert event["type"] == "parcel.packed"
        assert event["source"] == "/openaisle"
        assert event["subject"] == "par_1"
        assert str(event["time"]).endswith("Z")
        assert event["data"] == {"number": 1, "storefront_id": "web", "supplier_id": None}
        assert str(event["id"]).endswith("-1")
        assert second.events[0]["id"] == str(event["id"])[:-1] + "2"
        expected = house.signer.headers(
            secrets=(fresh.signing_secret,),
            message_id=first.headers["webhook-id"],
            at=house.clock.now(),
            body=first.body,
        )
        assert first.headers["webhook-signature"].startswith("v1,")
        if expected["webhook-timestamp"] == first.headers["webhook-timestamp"]:
            assert expected["webhook-signature"] == first.headers["webhook-signature"]


@in_virtual_time
async def test_batches_hold_several_events_and_never_more_than_asked_for(folder: Path):
    async with opened(folder) as house:
        await register(house, batch_size=4)
        await happen(house, range(10))
        async with running(house.dispatcher()):
            await house.receivers.until(10)
        assert [len(call.events) for call in house.receivers.calls] == [4, 4, 2]
        assert house.receivers.calls[0].headers["content-type"] == BATCH_MEDIA_TYPE
        assert house.receivers.numbers() == list(range(10))


@in_virtual_time
async def test_a_storefront_hears_only_its_own_events_and_the_operator_all(folder: Path):
    async with opened(folder) as house:
        await register(house, url=URL, owner="web")
        await register(house, url=OTHER, owner="operator")
        await happen(house, range(3), storefront_id="other")
        await happen(house, range(3, 5), storefront_id="web")
        async with running(house.dispatcher()):
            await house.receivers.until(2)
            await house.receivers.until(5, OTHER)
        assert house.receivers.numbers() == [3, 4]
        assert house.receivers.numbers(OTHER) == [0, 1, 2, 3, 4]


@in_virtual_time
async def test_a_dead_endpoint_holds_up_no_other(folder: Path):
    async with opened(folder) as house:
        dead = await register(house, url=OTHER)
        await register(house)
        house.receivers.always[OTHER] = CallFailed(detail="no connection")
        await happen(house, range(20))
        async with running(house.dispatcher()):
            await house.receivers.until(20)
        assert house.receivers.numbers() == list(range(20))
        delivery = (await view(house, dead)).delivery
        assert delivery.delivered_count == 0
        assert delivery.last_failure == "no connection"
        assert delivery.failing_since is not None
        assert delivery.next_attempt_at is not None


@in_virtual_time
async def test_what_failed_is_sent_again_with_the_same_identifiers_until_it_is_taken(folder: Path):
    async with opened(folder) as house:
        endpoint_id = await register(house)
        house.receivers.answers[URL] = [answered(503), answered(302), CallFailed(detail="reset")]
        await happen(house, range(2))
        async with running(house.dispatcher()):
            await house.receivers.until(5)
        assert house.receivers.numbers() == [0, 0, 0, 0, 1]
        assert len({call.headers["webhook-id"] for call in house.receivers.calls}) == 2
        assert len({call.body for call in house.receivers.calls}) == 2
        delivery = (await view(house, endpoint_id)).delivery
        assert (delivery.delivered_count, delivery.attempts, delivery.failing_since) == (2, 0, None)


@in_virtual_time
async def test_a_receiver_that_is_gone_for_good_is_paused_at_once(folder: Path):
    async with opened(folder) as house:
        endpoint_id = await register(house)
        house.receivers.always[URL] = answered(410)
        await happen(house, range(1))
        async with running(house.dispatcher()):
            await house.receivers.until(1)
            await asyncio.sleep(2)
        assert (await view(house, endpoint_id)).state is EndpointState.PAUSED


@in_virtual_time
async def test_a_receiver_that_asks_for_a_pause_gets_it(folder: Path):
    async with opened(folder) as house:
        await register(house)
        house.receivers.answers[URL] = [answered(429, **{"retry-after": "40"})]
        await happen(house, range(1))
        started_at = house.clock.now()
        async with running(house.dispatcher()):
            await house.receivers.until(2)
        assert 40 <= (house.clock.now() - started_at).total_seconds() < 43


@in_virtual_time
async def test_a_process_started_anew_goes_on_where_the_last_stood(folder: Path):
    async with opened(folder) as house:
        await register(house)
        await happen(house, range(3))
        async with running(house.dispatcher()):
            await house.receivers.until(3)
    async with opened(folder) as house:
        await happen(house, range(3, 6))
        async with running(house.dispatcher(holder="second")):
            await house.receivers.until(3)
        assert house.receivers.numbers() == [3, 4, 5]


@in_virtual_time
async def test_a_process_that_died_repeats_at_most_what_it_had_not_noted_and_recognizably(folder: Path):
    async with opened(folder) as house:
        await register(house)
        await happen(house, range(3))
        task = asyncio.create_task(house.dispatcher().run())
        await house.receivers.until(3)
        told = [call.headers["webhook-id"] for call in house.receivers.calls]
        # A killed process runs no clean-up: the task is left where it stands and another one takes over.
        house.receivers.always[URL] = CallFailed(detail="the first process is dead")
        await asyncio.sleep(0)
        second = WebhookHouse(folder=folder, clock=house.clock)
        async with running(second.dispatcher(holder="second")):
            await asyncio.sleep(40)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await second.table.close()
        assert {call.headers["webhook-id"] for call in second.receivers.calls} <= set(told)


@in_virtual_time
async def test_of_two_processes_one_dispatches(folder: Path):
    async with opened(folder) as house:
        second = WebhookHouse(folder=folder, clock=house.clock)
        await register(house)
        async with running(house.dispatcher()), running(second.dispatcher(holder="second")):
            await happen(house, range(5))
            await house.receivers.until(5)
            await asyncio.sleep(20)
        assert house.receivers.numbers() == list(range(5))
        assert not second.receivers.calls
        await second.table.close()


@in_virtual_time
async def test_endpoints_come_pause_and_go_while_it_runs(folder: Path):
    async with opened(folder) as house:
        async with running(house.dispatcher()):
            await asyncio.sleep(3)
            endpoint_id = await register(house)
            await happen(house, range(2))
            await house.receivers.until(2)
            await house.endpoints.set_state(
                endpoint_id=endpoint_id, state=EndpointState.PAUSED, reason="moving", context=storefront()
            )
            await asyncio.sleep(3)
            await happen(house, range(2, 4))
            await asyncio.sleep(3)
            assert house.receivers.numbers() == [0, 1]
            await house.endpoints.set_state(
                endpoint_id=endpoint_id, state=EndpointState.ACTIVE, reason="", context=storefront()
            )
            await house.receivers.until(4)
            await house.endpoints.delete(endpoint_id=endpoint_id, context=storefront())
            await asyncio.sleep(3)
            await happen(house, range(4, 6))
            await asyncio.sleep(3)
        assert house.receivers.numbers() == [0, 1, 2, 3]


@in_virtual_time
async def test_the_stream_keeps_what_a_paused_endpoint_has_not_heard(folder: Path):
    async with opened(folder) as house:
        endpoint_id = await register(house)
        await house.endpoints.set_state(
            endpoint_id=endpoint_id, state=EndpointState.PAUSED, reason="moving", context=storefront()
        )
        before = await house.table.latest()
        await happen(house, range(50))
        async with running(house.dispatcher()):
            await asyncio.sleep(20)
        position = await house.table.position(consumer=CONSUMER)
        assert position is not None
        assert position <= before


@in_virtual_time
async def test_the_stream_may_forget_what_all_endpoints_have_heard(folder: Path):
    async with opened(folder) as house:
        await register(house)
        await happen(house, range(50))
        newest = (await house.table.read(after=0, limit=10_000))[-1].sequence
        async with running(house.dispatcher()):
            await asyncio.sleep(30)
        position = await house.table.position(consumer=CONSUMER)
        assert position is not None
        assert position >= newest
