"""The index follows the table, whatever order and however often changes come."""

from __future__ import annotations

import msgspec

from openaisle.catalog.repository import product_key
from openaisle.feeds.events import FeedRowsApplied
from openaisle.feeds.model import FeedCounts
from openaisle.feeds.report import FeedReport
from openaisle.feeds.repository import FEED_REPORTS
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.records import stored
from openaisle.kernel.search import Aspect
from openaisle.kernel.table import Delete, Key, Put
from openaisle.offers.model import offer_identifier
from openaisle.offers.repository import offer_key
from openaisle.publishing.following import FEED_REPORT_KIND, ROWS_APPLIED
from openaisle.suppliers.events import SupplierSuspended
from openaisle.suppliers.repository import SUPPLIERS
from tests.factories.contexts import make_context
from tests.factories.inventory import stock_level
from tests.factories.offers import offer
from tests.support.publishing_stage import PublishingStage


def test_the_names_of_what_feeds_tell_are_those_of_feeds() -> None:
    assert FEED_REPORTS.kind == FEED_REPORT_KIND
    assert FeedRowsApplied.TYPE == ROWS_APPLIED


async def test_a_product_is_found_by_its_words_and_its_offers_sku(stage: PublishingStage) -> None:
    mug = await stage.offered("MUG-7", title="Stoneware mug, blue", brand="Tonwerk")
    await stage.follow()
    for words in ("mug", "tonwerk stoneware", "mug-7", "MUG7"):
        assert await stage.found(words) == [mug.product_id], words
    assert await stage.found("mug", sellable_only=True) == [mug.product_id]


async def test_handling_a_change_again_tells_nobody_of_anything(stage: PublishingStage) -> None:
    await stage.filled()
    await stage.offered("MUG-7")
    handled = await stage.follow()
    cursor = (await stage.index.facts()).cursor
    await stage.follower.handle(handled)
    assert (await stage.index.changes(after=cursor, limit=10)).changes == ()


async def test_stock_terms_and_facts_are_told_apart(stage: PublishingStage) -> None:
    mug = await stage.offered("MUG-7", on_hand=3)
    await stage.follow()
    cursor = (await stage.index.facts()).cursor
    terms = offer(supplier_sku="MUG-7", product_id=mug.product_id, price_minor=999)
    await stage.store_offer(terms, on_hand=3)
    await stage.follow()
    (change,) = (await stage.index.changes(after=cursor, limit=10)).changes
    assert change.aspects == (Aspect.OFFERS,)
    cursor = (await stage.index.facts()).cursor
    level = stock_level(of=terms, on_hand=2)
    await stage.table.commit(writes=[STOCK_LEVELS.store(level)], context=make_context())
    await stage.follow()
    (change,) = (await stage.index.changes(after=cursor, limit=10)).changes
    assert change.aspects == (Aspect.STOCK,)


async def test_what_a_feed_makes_in_bulk_is_indexed_by_its_event(stage: PublishingStage) -> None:
    mug = await stage.offered("MUG-7")
    await stage.changes()
    report = FeedReport(feed_id="fed_1", first_row=0, rows=(2,), counts=FeedCounts())
    event = FeedRowsApplied(feed_id="fed_1", part=0, product_ids=(mug.product_id,))
    write = msgspec.structs.replace(FEED_REPORTS.create(report, events=[event]), streamed=True)
    await stage.table.commit(writes=[write], context=make_context())
    await stage.follow()
    assert await stage.found("mug") == [mug.product_id]


async def test_an_offer_that_moves_changes_the_product_that_it_leaves(stage: PublishingStage) -> None:
    first = await stage.offered("MUG-1")
    second = await stage.offered("MUG-2")
    await stage.follow()
    await stage.store_offer(offer(supplier_sku="MUG-1", product_id=second.product_id))
    await stage.follow()
    assert await stage.found("mug-1") == [second.product_id]
    assert await stage.found("stoneware", sellable_only=True) == [second.product_id]
    known = await stage.index.products_of_offers(
        offer_ids=[offer_identifier(supplier_id="sup_bergmann", supplier_sku="MUG-1")]
    )
    assert set(known.values()) == {second.product_id} != {first.product_id}


async def test_what_a_rollback_removes_is_found_no_more(stage: PublishingStage) -> None:
    mug = await stage.offered("MUG-7")
    await stage.follow()
    offer_id = offer_identifier(supplier_id="sup_bergmann", supplier_sku="MUG-7")
    gone = [Delete(key=key, expected_version=None) for key in (offer_key(offer_id=offer_id),)]
    await stage.table.commit(writes=gone, context=make_context())
    await stage.follow()
    assert await stage.found("mug", sellable_only=True) == []
    assert await stage.found("mug") == [mug.product_id]
    removed = Delete(key=product_key(product_id=mug.product_id), expected_version=None)
    await stage.table.commit(writes=[removed], context=make_context())
    await stage.follow()
    assert await stage.found("mug") == []


async def test_a_product_joined_into_another_is_not_shown(stage: PublishingStage) -> None:
    mug = await stage.offered("MUG-7")
    await stage.store(msgspec.structs.replace(mug, merged_into="prd_other"))
    await stage.follow()
    assert await stage.found("mug", active_only=True) == []


async def test_products_of_a_suspended_supplier_cannot_be_bought(stage: PublishingStage) -> None:
    mug = await stage.offered("MUG-7")
    await stage.follow()
    assert await stage.found("mug", sellable_only=True) == [mug.product_id]
    stage.suppliers.inactive.add("sup_bergmann")
    event = SupplierSuspended(supplier_id="sup_bergmann", reason="Late.")
    write = Put(
        key=Key("SUPPLIER#sup_bergmann", "SUPPLIER"),
        kind=SUPPLIERS.kind,
        body=b"{}",
        expected_version=None,
        events=stored([event]),
    )
    await stage.table.commit(writes=[write], context=make_context())
    await stage.follow()
    assert await stage.found("mug", sellable_only=True) == []


async def test_a_lost_index_is_filled_anew_and_says_so(stage: PublishingStage) -> None:
    mugs = [await stage.offered(f"MUG-{number}") for number in range(5)]
    await stage.filled()
    await stage.index.reset()
    assert await stage.found("mug") == []
    await stage.filled()
    assert sorted(await stage.found("mug")) == sorted(mug.product_id for mug in mugs)
    assert (await stage.index.facts()).is_filled
    told = [event for event in stage.told if event.type == "product.changed"]
    assert msgspec.json.decode(told[-1].data)["restarted"]


async def test_events_name_few_changes_and_count_many(stage: PublishingStage) -> None:
    await stage.filled()
    stage.told.clear()
    mug = await stage.offered("MUG-7")
    await stage.follow()
    (told,) = stage.told
    data = msgspec.json.decode(told.data)
    assert (data["count"], data["storefront_id"]) == (1, "*")
    assert data["products"] == [{"product_id": mug.product_id, "aspects": ["product", "offers", "stock"]}]
    for number in range(510):
        await stage.store(msgspec.structs.replace(mug, product_id=f"prd_{number}"))
    await stage.follow()
    (told,) = stage.told[1:]
    data = msgspec.json.decode(told.data)
    assert (data["count"], data["products"]) == (510, [])
    assert data["cursor"] == (await stage.index.facts()).cursor
