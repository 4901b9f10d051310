from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.issues import IssueCode, Severity
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import CONDITIONS, Candidate, validate, with_person_corrections
from openaisle.kernel.money import Money
from tests.factories.catalog import submission_facts

POLICY = CatalogPolicy()


def validated(*, policy=POLICY, last_price=None, settled=False, repeated=False, **given_facts):
    candidate = Candidate(
        facts=submission_facts(**given_facts), last_price=last_price, settled=settled, repeated=repeated
    )
    return validate(table=[candidate], policy=policy)[0]


def codes(row):
    return [one.code for one in row.issues]


def test_a_sound_row_has_nothing_against_it():
    row = validated()
    assert (row.rejected, row.doubtful, row.issues, row.corrections) == (False, False, (), ())
    assert row.facts.gtin == "04006381333931"


@pytest.mark.parametrize(
    ("given_facts", "code"),
    [
        ({"supplier_sku": " "}, IssueCode.SUPPLIER_SKU_MISSING),
        ({"supplier_sku": "A" * 101}, IssueCode.SUPPLIER_SKU_INVALID),
        ({"supplier_sku": "A\x07B"}, IssueCode.SUPPLIER_SKU_INVALID),
        ({"title": "<b></b>"}, IssueCode.TITLE_MISSING),
        ({"title": "T" * 301}, IssueCode.TITLE_TOO_LONG),
        ({"description": "T" * 10_001}, IssueCode.TEXT_TOO_LONG),
        ({"description": "Nice <script>alert(1)</script>"}, IssueCode.HTML_FORBIDDEN),
        ({"description": '<img src="x" onerror="alert(1)">'}, IssueCode.HTML_FORBIDDEN),
        ({"attributes": {"color": "<iframe>"}}, IssueCode.HTML_FORBIDDEN),
        ({"attributes": {str(number): "x" * 900 for number in range(50)}}, IssueCode.TEXT_TOO_LONG),
        ({"gtin": "4006381333932"}, IssueCode.GTIN_INVALID),
        ({"price_minor": None}, IssueCode.PRICE_MISSING),
        ({"price_minor": 0}, IssueCode.PRICE_NOT_POSITIVE),
        ({"price_minor": 10**9}, IssueCode.PRICE_TOO_HIGH),
        ({"currency": ""}, IssueCode.CURRENCY_MISSING),
        ({"currency": "EURO"}, IssueCode.CURRENCY_UNKNOWN),
        ({"on_hand": None}, IssueCode.ON_HAND_MISSING),
        ({"on_hand": -1}, IssueCode.ON_HAND_OUT_OF_RANGE),
        ({"location": "a b"}, IssueCode.LOCATION_INVALID),
        ({"lead_time_days": 400}, IssueCode.LEAD_TIME_INVALID),
        ({"condition": "broken"}, IssueCode.CONDITION_UNKNOWN),
    ],
)
def test_an_error_rejects_the_row_and_is_named(given_facts, code):
    row = validated(**given_facts)
    assert codes(row) == [code]
    assert row.rejected
    assert not row.doubtful


@pytest.mark.parametrize(
    ("given_facts", "code"),
    [
        ({"title": "Mu"}, IssueCode.TITLE_TOO_SHORT),
        ({"title": "=HYPERLINK(1)"}, IssueCode.FORMULA_CELL),
        ({"supplier_sku": "@SUM"}, IssueCode.FORMULA_CELL),
        ({"attributes": {"size": "+1"}}, IssueCode.FORMULA_CELL),
        ({"description": "Write to me@example.com"}, IssueCode.CONTACT_DATA),
        ({"title": "Mug, call +49 30 1234567"}, IssueCode.CONTACT_DATA),
        ({"description": "More at https://shop.example"}, IssueCode.CONTACT_DATA),
        ({"price_minor": 129900, "last_price": Money(amount_minor=1299, currency="EUR")}, IssueCode.PRICE_JUMPED),
        ({"price_minor": 12, "last_price": Money(amount_minor=1299, currency="EUR")}, IssueCode.PRICE_JUMPED),
    ],
)
def test_a_doubt_asks_a_person_once(given_facts, code):
    row = validated(**given_facts)
    assert codes(row) == [code]
    assert row.doubtful
    assert not row.rejected
    assert codes(validated(settled=True, **given_facts)) == []


@pytest.mark.parametrize(
    ("given_facts", "code"),
    [
        ({"category": None}, IssueCode.CATEGORY_MISSING),
        ({"weight_grams": None}, IssueCode.MEASURES_MISSING),
        ({"weight_grams": 0}, IssueCode.MEASURE_OUT_OF_RANGE),
        ({"length_mm": 10**6}, IssueCode.MEASURE_OUT_OF_RANGE),
        ({"image_count": -1}, IssueCode.MEASURE_OUT_OF_RANGE),
    ],
)
def test_a_warning_accepts_the_row(given_facts, code):
    row = validated(**given_facts)
    assert codes(row) == [code]
    assert row.issues[0].severity is Severity.WARNING
    assert not row.rejected
    assert not row.doubtful


def test_a_measure_out_of_range_is_left_out():
    assert validated(weight_grams=0).facts.weight_grams is None


@pytest.mark.parametrize("gtin", ["2000000000008", "0512345000107", "9999999999994", "20000004", "412345678903"])
def test_a_gtin_that_names_no_product_of_the_world_is_left_out(gtin):
    row = validated(gtin=gtin)
    assert codes(row) == [IssueCode.GTIN_RESTRICTED]
    assert row.facts.gtin is None
    strict = validated(gtin=gtin, policy=CatalogPolicy(gtin_required=True))
    assert codes(strict) == [IssueCode.GTIN_RESTRICTED, IssueCode.GTIN_MISSING]


def test_sizes_and_model_numbers_are_no_contact_data():
    text = "19 x 25 x 30 cm, model 00412-77, 220-240 V, up to 10.000 hours, size 38/40, ISO 9001:2015"
    assert codes(validated(description=text)) == []


def test_a_repeated_sku_is_rejected():
    assert codes(validated(repeated=True)) == [IssueCode.SUPPLIER_SKU_REPEATED]


def test_the_operator_decides_whether_a_gtin_is_needed():
    assert codes(validated(gtin=None)) == []
    assert codes(validated(gtin=" ", policy=CatalogPolicy(gtin_required=True))) == [IssueCode.GTIN_MISSING]


def test_a_price_in_another_currency_is_not_compared():
    assert codes(validated(price_minor=129900, last_price=Money(amount_minor=1299, currency="BRL"))) == []


TEXT = st.text(max_size=400)
WHOLE = st.one_of(st.none(), st.integers(-(2**70), 2**70))
FACTS = st.builds(
    SubmissionFacts,
    supplier_sku=TEXT,
    title=TEXT,
    gtin=st.one_of(st.none(), TEXT),
    product_reference=st.one_of(st.none(), TEXT),
    description=st.one_of(st.none(), TEXT),
    brand=st.one_of(st.none(), TEXT),
    category=st.one_of(st.none(), TEXT),
    weight_grams=WHOLE,
    length_mm=WHOLE,
    image_count=WHOLE,
    attributes=st.dictionaries(TEXT, TEXT, max_size=4),
    price_minor=WHOLE,
    currency=TEXT,
    on_hand=WHOLE,
    location=TEXT,
    lead_time_days=st.integers(-(2**70), 2**70),
    condition=TEXT,
)


@given(st.lists(FACTS, max_size=5))
def test_validation_never_raises_and_what_it_lets_through_is_sound(table):
    rows = validate(table=[Candidate(facts=facts) for facts in table], policy=POLICY)
    assert len(rows) == len(table)
    for row in rows:
        assert not (row.rejected and row.doubtful)
        if not row.rejected:
            facts = row.facts
            assert facts.supplier_sku
            assert facts.title
            assert 0 < facts.price_minor <= POLICY.price_minor_maximum
            assert 0 <= facts.on_hand <= POLICY.on_hand_maximum
            assert facts.condition in CONDITIONS
            assert facts.gtin is None or len(facts.gtin) == 14


@given(FACTS)
def test_validating_what_was_mended_finds_nothing_to_mend(facts):
    (once,) = validate(table=[Candidate(facts=facts)], policy=POLICY)
    if once.rejected or any(sign in once.facts.title for sign in "&<"):
        return
    (twice,) = validate(table=[Candidate(facts=once.facts)], policy=POLICY)
    mended = {one.field for one in twice.corrections} - {"brand", "category", "product_reference"}
    assert mended == set()


def test_a_persons_corrections_are_kept_with_what_stood_before():
    facts, corrections = with_person_corrections(facts=submission_facts(), corrections={"price_minor": 5, "gtin": None})
    assert (facts.price_minor, facts.gtin) == (5, None)
    assert [(one.field, one.before, one.after) for one in corrections] == [
        ("price_minor", "1299", "5"),
        ("gtin", "4006381333931", "None"),
    ]


@pytest.mark.parametrize("corrections", [{"price_minor": "x"}, {"colour": "blue"}, {"title": None}])
def test_a_persons_correction_that_fits_no_field_is_refused(corrections):
    with pytest.raises(msgspec.ValidationError):
        with_person_corrections(facts=submission_facts(), corrections=corrections)
