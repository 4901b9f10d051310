"""What makes a product's data good, and what it is told to lack."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.model import Product
from openaisle.publishing.quality import PARTS, Asked, product_quality, quality_marks
from tests.factories.catalog import product

WHOLE: dict[str, Any] = {
    "gtin": "04006381333931",
    "title": "Tonwerk stoneware mug, blue, 350 ml",
    "description": "A mug for every day. " * 10,
    "brand": "Tonwerk",
    "category": "Kitchen > Mugs",
    "image_urls": ("https://a.example/1.jpg", "https://a.example/2.jpg", "https://a.example/3.jpg"),
    "weight_grams": 350,
    "length_mm": 120,
    "width_mm": 90,
    "height_mm": 100,
    "attributes": {
        "color": "blue",
        "size": "350 ml",
        "material": "stoneware",
        "dishwasher": "yes",
        "origin": "DE",
        "manufacturer_name": "Tonwerk GmbH",
        "manufacturer_address": "Weg 1, Bremen",
        "manufacturer_email": "a@tonwerk.example",
        "safety_warnings": "None",
    },
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in WHOLE.items() if key != name}


def short_of(made: Product, **asked: Any) -> list[str]:
    quality = product_quality(product=made, asked=Asked(**asked))
    return [part.code for part in quality.parts if part.points < part.maximum]


def test_a_product_that_says_everything_has_a_hundred_points() -> None:
    quality = product_quality(product=product(**WHOLE))
    assert (quality.score, [part.suggestion for part in quality.parts if part.suggestion]) == (100, [])


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("gtin", "identifier"),
        ("description", "description"),
        ("image_urls", "images"),
        ("category", "category"),
        ("weight_grams", "measures"),
    ],
)
def test_what_is_missing_costs_its_part_alone(missing: str, code: str) -> None:
    assert short_of(product(**without(missing))) == [code]


@pytest.mark.parametrize(
    "title", ["Mug", "TONWERK STONEWARE MUG BLUE", "A stoneware mug in blue, 350 ml", "Tonwerk " * 30]
)
def test_a_title_that_tells_little_costs_points(title: str) -> None:
    assert short_of(product(**(WHOLE | {"title": title}))) == ["title"]


def test_a_category_is_asked_for_what_it_requires_and_must_be_known() -> None:
    assert short_of(product(**WHOLE), required=("color", "brand")) == []
    assert short_of(product(**WHOLE), required=("color", "capacity")) == ["attributes"]
    assert short_of(product(**WHOLE), category_known=False) == ["category"]


def test_an_empty_product_has_next_to_nothing_and_is_told_what_to_do() -> None:
    quality = product_quality(product=product(title="x"))
    assert quality.score < 10
    assert all(part.suggestion for part in quality.parts)


@given(
    facts=st.fixed_dictionaries(
        {
            "title": st.text(max_size=200),
            "description": st.none() | st.text(max_size=300),
            "brand": st.none() | st.text(max_size=20),
            "gtin": st.none() | st.just("04006381333931"),
            "image_count": st.none() | st.integers(min_value=0, max_value=50),
            "attributes": st.dictionaries(st.sampled_from(("color", "manufacturer_name", "size")), st.text(max_size=5)),
        }
    )
)
def test_the_parts_add_up_and_the_index_keeps_the_same(facts: dict[str, Any]) -> None:
    made = product(**facts)
    quality = product_quality(product=made)
    assert [part.code for part in quality.parts] == list(PARTS)
    assert 0 <= quality.score == sum(part.points for part in quality.parts) <= 100
    score, shortfalls = quality_marks(product=made)
    assert score == quality.score
    assert [bool(shortfalls >> bit & 1) for bit in range(len(PARTS))] == [
        part.points < part.maximum for part in quality.parts
    ]
