"""Goods come back, shoppers complain: through the HTTP API, with the marketplace's own work running."""

from __future__ import annotations

from typing import Any

from openaisle_examples.storefront import SimulatedStorefront

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, line
from tests.support.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"broken" * 3


async def bought(marketplace: RunningMarketplace, *, quantity: int = 2) -> tuple[ActiveSupplier, dict[str, Any], str]:
    supplier = await marketplace.active_supplier(handle="potter")
    offer = await marketplace.offered(supplier=supplier)
    placed = await marketplace.placed(lines=[line(offer=offer, quantity=quantity, shipping_minor=501)])
    assert placed.status == 201, placed
    order_id = placed.body["order_id"]
    await marketplace.order_state(order_id=order_id, state="delivered")
    return supplier, offer, order_id


async def test_goods_come_back_are_on_sale_again_and_the_shopper_is_paid(marketplace: RunningMarketplace) -> None:
    async with SimulatedStorefront() as told:
        registered = await marketplace.storefront.post("/v1/webhook-endpoints", {"url": told.url})
        told.trust(signing_secret=registered["signing_secret"])
        supplier, offer, order_id = await bought(marketplace)
        wanted = {"reference": "RET-1", "lines": [{"line_number": 1, "quantity": 1, "reason": "changed_mind"}]}
        asked = await marketplace.storefront.post(f"/v1/orders/{order_id}/returns", wanted)
        again = await marketplace.storefront.post(f"/v1/orders/{order_id}/returns", wanted)
        assert again == asked
        (one,) = asked["returns"]
        assert one["state"] == "authorized"
        path = f"/v1/returns/{one['return_id']}"
        label = await marketplace.storefront.get(f"{path}/label")
        assert label["send_to"]["city"] == "São Paulo"
        printed = await marketplace.storefront.call("GET", f"{path}/label?form=pdf")
        assert printed.body.startswith(b"%PDF-")
        parcel = {"carrier": "DHL", "tracking_number": "JJD000002"}
        await marketplace.storefront.post(f"{path}/parcel", parcel)
        before = (await marketplace.operator.get(f"/v1/inventory?offer_id={offer['offer_id']}"))["inventory"][0]
        came = {"reference": "IN-1", "lines": [{"line_number": 1, "quantity": 1, "condition": "as_new"}]}
        received = await supplier.caller.post(f"{path}/receipts", came)
        after = (await marketplace.operator.get(f"/v1/inventory?offer_id={offer['offer_id']}"))["inventory"][0]
        assert after["locations"][0]["on_hand"] == before["locations"][0]["on_hand"] + 1
        (unpaid,) = (await marketplace.storefront.get("/v1/refunds"))["refunds"]
        assert (unpaid["refund_id"], unpaid["amount_minor"]) == (received["refund_id"], 1299 + 250)
        paid = {"payment_reference": "PAY-1"}
        await marketplace.storefront.post(f"/v1/refunds/{unpaid['refund_id']}/payment", paid)
        assert (await supplier.caller.get(path))["state"] == "refunded"
        book = await marketplace.storefront.get(f"/v1/orders/{order_id}/returns")
        (shown,) = book["lines"]
        assert (shown["returned"], shown["returnable"], shown["refunded_minor"]) == (1, 1, 1549)
        whole = await marketplace.storefront.get(f"/v1/orders/{order_id}")
        assert [line["returned"] for line in whole["lines"]] == [1]
        (listed,) = (await marketplace.storefront.get("/v1/orders"))["orders"]
        assert [line["returned"] for line in listed["lines"]] == [None]

        async def heard() -> bool:
            return "return.refunded" in told.report().by_type

        await eventually(heard, what="the refund is told")
    steps = ("return.requested", "return.authorized", "return.sent_back", "return.received", "return.refunded")
    assert {step: told.report().by_type.get(step) for step in steps} == dict.fromkeys(steps, 1)
    assert told.report().by_type["refund.requested"] == told.report().by_type["refund.paid"] == 1


async def test_a_faulty_product_is_replaced_by_itself(marketplace: RunningMarketplace) -> None:
    supplier, _, order_id = await bought(marketplace)
    back = [{"line_number": 1, "quantity": 2, "reason": "defective"}]
    wanted = {"reference": "RET-1", "wish": "replacement", "lines": back}
    (one,) = (await marketplace.storefront.post(f"/v1/orders/{order_id}/returns", wanted))["returns"]
    path = f"/v1/returns/{one['return_id']}"
    came = {"reference": "IN-1", "lines": [{"line_number": 1, "quantity": 2, "condition": "damaged"}]}
    await supplier.caller.post(f"{path}/receipts", came)

    async def replaced() -> dict[str, Any] | None:
        found = await marketplace.storefront.get(path)
        return found if found["state"] == "replaced" else None

    done = await eventually(replaced, what="the goods are ordered again")
    order = await marketplace.order_state(order_id=done["replacement_order_id"], state="delivered")
    assert (order["total_minor"], order["lines"][0]["quantity"]) == (0, 2)
    assert (await marketplace.storefront.get("/v1/refunds"))["refunds"] == []


async def test_a_complaint_is_talked_over_and_settled_with_a_refund(marketplace: RunningMarketplace) -> None:
    supplier, _, order_id = await bought(marketplace)
    told = {"reference": "INC-1", "kind": "damaged", "text": "Broken. Write to ana@example.com."}
    incident = await marketplace.storefront.post(f"/v1/orders/{order_id}/incidents", told)
    path = f"/v1/incidents/{incident['incident_id']}"
    assert incident["state"] == "waiting_for_supplier"
    picture = {"Content-Type": "image/png"}
    added = await marketplace.storefront.call("POST", f"{path}/files?file_name=a.png", raw=PNG, headers=picture)
    assert added.status == 201
    shown = await supplier.caller.get(path)
    assert shown["messages"][0]["text"] == "Broken. Write to [e-mail address hidden]."
    file = await supplier.caller.call("GET", f"{path}/files/{shown['attachments'][0]['attachment_id']}")
    assert file.body == PNG
    await supplier.caller.post(f"{path}/messages", {"reference": "M-1", "text": "We are sorry."})
    too_much = {"outcome": "refunded", "refund": [{"line_number": 1, "amount_minor": 3 * 1299}]}
    refused = await supplier.caller.call("POST", f"{path}/resolution", too_much)
    assert (refused.status, refused.code) == (409, "refund-too-large")
    settled = {"outcome": "refunded", "refund": [{"line_number": 1, "amount_minor": 400}], "reason": "Sorry."}
    done = await supplier.caller.post(f"{path}/resolution", settled)
    assert (done["state"], done["resolution"]["refund_minor"]) == ("resolved", 400)
    (refund,) = (await marketplace.storefront.get("/v1/refunds"))["refunds"]
    assert (refund["cause"], refund["cause_id"]) == ("incident", incident["incident_id"])
    (listed,) = (await marketplace.operator.get("/v1/incidents"))["incidents"]
    assert listed["incident_id"] == incident["incident_id"]
