"""On an order's page the operator sees what is late, put off or lost, and decides about substitutes."""

from __future__ import annotations

from tests.factories.orders import make_line
from tests.factories.shipping import UPS_NUMBER, Desk
from tests.support.console_stage import Browser, ConsoleStage


async def ordered(stage: ConsoleStage) -> tuple[str, str]:
    await stage.supplier()
    mug = await stage.offer(supplier_sku="MUG")
    placed = await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-1")
    return f"/orders/{placed.order_id}", placed.purchase_orders[0].purchase_order_id


async def test_the_operator_decides_about_a_substitute(stage: ConsoleStage, operator: Browser) -> None:
    page, purchase_order_id = await ordered(stage)
    await stage.order_room.stock(supplier_sku="CUP", product_id="prd_cup", price_minor=1_999)
    await Desk(room=stage.order_room).answer(purchase_order_id, "substituted", sku="CUP")
    shown = (await operator.get(page)).body.decode()
    assert "the supplier offers 1" in shown
    assert "€19.99" in shown
    form = f"/orders/purchase-orders/{purchase_order_id}/consents"
    wrong = await operator.send(form, {"line_number": "x", "decision": "granted"}, page=page)
    assert wrong.status == 422
    decided = await operator.send(form, {"line_number": "1", "decision": "granted"}, page=page)
    assert (decided.status, decided.headers["location"]) == (303, f"/console{page}")
    shown = (await operator.get(page)).body.decode()
    assert "the supplier offers" not in shown
    assert "substituted" in shown


async def test_a_parcel_can_be_followed_and_is_seen_to_be_late(stage: ConsoleStage, operator: Browser) -> None:
    page, purchase_order_id = await ordered(stage)
    desk = Desk(room=stage.order_room)
    await desk.answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-01")
    assert "back ordered" in (await operator.get(page)).body.decode()
    await desk.ship(purchase_order_id)
    shown = (await operator.get(page)).body.decode()
    assert f"https://www.ups.com/track?tracknum={UPS_NUMBER}" in shown
    assert "verified" in shown
    await stage.order_room.purchase_orders.find_late(
        purchase_order_ids=[purchase_order_id], context=desk.after(days=11).context
    )
    assert '<span class="pill bad">late</span>' in (await operator.get(page)).body.decode()
