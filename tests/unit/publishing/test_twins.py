from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from openaisle.catalog.model import Product
from openaisle.publishing.twins.model import Likeness, compared, kept_and_joined, looks_for_twins
from tests.factories.catalog import product
from tests.factories.offers import AT

TITLE = "Bosch GSR 12V-15 cordless drill"


def one(**given: Any) -> Product:
    return product(**({"product_id": "prd_1", "supplier_id": "sup_a", "title": TITLE, "brand": "Bosch"} | given))


def other(**given: Any) -> Product:
    return one(**({"product_id": "prd_2", "supplier_id": "sup_b"} | given))


def likeness(first: Product, second: Product) -> Likeness:
    found = compared(product=first, other=second)
    assert compared(product=second, other=first) == found, "whichever comes first, the answer is the same"
    return found.likeness


def test_the_same_brand_and_part_number_are_one_product_however_they_are_written() -> None:
    assert likeness(one(part_number="GSR 12V-15"), other(brand="BOSCH", part_number="gsr12v15")) is Likeness.CERTAIN


def test_the_same_part_number_under_titles_that_are_strangers_is_a_question() -> None:
    assert likeness(one(part_number="12"), other(part_number="12", title="Saw blade, wood")) is Likeness.DOUBTFUL


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"title": "Bosch cordless drill GSR 12V-15"}, "the same words in another order"),
        ({"title": "Bosch GSR 12V-15 cordless drill!"}, "a sign more"),
    ],
)
def test_alike_titles_of_one_brand_are_a_question(changes: dict[str, Any], why: str) -> None:
    assert likeness(one(), other(**changes)) is Likeness.DOUBTFUL, why


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"gtin": "04006381333931"}, {"gtin": "00036000291452"}, "two GTINs are two products"),
        ({}, {"supplier_id": "sup_a"}, "a supplier knows what it sells apart"),
        ({"brand": None}, {"brand": None}, "without a brand titles say too little"),
        ({"part_number": "A1"}, {"part_number": "A2"}, "two part numbers are two products"),
        ({}, {"title": "Bosch GSR 18V-55 cordless drill"}, "another number is another product"),
        ({"merged_into": "prd_9"}, {}, "what was joined already is not joined again"),
        (
            {"variant_group": "shirt", "attributes": {"size": "S"}},
            {"variant_group": "tee", "attributes": {"size": "M"}},
            "another size is another product",
        ),
    ],
)
def test_what_differs_in_this_is_two_products(first: dict[str, Any], second: dict[str, Any], why: str) -> None:
    assert likeness(one(**first), other(**second)) is Likeness.DIFFERENT, why


def test_the_product_with_a_gtin_stays_and_then_the_older_one() -> None:
    young = other(created_at=AT + timedelta(days=1))
    assert kept_and_joined(product=young, other=one()) == (one(), young)
    numbered = other(created_at=AT + timedelta(days=1), gtin="04006381333931")
    assert kept_and_joined(product=one(), other=numbered) == (numbered, one())


def test_only_what_its_identifiers_do_not_settle_is_looked_for() -> None:
    assert looks_for_twins(product=one())
    assert not looks_for_twins(product=one(brand=None))
    assert not looks_for_twins(product=one(gtin="04006381333931"))
    assert looks_for_twins(product=one(gtin="04006381333931", part_number="A1"))
