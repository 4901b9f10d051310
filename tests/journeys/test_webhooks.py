"""Webhooks from end to end: a receiver that fails, the log that tells of it, events sent again and read by cursor."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.journeys.marketplace import RunningMarketplace, line
from tests.support.waiting import eventually


class Receiver:
    """A receiver of its own address that answers as it is told."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=self.status)


async def test_a_receiver_that_fails_is_seen_in_the_log_and_gets_events_again(marketplace: RunningMarketplace) -> None:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    supplier = await marketplace.active_supplier(handle="logged")
    offer = await marketplace.offered(supplier=supplier)
    shop = marketplace.storefront
    start = (await shop.get("/v1/events?after=latest"))["next_after"]
    receiver.status = 503
    registered = await shop.post(
        "/v1/webhook-endpoints", {"url": f"http://{host}:{port}/hook", "event_types": ["order.placed"]}
    )
    path = f"/v1/webhook-endpoints/{registered['endpoint_id']}"
    placed = await marketplace.placed(lines=[line(offer=offer)])

    async def failed() -> Any:
        return (await shop.get(f"{path}/deliveries?failed=true"))["deliveries"]

    (first, *_) = await eventually(failed, what="the failure in the log")
    assert (first["status"], first["event_types"]) == (503, ["order.placed"])
    receiver.status = 204

    async def taken() -> Any:
        calls = (await shop.get(f"{path}/deliveries"))["deliveries"]
        return [call for call in calls if call["error"] is None]

    (call,) = await eventually(taken, what="the event is taken")
    assert call["first_event_id"] == first["first_event_id"]

    asked = await shop.post(f"{path}/resends", {"event_id": call["first_event_id"]})

    async def resent() -> bool:
        (one,) = (await shop.get(f"{path}/resends"))["resends"]
        return bool(one["state"] == "done")

    await eventually(resent, what="the event is sent again")
    assert receiver.headers[-1]["webhook-resend"] == asked["resend_id"]
    assert receiver.headers[-1]["webhook-id"] == receiver.headers[0]["webhook-id"]
    foreign = await supplier.caller.call("GET", f"{path}/deliveries")
    assert foreign.status == 403
    await runner.cleanup()

    read = await shop.get(f"/v1/events?after={start}&types=order.placed")
    assert [event["id"] for event in read["events"]] == [call["first_event_id"]]
    assert read["events"][0]["data"]["order_id"] == placed.body["order_id"]
    own = (await supplier.caller.get(f"/v1/events?after={start}"))["events"]
    assert {event["data"]["supplier_id"] for event in own} == {supplier.supplier_id}
    assert "purchase_order.created" in {event["type"] for event in own}
    wrong = await shop.call("GET", "/v1/events?after=nowhere")
    assert (wrong.status, wrong.code) == (422, "event-cursor-invalid")
