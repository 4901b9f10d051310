"""What every search index does: finds by words, tells what changed since a cursor, and names likely twins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.search import (
    Aspect,
    CursorOutdated,
    OfferPlace,
    SearchDocument,
    SearchIndex,
    SearchQuery,
    SearchSort,
)
from tests.contract.adapters import Engine


@pytest.fixture
async def index(engine: Engine, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    async with engine.search_index(tmp_path) as opened:
        yield opened


def document(product_id: str, title: str = "Cordless drill 18 V", **facts: Any) -> SearchDocument:
    given: dict[str, Any] = {
        "is_sellable": True,
        "price_minor": 9900,
        "currency": "EUR",
        "available": 5,
        "product_digest": title.encode()[:8],
        "offers_digest": b"o",
        "stock_digest": b"s",
        **facts,
    }
    return SearchDocument(product_id=product_id, title=title, **given)


async def put(index: SearchIndex, *documents: SearchDocument, removed: tuple[str, ...] = ()) -> int:
    return await index.put(documents=documents, removed=removed)


async def found(index: SearchIndex, words: str = "", **facts: Any) -> list[str]:
    result = await index.search(query=SearchQuery(words=words, **facts))
    return [hit.product_id for hit in result.hits]


async def test_words_are_found_without_case_accents_and_order(index: SearchIndex) -> None:
    await put(index, document("a", "Bouilloire électrique Müller"), document("b", "Kettle"))
    for words in ("muller ELECTRIQUE", "Bouilloire", "boui", "électri"):
        assert await found(index, words) == ["a"], words


async def test_identifiers_are_found_however_they_are_written(index: SearchIndex) -> None:
    await put(index, document("a", keywords=("04006381333931", "4006381333931", "AB-12/3", "SKU 77")), document("b"))
    for words in ("4006381333931", "04006381333931", "ab123", "AB-12/3", "sku77", "SKU 77"):
        assert await found(index, words) == ["a"], words


async def test_texts_without_spaces_are_found_by_their_characters(index: SearchIndex) -> None:
    await put(index, document("a", "東京限定お茶"), document("b", "大阪のお茶"))
    assert await found(index, "東京") == ["a"]
    assert sorted(await found(index, "お茶")) == ["a", "b"]


async def test_a_word_of_the_title_weighs_more_than_one_of_the_description(index: SearchIndex) -> None:
    await put(
        index,
        document("far", "Case for tools", description="Holds a drill and much else " * 3),
        document("near", "Drill"),
    )
    assert await found(index, "drill") == ["near", "far"]


async def test_where_nothing_has_all_words_some_are_enough_and_that_is_told(index: SearchIndex) -> None:
    await put(index, document("a", "Red shirt"), document("b", "Blue shirt"))
    result = await index.search(query=SearchQuery(words="red shirt unheard"))
    assert result.relaxed
    assert [hit.product_id for hit in result.hits] == ["a", "b"]
    assert not (await index.search(query=SearchQuery(words="red shirt"))).relaxed


@pytest.mark.parametrize("words", ['"', "a* OR b", "NEAR(", "title:", "-- ;", "* * *", "(", "'", "\x00", "ä́", "😀"])
async def test_no_text_is_read_as_a_command(index: SearchIndex, words: str) -> None:
    await put(index, document("a"))
    assert await found(index, words) == []


async def test_facts_narrow_what_is_found(index: SearchIndex) -> None:
    await put(
        index,
        document("a", brand="Bosch", category="Tools > Drills", offers=(OfferPlace("o1", "s1"),)),
        document("b", brand="BÖSCH", category="Tools > Drills > Cordless", is_sellable=False, available=0),
        document("c", brand="Makita", category="Toolsets", is_active=False, offers=(OfferPlace("o2", "s2"),)),
    )
    assert sorted(await found(index, "drill", brand="bosch")) == ["a", "b"]
    assert sorted(await found(index, category="tools")) == ["a", "b"]
    assert sorted(await found(index, category="Tools > Drills")) == ["a", "b"]
    assert await found(index, sellable_only=True, active_only=True) == ["a"]
    assert sorted(await found(index, in_stock_only=True)) == ["a", "c"]
    assert await found(index, supplier_id="s2") == ["c"]


async def test_hits_are_sorted_counted_and_paged(index: SearchIndex) -> None:
    await put(
        index,
        document("a", price_minor=300, score=10),
        document("b", price_minor=100, score=90),
        document("c", price_minor=None, score=50),
    )
    assert await found(index, sort=SearchSort.PRICE) == ["b", "a", "c"]
    assert await found(index, sort=SearchSort.PRICE_DESCENDING) == ["a", "b", "c"]
    assert await found(index, sort=SearchSort.QUALITY) == ["a", "c", "b"]
    assert await found(index, sort=SearchSort.PRICE, skip=1, limit=1) == ["a"]
    assert (await index.search(query=SearchQuery(limit=1))).total == 3


async def test_facets_count_brands_and_categories_of_the_hits(index: SearchIndex) -> None:
    await put(index, document("a", brand="Bosch"), document("b", brand="BOSCH"), document("c", brand="Makita"))
    result = await index.search(query=SearchQuery(words="drill"))
    assert [(one.value, one.count) for one in result.brands] == [("BOSCH", 2), ("Makita", 1)]


async def test_what_changed_is_told_once_with_what_of_it_changed(index: SearchIndex) -> None:
    assert await put(index, document("a"), document("b")) == 2
    start = await index.changes(after=None, limit=10)
    assert [change.product_id for change in start.changes] == ["a", "b"]
    assert await put(index, document("a"), document("b")) == 0
    assert await put(index, document("a", stock_digest=b"t", available=4)) == 1
    assert await put(index, document("a", stock_digest=b"t", offers_digest=b"p", available=4)) == 1
    assert await put(index, removed=("b", "never known")) == 1
    page = await index.changes(after=start.cursor, limit=10)
    assert [(change.product_id, change.aspects) for change in page.changes] == [
        ("a", (Aspect.OFFERS, Aspect.STOCK)),
        ("b", (Aspect.REMOVED,)),
    ]
    assert (await index.changes(after=page.cursor, limit=10)).changes == ()
    assert [change.product_id for change in (await index.changes(after=None, limit=10)).changes] == ["a"]


async def test_changes_come_in_pages(index: SearchIndex) -> None:
    await put(index, *(document(f"p{number}") for number in range(7)))
    seen, after, more = [], None, True
    while more:
        page = await index.changes(after=after, limit=3)
        seen += [change.product_id for change in page.changes]
        after, more = page.cursor, page.has_more
    assert seen == [f"p{number}" for number in range(7)]


async def test_a_product_that_comes_back_is_found_and_told_again(index: SearchIndex) -> None:
    await put(index, document("a"))
    await put(index, removed=("a",))
    cursor = (await index.facts()).cursor
    assert await found(index, "drill") == []
    await put(index, document("a"))
    assert await found(index, "drill") == ["a"]
    assert [one.product_id for one in (await index.changes(after=cursor, limit=10)).changes] == ["a"]


async def test_what_is_as_of_a_later_position_is_never_overwritten_by_what_is_older(index: SearchIndex) -> None:
    await index.put(documents=[document("a", "New name")], as_of=10)
    assert await index.put(documents=[document("a", "Old name")], as_of=9) == 0
    assert await index.put(documents=[], removed=["a"], as_of=9) == 0
    assert await found(index, "new") == ["a"]
    # What is as of a position counts also where it brought nothing new.
    await index.put(documents=[document("a", "New name")], as_of=20)
    assert await index.put(documents=[document("a", "Old name")], as_of=15) == 0
    await index.put(documents=[], removed=["a", "unseen"], as_of=30)
    assert await index.put(documents=[document("a"), document("unseen")], as_of=25) == 0
    assert await found(index) == []
    assert await index.put(documents=[document("a"), document("unseen")], as_of=30) == 2


async def test_an_index_begun_anew_knows_nothing_and_refuses_old_cursors(index: SearchIndex) -> None:
    await put(index, document("a"))
    before = await index.facts()
    await index.mark_filled(generation=before.generation)
    assert (await index.facts()).is_filled
    after = await index.reset()
    assert after.generation != before.generation
    assert not after.is_filled
    assert await found(index, "drill") == []
    await index.mark_filled(generation=before.generation)
    assert not (await index.facts()).is_filled
    for cursor in (before.cursor, "nonsense", f"{after.generation}.x", f"{after.generation}.{'9' * 40}"):
        with pytest.raises(CursorOutdated):
            await index.changes(after=cursor, limit=1)


async def test_offers_lead_to_the_product_they_were_last_known_under(index: SearchIndex) -> None:
    await put(index, document("a", offers=(OfferPlace("o1", "s"), OfferPlace("o2", "s"))))
    await put(index, document("b", offers=(OfferPlace("o2", "s"),)))
    await put(index, document("a", offers=(OfferPlace("o1", "s"),), offers_digest=b"x"))
    assert await index.products_of_offers(offer_ids=["o1", "o2", "o3"]) == {"o1": "a", "o2": "b"}
    assert await index.products_of_supplier(supplier_id="s", after="", limit=10) == ["a", "b"]
    assert await index.products_of_supplier(supplier_id="s", after="a", limit=10) == ["b"]


async def test_a_part_number_finds_its_product_within_the_brand_alone(index: SearchIndex) -> None:
    await put(
        index,
        document("a", brand="Bosch", part_number="GSR 18V-60"),
        document("b", brand="Makita", part_number="GSR18V60"),
        document("c", brand="Bosch", part_number="gsr18v60", is_active=False),
    )
    candidates = await index.with_part_number(brand="BOSCH", part_number="gsr18v-60")
    assert [(one.product_id, one.score) for one in candidates] == [("a", 1.0)]
    assert await index.with_part_number(brand="", part_number="GSR18V60") == []
    assert await index.with_part_number(brand="Bosch", part_number="--") == []


async def test_like_titles_are_candidates_the_likest_first(index: SearchIndex) -> None:
    await put(
        index,
        document("same", "Bosch GSR 18V-60 cordless drill", brand="Bosch"),
        document("other size", "Bosch GSR 12V-15 cordless drill", brand="Bosch"),
        document("other brand", "GSR 18V-60 cordless drill", brand="Makita"),
        document("other kind", "Bosch washing machine", brand="Bosch"),
    )
    candidates = await index.similar(title="Cordless drill Bosch GSR 18V-60", brand="bosch")
    assert [one.product_id for one in candidates][:2] == ["same", "other size"]
    assert candidates[0].score == 1.0
    assert candidates[1].score < 0.6
    assert "other brand" in [one.product_id for one in await index.similar(title="GSR 18V-60", brand=None)]
    assert await index.similar(title="", brand="Bosch") == []


async def test_quality_is_summed_up_by_supplier(index: SearchIndex) -> None:
    await put(
        index,
        document("a", score=95, shortfalls=0b01, offers=(OfferPlace("o1", "s"),)),
        document("b", score=15, shortfalls=0b11, offers=(OfferPlace("o2", "s"),)),
        document("c", score=60, offers=(OfferPlace("o3", "t"),)),
        document("d", score=0, is_active=False, offers=(OfferPlace("o4", "s"),)),
    )
    totals = await index.quality(supplier_id="s", parts=2)
    assert (totals.products, totals.score_sum) == (2, 110)
    assert totals.fifths == (1, 0, 0, 0, 1)
    assert totals.shortfalls == (2, 1)
    assert (await index.quality(supplier_id=None, parts=2)).products == 3
    assert (await index.quality(supplier_id="nobody", parts=2)).score_sum == 0


async def test_what_was_written_stands_when_the_index_is_opened_again(engine: Engine, tmp_path: Path) -> None:
    async with engine.search_index(tmp_path) as index:
        await put(index, document("a"))
        facts = await index.facts()
    async with engine.search_index(tmp_path) as index:
        assert await found(index, "drill") == ["a"]
        assert await index.facts() == facts
