"""Simulated suppliers: each character, nothing entered twice, and nothing lost by being killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openaisle_examples.suppliers import Character, SimulatedSuppliers, SupplierSetup
from openaisle_examples.suppliers.character import is_down

from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from tests.factories.simulated import KEY, SECRET, FakeMarketplace, called, document
from tests.support.waiting import eventually

QUICK = {"gathers_seconds": 0.01, "acknowledges_after_seconds": 0.01}


def setup(character: Character = Character.PROMPT, *, handle: str = "bergmann", **given: Any) -> SupplierSetup:
    return SupplierSetup(handle=handle, character=character, signing_secrets=(SECRET,), **(QUICK | given))


@pytest.fixture
async def suppliers() -> AsyncIterator[SimulatedSuppliers]:
    async with SimulatedSuppliers() as suppliers:
        yield suppliers


@pytest.fixture
async def marketplace() -> AsyncIterator[FakeMarketplace]:
    async with FakeMarketplace() as marketplace:
        yield marketplace


async def ordered(suppliers: SimulatedSuppliers, *documents: dict[str, Any], handle: str = "bergmann") -> list[Any]:
    url = suppliers.order_acceptance_url(handle=handle)
    status, answer = await called(url, {"purchase_orders": list(documents)})
    assert status == 200
    acknowledgments: list[Any] = answer["acknowledgments"]
    return acknowledgments


async def test_a_prompt_supplier_accepts_and_has_stock(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(on_hand=7))
    assert await ordered(suppliers, document()) == [{"purchase_order_id": "po_1", "decision": "accepted"}]
    _, stock = await called(suppliers.inventory_url(handle="bergmann"), {"supplier_skus": ["A", "B"]})
    assert stock["stock_levels"] == [
        {"supplier_sku": "A", "location": "default", "on_hand": 7},
        {"supplier_sku": "B", "location": "default", "on_hand": 7},
    ]


async def test_a_repeated_purchase_order_is_entered_once_and_answered_the_same(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(Character.CHOOSY, rejects_percent=50))
    documents = [document(f"po_{number}", lines=2) for number in range(20)]
    first = await ordered(suppliers, *documents)
    assert {one["decision"] for one in first} == {"accepted", "rejected"}
    assert await ordered(suppliers, *documents) == first
    report = suppliers.report()["bergmann"]
    assert (report.purchase_orders, report.repeats) == (20, 20)
    assert (report.units, report.items_minor, report.shipping_minor) == (80, 40_000, 3_600)
    assert report.accepted + report.rejected == 20


async def test_a_choosy_supplier_rejects_about_as_many_as_it_should(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(Character.CHOOSY))
    answers = await ordered(suppliers, *(document(f"po_{number}") for number in range(400)))
    rejected = sum(answer["decision"] == "rejected" for answer in answers)
    assert 20 <= rejected <= 60


async def test_a_supplier_may_reject_one_line_of_several(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(Character.PARTIAL))
    whole, partial = await ordered(suppliers, document("po_1"), document("po_2", lines=3))
    assert whole["decision"] == "accepted"
    assert partial["decision"] == "partial"
    assert sorted(line["decision"] for line in partial["lines"]) == ["accepted", "accepted", "rejected"]


async def test_a_supplier_that_is_out_of_stock_says_so_twice(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(Character.OUT_OF_STOCK))
    (answer,) = await ordered(suppliers, document())
    assert answer["decision"] == "rejected"
    _, stock = await called(suppliers.inventory_url(handle="bergmann"), {"supplier_skus": ["A"]})
    assert stock["stock_levels"][0]["on_hand"] == 0


async def test_a_silent_supplier_hangs(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(Character.SILENT))
    with pytest.raises(TimeoutError):
        await called(suppliers.order_acceptance_url(handle="bergmann"), {"purchase_orders": []}, timeout_seconds=0.1)


async def test_a_slow_supplier_answers_in_the_end(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup(Character.SLOW, slow_seconds=0.05))
    assert (await ordered(suppliers, document()))[0]["decision"] == "accepted"


async def test_a_supplier_that_is_down_enters_nothing(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup())
    suppliers.go_down(handle="bergmann", seconds=60)
    url = suppliers.order_acceptance_url(handle="bergmann")
    assert (await called(url, {"purchase_orders": [document()]}))[0] == 503
    suppliers.go_down(handle="bergmann", seconds=0)
    await ordered(suppliers, document())
    assert suppliers.report()["bergmann"].repeats == 0


def test_a_flapping_supplier_is_up_first_and_then_down():
    flapping = setup(Character.FLAPPING, down_seconds=10, down_every_seconds=30)
    assert [is_down(setup=flapping, seconds=seconds) for seconds in (0, 19, 20, 29, 30, 51)] == [
        False,
        False,
        True,
        True,
        False,
        True,
    ]


async def test_a_request_that_is_not_signed_rightly_enters_nothing(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup())
    url = suppliers.order_acceptance_url(handle="bergmann")
    body = {"purchase_orders": [document()]}
    old = datetime.now(UTC) - timedelta(minutes=6)
    assert (await called(url, body, secret=StandardWebhooksSigner().new_secret()))[0] == 401
    assert (await called(url, body, at=old))[0] == 401
    report = suppliers.report()["bergmann"]
    assert (report.purchase_orders, report.counts.refused_signatures) == (0, 2)


async def test_a_large_batch_is_read_whole(suppliers: SimulatedSuppliers):
    suppliers.add(setup=setup())
    answers = await ordered(suppliers, *(document(f"po_{number}", lines=5) for number in range(500)))
    assert len(answers) == 500


@pytest.mark.parametrize("body", [{}, {"purchase_orders": [{}]}, [], {"purchase_orders": "all"}])
async def test_a_body_that_is_no_purchase_order_is_refused(suppliers: SimulatedSuppliers, body: object):
    suppliers.add(setup=setup())
    assert (await called(suppliers.order_acceptance_url(handle="bergmann"), body))[0] == 400


async def test_nobody_answers_for_a_supplier_that_is_not_played(suppliers: SimulatedSuppliers):
    assert (await called(suppliers.order_acceptance_url(handle="nobody"), {}))[0] == 404
    assert (await called(f"{suppliers.base_url}/elsewhere", {}))[0] == 404


async def test_what_was_accepted_is_shipped_and_delivered_once(marketplace: FakeMarketplace):
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[setup(api_key=KEY)]) as suppliers:
        for number in range(30):
            marketplace.has(f"po_{number}", state="sent")
        await ordered(suppliers, *(document(f"po_{number}") for number in range(30)))
        # The marketplace notes the answer a moment after the supplier gave it.
        for number in range(30):
            marketplace.has(f"po_{number}", state="accepted")
        await eventually(lambda: marketplace.all_are("delivered"), what="all are delivered")
        assert set(marketplace.effects.values()) == {1}
        assert marketplace.calls["POST /v1/shipments"] < 30


async def test_a_parcel_that_comes_too_early_is_reported_again(marketplace: FakeMarketplace):
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[setup(api_key=KEY)]) as suppliers:
        marketplace.has("po_1", state="sent")
        await ordered(suppliers, document("po_1"))

        async def refused_once() -> bool:
            return marketplace.calls["POST /v1/shipments"] > 0

        await eventually(refused_once, what="a first report of the parcel")
        marketplace.has("po_1", state="accepted")
        await eventually(lambda: marketplace.all_are("delivered"), what="it is delivered")


async def test_outages_and_lost_answers_double_nothing(marketplace: FakeMarketplace):
    marketplace.outages = 3
    marketplace.lost_answers = 2
    for number in range(5):
        marketplace.has(f"po_{number}", state="accepted")
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[setup(api_key=KEY)]):
        await eventually(lambda: marketplace.all_are("delivered"), what="all are delivered")
    assert set(marketplace.effects.values()) == {1}
    assert all(len(numbers) == 1 for numbers in marketplace.tracking_numbers.values())


@pytest.mark.parametrize("state", ["canceled", "expired", "rejected"])
async def test_what_ended_otherwise_is_not_shipped(marketplace: FakeMarketplace, state: str):
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[setup(api_key=KEY)]) as suppliers:
        marketplace.has("po_1", state=state)
        await ordered(suppliers, document("po_1"))

        async def is_off_the_desk() -> bool:
            return suppliers.waiting == 0

        await eventually(is_off_the_desk, what="it is off the desk")
    assert not marketplace.effects


async def test_a_supplier_that_answers_later_does_so_line_by_line(marketplace: FakeMarketplace):
    later = setup(Character.LATER, api_key=KEY)
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[later]) as suppliers:
        marketplace.has("po_1", state="created", lines=2)
        assert await ordered(suppliers, document("po_1", lines=2)) == [
            {"purchase_order_id": "po_1", "decision": "later"}
        ]

        async def looked() -> bool:
            return marketplace.calls["GET /v1/purchase-orders/po_1"] > 0

        await eventually(looked, what="a first look")
        marketplace.has("po_1", state="sent", lines=2)
        await eventually(lambda: marketplace.all_are("delivered"), what="it is delivered")
    assert marketplace.acknowledged["po_1"] == [
        {"line_number": 1, "decision": "accepted"},
        {"line_number": 2, "decision": "accepted"},
    ]
    assert set(marketplace.effects.values()) == {1}


async def test_a_process_started_anew_goes_on_with_what_is_open(marketplace: FakeMarketplace, tmp_path: Path):
    journal = tmp_path / "journal"
    later = setup(Character.LATER, api_key="")
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[later], journal=journal) as suppliers:
        await ordered(suppliers, document("po_1"), document("po_2"))
        await ordered(suppliers, document("po_2"))
    # A torn line at the end of the journal is a purchase order that was never answered for.
    with journal.open("ab") as file:
        file.write(b'["bergmann",{"purchase')
    marketplace.has("po_1", state="sent")
    marketplace.has("po_2", state="accepted")
    marketplace.has("po_3", state="shipped")
    marketplace.has("po_4", state="delivered")
    again = setup(Character.LATER, api_key=KEY)
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[again], journal=journal) as suppliers:
        await eventually(lambda: marketplace.all_are("delivered"), what="all are delivered")
        await ordered(suppliers, document("po_1"))
    async with SimulatedSuppliers(marketplace_url=marketplace.url, setups=[again], journal=journal) as suppliers:
        report = suppliers.report()["bergmann"]
    assert (report.purchase_orders, report.repeats) == (2, 2)
    assert marketplace.effects == {
        ("acknowledge", "po_1"): 1,
        ("ship", "po_1"): 1,
        ("deliver", "po_1"): 1,
        ("ship", "po_2"): 1,
        ("deliver", "po_2"): 1,
        ("deliver", "po_3"): 1,
    }
