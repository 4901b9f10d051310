"""Many callers, several processes, sudden ends: no answer is lost, nothing is done twice, nothing is oversold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from openaisle_examples.suppliers import Character

from tests.journeys.marketplace import ActiveSupplier, Answered, RunningMarketplace, line, order
from tests.security.processes import Processes, marketplace_of_processes
from tests.security.stage import require_sound_stock, rows_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Two API processes, a worker, and a supplier that neither answers nor ships by itself."""

    marketplace: RunningMarketplace
    processes: Processes
    supplier: ActiveSupplier
    store_file: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("processes")
    async with marketplace_of_processes(folder=folder, api_count=2) as (marketplace, processes):
        supplier = await marketplace.active_supplier(
            handle="waiting", character=Character.LATER, acknowledges_after_seconds=3_600.0
        )
        yield Scene(
            marketplace=marketplace,
            processes=processes,
            supplier=supplier,
            store_file=folder / "home" / "openaisle.db",
        )


def orders_in(store_file: Path) -> Counter[str]:
    """Return how often each reference was placed."""
    return Counter(
        msgspec.json.decode(body)["reference"] for key, _, body in rows_of(store_file) if key.endswith("\x1fORDER")
    )


async def raw_order(scene: Scene, *, body: dict[str, Any], key: str) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {scene.marketplace.storefront.key}", "Idempotency-Key": key}
    address = f"{scene.marketplace.address}/v1/orders"
    async with scene.marketplace.session.post(address, json=body, headers=headers) as response:
        return response.status, await response.read()


async def test_one_key_fifty_times_at_once_makes_one_order_and_one_answer(scene: Scene) -> None:
    offer = await scene.marketplace.offered(supplier=scene.supplier, supplier_sku="FIFTY")
    body = order(reference="fifty", lines=[line(offer=offer, quantity=2)])

    answers = await asyncio.gather(*(raw_order(scene, body=body, key="fifty") for _ in range(50)))

    assert set(answers) == {(201, answers[0][1])}
    assert orders_in(scene.store_file)["fifty"] == 1
    assert require_sound_stock(store_file=scene.store_file)


async def test_one_reference_under_many_keys_makes_one_order(scene: Scene) -> None:
    offer = await scene.marketplace.offered(supplier=scene.supplier, supplier_sku="REFERENCE")
    body = order(reference="once", lines=[line(offer=offer)])

    answers = await asyncio.gather(*(raw_order(scene, body=body, key=f"once-{number}") for number in range(30)))

    # The same order is the same order, under whatever key it comes again.
    assert set(answers) == {(201, answers[0][1])}
    assert orders_in(scene.store_file)["once"] == 1
    assert require_sound_stock(store_file=scene.store_file)


async def test_two_hundred_orders_at_once_for_twenty_units_sell_twenty(scene: Scene) -> None:
    offer = await scene.marketplace.offered(supplier=scene.supplier, supplier_sku="SCARCE", on_hand=20)

    answers = await asyncio.gather(*(scene.marketplace.placed(lines=[line(offer=offer)]) for _ in range(200)))

    assert Counter(answered.status for answered in answers) == {201: 20, 409: 180}
    assert {answered.code for answered in answers if answered.status == 409} == {"insufficient-stock"}
    assert require_sound_stock(store_file=scene.store_file)


async def test_a_thousand_orders_and_holds_at_once_for_a_hundred_units_take_a_hundred(scene: Scene) -> None:
    offer = await scene.marketplace.offered(supplier=scene.supplier, supplier_sku="FLASH", on_hand=100)

    async def taken(number: int) -> str:
        if number % 2:
            answered = await scene.marketplace.placed(lines=[line(offer=offer)])
            return "sold" if answered.status == 201 else str(answered.code)
        wanted = {"lines": [{"offer_id": offer["offer_id"], "quantity": 1}], "seconds": 3_600}
        headers = {"Idempotency-Key": f"flash-{number}"}
        held = await scene.marketplace.storefront.call("POST", "/v1/reservations", wanted, headers=headers)
        if held.status != 201 or number % 4:
            return "held" if held.status == 201 else str(held.code)
        body = order(reference=f"flash-{number}", lines=[line(offer=offer)])
        reservation_id = held.body["reservation_id"]
        status, _ = await raw_order(scene, body=body | {"reservation_id": reservation_id}, key=f"buy-{number}")
        return "sold" if status == 201 else f"held and answered {status}"

    outcomes = Counter(await asyncio.gather(*(taken(number) for number in range(1_000))))

    assert set(outcomes) <= {"sold", "held", "insufficient-stock"}, outcomes
    assert outcomes["sold"] + outcomes["held"] == 100, outcomes
    found = await scene.marketplace.operator.get(f"/v1/inventory?offer_id={offer['offer_id']}")
    (location,) = found["inventory"][0]["locations"]
    assert (location["reserved"], location.get("held", 0), location["available"]) == (100, outcomes["held"], 0)
    assert require_sound_stock(store_file=scene.store_file)


async def test_cancel_ship_and_acknowledge_at_once_leave_every_unit_in_one_place(scene: Scene) -> None:
    offer = await scene.marketplace.offered(supplier=scene.supplier, supplier_sku="RACE", on_hand=1_000)
    placed = [await scene.marketplace.placed(lines=[line(offer=offer, quantity=3)]) for _ in range(12)]
    identifiers = [(one.body["order_id"], one.body["purchase_orders"][0]["purchase_order_id"]) for one in placed]

    answers = await asyncio.gather(
        *(
            call
            for order_id, purchase_order_id in identifiers
            for call in _all_at_once(scene, order_id, purchase_order_id)
        )
    )

    assert {answered.status for answered in answers} <= {200, 409, 422}, Counter(one.status for one in answers)
    for order_id, _ in identifiers:
        found = await scene.marketplace.storefront.get(f"/v1/orders/{order_id}")
        (one,) = found["lines"]
        assert one["quantities"]["canceled"] + one["quantities"]["shipped"] <= 3, one
    assert require_sound_stock(store_file=scene.store_file)


def _all_at_once(scene: Scene, order_id: str, purchase_order_id: str) -> list[Any]:
    path = f"/v1/purchase-orders/{purchase_order_id}"
    supplier, storefront = scene.supplier.caller, scene.marketplace.storefront
    parcel = {"carrier": "DHL", "tracking_number": "JJD0001", "lines": [{"line_number": 1, "quantity": 2}]}
    accepted = {"lines": [{"line_number": 1, "decision": "accepted"}]}
    return [
        supplier.call("POST", f"{path}/acknowledgment", accepted),
        storefront.call("POST", f"/v1/orders/{order_id}/cancellations", {"lines": [{"line_number": 1, "quantity": 2}]}),
        supplier.call("POST", f"{path}/shipments", parcel),
        supplier.call("POST", f"{path}/shipments", {**parcel, "tracking_number": "JJD0002"}),
        storefront.call("POST", f"/v1/orders/{order_id}/cancellations", {}),
        supplier.call("POST", f"{path}/deliveries", {}),
    ]


async def test_killed_apis_lose_no_answered_order_and_double_none(scene: Scene) -> None:
    offer = await scene.marketplace.offered(supplier=scene.supplier, supplier_sku="KILLED", on_hand=10_000)
    answered: dict[str, bytes] = {}
    broken = 0

    async def place(number: int) -> None:
        nonlocal broken
        body = order(reference=f"killed-{number}", lines=[line(offer=offer)])
        while True:
            try:
                status, content = await raw_order(scene, body=body, key=f"killed-{number}")
            except aiohttp.ClientError:
                broken += 1
                await asyncio.sleep(0.01)
                continue
            assert status == 201, content
            answered[body["reference"]] = content
            return

    async def place_some(first: int) -> None:
        for number in range(first, 240, 24):
            await place(number)

    callers = [asyncio.create_task(place_some(first)) for first in range(24)]
    for _ in range(2):
        enough = len(answered) + 40

        async def are_enough(enough: int = enough) -> bool:
            return len(answered) >= enough

        await eventually(are_enough, what="orders are placed")
        await scene.processes.kill(scene.processes.apis.pop(0))
        await scene.processes.start_api()
    await asyncio.gather(*callers)

    assert broken, "no request met its end, so the test proves nothing"
    placed = orders_in(scene.store_file)
    assert {name: placed[name] for name in answered} == dict.fromkeys(answered, 1)
    assert len([name for name in placed if name.startswith("killed-")]) == 240
    for content in list(answered.values())[::20]:
        told = msgspec.json.decode(content)
        found = await scene.marketplace.storefront.get(f"/v1/orders/{told['order_id']}")
        assert (found["reference"], found["total_minor"]) == (told["reference"], told["total_minor"])
    assert require_sound_stock(store_file=scene.store_file)


async def test_a_killed_worker_brings_each_purchase_order_to_its_supplier_once(scene: Scene) -> None:
    marketplace, processes = scene.marketplace, scene.processes
    supplier = await marketplace.active_supplier(handle="slow", character=Character.SLOW, slow_seconds=0.2, ships=False)
    connection = f"/v1/suppliers/{supplier.supplier_id}/connection"
    url = marketplace.simulated.order_acceptance_url(handle="slow")
    await supplier.caller.send("PUT", connection, {"order_acceptance_url": url, "maximum_batch": 6})
    offer = await marketplace.offered(supplier=supplier, supplier_sku="SLOW", on_hand=1_000)
    placed: list[Answered] = await asyncio.gather(
        *(marketplace.placed(lines=[line(offer=offer, quantity=2)]) for _ in range(40))
    )
    expected = {one.body["purchase_orders"][0]["purchase_order_id"] for one in placed}
    book = marketplace.simulated.entries(handle="slow")

    async def has_begun() -> bool:
        return len(book) >= 6

    await eventually(has_begun, what="the supplier has got some")
    await processes.kill(processes.worker)
    assert len(book) < 40, "the worker was done before it was killed, so the test proves nothing"
    await processes.start_worker()

    async def all_accepted() -> bool:
        page = await supplier.caller.get("/v1/purchase-orders?limit=500")
        return Counter(one["state"] for one in page["purchase_orders"]) == {"accepted": len(expected)}

    await eventually(all_accepted, what="every purchase order is accepted")
    assert set(book) == expected
    assert sum(entry.units for entry in book.values()) == 80
    assert require_sound_stock(store_file=scene.store_file)
