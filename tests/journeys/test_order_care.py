"""What a storefront says of an order, by which road, and what may be done to the order afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.journeys.marketplace import Answered, RunningMarketplace, line, order
from tests.support.waiting import eventually

ADDRESS = {
    "name": "Ana Souza",
    "street_lines": ["Rua das Flores 12"],
    "city": "Curitiba",
    "postal_code": "80010-000",
    "country": "BR",
}
UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>{reference}</cbc:ID><cbc:IssueDate>2026-11-23</cbc:IssueDate>
 <cbc:DocumentCurrencyCode>BRL</cbc:DocumentCurrencyCode>
 <cac:Delivery><cac:DeliveryLocation><cac:Address><cbc:StreetName>Rua das Flores 12</cbc:StreetName>
  <cbc:CityName>Curitiba</cbc:CityName><cbc:PostalZone>80010-000</cbc:PostalZone>
  <cac:Country><cbc:IdentificationCode>BR</cbc:IdentificationCode></cac:Country></cac:Address></cac:DeliveryLocation>
  <cac:DeliveryParty><cac:PartyName><cbc:Name>Ana Souza</cbc:Name></cac:PartyName></cac:DeliveryParty></cac:Delivery>
 <cac:OrderLine><cac:LineItem><cbc:ID>1</cbc:ID><cbc:Quantity unitCode="C62">{quantity}</cbc:Quantity>
  <cac:Price><cbc:PriceAmount currencyID="BRL">12.99</cbc:PriceAmount></cac:Price>
  <cac:Item><cac:SellersItemIdentification><cbc:ID>{offer_id}</cbc:ID></cac:SellersItemIdentification></cac:Item>
 </cac:LineItem></cac:OrderLine></Order>"""


async def waiting_order(marketplace: RunningMarketplace, **changes: Any) -> dict[str, Any]:
    """Place an order that its supplier will not get for now, as it is quiet there all day."""
    supplier = await marketplace.active_supplier(handle="bergmann")
    now = datetime.now(tz=UTC)
    hours = {"starts": f"{now - timedelta(hours=1):%H:%M}", "ends": f"{now + timedelta(hours=12):%H:%M}"}
    await supplier.caller.send(
        "PUT",
        f"/v1/suppliers/{supplier.supplier_id}/connection",
        {
            "order_acceptance_url": marketplace.simulated.order_acceptance_url(handle="bergmann"),
            "quiet_hours": hours,
        },
    )
    offer = await marketplace.offered(supplier=supplier)
    placed = await marketplace.placed(lines=[line(offer=offer)], **changes)
    assert placed.status == 201, placed
    return {**placed.body, "offer": offer}


async def care(marketplace: RunningMarketplace, method: str, order_id: str, deed: str, body: object) -> Answered:
    return await marketplace.storefront.call(method, f"/v1/orders/{order_id}/{deed}", body)


async def sent_as_file(marketplace: RunningMarketplace, content: str) -> list[dict[str, Any]]:
    """Send a file of orders and return what became of each, once all are settled."""
    answered = await marketplace.storefront.call(
        "POST", "/v1/order-files?file_name=orders", raw=content.encode(), headers={"Content-Type": "text/plain"}
    )
    assert answered.status == 202, answered
    path = f"/v1/order-files/{answered.body['file_id']}"

    async def applied() -> bool:
        found: dict[str, Any] = await marketplace.storefront.get(path)
        return bool(found["state"] == "applied")

    await eventually(applied, what="the file is applied")
    results: list[dict[str, Any]] = (await marketplace.storefront.get(f"{path}/results"))["results"]
    report = await marketplace.storefront.get(f"{path}/report")
    assert results[0]["reference"] in report.decode()
    return results


async def sent_as_event(marketplace: RunningMarketplace, *, identifier: str, data: object) -> dict[str, Any]:
    event = {"specversion": "1.0", "id": identifier, "source": "/shop", "type": "order.requested", "data": data}
    answered = await marketplace.storefront.call(
        "POST",
        "/v1/order-events",
        raw=msgspec.json.encode(event),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    assert answered.status == 200, answered
    result: dict[str, Any] = answered.body["results"][0]
    return result


async def test_an_order_says_all_that_its_shopper_asked_for_and_paid(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    offer = await marketplace.offered(supplier=supplier)
    today = datetime.now(tz=UTC).date()
    wanted = {"not_before": str(today), "not_after": str(today + timedelta(days=60))}
    asked: dict[str, Any] = {
        "lines": [line(offer=offer, quantity=2, shipping_minor=500, tax_minor=310, discount_minor=100)],
        "requested_delivery": wanted,
        "shipping_option": "express",
        "payment_reference": "pay-4711",
        "contact": {"name": "Bia Souza", "email": "bia@example.com", "language": "pt-BR"},
        "total_minor": 2 * 1299 + 500 + 310 - 100,
    }
    wrong = await marketplace.placed(**{**asked, "total_minor": 1})
    assert wrong.code == "order-total-differs"
    past = await marketplace.placed(**{**asked, "requested_delivery": {"not_after": "2020-01-01"}})
    assert past.code == "requested-delivery-invalid"
    placed = await marketplace.placed(**asked)
    assert placed.status == 201, placed
    shown = await marketplace.storefront.get(f"/v1/orders/{placed.body['order_id']}")
    assert (shown["shipping_option"], shown["payment_reference"]) == ("express", "pay-4711")
    assert shown["requested_delivery"] == wanted
    assert shown["contact"]["email"] == "bia@example.com"
    assert shown["total_minor"] == asked["total_minor"]
    assert (shown["lines"][0]["tax_minor"], shown["lines"][0]["discount_minor"]) == (310, 100)


async def test_one_reference_is_one_order_whatever_road_it_comes_by(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann", ships=False)
    offer = await marketplace.offered(supplier=supplier)
    ordered = order(
        ship_to=ADDRESS,
        lines=[{"line_number": 1, "offer_id": offer["offer_id"], "quantity": 2, "unit_price_minor": 1299}],
    )
    first = await sent_as_event(marketplace, identifier="1", data=ordered)
    assert first["status"] == "placed", first
    again = await marketplace.placed(**ordered)
    assert again.body["order_id"] == first["order_id"], again
    columns = "reference,currency,line_number,offer_id,quantity,unit_price,name,street,city,postal_code,country"
    row = f"{ordered['reference']},BRL,1,{offer['offer_id']},2,12.99,Ana Souza,Rua das Flores 12,Curitiba,80010-000,BR"
    document = UBL.format(reference=ordered["reference"], quantity=2, offer_id=offer["offer_id"])
    for content in (f"{columns}\n{row}\n", msgspec.json.encode(ordered).decode(), document):
        results = await sent_as_file(marketplace, content)
        assert [(one["status"], one["order_id"]) for one in results] == [("known", first["order_id"])], results
    other = await sent_as_file(marketplace, document.replace(">2<", ">3<"))
    assert other[0]["problem"]["code"] == "duplicate-reference"
    found = await marketplace.operator.get(f"/v1/inventory?offer_id={offer['offer_id']}")
    assert found["inventory"][0]["locations"][0]["reserved"] == 2


async def test_an_address_changes_until_a_supplier_has_it(marketplace: RunningMarketplace) -> None:
    placed = await waiting_order(marketplace)
    moved = {**ADDRESS, "street_lines": ["Rua Nova 7"], "city": "Londrina"}
    changed = await care(marketplace, "PUT", placed["order_id"], "ship-to", moved)
    assert changed.status == 200, changed
    assert changed.body["ship_to"]["city"] == "Londrina"
    abroad = await care(marketplace, "PUT", placed["order_id"], "ship-to", {**moved, "country": "PT"})
    assert abroad.code == "address-change-refused"
    prompt = await marketplace.active_supplier(handle="prompt", ships=False)
    offer = await marketplace.offered(supplier=prompt, supplier_sku="SKU-2", gtin="4006381333948")
    sent = (await marketplace.placed(lines=[line(offer=offer)])).body
    await marketplace.order_state(order_id=sent["order_id"], state="accepted")
    late = await care(marketplace, "PUT", sent["order_id"], "ship-to", moved)
    assert late.code == "address-change-refused"
    assert late.pointers == [sent["purchase_orders"][0]["purchase_order_id"]]


async def test_an_order_is_held_released_noted_and_made_good(marketplace: RunningMarketplace) -> None:
    placed = await waiting_order(marketplace)
    order_id = placed["order_id"]
    held = await care(marketplace, "POST", order_id, "hold", {"reason": "payment in doubt", "hours": 24})
    assert held.status == 200, held
    assert held.body["hold"]["reason"] == "payment in doubt"
    assert held.body["purchase_orders"][0]["state"] == "held"
    released = await care(marketplace, "POST", order_id, "release", None)
    assert (released.body["hold"], released.body["purchase_orders"][0]["state"]) == (None, "created")
    assert (await care(marketplace, "POST", order_id, "release", None)).code == "order-not-on-hold"
    await care(marketplace, "POST", order_id, "notes", {"text": "Call before delivery", "visibility": "supplier"})
    noted = await care(marketplace, "POST", order_id, "notes", {"text": "Shopper was upset"})
    assert [one["text"] for one in noted.body["notes"]] == ["Call before delivery", "Shopper was upset"]
    path = f"/v1/orders/{order_id}/goodwill"
    for _ in range(2):
        good = await marketplace.storefront.send(
            "POST", path, {"amount_minor": 200, "reason": "late"}, headers={"Idempotency-Key": "good-1"}
        )
        assert good["goodwill_minor"] == 200
    much = await care(marketplace, "POST", order_id, "goodwill", {"amount_minor": 5_000, "reason": "angry"})
    assert much.code == "goodwill-refused"
    asked = await care(marketplace, "POST", order_id, "confirmations", None)
    assert asked.status == 200, asked
    actions = {entry["action"] for entry in asked.body["timeline"]}
    assert {"held", "released", "goodwill_granted", "confirmation_requested"} <= actions
