from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.merging.model import (
    OPERATOR_SOURCE,
    Contribution,
    FieldRule,
    MergeRule,
    MergeStrategy,
    contribution_of,
    merged,
    original_contribution,
)
from openaisle.catalog.model import Product
from tests.factories.catalog import product
from tests.factories.offers import AT

LATER = AT + timedelta(days=1)


def said(*, source: str, days: int = 0, **values: Any) -> Contribution:
    moment = AT + timedelta(days=days)
    return Contribution(product_id="prd_1", source=source, values=values, joined_at=moment, changed_at=moment)


def result(*contributions: Contribution, rule: MergeRule | None = None) -> Product:
    made = product(supplier_id="sup_maker", title="Mug")
    return merged(product=made, contributions=contributions, rule=rule or MergeRule(), at=LATER)


def by(strategy: MergeStrategy, *preferred: str) -> MergeRule:
    return MergeRule(standard=FieldRule(strategy=strategy, preferred_suppliers=preferred))


def test_the_maker_keeps_its_word_and_others_fill_what_it_left_open() -> None:
    found = result(
        said(source="sup_maker", title="Mug"), said(source="sup_other", days=1, title="Cup", brand="Bergmann")
    )
    assert (found.title, found.brand, dict(found.sources)) == ("Mug", "Bergmann", {"brand": "sup_other"})


def test_the_newest_word_wins_where_the_operator_says_so() -> None:
    words = (said(source="sup_maker", title="Mug"), said(source="sup_other", days=1, title="Cup"))
    assert result(*words, rule=by(MergeStrategy.NEWEST)).title == "Cup"


def test_the_longest_text_wins_where_the_operator_says_so_and_of_equals_the_first() -> None:
    words = (
        said(source="sup_maker", title="Mug", brand="AB"),
        said(source="sup_other", days=1, title="Mug, blue", brand="CD"),
    )
    found = result(*words, rule=by(MergeStrategy.LONGEST))
    assert (found.title, found.brand) == ("Mug, blue", "AB")


def test_a_preferred_supplier_wins_only_where_it_says_something() -> None:
    words = (said(source="sup_maker", title="Mug", brand="AB"), said(source="sup_other", days=1, title="Cup"))
    found = result(*words, rule=by(MergeStrategy.FIRST, "sup_absent", "sup_other"))
    assert (found.title, found.brand) == ("Cup", "AB")


def test_the_operators_own_word_wins_over_any_rule() -> None:
    words = (
        said(source="sup_maker", title="Mug"),
        said(source="sup_other", days=2, title="A very long title"),
        said(source=OPERATOR_SOURCE, days=1, title="Cup"),
    )
    for strategy in MergeStrategy:
        assert result(*words, rule=by(strategy, "sup_other")).title == "Cup"


def test_a_rule_of_one_attribute_goes_before_that_of_all() -> None:
    rule = MergeRule(
        fields={
            "attributes": FieldRule(strategy=MergeStrategy.NEWEST),
            "attributes.color": FieldRule(strategy=MergeStrategy.FIRST),
        }
    )
    words = (
        said(source="sup_maker", **{"attributes.color": "blue", "attributes.size": "S"}),
        said(source="sup_other", days=1, **{"attributes.color": "red", "attributes.size": "M"}),
    )
    assert dict(result(*words, rule=rule).attributes) == {"color": "blue", "size": "M"}


def test_what_identifies_a_product_is_never_a_matter_of_strategy() -> None:
    words = (said(source="sup_maker", gtin="04006381333931"), said(source="sup_other", days=1, gtin="00036000291452"))
    assert result(*words, rule=by(MergeStrategy.NEWEST)).gtin == "04006381333931"


def test_saying_the_same_again_is_no_new_contribution() -> None:
    before = said(source="sup_other", image_urls=["https://example.com/1.jpg"])
    again = contribution_of(
        product_id="prd_1",
        source="sup_other",
        values={"image_urls": ("https://example.com/1.jpg",)},
        before=before,
        at=LATER,
    )
    assert again is before


@given(
    words=st.lists(
        st.builds(
            said,
            source=st.sampled_from(["sup_maker", "sup_a", "sup_b", "sup_c"]),
            days=st.integers(0, 3),
            brand=st.sampled_from(["A", "BB", "CCC"]),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one.source,
    ),
    strategy=st.sampled_from(list(MergeStrategy)),
    shuffled=st.randoms(),
)
def test_the_order_in_which_sources_are_read_decides_nothing(words: list[Any], strategy: Any, shuffled: Any) -> None:
    other = list(words)
    shuffled.shuffle(other)
    assert result(*words, rule=by(strategy)) == result(*other, rule=by(strategy))


def test_a_product_of_one_source_merges_into_itself() -> None:
    made = product(brand="Bergmann", attributes={"color": "blue"}, gtin="04006381333931", image_count=2)
    assert merged(product=made, contributions=[original_contribution(product=made)], rule=MergeRule(), at=LATER) is made
