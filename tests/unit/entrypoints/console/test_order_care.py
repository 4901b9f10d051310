"""The operator holds orders, changes their addresses and writes notes, and sees what came back of them."""

from __future__ import annotations

import msgspec

from openaisle.orders.commands import RequestedDelivery
from tests.factories.orders import SHIP_TO, make_line, make_new_order, storefront_context
from tests.support.console_stage import Browser, ConsoleStage


async def ordered(stage: ConsoleStage) -> str:
    await stage.supplier()
    mug = await stage.order_room.stock(on_hand=10)
    placed = await stage.order_room.place(make_line(offer_id=mug.offer_id))
    return placed.order_id


async def text_of(browser: Browser, path: str) -> str:
    answered = await browser.get(path)
    assert answered.status == 200
    return answered.body.decode()


async def test_an_order_is_held_and_released(stage: ConsoleStage, operator: Browser) -> None:
    order_id = await ordered(stage)
    page = f"/orders/{order_id}/care"
    assert "Nothing of it came back." in await text_of(operator, page)
    assert f"{order_id}/care" in await text_of(operator, f"/orders/{order_id}")
    wrong = await operator.send(f"/orders/{order_id}/hold", {"reason": "doubt", "hours": "many"}, page=page)
    assert (wrong.status, "Hours is a number" in wrong.body.decode()) == (422, True)
    held = await operator.send(f"/orders/{order_id}/hold", {"reason": "<b>doubt", "hours": "5"}, page=page)
    assert held.status == 303
    shown = await text_of(operator, page)
    assert "On hold: &lt;b&gt;doubt" in shown
    assert "On hold" in await text_of(operator, f"/orders/{order_id}")
    await operator.send(f"/orders/{order_id}/release", {}, page=page)
    assert "Put on hold" in await text_of(operator, page)


async def test_an_order_goes_elsewhere_and_its_shopper_is_not_shown(stage: ConsoleStage, operator: Browser) -> None:
    order_id = await ordered(stage)
    page = f"/orders/{order_id}/care"
    assert SHIP_TO.name not in await text_of(operator, page)
    address = {"name": "Ida Roth", "street": "Am Markt 1", "city": "Kiel", "postal_code": "24103"}
    missing = await operator.send(f"/orders/{order_id}/ship-to", {**address, "city": " "}, page=page)
    assert missing.status == 422
    assert (await operator.send(f"/orders/{order_id}/ship-to", address, page=page)).status == 303
    shown = await text_of(operator, page)
    assert "24103 Kiel" in shown
    assert "Ida Roth" not in shown


async def test_notes_stand_on_both_pages_and_wishes_among_the_facts(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    mug = await stage.order_room.stock(on_hand=10)
    wanted = msgspec.structs.replace(
        make_new_order(lines=[make_line(offer_id=mug.offer_id, tax_minor=55)], reference="R-1"),
        shipping_option="express",
        payment_reference="pay-4711",
        requested_delivery=RequestedDelivery(not_after="2099-01-01"),
    )
    await stage.order_room.orders.place(order=wanted, key="key", context=storefront_context())
    (order, _) = await stage.order_room.whole()
    page = f"/orders/{order.order_id}/care"
    note = {"text": "<i>Call first", "visibility": "supplier"}
    assert (await operator.send(f"/orders/{order.order_id}/notes", note, page=page)).status == 303
    shown = await text_of(operator, f"/orders/{order.order_id}")
    for text in (
        "express",
        "pay-4711",
        "any day to 2099-01-01",
        "&lt;i&gt;Call first",
        "for its suppliers too",
        "0.55",
    ):
        assert text in shown, text
    assert "&lt;i&gt;Call first" in await text_of(operator, page)
