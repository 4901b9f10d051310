"""Schemas written, inherited, versioned, exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from openaisle.adapters.files.workbooks import CalamineReader
from openaisle.catalog.schemas.model import (
    AttributeDefinition,
    AttributeType,
    SchemaChangedMeanwhile,
    SchemaContent,
    SchemaUnfit,
    resolved_schema,
)
from openaisle.catalog.schemas.routes import operations
from openaisle.catalog.taxonomy.model import CategoryUnknown
from openaisle.catalog.taxonomy.reading import TaxonomyInvalid
from tests.factories.contexts import make_context
from tests.factories.schemas import make_attribute, make_choice, make_schema
from tests.factories.taxonomy import SMALL_TREE
from tests.unit.catalog.schemas.conftest import CatalogRoom


def test_a_category_inherits_replaces_and_excludes() -> None:
    schemas = {
        "root": make_schema("root", make_attribute("origin")),
        "3": make_schema("3", make_attribute("color"), make_attribute("material"), variant_axes=("color", "material")),
        "30": make_schema("30", make_choice("color"), excluded=("material",)),
    }
    resolved = resolved_schema(category_id="31", lineage=["root", "3", "30", "31"], schemas=schemas)
    assert [(one.attribute.name, one.attribute.type, one.from_category_id) for one in resolved.attributes] == [
        ("origin", AttributeType.TEXT, "root"),
        ("color", AttributeType.CHOICE, "30"),
    ]
    assert resolved.variant_axes == ("color",)


@pytest.mark.parametrize(
    "attribute",
    [
        make_attribute('co"lor'),
        make_attribute(""),
        make_attribute("supplier_sku"),
        make_attribute("color", type=AttributeType.CHOICE),
        make_attribute("color", values=("red",)),
        make_choice("color", "red", "RED"),
        make_choice("color", " red"),
        make_choice("color", "red" * 100),
        make_attribute("color", unit="cm"),
        make_attribute("n", type=AttributeType.NUMBER, unit="'; DROP"),
        make_attribute("n", type=AttributeType.NUMBER, minimum=2, maximum=1),
        make_attribute("n", type=AttributeType.NUMBER, minimum=float("nan")),
        make_attribute("n", type=AttributeType.NUMBER, maximum=float("inf")),
        make_attribute("color", minimum=2),
        make_attribute("color", length_maximum=0),
        make_attribute("weight_grams"),
        make_attribute("weight_grams", type=AttributeType.INTEGER, unit="g"),
        make_attribute("brand", type=AttributeType.INTEGER),
    ],
)
async def test_an_attribute_that_contradicts_itself_is_refused(
    room: CatalogRoom, attribute: AttributeDefinition
) -> None:
    with pytest.raises(SchemaUnfit):
        await room.schemas.put_attribute(
            category_id="root", attribute=attribute, replaces=None, note="", context=make_context()
        )
    assert await room.queries.all_schemas() == {}


async def test_a_schema_has_versions_and_lost_updates_are_refused(room: CatalogRoom) -> None:
    await room.load()
    content = SchemaContent(attributes=(make_attribute("color"),))
    first = await room.schemas.write(
        category_id="3", content=content, note="first", expected_version=0, context=make_context()
    )
    with pytest.raises(SchemaChangedMeanwhile):
        await room.schemas.write(
            category_id="3", content=SchemaContent(), note="", expected_version=0, context=make_context()
        )
    await room.schemas.write(
        category_id="3", content=SchemaContent(), note="emptied", expected_version=first.version, context=make_context()
    )
    page = await room.queries.versions(category_id="3", after=None, limit=10)
    assert [(one.version, one.note, len(one.attributes)) for one in page.versions] == [
        (2, "emptied", 0),
        (1, "first", 1),
    ]
    assert (await room.queries.resolved(category_id="31")).attributes == ()


async def test_an_attribute_is_put_replaced_removed_excluded_and_asked_again(room: CatalogRoom) -> None:
    await room.load()

    async def put(category_id: str, attribute: AttributeDefinition, replaces: str | None = None) -> None:
        await room.schemas.put_attribute(
            category_id=category_id, attribute=attribute, replaces=replaces, note="", context=make_context()
        )

    async def names(category_id: str) -> list[str]:
        return [one.attribute.name for one in (await room.queries.resolved(category_id=category_id)).attributes]

    await put("3", make_attribute("colour"))
    await put("3", make_attribute("material"))
    await room.schemas.set_variants(
        category_id="3", variant_axes=("colour",), only_listed=True, note="", context=make_context()
    )
    await put("3", make_choice("color"), replaces="colour")
    assert await names("31") == ["color", "material"]
    assert (await room.queries.resolved(category_id="31")).variant_axes == ("color",)

    await room.schemas.remove_attribute(category_id="30", name="material", note="", context=make_context())
    assert (await names("31"), await names("32")) == (["color"], ["color", "material"])
    with pytest.raises(SchemaUnfit):
        await room.schemas.remove_attribute(category_id="30", name="nothing", note="", context=make_context())
    await room.schemas.restore_attribute(category_id="30", name="material", note="", context=make_context())
    assert await names("31") == ["color", "material"]

    await room.schemas.remove_attribute(category_id="30", name="material", note="", context=make_context())
    await room.schemas.remove_attribute(category_id="3", name="material", note="", context=make_context())
    await put("30", make_attribute("finish"))
    assert await names("31") == ["color", "finish"]


async def test_rules_follow_schemas_and_the_tree_at_once(room: CatalogRoom) -> None:
    assert await room.queries.rules() == ()
    await room.load()
    assert [one.code for one in await room.queries.rules()] == ["category_unknown"]
    await room.schemas.put_attribute(
        category_id="3",
        attribute=make_attribute("color", is_required=True),
        replaces=None,
        note="",
        context=make_context(),
    )
    rules = await room.queries.rules()
    assert [one.code for one in rules] == ["category_unknown", "attribute_missing"]
    assert await room.queries.rules() is rules


async def test_a_tree_is_loaded_once_and_replaced_by_another(room: CatalogRoom) -> None:
    first = await room.load()
    assert (first.version, first.category_count, first.level_count) == (1, 14, 3)
    assert await room.load(SMALL_TREE + "\n# a comment") == first
    with pytest.raises(TaxonomyInvalid):
        await room.load("nonsense")
    second = await room.load("1 - Everything\n")
    assert second.version == 2
    assert [one.name for one in (await room.taxonomy_queries.tree()).children()] == ["Everything"]
    with pytest.raises(CategoryUnknown):
        await room.queries.resolved(category_id="31")


async def test_the_spreadsheet_has_a_column_for_each_attribute(room: CatalogRoom, tmp_path: Path) -> None:
    await room.load()
    content = SchemaContent(
        attributes=(make_choice("color", is_required=True), make_attribute("brand", is_required=True))
    )
    await room.schemas.write(category_id="3", content=content, note="", expected_version=None, context=make_context())
    path = tmp_path / "template.xlsx"
    path.write_bytes(await room.exports.template(category_id="30"))
    with CalamineReader().open(path=path) as book:
        sheets = {one.name: one.is_hidden for one in book.sheets}
        titles = next(cells for _, cells in book.rows(sheet="Products"))
        explained = {cells[0]: cells for _, cells in book.rows(sheet="Columns")}
        categories = [cells[0] for _, cells in book.rows(sheet="Categories")]
    assert {"Products", "Columns", "Categories"} <= set(sheets)
    assert list(titles[:3]) == ["supplier_sku", "title", "category"]
    assert "attribute.color" in titles
    assert (explained["attribute.color"][1], explained["attribute.color"][3]) == ("yes", "red, blue")
    assert explained["brand"][1] == "yes"
    assert categories[1:] == ["Furniture > Chairs", "Furniture > Chairs > Kitchen & Dining Room Chairs"]


async def test_the_json_schema_describes_a_submission(room: CatalogRoom) -> None:
    await room.load()
    width = make_attribute("width", type=AttributeType.NUMBER, unit="cm", minimum=1, maximum=500)
    weight = make_attribute("weight_grams", type=AttributeType.INTEGER, is_required=True, minimum=1)
    content = SchemaContent(attributes=(make_choice("color", is_required=True), width, weight))
    await room.schemas.write(category_id="3", content=content, note="", expected_version=None, context=make_context())
    made = await room.exports.json_schema(category_id="31")
    assert made["title"] == "Furniture > Chairs > Kitchen & Dining Room Chairs"
    attributes = made["properties"]["attributes"]
    assert attributes["required"] == ["color"]
    assert attributes["properties"]["color"]["enum"] == ["red", "blue"]
    assert attributes["properties"]["width"]["x-maximum"] == 500
    assert made["properties"]["weight_grams"]["minimum"] == 1
    assert {"weight_grams", "attributes", "supplier_sku"} <= set(made["required"])


def test_every_operation_has_a_handler(room: CatalogRoom) -> None:
    made = operations(use_cases=room.schemas, queries=room.queries, exports=room.exports)
    assert len({(one.method, one.path) for one in made}) == 5
