"""Goods come back and shoppers complain: by hand in the supplier's portal and in the operator's console."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from openaisle.incidents.commands import NewIncident
from openaisle.incidents.model import IncidentKind
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.permissions import UserRole
from openaisle.offers.repository import OFFERS
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    LineAcknowledgment,
    NewDelivery,
    NewShipment,
)
from openaisle.orders.views import PlacedOrder
from openaisle.returns.model import ReturnState
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.repository import SUPPLIERS, supplier_key
from tests.factories.inventory import stock_level
from tests.factories.offers import offer
from tests.factories.orders import make_line, make_new_order
from tests.factories.returns import make_return

_REFERENCE = re.compile(r'name="reference" value="([^"]+)"')


def storefront(stage: Any) -> Context:
    principal = Principal(role=Role.STOREFRONT, subject_id="sto_web")
    return Context(principal=principal, at=stage.marketplace.clock.now(), correlation_id="cor")


async def delivered(stage: Any) -> str:
    """An order of two mugs that the stage's supplier has delivered."""
    table, now, rooms = stage.marketplace.engines.table, stage.marketplace.clock.now(), stage.marketplace.rooms
    found = SUPPLIERS.decode(await table.get(key=supplier_key(supplier_id=stage.supplier_id)))
    active = msgspec.structs.replace(found.record, state=SupplierState.ACTIVE)
    mug = offer(supplier_id=stage.supplier_id, supplier_sku="MUG-BACK", created_at=now, changed_at=now)
    writes = [
        SUPPLIERS.replace(active, version=found.version),
        OFFERS.create(mug),
        STOCK_LEVELS.create(stock_level(of=mug, location="default", on_hand=10)),
    ]
    await table.commit(writes=writes, context=stage.context())
    order = make_new_order(lines=[make_line(offer_id=mug.offer_id, quantity=2, unit_price_minor=1_000)])
    answer = await rooms.orders.place(order=order, key="R-1", context=storefront(stage))
    placed = msgspec.json.decode(answer.body, type=PlacedOrder)
    one = {
        "purchase_order_id": placed.purchase_orders[0].purchase_order_id,
        "context": stage.context(role=Role.OPERATOR),
        "scope": None,
    }
    accepted = LineAcknowledgment(line_number=1, decision=AcknowledgmentDecision.ACCEPTED)
    await rooms.purchase_orders.acknowledge(acknowledgment=Acknowledgment(lines=[accepted]), **one)
    await rooms.purchase_orders.ship(shipment=NewShipment(carrier="DHL", tracking_number="JJD0001"), **one)
    await rooms.purchase_orders.deliver(delivery=NewDelivery(), **one)
    return placed.order_id


async def console_of(stage: Any, *, role: UserRole = UserRole.ADMINISTRATOR) -> Any:
    email = f"{role.value}@operator.example"
    await stage.user(email=email, role=role, party=Role.OPERATOR)
    browser = stage.browser(base="/console")
    sent = {"email": email, "password": "seven green lanterns"}
    assert (await browser.send("/sign-in", sent, page="/sign-in")).status == 303
    return browser


def reference_in(page: str) -> str:
    found = _REFERENCE.search(page)
    assert found is not None
    return found[1]


async def test_a_supplier_reports_what_came_and_the_operator_decides_about_it(stage: Any) -> None:
    rooms, order_id = stage.marketplace.rooms, await delivered(stage)
    (asked,) = await rooms.returns.returns.request(order_id=order_id, wanted=make_return(), context=storefront(stage))
    owner = await stage.signed_in()
    assert asked.return_id in (await owner.get("/returns")).body.decode()
    page = f"/returns/{asked.return_id}"
    shown = (await owner.get(page)).body.decode()
    form = {"reference": reference_in(shown), "quantity-1": "1", "condition-1": "used", "deduction-1": "2,50"}
    wrong = await owner.send(f"{page}/receipts", form, page=page)
    assert wrong.status == 422
    done = await owner.send(f"{page}/receipts", form | {"deduction-1": "2.50"}, page=page)
    assert done.status == 303
    assert "Report what came" not in (await owner.get(page)).body.decode()

    console = await console_of(stage)
    assert asked.return_id in (await console.get("/returns")).body.decode()
    decided = (await console.get(page)).body.decode()
    assert "The supplier proposes" in decided
    settled = await console.send(f"{page}/refund", {"deduction-1": "1.00", "reason": "A scratch."}, page=page)
    assert settled.status == 303
    view = await rooms.returns.queries.of_order(order_id=order_id, principal=stage.context().principal)
    assert [refund.amount_minor for refund in view.refunds] == [900]
    assert "requested" in (await console.get(page)).body.decode()


async def test_the_operator_refuses_or_replaces_by_hand(stage: Any) -> None:
    rooms, order_id = stage.marketplace.rooms, await delivered(stage)
    console, owner = await console_of(stage), await stage.signed_in()
    records = []
    for number in range(2):
        wanted = make_return(reference=f"RET-{number}")
        (asked,) = await rooms.returns.returns.request(order_id=order_id, wanted=wanted, context=storefront(stage))
        page = f"/returns/{asked.return_id}"
        form = {"reference": "IN", "quantity-1": "1", "condition-1": "damaged"}
        assert (await owner.send(f"{page}/receipts", form, page=page)).status == 303
        records.append(page)
    assert (await console.send(f"{records[0]}/refusal", {"reason": ""}, page=records[0])).status == 422
    assert (await console.send(f"{records[0]}/refusal", {"reason": "A brick."}, page=records[0])).status == 303
    assert (await console.send(f"{records[1]}/replacement", {}, page=records[1])).status == 303
    view = await rooms.returns.queries.of_order(order_id=order_id, principal=stage.context().principal)
    assert [one.state for one in view.returns] == [ReturnState.REFUSED, ReturnState.REPLACED]


async def test_an_incident_is_talked_over_and_settled_by_hand(stage: Any) -> None:
    rooms, order_id = stage.marketplace.rooms, await delivered(stage)
    told = NewIncident(reference="INC-1", kind=IncidentKind.DAMAGED, text="<b>Broken.</b> Call +49 421 123456.")
    incident = await rooms.incidents.incidents.open(order_id=order_id, wanted=told, context=storefront(stage))
    owner = await stage.signed_in()
    assert incident.incident_id in (await owner.get("/incidents")).body.decode()
    page = f"/incidents/{incident.incident_id}"
    shown = (await owner.get(page)).body.decode()
    assert "&lt;b&gt;Broken.&lt;/b&gt; Call [telephone number hidden]" in shown
    form = {"reference": reference_in(shown), "text": "We send another.", "audience": "everyone"}
    for _ in range(2):
        assert (await owner.send(f"{page}/messages", form, page=page)).status == 303

    console = await console_of(stage)
    assert incident.incident_id in (await console.get("/incidents")).body.decode()
    seen = (await console.get(page)).body.decode()
    assert seen.count("We send another.") == 1
    assert "+49 421 123456" in seen
    note = {"reference": "N-1", "text": "Watch this one.", "audience": "operator"}
    assert (await console.send(f"{page}/messages", note, page=page)).status == 303
    assert "Watch this one." not in (await owner.get(page)).body.decode()
    too_much = await console.send(f"{page}/refund", {"amount-1": "20.01"}, page=page)
    assert too_much.status == 409
    assert (await console.send(f"{page}/refund", {"amount-1": "5.00"}, page=page)).status == 303
    view = await rooms.returns.queries.of_order(order_id=order_id, principal=stage.context().principal)
    assert [refund.amount_minor for refund in view.refunds] == [500]
    assert "refunded" in (await owner.get(page)).body.decode()


async def test_who_may_only_answer_shoppers_gives_no_money_away(stage: Any) -> None:
    rooms, order_id = stage.marketplace.rooms, await delivered(stage)
    told = NewIncident(reference="INC-1", kind=IncidentKind.LATE, text="Late.")
    incident = await rooms.incidents.incidents.open(order_id=order_id, wanted=told, context=storefront(stage))
    clerk = await stage.signed_in(email="clerk@supplier.example", role=UserRole.ORDERS)
    page = f"/incidents/{incident.incident_id}"
    assert "Give money back" not in (await clerk.get(page)).body.decode()
    assert (await clerk.send(f"{page}/refund", {"amount-1": "5.00"}, page=page)).status == 403
    assert (await clerk.send(f"{page}/escalation", {"reason": "Unsure."}, page=page)).status == 303
    reader = await stage.signed_in(email="reader@supplier.example", role=UserRole.READ_ONLY)
    assert "<textarea" not in (await reader.get(page)).body.decode()


async def test_anothers_returns_and_incidents_are_unknown_here(stage: Any) -> None:
    order_id = await delivered(stage)
    owner = await stage.signed_in()
    for page in (f"/returns/ret_{order_id[4:]}_01", f"/incidents/inc_{order_id[4:]}_01", "/returns/x", "/incidents/x"):
        assert (await owner.get(page)).status == 404
    assert "Nothing comes back" in (await owner.get("/returns")).body.decode()
    assert "Nothing went wrong" in (await owner.get("/incidents")).body.decode()
