from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openaisle.entrypoints.console.formats import (
    age_text,
    moment_text,
    money_text,
    quantity_text,
    sentence_text,
    short_identifier,
)

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (129_900, "EUR", "€1,299.00"),
        (1_299, "JPY", "¥1,299"),
        (1_299, "KWD", "KWD1.299"),
        (-5, "USD", "-$0.05"),
        (0, "BRL", "R$0.00"),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert money_text(amount_minor=amount_minor, currency=currency).replace("\xa0", "") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7_199, "1 h ago"),
        (200_000, "2 d ago"),
        (-90, "in 1 min"),
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert age_text(at=NOW - timedelta(seconds=seconds), now=NOW) == text


def test_a_moment_is_told_as_briefly_as_it_stays_clear() -> None:
    assert moment_text(at=NOW, now=NOW) == "18:00:00"
    assert moment_text(at=NOW - timedelta(days=20), now=NOW) == "Nov 3, 18:00"
    assert moment_text(at=NOW - timedelta(days=400), now=NOW) == "2025-10-19 18:00"


def test_one_of_a_thing_is_told_in_the_singular() -> None:
    assert quantity_text(number=1, noun="order") == "1 order"
    assert quantity_text(number=2_000, noun="order") == "2,000 orders"


def test_codes_become_words() -> None:
    assert sentence_text(code="purchase_order.partially_accepted") == "Purchase order partially accepted"


def test_an_identifier_is_shortened_to_its_kind_and_its_end() -> None:
    assert short_identifier(identifier="off_01kare8z7p3x9v2n4m6q8s0t2v") == "off_…8s0t2v"
    assert short_identifier(identifier="sup_1") == "sup_1"
