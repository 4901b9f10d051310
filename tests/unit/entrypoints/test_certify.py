"""The test bench against suppliers that do right and wrong, each over a real socket."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from openaisle_examples.suppliers import Character, SimulatedSuppliers, SupplierSetup

from openaisle.bootstrap import calling_tools
from openaisle.entrypoints.certify.bench import Addresses, Bench
from openaisle.entrypoints.certify.run import Verdict, played
from openaisle.entrypoints.certify.scenarios import SCENARIOS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def verdicts(*, addresses: Addresses, only: str = "") -> dict[str, Any]:
    async with calling_tools(private_hosts=("127.0.0.1",)) as tools:
        bench = Bench(
            addresses=addresses, caller=tools.caller, signer=tools.signer, clock=tools.clock, entropy=os.urandom
        )
        scenarios = [one for one in SCENARIOS if only in (one.name, "")]
        return {one.name: one async for one in played(bench=bench, scenarios=scenarios)}


def addresses_of(suppliers: SimulatedSuppliers, **given: Any) -> Addresses:
    facts = {
        "order_acceptance_url": suppliers.order_acceptance_url(handle="one"),
        "inventory_url": suppliers.inventory_url(handle="one"),
        "cancellation_url": suppliers.cancellation_url(handle="one"),
        "secret": SECRET,
        "sku": "MUG-1",
        "timeout_seconds": 2.0,
    }
    return Addresses(**(facts | given))


async def test_a_supplier_that_does_right_passes_everything() -> None:
    setup = SupplierSetup(handle="one", signing_secrets=(SECRET,), assortment=("MUG-1",))
    async with SimulatedSuppliers(setups=[setup]) as suppliers:
        found = await verdicts(addresses=addresses_of(suppliers))
    assert len(found) >= 20
    assert {name: one.detail for name, one in found.items() if one.verdict is not Verdict.PASSED} == {}


async def test_what_has_no_address_is_skipped() -> None:
    setup = SupplierSetup(handle="one", signing_secrets=(SECRET,), assortment=("MUG-1",))
    async with SimulatedSuppliers(setups=[setup]) as suppliers:
        found = await verdicts(addresses=addresses_of(suppliers, inventory_url=None), only="stock")
    assert found["stock"].verdict is Verdict.SKIPPED
    assert found["stock"].detail == "--inventory-url was not given."


@pytest.mark.parametrize(
    ("setup", "failing"),
    [
        ({"signing_secrets": ()}, {"unsigned", "wrong-signature", "altered-body", "old-timestamp", "future-timestamp"}),
        ({"character": Character.OUT_OF_STOCK}, {"good-order", "unknown-beside-known"}),
        ({"character": Character.GARBAGE}, {"good-order", "same-order-twice", "big-batch"}),
        ({"character": Character.ERROR_INSIDE}, {"good-order", "many-lines", "any-script"}),
        ({"character": Character.PRICE_CHANGER}, {"good-order"}),
        ({"assortment": ()}, {"unknown-sku"}),
        ({"character": Character.SLOW, "slow_seconds": 1.2}, {"fast-enough"}),
    ],
)
async def test_what_a_supplier_does_wrong_is_found(setup: dict[str, Any], failing: set[str]) -> None:
    facts = {"handle": "one", "signing_secrets": (SECRET,), "assortment": ("MUG-1",)} | setup
    async with SimulatedSuppliers(setups=[SupplierSetup(**facts)]) as suppliers:
        for name in failing:
            found = await verdicts(addresses=addresses_of(suppliers), only=name)
            assert found[name].verdict is Verdict.FAILED, found[name]
            assert found[name].detail
            assert found[name].mend


async def served(answer: Callable[[list[dict[str, Any]]], Awaitable[web.Response]], *, only: str) -> Any:
    """Return the verdict on a server that is called with the purchase orders of each call."""

    async def handle(request: web.BaseRequest) -> web.Response:
        return await answer(msgspec.json.decode(await request.read()).get("purchase_orders", []))

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/orders"
    try:
        return (await verdicts(addresses=Addresses(order_acceptance_url=url, secret=SECRET, sku="A"), only=only))[only]
    finally:
        await runner.cleanup()


async def test_an_answer_that_changes_when_the_order_comes_again_is_found() -> None:
    seen: set[str] = set()

    async def forgetful(documents: list[dict[str, Any]]) -> web.Response:
        answers = []
        for one in documents:
            decision = "rejected" if one["purchase_order_id"] in seen else "accepted"
            seen.add(one["purchase_order_id"])
            answers.append({"purchase_order_id": one["purchase_order_id"], "decision": decision})
        return web.json_response({"acknowledgments": answers})

    for only in ("same-order-twice", "same-order-other-batch", "same-order-at-once"):
        outcome = await served(forgetful, only=only)
        assert outcome.verdict is Verdict.FAILED
        assert "accepted first and rejected" in outcome.detail


async def test_orders_that_are_left_out_of_the_answer_are_found() -> None:
    async def half(documents: list[dict[str, Any]]) -> web.Response:
        answers = [{"purchase_order_id": one["purchase_order_id"], "decision": "accepted"} for one in documents[::2]]
        return web.json_response({"acknowledgments": answers})

    outcome = await served(half, only="big-batch")
    assert outcome.detail.startswith("25 of 50 purchase orders are not answered")


async def test_a_server_that_is_not_there_is_told_as_such() -> None:
    addresses = Addresses(order_acceptance_url="http://127.0.0.1:9/orders", secret=SECRET, sku="A")
    outcome = (await verdicts(addresses=addresses, only="good-order"))["good-order"]
    assert outcome.verdict is Verdict.FAILED
    assert "could not be reached" in outcome.detail


def test_every_scenario_has_a_name_of_its_own_and_says_how_to_mend() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
    assert all(one.mend.endswith(".") and one.title for one in SCENARIOS)
