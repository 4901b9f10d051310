"""A word spelled or typed otherwise stays alike; another word does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.screening.likeness import WORD_MINIMUM, word_likeness
from openaisle.suppliers.screening.screening import SCORE_MINIMUM, names_likeness

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mohammed", "muhammad"),
        ("yusuf", "yousef"),
        ("sergei", "sergey"),
        ("aleksandr", "alexander"),
        ("khalid", "halid"),
        ("zhukov", "jukov"),
        ("petrov", "petroff"),
        ("mhmd", "mohammed"),
        ("airlines", "arilines"),
        ("al", "el"),
        ("ri", "lee"),
    ],
)
def test_spellings_of_one_word_are_alike(one: str, other: str) -> None:
    assert word_likeness(one, other) >= SCORE_MINIMUM


@pytest.mark.parametrize(("one", "other"), [("ev", "ief"), ("falcon", "shipping"), ("gw", "gf"), ("star", "sky")])
def test_other_words_are_not_alike(one: str, other: str) -> None:
    assert word_likeness(one, other) < WORD_MINIMUM


@given(WORDS, WORDS)
def test_likeness_goes_both_ways_and_stays_within_its_bounds(one: str, other: str) -> None:
    assert word_likeness(one, other) == word_likeness(other, one)
    assert 0.0 <= word_likeness(one, other) <= 1.0
    assert word_likeness(one, one) == 1.0


@given(st.lists(WORDS.filter(lambda word: len(word) > 4), min_size=1, max_size=5), st.randoms())
def test_the_order_of_words_makes_no_difference(words: list[str], chance: object) -> None:
    assert names_likeness(one=" ".join(words), other=" ".join(reversed(words))) > 0.99


def test_a_missing_word_costs_its_weight() -> None:
    assert names_likeness(one="Nordwind Shipping", other="Nordwind Shipping Baltic") < SCORE_MINIMUM
    assert names_likeness(one="Nordwind Shipping", other="Nordwind Shipping Ltd") == 1.0


def test_a_name_that_cannot_be_read_is_like_none() -> None:
    assert names_likeness(one="---", other="Nordwind") == 0.0
