from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.cells import Facts, known_field
from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.model import SubmissionFacts


def read(**cells):
    reading = Facts(row=2)
    return reading.read(cells=cells), [one.code for one in reading.issues], [one.rule for one in reading.corrections]


@pytest.mark.parametrize(
    ("price", "currency", "amount_minor"),
    [
        ("12.99", "EUR", 1299),
        ("12", "EUR", 1200),
        ("12,99 €", "", 1299),
        ("€12.99", "EUR", 1299),
        ("12,99 EUR", "", 1299),
        ("R$ 58,90", "", 5890),
        ("$5", "USD", 500),
        ("1.299,00", "EUR", 129900),
        ("1,299.00", "EUR", 129900),
        ("1 299,00", "EUR", 129900),
        ("1'299.50", "CHF", 129950),
        ("1.299.000", "EUR", 129900000),
        ("0,5", "EUR", 50),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
    ],
)
def test_a_price_is_read_as_it_is_meant(price, currency, amount_minor):
    facts, issues, _ = read(price=price, currency=currency)
    assert (facts.price_minor, issues) == (amount_minor, [])
    assert facts.currency


@pytest.mark.parametrize(
    ("price", "currency"),
    [
        ("1,299", "EUR"),
        ("1.299", "EUR"),
        ("12.999", "EUR"),
        ("12.99", ""),
        ("free", "EUR"),
        ("1E5", "EUR"),
        ("12,99 € each", "EUR"),
        ("€ 5 $", "EUR"),
        ("$5", ""),
        ("1.2.3", "EUR"),
        ("9" * 50, "EUR"),
        ("12.99", "XXXX"),
    ],
)
def test_a_price_that_may_mean_two_things_is_not_guessed(price, currency):
    facts, issues, _ = read(price=price, currency=currency)
    assert facts.price_minor is None
    assert issues == [IssueCode.PRICE_UNREADABLE]


def test_a_price_written_in_another_currency_than_the_column_says_is_told():
    assert read(price="12,99 €", currency="USD")[1] == [IssueCode.CURRENCY_CONTRADICTED]
    assert read(price="$12.99", currency="EUR")[1] == [IssueCode.CURRENCY_CONTRADICTED]
    assert read(price="$12.99", currency="AUD")[1] == []


def test_minor_units_are_taken_as_they_are():
    facts, _, corrections = read(price_minor="1299", currency="EUR")
    assert (facts.price_minor, corrections) == (1299, [])


@pytest.mark.parametrize(("text", "grams"), [("350", 350), ("350 g", 350), ("350.0", 350), ("350,00g", 350)])
def test_a_number_with_its_unit_or_empty_decimals_is_read(text, grams):
    facts, issues, corrections = read(weight_grams=text)
    assert (facts.weight_grams, issues) == (grams, [])
    assert corrections == ([] if text == "350" else [CorrectionRule.NUMBER_TEXT_READ])


def test_what_is_no_number_is_told_by_its_column():
    assert read(weight_grams="heavy")[1] == [IssueCode.MEASURE_UNREADABLE]
    assert read(on_hand="many")[1] == [IssueCode.ON_HAND_UNREADABLE]
    assert read(lead_time_days="soon")[1] == [IssueCode.LEAD_TIME_INVALID]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("supplier_sku", "supplier_sku"),
        (" Supplier SKU ", "supplier_sku"),
        ("EAN", "gtin"),
        ("Price", "price"),
        ("attribute.Color", "attribute.color"),
        ("attribute.", None),
        ("attributes", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_a_header_is_known_by_its_synonyms(header, field):
    assert known_field(header=header) == field


FIELDS = sorted({*SubmissionFacts.__struct_fields__, "price", "attribute.color"} - {"attributes"})


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=80)))
def test_no_text_in_any_cell_breaks_the_reading(cells):
    facts = Facts(row=2).read(cells=cells)
    assert isinstance(facts, SubmissionFacts)


@pytest.mark.parametrize("text", ["1 290", "1\u00a0290", "1\u202f290", "1'290", "1\u2019290"])
def test_a_grouped_whole_number_in_the_column_of_minor_units_stays_minor_units(text):
    facts, issues, corrections = read(price_minor=text, currency="EUR")
    assert (facts.price_minor, issues) == (1290, [])
    assert corrections == [CorrectionRule.NUMBER_TEXT_READ]
