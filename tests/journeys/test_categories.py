"""Categories from the operator's file to what a supplier is told of a row."""

from __future__ import annotations

from typing import Any

from tests.factories.taxonomy import SMALL_TREE
from tests.journeys.marketplace import RunningMarketplace
from tests.journeys.test_products import fed, issues_of

FEED = """supplier_sku,title,price,currency,on_hand,category,attribute.color,attribute.seat_height,attribute.legs
C-1,Oak chair,129.00,BRL,4,Furniture > Chairs,Red,45,4
C-2,Pine chair,99.00,BRL,4,FURNITURE > CHAIRS,pink,45,
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
