"""A supplier learns where goods go once it has promised to send them, and every reader of an address is noted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openaisle_examples.suppliers import Character

from tests.journeys.marketplace import RunningMarketplace, line
from tests.support.waiting import eventually

STREET = "Rua das Quatrocentas Palmeiras 77"
SHOPPER = {
    "name": "Ximena Ypsilon",
    "street_lines": [STREET],
    "city": "Curitiba",
    "region": "PR",
    "postal_code": "80010-000",
    "country": "BR",
    "phone": "+55 41 99999 1234",
    "email": "ximena@shopper.example",
}


async def placed_with(marketplace: RunningMarketplace, supplier: Any) -> str:
    offer = await marketplace.offered(supplier=supplier)
    placed = await marketplace.placed(lines=[line(offer=offer)], ship_to=SHOPPER)
    assert placed.status == 201, placed
    return str(placed.body["purchase_orders"][0]["purchase_order_id"])


def contents_of(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def brought(supplier: Any, path: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        found = await supplier.caller.get(path)
        return found if found["state"] == "sent" else None

    return await eventually(ask, what="the purchase order is brought")


async def test_the_address_is_shown_from_acceptance_on_and_its_readers_are_noted(
    marketplace: RunningMarketplace, tmp_path: Path
) -> None:
    supplier = await marketplace.active_supplier(
        handle="by-hand", ships=False, character=Character.LATER, acknowledges_after_seconds=3_600
    )
    path = f"/v1/purchase-orders/{await placed_with(marketplace, supplier)}"
    before = await brought(supplier, path)
    assert before["ship_to"] is None
    assert before["destination"] == {"country": "BR", "region": "PR", "postal_code": "80010-000"}
    accepted = {"lines": [{"line_number": 1, "decision": "accepted"}]}
    answered = await supplier.caller.post(f"{path}/acknowledgment", accepted)
    assert answered["ship_to"] is None
    after = await supplier.caller.get(path)
    assert (after["ship_to"]["street_lines"], after["ship_to"]["phone"]) == ([STREET], SHOPPER["phone"])
    await supplier.caller.get(path)
    listed = await supplier.caller.get("/v1/purchase-orders")
    assert [one["ship_to"] for one in listed["purchase_orders"]] == [None]
    audit = await marketplace.operator.get("/v1/audit")
    read = [entry for entry in audit["entries"] if entry["action"] == "order.address_read"]
    assert [(entry["actor"], entry["subject"]) for entry in read] == [
        (f"supplier:{supplier.supplier_id}", after["purchase_order_id"])
    ]
    # Nothing of it lies open anywhere on the disk: not in the store, not in mails, not in the search index.
    for name, content in contents_of(tmp_path).items():
        assert STREET.encode() not in content, name
        assert b"ximena@shopper" not in content, name


async def test_a_connection_without_contact_never_gets_phone_and_mail(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="discreet", ships=False)
    await supplier.caller.send(
        "PUT",
        f"/v1/suppliers/{supplier.supplier_id}/connection",
        {
            "order_acceptance_url": marketplace.simulated.order_acceptance_url(handle="discreet"),
            "timeout_seconds": 1,
            "share_contact": False,
        },
    )
    path = f"/v1/purchase-orders/{await placed_with(marketplace, supplier)}"

    async def ask() -> dict[str, Any] | None:
        found = await supplier.caller.get(path)
        return found if found["state"] == "accepted" else None

    shown = (await eventually(ask, what="the supplier accepts"))["ship_to"]
    assert shown["name"] == SHOPPER["name"]
    assert (shown.get("phone"), shown.get("email")) == (None, None)
