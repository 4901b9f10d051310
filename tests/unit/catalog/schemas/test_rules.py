"""What schemas find in a table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openaisle.adapters.tabular.workbench import DuckWorkbench
from openaisle.catalog.expressions.examples import FACTS_TABLE
from openaisle.catalog.issues import Severity
from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType, CategorySchema
from openaisle.catalog.schemas.rules import schema_rules
from tests.factories.schemas import REJECT, REVIEW, make_attribute, make_choice, make_schema
from tests.factories.taxonomy import small_tree

CHAIR = "Furniture > Chairs > Kitchen & Dining Room Chairs"
SOFA = "Furniture > Sofas"


def found(
    bench: DuckWorkbench, schemas: list[CategorySchema], row: dict[str, Any], **attributes: str
) -> list[tuple[str, str]]:
    """The codes and messages of what is found in a row, but for an unknown category."""
    names = bench.columns(table=FACTS_TABLE)
    bench.run(sql=f"DELETE FROM {FACTS_TABLE}")
    facts = {"category": CHAIR, "attributes": json.dumps(attributes, sort_keys=True)} | row
    bench.append(table=FACTS_TABLE, rows=[tuple(facts.get(name) for name in names)])
    findings = []
    for rule in schema_rules(tree=small_tree(), schemas={one.category_id: one for one in schemas}):
        where = f"({rule.scope_sql or 'true'}) AND ({rule.where_sql})"
        message = bench.value(sql=f"SELECT {rule.message_sql} FROM {FACTS_TABLE} WHERE {where}")
        if message is not None:
            findings.append((rule.code, message))
    return findings


def codes(bench: DuckWorkbench, one: AttributeDefinition, value: str | None) -> list[str]:
    attributes = {one.name: value} if value is not None else {}
    return [code for code, _ in found(bench, [make_schema("30", one)], {}, **attributes)]


def test_a_required_attribute_is_missed_in_its_category_and_below_only(bench: DuckWorkbench) -> None:
    schemas = [make_schema("30", make_attribute("material", label="Material", is_required=True))]
    missing = [("attribute_missing", "The category asks for Material.")]
    assert found(bench, schemas, {}) == missing
    assert found(bench, schemas, {}, material="  ") == missing
    assert found(bench, schemas, {}, material="oak") == []
    assert found(bench, schemas, {"category": "furniture > chairs"}) == missing
    assert found(bench, schemas, {"category": "31"}) == missing
    assert found(bench, schemas, {"category": SOFA}) == []
    assert found(bench, schemas, {"category": None}) == []


def test_what_a_category_below_defines_anew_or_excludes_is_not_asked_as_above(bench: DuckWorkbench) -> None:
    above = make_schema("3", make_attribute("material", is_required=True), make_choice("color", is_required=True))
    below = make_schema("31", make_attribute("material"), excluded=("color",))
    assert [code for code, _ in found(bench, [above, below], {"category": SOFA})] == ["attribute_missing"] * 2
    assert found(bench, [above, below], {}) == []


def test_the_root_asks_all_products_also_without_a_category(bench: DuckWorkbench) -> None:
    schemas = [make_schema("root", make_attribute("brand", is_required=True))]
    assert [code for code, _ in found(bench, schemas, {"category": None})] == ["attribute_missing"]
    assert found(bench, schemas, {"category": None, "brand": "Acme"}) == []


@pytest.mark.parametrize(
    ("attribute", "fitting", "unfit", "code"),
    [
        (make_choice("color", "Red", "Dark blue"), ("Red", "red", "DARK BLUE"), ("pink",), "attribute_not_listed"),
        (make_attribute("n", type=AttributeType.INTEGER), ("5", "-12"), ("5.5", "five", "1e9"), "attribute_unreadable"),
        (make_attribute("n", type=AttributeType.NUMBER), ("5", "12.50"), ("1,5", "x", "1e9"), "attribute_unreadable"),
        (make_attribute("b", type=AttributeType.BOOLEAN), ("true", "No", "1"), ("maybe",), "attribute_unreadable"),
        (make_attribute("d", type=AttributeType.DATE), ("2028-02-29",), ("2026-02-30", "1.2"), "attribute_unreadable"),
        (make_attribute("u", type=AttributeType.URL), ("https://a.example/x",), ("a.example",), "attribute_unreadable"),
        (make_attribute("t", length_maximum=3), ("abc", "äöü"), ("abcd",), "attribute_too_long"),
        (
            make_attribute("w", type=AttributeType.NUMBER, unit="cm", minimum=1, maximum=2.5),
            ("1", "2.5"),
            ("0.9", "2.51"),
            "attribute_out_of_range",
        ),
    ],
)  # fmt: skip
def test_a_value_must_be_what_its_type_says(
    bench: DuckWorkbench, attribute: AttributeDefinition, fitting: tuple[str, ...], unfit: tuple[str, ...], code: str
) -> None:
    assert codes(bench, attribute, None) == []
    for value in fitting:
        assert codes(bench, attribute, value) == []
    for value in unfit:
        assert codes(bench, attribute, value) == [code]


def test_facts_are_held_to_bounds_and_lists_as_attributes_are(bench: DuckWorkbench) -> None:
    weight = make_attribute("weight_grams", type=AttributeType.INTEGER, is_required=True, maximum=1_000)
    brand = make_choice("brand", "Acme")
    schemas = [make_schema("30", weight, brand)]
    assert found(bench, schemas, {"weight_grams": 900, "brand": "ACME"}) == []
    told = found(bench, schemas, {"weight_grams": 2_000, "brand": "Ajax"})
    assert told == [
        ("attribute_out_of_range", "weight_grams: 2000 is not at most 1000."),
        ("attribute_not_listed", "brand: Ajax is none of Acme."),
    ]


def test_variants_need_their_axes(bench: DuckWorkbench) -> None:
    schemas = [make_schema("3", make_attribute("color"), make_attribute("size"), variant_axes=("color", "size"))]
    assert found(bench, schemas, {}) == []
    assert found(bench, schemas, {"variant_group": "v1"}, color="red") == [
        ("variant_axis_missing", "Products of a variant group differ in color, size.")
    ]
    assert found(bench, schemas, {"variant_group": "v1"}, color="red", size="L") == []


def test_attributes_that_nobody_asks_for_are_told_where_only_listed_ones_are_known(bench: DuckWorkbench) -> None:
    schemas = [
        make_schema("root", make_attribute("origin")),
        make_schema("3", make_attribute("color"), only_listed=True),
        make_schema("31", make_attribute("seat_height")),
    ]
    assert found(bench, schemas, {}, color="red", origin="PL", seat_height="45") == []
    assert found(bench, schemas, {}, color="red", colour="red", gear="x") == [
        ("attribute_unknown", "Not known in this category: colour, gear.")
    ]
    assert found(bench, schemas, {"category": "Animals & Pet Supplies"}, gear="x") == []


def test_a_category_outside_the_tree_is_told(bench: DuckWorkbench) -> None:
    assert found(bench, [], {"category": "Toys's"}) == [
        ("category_unknown", "The category Toys's is not one of this marketplace.")
    ]
    for known in ("31", "SOFAS", "furniture > sofas", None):
        assert found(bench, [], {"category": known}) == []


def test_consequences_are_those_of_rules() -> None:
    schemas = {
        "30": make_schema(
            "30",
            make_attribute("a", is_required=True, consequence=REJECT),
            make_attribute("b", is_required=True, consequence=REVIEW),
            make_attribute("c", is_required=True),
        )
    }
    made = [one for one in schema_rules(tree=small_tree(), schemas=schemas) if one.code == "attribute_missing"]
    assert [(one.severity, one.doubtful) for one in made] == [
        (Severity.ERROR, False),
        (Severity.WARNING, True),
        (Severity.WARNING, False),
    ]
    assert made[0].field == "attribute.a"


def test_values_and_labels_of_an_operator_never_become_sql(bench: DuckWorkbench) -> None:
    hostile = make_choice("color", "o'red", "'); DROP TABLE x; --", label="It's '); DROP TABLE x; --", is_required=True)
    schemas = [make_schema("30", hostile)]
    assert found(bench, schemas, {}, color="O'Red") == []
    assert [code for code, _ in found(bench, schemas, {}, color="x")] == ["attribute_not_listed"]
    assert [code for code, _ in found(bench, schemas, {})] == ["attribute_missing"]


def test_schemas_of_categories_that_are_gone_from_the_tree_hold_nowhere(bench: DuckWorkbench) -> None:
    assert found(bench, [make_schema("999", make_attribute("color", is_required=True))], {}) == []
