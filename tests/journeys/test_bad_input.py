"""Whatever is wrong with a request, its problem is named, with the place and the mend, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.marketplace import Answered, RunningMarketplace, line, order
from tests.support.waiting import eventually

KEY = {"Idempotency-Key": "key-1"}


async def counts(*, marketplace: RunningMarketplace) -> tuple[int, int]:
    """Return how many orders there are and how much stock is reserved."""
    orders = await marketplace.storefront.get("/v1/orders?limit=500")
    offers = await marketplace.operator.get("/v1/offers?limit=500")
    reserved = sum(location["reserved"] for offer in offers["offers"] for location in offer["locations"])
    return len(orders["orders"]), reserved


def is_explained(answered: Answered) -> bool:
    problem = answered.body
    return (
        answered.headers["content-type"] == "application/problem+json"
        and problem["status"] == answered.status
        and problem["mend"] != ""
        and problem["type"] == f"/problems/{problem['code']}"
        and problem["correlation_id"] == answered.headers["x-correlation-id"]
    )


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"unknown_field": 1}, 422, "request-invalid", "/unknown_field"),
        ({"reference": 5}, 422, "request-invalid", "/reference"),
        ({"reference": "x" * 1_000}, 422, "request-invalid", "/reference"),
        ({"reference": "a\x00b"}, 422, "request-invalid", "/reference"),
        ({"currency": "EURO"}, 422, "request-invalid", "/currency"),
        ({"lines": []}, 422, "request-invalid", "/lines"),
        ({"ship_to": None}, 422, "request-invalid", "/ship_to"),
    ],
)
async def test_an_order_that_breaks_its_form(
    marketplace: RunningMarketplace, changes: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    body = order(**{"lines": [{"offer_id": "off_1", "quantity": 1, "unit_price_minor": 1}], **changes})
    answered = await marketplace.storefront.call("POST", "/v1/orders", body, headers=KEY)
    assert (answered.status, answered.code, answered.pointers) == (status, code, [pointer])
    assert is_explained(answered)
    assert await counts(marketplace=marketplace) == (0, 0)


async def test_quantities_prices_offers_and_currencies_that_cannot_be(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="careful", ships=False)
    offer = await marketplace.offered(supplier=supplier)
    good = line(offer=offer)
    for lines, currency, statuses, pointer in [
        ([{**good, "quantity": 0}], "BRL", {422}, "/lines/0/quantity"),
        ([{**good, "quantity": -1}], "BRL", {422}, "/lines/0/quantity"),
        ([{**good, "quantity": 10**9}], "BRL", {422}, "/lines/0/quantity"),
        ([{**good, "quantity": 1.5}], "BRL", {422}, "/lines/0/quantity"),
        ([{**good, "unit_price_minor": -5}], "BRL", {422}, "/lines/0/unit_price_minor"),
        ([{**good, "unit_price_minor": 10**30}], "BRL", {422}, "/lines/0/unit_price_minor"),
        ([good] * 91, "BRL", {422}, "/lines"),
        ([good], "USD", {409, 422}, None),
        ([good], "XXY", {422}, None),
        ([{**good, "offer_id": "off_0000000000000000000000000x"}], "BRL", {404, 409, 422}, None),
        ([{**good, "offer_id": None}], "BRL", {422}, None),
        ([{**good, "quantity": 101}], "BRL", {409}, None),
    ]:
        answered = await marketplace.placed(lines=lines, currency=currency)
        assert answered.status in statuses, (lines[0], currency, answered)
        assert is_explained(answered), answered
        if pointer is not None:
            assert answered.pointers == [pointer]
        assert await counts(marketplace=marketplace) == (0, 0)


async def test_an_offer_that_is_paused_or_whose_supplier_is_suspended_is_not_sold(
    marketplace: RunningMarketplace,
) -> None:
    supplier = await marketplace.active_supplier(handle="paused", ships=False)
    offer = await marketplace.offered(supplier=supplier)
    path = f"/v1/offers/{offer['offer_id']}/state"
    await supplier.caller.post(path, {"state": "paused"})
    refused = await marketplace.placed(lines=[line(offer=offer)])
    assert refused.status in {409, 422}, refused
    assert is_explained(refused)
    await supplier.caller.post(path, {"state": "active"})
    await marketplace.operator.post(f"/v1/suppliers/{supplier.supplier_id}/suspension", {"reason": "Late too often."})

    async def refused_again() -> Answered | None:
        # What is known of a supplier may be a second old, so an order may still get through.
        answered = await marketplace.placed(lines=[line(offer=offer)])
        return answered if answered.status != 201 else None

    suspended = await eventually(refused_again, what="an order to a suspended supplier is refused")
    assert suspended.status in {409, 422}, suspended
    assert is_explained(suspended)


async def test_a_reference_can_be_used_once(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="once", ships=False)
    offer = await marketplace.offered(supplier=supplier)
    first = await marketplace.placed(reference="shop-7", lines=[line(offer=offer)])
    again = await marketplace.placed(reference="shop-7", lines=[line(offer=offer, quantity=2)])
    assert (first.status, again.status) == (201, 409)
    assert is_explained(again)
    assert await counts(marketplace=marketplace) == (1, 1)


async def test_a_key_with_another_body_is_refused(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="keyed", ships=False)
    offer = await marketplace.offered(supplier=supplier)
    first = await marketplace.placed(key="k-1", reference="shop-1", lines=[line(offer=offer)])
    other = await marketplace.placed(key="k-1", reference="shop-2", lines=[line(offer=offer)])
    assert first.status == 201
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    assert is_explained(other)
    assert await counts(marketplace=marketplace) == (1, 1)


async def test_requests_that_are_no_requests(marketplace: RunningMarketplace) -> None:
    json = {**KEY, "Content-Type": "application/json"}
    shop = marketplace.storefront
    for raw, headers, status, code in [
        (b"{", json, 400, "malformed-json"),
        (b"", json, 400, "malformed-json"),
        (b"\xff\xfe", json, 400, "malformed-json"),
        (b'{"reference":"\\ud800"}', json, 400, "malformed-json"),
        (b"[" * 100_000, json, 422, "request-invalid"),
        (b'{"reference":' + b"[" * 100_000, json, 422, "request-invalid"),
        (b"{}", {**KEY, "Content-Type": "text/plain"}, 415, "content-type-unsupported"),
        (b"{}", {"Content-Type": "application/json"}, 400, "idempotency-key-missing"),
        (b"{}", {**json, "Idempotency-Key": "x" * 201}, 400, "idempotency-key-malformed"),
        (b" " * 5_000_000, json, 413, "body-too-large"),
    ]:
        answered = await shop.call("POST", "/v1/orders", raw=raw, headers=headers)
        assert (answered.status, answered.code) == (status, code), (raw[:40], answered)
        assert is_explained(answered)
    for method, path, status in [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/orders", 405),
        ("GET", "/v1/orders/ord_unknown", 404),
        ("GET", "/v1/orders/%00", 404),
        ("GET", "/v1/orders/" + "x" * 3_000, 404),
        ("GET", "/v1/products/prd_unknown", 404),
        ("GET", "/v1/orders?limit=0", 422),
        ("GET", "/v1/orders?after=nonsense", 422),
        ("GET", "/v1/orders?nonsense=1", 422),
        ("GET", "/v1/orders?day=yesterday", 422),
    ]:
        answered = await shop.call(method, path)
        assert answered.status == status, (path[:60], answered)
        assert is_explained(answered)
    assert await counts(marketplace=marketplace) == (0, 0)


async def test_keys_that_are_not_good(marketplace: RunningMarketplace) -> None:
    key = marketplace.storefront.key or ""
    for header, code in [
        (None, "key-missing"),
        ("Bearer ", "key-missing"),
        ("Bearer nonsense", "key-unknown"),
        (f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}", "key-unknown"),
        (f"Bearer {key.replace('storefront', 'operator')}", "key-unknown"),
        ("Basic abc", "authorization-malformed"),
    ]:
        headers = {} if header is None else {"Authorization": header}
        answered = await marketplace.anyone.call("GET", "/v1/orders", headers=headers)
        assert (answered.status, answered.code) == (401, code), header
        assert is_explained(answered)


async def test_a_transition_that_the_state_does_not_allow_changes_nothing(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="done")
    offer = await marketplace.offered(supplier=supplier)
    placed = await marketplace.placed(lines=[line(offer=offer)])
    delivered = await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    purchase_order_id = delivered["purchase_orders"][0]["purchase_order_id"]
    for caller, path, body in [
        (
            supplier.caller,
            f"/v1/purchase-orders/{purchase_order_id}/acknowledgment",
            {"lines": [{"line_number": 1, "decision": "rejected"}]},
        ),
        (
            supplier.caller,
            f"/v1/purchase-orders/{purchase_order_id}/shipments",
            {"carrier": "DHL", "tracking_number": "JJD99", "lines": [{"line_number": 1, "quantity": 1}]},
        ),
        (
            marketplace.storefront,
            f"/v1/orders/{placed.body['order_id']}/cancellations",
            {"lines": [{"line_number": 1, "quantity": 1}], "reason": "Too late."},
        ),
        (marketplace.operator, f"/v1/suppliers/{supplier.supplier_id}/reinstatement", {"reason": "Not suspended."}),
    ]:
        answered = await caller.call("POST", path, body)
        assert answered.status in {409, 422}, (path, answered)
        assert is_explained(answered)
    after = await marketplace.storefront.get(f"/v1/orders/{placed.body['order_id']}")
    # The attempts are told in the timeline; nothing else has changed.
    told = [entry for entry in after["timeline"] if entry not in delivered["timeline"]]
    assert {entry["action"] for entry in told} == {"refused"}
    assert len(after["timeline"]) == len(delivered["timeline"]) + len(told)
    assert {**after, "timeline": None} == {**delivered, "timeline": None}
