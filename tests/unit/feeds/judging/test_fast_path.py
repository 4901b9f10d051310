from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.html_cleaner import AmmoniaCleaner
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.spelling import Spellings
from openaisle.feeds.judging.judge import judge
from openaisle.feeds.judging.slow_path import GivenRow, judged_by_python
from openaisle.feeds.judging.tables import JUDGED_COLUMNS, correction_rows, issue_rows, judged_row
from tests.factories.feeds import cells, cells_table

POLICY = CatalogPolicy()
EVERYTHING = CatalogPolicy(
    html_cleaner=AmmoniaCleaner(),
    brands=Spellings(pairs=[("nora", "Nora"), ("nora ltd", "Nora")]),
    categories=Spellings(pairs=[("7", "Home > Kitchen"), ("kitchen", "Home > Kitchen")]),
)
SLOWLY = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
OTHER_SKU = "OTHER"


def by_python(rows, policy):
    table = [
        GivenRow(row=number, cells={name: row[name] for name in sorted(row) if row[name]})
        for number, row in enumerate(rows, start=2)
    ]
    return judged_by_python(table=table, policy=policy)


def fetched(workbench, sql):
    return [row for rows in workbench.rows(sql=sql) for row in rows]


def assert_same(*, workbench, rows, policy=POLICY):
    """Judge rows of different SKUs both ways; return how many SQL judged."""
    cells_table(workbench=workbench, rows=rows)
    workbench.run(sql="DROP TABLE IF EXISTS repeated")
    counts = judge(workbench=workbench, policy=policy, rules=())
    assert counts.rows == len(rows)
    judged = fetched(workbench, f"SELECT {', '.join(JUDGED_COLUMNS)} FROM judged ORDER BY row")
    issues = fetched(workbench, "SELECT * FROM issues")
    corrections = fetched(workbench, "SELECT * FROM corrections")
    for one, found in zip(by_python(rows, policy), judged, strict=True):
        expected = judged_row(
            row=one.row,
            verdict=one.verdict.value,
            facts=one.facts,
            facts_hash=one.facts_hash,
        )
        names = dict(zip(JUDGED_COLUMNS, zip(expected, found, strict=True), strict=True))
        names.pop("fast")
        differing = {name: pair for name, pair in names.items() if pair[0] != pair[1]}
        assert not differing, (rows[one.row - 2], found[-1], differing)
        assert sorted(issue_rows(row=one.row, issues=one.issues), key=str) == sorted(
            (row for row in issues if row[0] == one.row), key=str
        )
        assert sorted(correction_rows(row=one.row, corrections=one.corrections), key=str) == sorted(
            (row for row in corrections if row[0] == one.row), key=str
        )
    return counts.fast


USUAL = {
    "title": [
        "STONEWARE TEAPOT, BLUE",
        "  Mug ",
        "Mug  blue",
        "Salt & pepper",
        "H&M shirt",
        "Mug &amp; more",
        "AB CDEFGH",
    ],
    "gtin": [
        "4006381333931",
        "400638133393",
        "12345670",
        "36000291452",
        "0036000291452",
        "4 006381 333931",
        "'4006381333931",
        "0306406152",
        "2000000000008",
        "4006381333932",
        "20000004",
        "123",
    ],
    "brand": ["Nora", " Nora ", "NORA", "nora  LTD", "=1+1"],
    "category": ["kitchen", "7", ""],
    "description": [
        "For every day.",
        "Write to me@example.com",
        "Call +49 30 1234567 now",
        "See www.example.com",
        " Two\nlines ",
        "<p>Bold</p>",
        "<script>x</script>",
        "<p>javascript:x</p>",
        "<div class=x>Blue</div>",
        'A 19" screen \\ more',
    ],
    "weight_grams": ["350", "350 g", "350.0", "0", "-1", "heavy", "007", ""],
    "length_mm": ["120", "120 mm", "99999999", ""],
    "image_count": ["3", "1001", "x"],
    "on_hand": ["10", "10 pcs", "-3", "many", ""],
    "price": [
        "12.99",
        "12,99 €",
        "EUR 12,99",
        "1.299,00 €",
        "12",
        "12.9",
        "0",
        "0,00 €",
        "free",
        "$5",
        "12.999",
        " 12.99 ",
        "1,299",
    ],
    "price_minor": ["1299", "1 299", "", "0", "12.99", " 5 "],
    "currency": ["EUR", "eur", "USD", "JPY", "QQQ", "", " EUR "],
    "condition": ["new", "neu", "NEW", "used", "broken", ""],
    "location": ["default", "berlin-1", "no way"],
    "lead_time_days": ["2", "3 days", "400", "soon", ""],
    "image_urls": [
        "https://images.example/1.jpg",
        "https://a.example/1.jpg, https://a.example/2.jpg",
        "https://a.example/1.jpg|https://a.example/1.jpg",
        "https://a.example/w_1,h_2/1.jpg",
        "ftp://a.example/1.jpg",
        "https://a.example/ü.jpg",
    ],
    "attribute.color": ["blue", "-", "<b>", 'a "b"', "=1"],
    "attribute.size": ["XL", "+1", "", "a\tb"],
    "part_number": ["ABC-1", " ABC-1"],
    "variant_group": ["mugs", "mugs  blue"],
    "product_reference": ["REF-1", "REF\x071"],
}
NOISE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
LATIN = st.text(st.sampled_from("ABCabcÄäßÉé12 \t\n\xa0&<>#;-+=.,'\"€\u2009\u200b\u3000/"), max_size=24)


def cell(field):
    return st.one_of(st.sampled_from(USUAL[field]), st.sampled_from(USUAL[field]), LATIN, NOISE)


ROWS = st.lists(st.fixed_dictionaries({}, optional={field: cell(field) for field in USUAL}), min_size=1, max_size=12)


@SLOWLY
@given(ROWS)
def test_whatever_sql_takes_python_judges_the_same(lasting_workbench, rows):
    table = [cells() | row | {"supplier_sku": f"SKU-{place}"} for place, row in enumerate(rows)]
    assert_same(workbench=lasting_workbench, rows=table)


@SLOWLY
@given(ROWS)
def test_whatever_sql_takes_python_judges_the_same_also_by_the_operators_lists(lasting_workbench, rows):
    table = [cells() | row | {"supplier_sku": f"SKU-{place}"} for place, row in enumerate(rows)]
    assert_same(workbench=lasting_workbench, rows=table, policy=EVERYTHING)


@pytest.mark.parametrize("given_cells", [{"brand": "NORA"}, {"brand": "Unheard"}, {"category": "7"}, {"brand": ""}])
def test_what_the_operator_spells_is_judged_by_sql(workbench, given_cells):
    assert assert_same(workbench=workbench, rows=[cells(**given_cells)], policy=EVERYTHING) == 1


@SLOWLY
@given(ROWS)
def test_columns_that_are_missing_are_judged_the_same(lasting_workbench, rows):
    assert_same(
        workbench=lasting_workbench, rows=[{"supplier_sku": f"SKU-{place}"} | row for place, row in enumerate(rows)]
    )


@pytest.mark.parametrize("field", ["currency", "brand", "category"])
def test_a_column_that_holds_nothing_but_control_characters_is_left_to_python(workbench, field):
    row = {"supplier_sku": "SKU-0", "title": "A pen", field: "\x1f"}
    assert assert_same(workbench=workbench, rows=[row], policy=EVERYTHING) == 0


@SLOWLY
@given(st.lists(st.one_of(LATIN, NOISE), min_size=1, max_size=12, unique_by=str.strip))
def test_skus_are_judged_the_same(lasting_workbench, skus):
    assert_same(workbench=lasting_workbench, rows=[cells(supplier_sku=sku) for sku in skus])


@pytest.mark.parametrize(
    "given_cells",
    [
        {},
        {"price": "12,99 €"},
        {"price": "12,99 €", "currency": ""},
        {"price": "EUR 1.299,00"},
        {"price": "0.00"},
        {"price": ""},
        {"price": "free"},
        {"gtin": "36000291452"},
        {"gtin": "4 006381 333931"},
        {"gtin": "4006381333931.0"},
        {"gtin": ""},
        {"gtin": "4006381333932"},
        {"gtin": "2000000000008"},
        {"gtin": "12"},
        {"description": "Write to me@example.com"},
        {"title": "STONEWARE TEAPOT, BLUE"},
        {"title": "KÄNNCHEN AUS STEINGUT"},
        {"title": " Stoneware  mug "},
        {"title": ""},
        {"supplier_sku": " MUG-1 "},
        {"currency": "eur"},
        {"weight_grams": "350 g"},
        {"weight_grams": "heavy"},
        {"weight_grams": "", "height_mm": ""},
        {"on_hand": "-3"},
        {"on_hand": ""},
        {"condition": "neu"},
        {"condition": "broken"},
        {"category": ""},
        {"description": " <p>Bold</p> "},
        {"attribute.color": "-"},
        {"image_urls": "https://a.example/1.jpg, https://a.example/2.jpg"},
    ],
)
def test_dirt_that_whole_feeds_have_is_judged_by_sql(workbench, given_cells):
    assert assert_same(workbench=workbench, rows=[cells(**given_cells)]) == 1
