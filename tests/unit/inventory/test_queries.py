from __future__ import annotations

import msgspec

from openaisle.catalog.model import ProductState
from openaisle.catalog.repository import PRODUCTS
from openaisle.inventory.model import NotSellableReason
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.context import SupplierScope
from openaisle.offers.model import OfferState
from openaisle.offers.repository import OFFERS
from tests.factories.catalog import product
from tests.factories.inventory import context, stock_level
from tests.factories.offers import AT, offer


async def keep(table, *records):
    types = {"Product": PRODUCTS, "Offer": OFFERS, "StockLevel": STOCK_LEVELS}
    writes = [types[type(record).__name__].create(record) for record in records]
    await table.commit(writes=writes, context=context())


async def test_only_what_can_be_sold_is_sellable(table, queries, suppliers):
    sold, paused, empty = (
        offer(supplier_sku="A"),
        offer(supplier_sku="B", state=OfferState.PAUSED),
        offer(supplier_sku="C"),
    )
    suspended = offer(supplier_id="sup_suspended")
    withdrawn = offer(supplier_sku="E", product_state=ProductState.WITHDRAWN)
    suppliers.inactive.add("sup_suspended")
    offers = [sold, paused, empty, suspended, withdrawn]
    for one in offers:
        await keep(table, one, stock_level(of=one, on_hand=0 if one is empty else 3))
    identifiers = [*(one.offer_id for one in offers), "off_unknown"]
    sellable = await queries.sellable_offers(offer_ids=identifiers, at=AT)
    assert list(sellable) == [sold.offer_id]
    every = await queries.offers_with_stock(offer_ids=identifiers, at=AT)
    assert {offer_id: found.reasons for offer_id, found in every.items()} == {
        sold.offer_id: (),
        paused.offer_id: (NotSellableReason.OFFER_PAUSED,),
        empty.offer_id: (NotSellableReason.NO_STOCK,),
        suspended.offer_id: (NotSellableReason.SUPPLIER_NOT_ACTIVE,),
        withdrawn.offer_id: (NotSellableReason.PRODUCT_NOT_ACTIVE,),
    }


async def test_a_product_comes_with_every_offer_and_its_stock_by_location(table, queries):
    thing = product()
    first = offer(product_id=thing.product_id)
    second = offer(supplier_id="sup_other", product_id=thing.product_id)
    await keep(
        table,
        thing,
        first,
        second,
        stock_level(of=first, on_hand=2),
        stock_level(of=first, location="north", on_hand=4, reserved=1),
        stock_level(of=second, on_hand=7),
    )
    found = await queries.product_with_offers(product_id=thing.product_id, at=AT)
    assert msgspec.json.decode(found.product)["title"] == thing.title
    assert {one.offer.offer_id: one.available for one in found.offers} == {first.offer_id: 5, second.offer_id: 7}


async def test_a_withdrawn_product_sells_nothing(table, queries):
    thing = product(state=ProductState.WITHDRAWN)
    sold = offer(product_id=thing.product_id)
    await keep(table, thing, sold, stock_level(of=sold))
    found = await queries.offers_of_product(product_id=thing.product_id, at=AT)
    assert [one.reasons for one in found] == [(NotSellableReason.PRODUCT_NOT_ACTIVE,)]


async def test_an_unknown_product_has_nothing(queries):
    found = await queries.product_with_offers(product_id="prd_unknown", at=AT)
    assert found.product is None
    assert not found.offers


async def test_every_page_size_lists_every_offer_once_with_all_its_stock(table, queries):
    offers = [
        offer(supplier_id=f"sup_{supplier}", supplier_sku=f"SKU-{number}")
        for supplier in range(20)
        for number in range(3)
    ]
    for one in offers:
        await keep(table, one, stock_level(of=one), stock_level(of=one, location="north"))
    for limit in (1, 2, 4, 500):
        listed, after = [], None
        while True:
            page = await queries.list_offers(after=after, limit=limit, at=AT)
            listed += page.offers
            assert len(page.offers) <= limit
            after = page.next_after
            if after is None:
                break
        assert sorted(one.offer.offer_id for one in listed) == sorted(one.offer_id for one in offers)
        assert {len(one.stock) for one in listed} == {2}


async def test_a_supplier_lists_its_own_offers_only(table, queries):
    mine, other = offer(supplier_id="sup_1"), offer(supplier_id="sup_10")
    await keep(table, mine, other, stock_level(of=mine), stock_level(of=other))
    page = await queries.list_supplier_offers(scope=SupplierScope(supplier_id="sup_1"), after=None, limit=10, at=AT)
    assert [one.offer.offer_id for one in page.offers] == [mine.offer_id]
