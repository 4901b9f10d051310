"""What leaves the catalog: a storefront finds products, follows what changes, and takes the whole catalog as a file."""

from __future__ import annotations

import csv
import io
from typing import Any
from xml.etree import ElementTree

from tests.journeys.marketplace import RunningMarketplace, submission
from tests.journeys.test_products import fed
from tests.support.waiting import eventually

GOOGLE = "{http://base.google.com/ns/1.0}"
FEED = """supplier_sku,gtin,title,brand,part_number,category,price,currency,on_hand
DRILL,4006381333931,Bosch cordless drill GSR 18V-60,Bosch,GSR 18V-60,Tools,99.00,BRL,5
SAW,036000291452,Bosch jigsaw PST 700,Bosch,PST-700,Tools,59.00,BRL,0
KETTLE,,Chaleira elétrica 1.7 l inox,Mondial,,Kitchen,19.00,BRL,9
"""


async def found(marketplace: RunningMarketplace, query: str, *, count: int = 1) -> list[dict[str, Any]]:
    async def ask() -> dict[str, Any] | None:
        answer = await marketplace.storefront.get(f"/v1/products/search?{query}")
        return answer if len(answer["products"]) == count else None

    answer = await eventually(ask, what=f"{count} products by {query}")
    return list(answer["products"])


async def exported(marketplace: RunningMarketplace, **asked: Any) -> tuple[dict[str, Any], bytes]:
    requested = await marketplace.storefront.post("/v1/product-exports", asked)
    path = f"/v1/product-exports/{requested['export_id']}"

    async def ask() -> dict[str, Any] | None:
        export = await marketplace.storefront.get(path)
        return export if export["state"] in {"finished", "failed"} else None

    export = await eventually(ask, what="the export")
    assert export["state"] == "finished", export
    file = await marketplace.storefront.call("GET", f"{path}/file")
    assert file.status == 200
    assert int(file.headers["content-length"]) == export["byte_count"]
    return export, file.body


async def test_a_storefront_finds_follows_and_exports_what_a_feed_brought(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="ferramentas")
    feed = await fed(supplier=supplier, content=FEED.encode())
    assert feed["state"] == "applied", feed

    (drill,) = await found(marketplace, "q=GSR%2018v60")
    assert (drill["product"]["title"], drill["price_minor"], drill["available"]) == (
        "Bosch cordless drill GSR 18V-60",
        9900,
        5,
    )
    await found(marketplace, "q=bosch&sellable=false", count=2)
    await found(marketplace, "q=chaleira+eletrica")
    await found(marketplace, "q=bosch")

    changes = await marketplace.storefront.get("/v1/product-changes")
    assert len(changes["changes"]) == 3
    await supplier.caller.send(
        "PUT", "/v1/stock-levels", {"stock_levels": [{"supplier_sku": "SAW", "location": "default", "on_hand": 7}]}
    )

    async def changed() -> list[dict[str, Any]] | None:
        path = f"/v1/product-changes?after={changes['cursor']}&details=true"
        return (await marketplace.storefront.get(path))["changes"] or None

    (change,) = await eventually(changed, what="a change")
    assert (change["aspects"], change["available"]) == (["offers", "stock"], 7) or change["aspects"] == ["stock"]
    await found(marketplace, "q=bosch", count=2)

    export, body = await exported(marketplace, format="csv")
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert (export["products"], len(rows)) == (3, 3)
    assert {row["price"] for row in rows} == {"99.00 BRL", "59.00 BRL", "19.00 BRL"}
    _, body = await exported(marketplace, format="google_xml")
    items = ElementTree.fromstring(body.decode()).findall("./channel/item")
    assert sorted(item.findtext(f"{GOOGLE}price") or "" for item in items) == ["19.00 BRL", "59.00 BRL", "99.00 BRL"]
    late = await marketplace.storefront.get(f"/v1/product-changes?after={export['changes_from']}")
    assert late["changes"] == []


async def test_what_is_withdrawn_or_of_a_suspended_supplier_is_found_no_more(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    offer = await marketplace.offered(supplier=supplier)
    await found(marketplace, "q=highlighter")
    state = f"/v1/products/{offer['product_id']}/state"
    await marketplace.operator.post(state, {"state": "withdrawn"})
    await found(marketplace, "q=highlighter", count=0)
    await found(marketplace, "q=highlighter&sellable=false", count=0)
    await marketplace.operator.post(state, {"state": "active"})
    await found(marketplace, "q=highlighter")
    await marketplace.operator.post(f"/v1/suppliers/{supplier.supplier_id}/suspension", {"reason": "Late shipments."})
    await found(marketplace, "q=highlighter", count=0)
    operator_sees = await marketplace.operator.get("/v1/products/search?q=highlighter")
    assert [one["product"]["product_id"] for one in operator_sees["products"]] == [offer["product_id"]]


async def test_a_supplier_reads_what_its_products_lack(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    offer = await marketplace.offered(supplier=supplier)
    quality = await supplier.caller.get(f"/v1/products/{offer['product_id']}/quality")
    assert sum(part["points"] for part in quality["parts"]) == quality["score"]
    parts = {part["code"]: part for part in quality["parts"]}
    assert parts["identifier"]["points"] == parts["identifier"]["maximum"]
    assert parts["safety"]["suggestion"]

    async def summed_up() -> dict[str, Any] | None:
        totals = await supplier.caller.get(f"/v1/suppliers/{supplier.supplier_id}/product-quality")
        return totals if totals["products"] == 1 else None

    totals = await eventually(summed_up, what="the quality of the supplier")
    assert totals["score"] == quality["score"]
    assert "safety" in {one["code"] for one in totals["shortfalls"]}


async def test_webhooks_tell_a_storefront_of_changes(marketplace: RunningMarketplace) -> None:
    # The event is for every storefront: a listing of the stream by the console shows it with its audience.
    supplier = await marketplace.active_supplier(handle="papelaria")
    hook = await marketplace.storefront.post(
        "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/hook", "event_types": ["product.changed"]}
    )
    await supplier.caller.post("/v1/product-submissions", {"submissions": [submission()]})

    async def tried() -> dict[str, Any] | None:
        endpoint = await marketplace.storefront.get(f"/v1/webhook-endpoints/{hook['endpoint_id']}")
        return endpoint if endpoint["delivery"]["attempts"] else None

    assert await eventually(tried, what="a call of the webhook")
