from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from openaisle.inventory.model import InsufficientStock
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import CurrencyMismatch, CurrencyUnknown
from openaisle.offers.model import OfferState
from openaisle.orders.model import (
    DuplicateReference,
    IdempotencyKeyReused,
    OrderLinesInvalid,
    OrderOfferNotSellable,
    OrderOfferUnknown,
    OrderTooLarge,
)
from openaisle.orders.purchase_order import PurchaseOrderState
from tests.factories.contexts import NOON
from tests.factories.orders import STOREFRONT, make_line, make_new_order, storefront_context


async def test_an_order_becomes_one_purchase_order_per_supplier_and_reserves_its_stock(room):
    mug = await room.stock(supplier_sku="MUG-1")
    jug = await room.stock(supplier_sku="JUG-1")
    hat = await room.stock(supplier_id="sup_calla", supplier_sku="HAT-1")
    placed = await room.place(
        make_line(offer_id=mug.offer_id, quantity=2, unit_price_minor=1000, shipping_minor=150),
        make_line(offer_id=jug.offer_id, unit_price_minor=700),
        make_line(offer_id=hat.offer_id, unit_price_minor=300),
    )
    assert placed.total_minor == 3150
    assert [(line.line_number, line.supplier_id) for line in placed.lines] == [
        (1, "sup_bergmann"),
        (2, "sup_bergmann"),
        (3, "sup_calla"),
    ]
    assert [one.supplier_id for one in placed.purchase_orders] == ["sup_bergmann", "sup_calla"]
    level = await room.level(mug)
    assert (level.on_hand, level.reserved, level.available) == (10, 2, 8)
    _, purchase_orders = await room.whole()
    assert [one.state for one in purchase_orders] == [PurchaseOrderState.CREATED] * 2
    assert purchase_orders[0].purchase_order_id == f"po_{placed.order_id[4:]}_01"
    assert purchase_orders[0].acknowledge_by == "2026-11-23T13:00:00.000000Z"


async def test_the_same_key_with_the_same_body_gives_the_same_bytes_and_reserves_once(room):
    mug = await room.stock(on_hand=1)
    order = make_new_order(lines=[make_line(offer_id=mug.offer_id)])
    first = await room.orders.place(order=order, key="k", context=storefront_context())
    again = await room.orders.place(order=order, key="k", context=storefront_context(at=NOON + timedelta(hours=1)))
    assert (first.replayed, again.replayed) == (False, True)
    assert again.body == first.body
    assert (await room.level(mug)).reserved == 1


async def test_the_same_key_with_another_body_is_refused(room):
    mug = await room.stock()
    await room.place(make_line(offer_id=mug.offer_id), key="k")
    with pytest.raises(IdempotencyKeyReused):
        await room.place(make_line(offer_id=mug.offer_id, quantity=2), reference="R-2", key="k")
    assert (await room.level(mug)).reserved == 1


async def test_the_keys_of_two_storefronts_do_not_meet(room):
    mug = await room.stock()
    order = make_new_order(lines=[make_line(offer_id=mug.offer_id)])
    await room.orders.place(order=order, key="k", context=storefront_context())
    other = await room.orders.place(order=order, key="k", context=storefront_context(subject_id="sto_other"))
    assert not other.replayed
    assert (await room.level(mug)).reserved == 2


async def test_the_same_order_with_another_key_gives_the_same_bytes_however_far_it_has_come(room):
    mug = await room.stock(on_hand=1)
    order = make_new_order(lines=[make_line(offer_id=mug.offer_id)])
    first = await room.orders.place(order=order, key="k", context=storefront_context())
    again = await room.orders.place(order=order, key="other", context=storefront_context(at=NOON + timedelta(days=400)))
    assert (again.replayed, again.body) == (True, first.body)
    assert (await room.level(mug)).reserved == 1


async def test_the_same_reference_with_another_order_names_the_first(room):
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    with pytest.raises(DuplicateReference, match=placed.order_id):
        await room.place(make_line(offer_id=mug.offer_id, quantity=2), key="another")
    with pytest.raises(DuplicateReference):
        await room.place(make_line(offer_id="off_unknown"), key="yet-another")
    assert (await room.level(mug)).reserved == 1


async def test_many_requests_with_one_key_at_once_place_one_order(room):
    mug = await room.stock()
    order = make_new_order(lines=[make_line(offer_id=mug.offer_id)])
    answers = await asyncio.gather(
        *(room.orders.place(order=order, key="k", context=storefront_context()) for _ in range(50))
    )
    assert len({answer.body for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert (await room.level(mug)).reserved == 1


async def test_two_hundred_shoppers_at_once_buy_exactly_the_twenty_there_are(room):
    mug = await room.stock(on_hand=20)

    async def buy(number: int) -> bool:
        try:
            await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
        except InsufficientStock:
            return False
        return True

    bought = await asyncio.gather(*(buy(number) for number in range(200)))
    assert sum(bought) == 20
    level = await room.level(mug)
    assert (level.on_hand, level.reserved, level.available) == (20, 20, 0)


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"state": OfferState.PAUSED}, OrderOfferNotSellable, "offer_paused"),
        ({"state": OfferState.WITHDRAWN}, OrderOfferNotSellable, "offer_withdrawn"),
        ({"currency": "USD"}, CurrencyMismatch, "currency_differs"),
        ({"on_hand": 0}, InsufficientStock, "no_stock"),
        ({"on_hand": 1}, InsufficientStock, "too_little_stock"),
    ],
)
async def test_a_line_that_cannot_be_filled_is_named_with_its_reason(room, change, error, code):
    good = await room.stock(supplier_sku="GOOD")
    bad = await room.stock(supplier_sku="BAD", **change)
    with pytest.raises(error) as raised:
        await room.place(make_line(offer_id=good.offer_id), make_line(offer_id=bad.offer_id, quantity=2))
    assert [(one.pointer, one.code) for one in raised.value.findings] == [("/lines/1/offer_id", code)]
    assert (await room.level(good)).reserved == 0


async def test_an_offer_of_a_suspended_supplier_is_not_sold(room):
    mug = await room.stock()
    room.suppliers.inactive.add("sup_bergmann")
    with pytest.raises(OrderOfferNotSellable):
        await room.place(make_line(offer_id=mug.offer_id))


@pytest.mark.parametrize(("field", "name"), [("offer_id", "off_nobody"), ("product_id", "prd_nobody")])
async def test_what_nobody_offers_is_named(room, field, name):
    with pytest.raises(OrderOfferUnknown) as raised:
        await room.place(make_line(**{field: name}))
    assert raised.value.findings[0].pointer == f"/lines/0/{field}"


async def test_several_things_wrong_are_told_together(room):
    mug = await room.stock(on_hand=1)
    with pytest.raises(OpenAisleError) as raised:
        await room.place(make_line(offer_id=mug.offer_id, quantity=2), make_line(offer_id="off_nobody"))
    assert isinstance(raised.value, OrderOfferUnknown)
    assert [one.pointer for one in raised.value.findings] == ["/lines/0/offer_id", "/lines/1/offer_id"]


@pytest.mark.parametrize(
    "lines",
    [
        [{"offer_id": "off_a", "product_id": "prd_a"}],
        [{}],
        [{"offer_id": "off_a", "line_number": 1}, {"offer_id": "off_b", "line_number": 1}],
        [{"offer_id": "off_a", "line_number": 1}, {"offer_id": "off_b"}],
    ],
)
async def test_lines_that_contradict_themselves_are_refused(room, lines):
    with pytest.raises(OrderLinesInvalid):
        await room.place(*(make_line(**line) for line in lines))


async def test_a_currency_that_does_not_exist_is_refused(room):
    order = make_new_order(lines=[make_line(offer_id="off_a")], currency="XQQ")
    with pytest.raises(CurrencyUnknown):
        await room.orders.place(order=order, key="k", context=storefront_context())


async def test_lines_of_the_same_offer_share_one_reservation(room):
    mug = await room.stock(on_hand=5)
    placed = await room.place(
        make_line(offer_id=mug.offer_id, quantity=2), make_line(offer_id=mug.offer_id, quantity=3)
    )
    assert len(placed.purchase_orders) == 1
    assert (await room.level(mug)).reserved == 5
    with pytest.raises(InsufficientStock):
        await room.place(make_line(offer_id=mug.offer_id), reference="R-2")


async def test_a_line_is_split_over_places_only_if_none_has_enough(room):
    mug = await room.stock(locations={"north": 3, "south": 4})
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=6, shipping_minor=100))
    assert [(line.line_number, line.quantity, line.shipping_minor) for line in placed.lines] == [(1, 4, 67), (1, 2, 33)]
    assert len(placed.purchase_orders) == 2
    assert (await room.level(mug, location="south")).available == 0
    assert (await room.level(mug, location="north")).available == 1


async def test_an_order_of_too_many_suppliers_is_refused_by_name(room):
    offers = [await room.stock(supplier_id=f"sup_{number}") for number in range(50)]
    with pytest.raises(OrderTooLarge):
        await room.place(*(make_line(offer_id=one.offer_id) for one in offers))
    placed = await room.place(*(make_line(offer_id=one.offer_id) for one in offers[:49]))
    assert len(placed.purchase_orders) == 49


async def test_the_address_is_stored_only_encrypted_and_shown_to_the_storefront(room):
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    order, _ = await room.whole()
    assert "Fischer" not in order.ship_to
    shown = await room.queries.order(order_id=placed.order_id, principal=storefront_context().principal)
    assert shown.ship_to.name == "Ada Fischer"
    assert shown.storefront_id == STOREFRONT


async def test_an_order_that_is_read_says_why_it_was_allocated_so(room):
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    shown = await room.queries.order(order_id=placed.order_id, principal=storefront_context().principal)
    assert shown.state == "allocated"
    assert msgspec.to_builtins(shown.allocations[0].lines[0].candidates[0])["verdict"] == "chosen"
    assert [entry.action for entry in shown.timeline] == ["placed", "allocated", "purchase_order_created"]
