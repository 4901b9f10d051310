"""Categories from the operator's file to what a supplier is told of a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openaisle.adapters.files.workbook_writer import XlsxWriter
from openaisle.adapters.files.workbooks import CalamineReader
from openaisle.kernel.spreadsheets import SheetColumn, SheetToWrite
from tests.factories.taxonomy import SMALL_TREE
from tests.journeys.marketplace import RunningMarketplace, submission
from tests.journeys.test_products import fed, issues_of
from tests.support.waiting import eventually

FEED = """supplier_sku,title,price,currency,on_hand,category,attribute.color,attribute.seat_height,attribute.legs
C-1,Oak chair,129.00,BRL,4,Furniture > Chairs,Red,45,4
C-2,Pine steel chair,79.00,BRL,4,FURNITURE > CHAIRS,pink,45,
C-3,Steel chair,89.00,BRL,4,30,,450,
S-1,Sofa,899.00,BRL,1,Furniture > Sofas,,,
T-1,Toy,9.00,BRL,10,Toys,,,
"""
SCHEMA: dict[str, Any] = {
    "expected_version": 0,
    "attributes": [
        {"name": "color", "type": "choice", "values": ["red", "blue"], "is_required": True, "consequence": "reject"},
        {"name": "seat_height", "type": "number", "unit": "cm", "maximum": 120},
    ],
}
RULES = """
[[rules]]
code = "cheap_chair"
field = "price_minor"
within = "Furniture > Chairs"
when = 'price_minor < 9000 and "steel" in lower(title)'
message = "This is little for {title}: {price_minor}."
"""
PRODUCT = {
    "supplier_sku": "C-9",
    "title": "Birch chair",
    "category": "Furniture > Chairs",
    "price": "79.90",
    "currency": "BRL",
    "on_hand": "12",
    "attribute.color": "red",
    "attribute.seat_height": "46",
}


async def test_what_a_category_asks_is_told_to_suppliers_row_by_row(marketplace: RunningMarketplace) -> None:
    operator = marketplace.operator
    supplier = await marketplace.active_supplier(handle="moveis")
    loaded = await operator.call(
        "PUT", "/v1/category-tree", raw=SMALL_TREE.encode(), headers={"Content-Type": "text/plain"}
    )
    assert (loaded.status, loaded.body["category_count"]) == (200, 14)
    written = await operator.call("PUT", "/v1/categories/30/schema", SCHEMA)
    assert (written.status, written.body["own"]["version"]) == (200, 1)
    assert (await operator.call("PUT", "/v1/categories/30/schema", SCHEMA)).status == 409

    asked = await supplier.caller.get("/v1/categories/31/schema")
    assert [one["from_category_id"] for one in asked["attributes"]] == ["30", "30"]
    assert asked["own"] is None
    assert (await supplier.caller.get("/v1/category-tree"))["loaded_by"] == ""
    suggested = await supplier.caller.get("/v1/category-suggestions?text=couches")
    assert suggested["suggestions"][0]["category_id"] == "32"

    feed = await fed(supplier=supplier, content=FEED.encode())
    found = {(one["row"], one["code"], one["field"]) for one in await issues_of(supplier=supplier, feed=feed)}
    of_schemas = {one for one in found if one[1].startswith(("attribute_", "category_unknown"))}
    assert of_schemas == {
        (3, "attribute_not_listed", "attribute.color"),
        (4, "attribute_missing", "attribute.color"),
        (4, "attribute_out_of_range", "attribute.seat_height"),
        (6, "category_unknown", "category"),
    }
    assert feed["counts"]["rejected"] == 2
    assert feed["counts"]["rows"] == 5


async def test_a_filled_in_template_is_a_feed_as_it_is(marketplace: RunningMarketplace, tmp_path: Path) -> None:
    operator = marketplace.operator
    supplier = await marketplace.active_supplier(handle="moveis")
    await operator.call("PUT", "/v1/category-tree", raw=SMALL_TREE.encode(), headers={"Content-Type": "text/plain"})
    await operator.call("PUT", "/v1/categories/30/schema", SCHEMA)
    given = await supplier.caller.call("GET", "/v1/categories/30/template")
    assert given.status == 200
    template, filled = tmp_path / "products.xlsx", tmp_path / "filled.xlsx"
    template.write_bytes(given.body)
    # What a person does in a spreadsheet: the same sheets, with rows below the titles.
    sheets = []
    with CalamineReader().open(path=template) as book:
        for one in book.sheets:
            if not one.is_hidden:
                titles, *rows = [[str(cell or "") for cell in cells] for _, cells in book.rows(sheet=one.name)]
                if one.name == "Products":
                    rows = [[PRODUCT.get(title, "") for title in titles]]
                columns = tuple(SheetColumn(title=title) for title in titles)
                sheets.append(SheetToWrite(name=one.name, columns=columns, rows=rows))
    XlsxWriter().write(path=filled, sheets=sheets)
    feed = await fed(supplier=supplier, content=filled.read_bytes())
    assert (feed["state"], feed["counts"]["rows"], feed["counts"]["rejected"]) == ("applied", 1, 0), feed
    found = [one["code"] for one in await issues_of(supplier=supplier, feed=feed)]
    assert not [code for code in found if code.startswith(("attribute_", "category_"))], found
    listed = await operator.get("/v1/products")
    assert [(one["category"], one["attributes"]["color"]) for one in listed["products"]] == [
        ("Furniture > Chairs", "red")
    ]


async def test_a_rule_of_the_operators_file_finds_rows_and_a_broken_file_stops_the_feed_with_its_reason(
    marketplace: RunningMarketplace, tmp_path: Path
) -> None:
    supplier = await marketplace.active_supplier(handle="moveis")
    file = tmp_path / "home" / "product-rules.toml"
    file.write_text("[[rules]]\ncode = 'cheap_chair'\n", encoding="utf-8")
    failed = await fed(supplier=supplier, content=FEED.encode())
    assert (failed["state"], "cheap_chair" in str(failed)) == ("failed", True), failed
    file.write_text(RULES, encoding="utf-8")
    feed = await fed(supplier=supplier, content=FEED.encode() + b"\n")
    found = [(one["row"], one["message"]) for one in await issues_of(supplier=supplier, feed=feed)]
    assert (3, "This is little for Pine steel chair: 7900.") in found, found


async def test_submissions_by_api_are_judged_by_schemas_and_rules_as_feeds_are(
    marketplace: RunningMarketplace, tmp_path: Path
) -> None:
    operator = marketplace.operator
    supplier = await marketplace.active_supplier(handle="moveis")
    (tmp_path / "home" / "product-rules.toml").write_text(RULES, encoding="utf-8")
    await operator.call("PUT", "/v1/category-tree", raw=SMALL_TREE.encode(), headers={"Content-Type": "text/plain"})
    await operator.call("PUT", "/v1/categories/30/schema", SCHEMA)
    cheap = {"title": "Pine steel chair", "gtin": None, "price_minor": 7900}
    given = [
        submission(supplier_sku="C-1", category="30", attributes={"color": "red"}, **cheap),
        submission(supplier_sku="C-2", category="furniture > CHAIRS", attributes={"color": "pink"}, **cheap),
        submission(supplier_sku="C-3", category="Toys of mine", **cheap),
    ]
    handed_in = await supplier.caller.post("/v1/product-submissions", {"submissions": given})

    async def judged() -> list[dict[str, Any]] | None:
        paths = [f"/v1/product-submissions/{one['submission_id']}" for one in handed_in["submissions"]]
        found = [await supplier.caller.get(path) for path in paths]
        return found if all(one["state"] != "submitted" for one in found) else None

    red, pink, unknown = await eventually(judged, what="three submissions have their verdicts")
    codes = [{issue["code"] for issue in one.get("issues", ())} for one in (red, pink, unknown)]
    assert [one["state"] for one in (red, pink, unknown)] == ["accepted", "rejected", "accepted"], codes
    assert {"cheap_chair"} <= codes[0]
    assert {"cheap_chair", "attribute_not_listed"} <= codes[1]
    assert {"category_unknown"} <= codes[2]
    assert "cheap_chair" not in codes[2]
    assert red["facts"]["category"] == "Furniture > Chairs"
    assert "category_named" in {one["rule"] for one in red["corrections"]}
