"""The simulated storefront: it believes only what is signed, and counts each event once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec
import pytest
from openaisle_examples.storefront import SimulatedStorefront

from openaisle.adapters.webhook_signer import StandardWebhooksSigner

SIGNER = StandardWebhooksSigner()
SECRET = SIGNER.new_secret()


@pytest.fixture
async def storefront() -> AsyncIterator[SimulatedStorefront]:
    async with SimulatedStorefront() as storefront:
        yield storefront


def event(identifier: str, *, of: str = "order.placed") -> dict[str, Any]:
    return {"specversion": "1.0", "id": identifier, "type": of, "subject": "ord_1", "data": {}}


async def told(storefront: SimulatedStorefront, body: object, *, secret: str = SECRET) -> int:
    encoded = msgspec.json.encode(body)
    headers = SIGNER.headers(secrets=(secret,), message_id="msg_1", at=datetime.now(UTC), body=encoded)
    async with (
        aiohttp.ClientSession() as session,
        session.post(storefront.url, data=encoded, headers=headers) as response,
    ):
        return response.status


async def test_it_counts_each_event_once_alone_or_in_a_batch(storefront: SimulatedStorefront):
    storefront.trust(signing_secret=SECRET)
    assert await told(storefront, event("128-1")) == 204
    assert await told(storefront, [event("128-1"), event("128-2", of="order.allocated"), event("256-1")]) == 204
    await storefront.until(events=3)
    report = storefront.report()
    assert (report.events, report.repeats, report.calls) == (3, 1, 2)
    assert report.by_type == {"order.placed": 2, "order.allocated": 1}
    assert report.in_order


async def test_it_notices_events_out_of_order(storefront: SimulatedStorefront):
    storefront.trust(signing_secret=SECRET)
    await told(storefront, [event("256-1"), event("128-1")])
    assert not storefront.report().in_order


async def test_it_believes_nothing_before_it_knows_a_secret_and_nothing_signed_with_another(
    storefront: SimulatedStorefront,
):
    assert await told(storefront, event("1-1")) == 401
    storefront.trust(signing_secret=SECRET)
    assert await told(storefront, event("1-1"), secret=SIGNER.new_secret()) == 401
    assert (storefront.report().events, storefront.report().refused_signatures) == (0, 2)


async def test_it_refuses_what_is_no_event(storefront: SimulatedStorefront):
    storefront.trust(signing_secret=SECRET)
    assert await told(storefront, {"hello": 1}) == 400


async def test_while_it_is_down_it_takes_nothing(storefront: SimulatedStorefront):
    storefront.trust(signing_secret=SECRET)
    storefront.go_down(down=True)
    assert await told(storefront, event("1-1")) == 503
    storefront.go_down(down=False)
    assert await told(storefront, event("1-1")) == 204
    assert storefront.report().repeats == 0
