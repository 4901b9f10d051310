"""A product's way: by API or by feed, validated, mended, reviewed, and read as shoppers' systems read it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, application, submission
from tests.support.waiting import eventually

FEED = """supplier_sku,gtin,title,price,currency,on_hand
PEN-1,4006381333931,"Highlighter, yellow",12.99,BRL,100
PEN-2,036000291452,Paper towels,7.50,BRL,40
BAD-1,4006381333932,Wrong check digit,5.00,BRL,10
BAD-2,,No price,,BRL,10
"""


async def fed(*, supplier: ActiveSupplier, content: bytes) -> dict[str, Any]:
    answered = await supplier.caller.call("POST", "/v1/feeds", raw=content, headers={"Content-Type": "text/csv"})
    assert answered.status == 202, answered
    feed_id = answered.body["feed_id"]

    async def ask() -> dict[str, Any] | None:
        feed = await supplier.caller.get(f"/v1/feeds/{feed_id}")
        return feed if feed["state"] in {"applied", "failed", "held"} else None

    return await eventually(ask, what=f"feed {feed_id} is applied")


async def issues_of(*, supplier: ActiveSupplier, feed: dict[str, Any]) -> list[dict[str, Any]]:
    page = await supplier.caller.get(f"/v1/feeds/{feed['feed_id']}/issues")
    return list(page["issues"])


async def test_a_product_handed_in_by_api_can_be_read_with_its_offer_and_stock(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    offer = await marketplace.offered(supplier=supplier)
    product = await marketplace.storefront.get(f"/v1/products/{offer['product_id']}")
    assert product["product"]["gtin"] == "04006381333931"
    assert [(one["offer_id"], one["price_minor"]) for one in product["offers"]] == [(offer["offer_id"], 1299)]
    assert product["offers"][0]["locations"][0]["available"] == 100


async def test_two_suppliers_of_one_gtin_offer_one_product(marketplace: RunningMarketplace) -> None:
    first = await marketplace.offered(supplier=await marketplace.active_supplier(handle="first"))
    second = await marketplace.offered(
        supplier=await marketplace.active_supplier(handle="second"), supplier_sku="OTHER", gtin="04006381333931"
    )
    assert first["product_id"] == second["product_id"]
    product = await marketplace.storefront.get(f"/v1/products/{first['product_id']}")
    assert {one["offer_id"] for one in product["offers"]} == {first["offer_id"], second["offer_id"]}


async def test_a_feed_keeps_its_good_rows_and_tells_what_is_wrong_with_the_others(
    marketplace: RunningMarketplace,
) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    feed = await fed(supplier=supplier, content=FEED.encode())
    assert feed["state"] == "applied"
    offers = (await supplier.caller.get("/v1/offers"))["offers"]
    assert {offer["supplier_sku"] for offer in offers} == {"PEN-1", "PEN-2"}
    issues = await issues_of(supplier=supplier, feed=feed)
    assert {issue["row"] for issue in issues if issue["severity"] == "error"} == {4, 5}
    assert all(issue["code"] and issue["message"] for issue in issues)


async def test_new_stock_is_seen_at_once(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    offer = await marketplace.offered(supplier=supplier)
    await supplier.caller.send(
        "PUT", "/v1/stock-levels", {"stock_levels": [{"supplier_sku": "SKU-1", "location": "default", "on_hand": 7}]}
    )
    found = await marketplace.storefront.get(f"/v1/inventory?offer_id={offer['offer_id']}")
    assert [one["available"] for one in found["inventory"]] == [7]


async def test_a_supplier_sees_only_its_own_offers_feeds_and_submissions(marketplace: RunningMarketplace) -> None:
    mine = await marketplace.active_supplier(handle="mine")
    other = await marketplace.active_supplier(handle="other")
    offer = await marketplace.offered(supplier=mine)
    feed = await fed(supplier=mine, content=FEED.encode())
    handed_in = await mine.caller.post("/v1/product-submissions", {"submissions": [submission(supplier_sku="X")]})
    submission_id = handed_in["submissions"][0]["submission_id"]
    foreign = await other.caller.call("GET", f"/v1/offers?supplier_id={mine.supplier_id}")
    assert foreign.status >= 400 or foreign.body["offers"] == []
    for method, path, body in [
        ("GET", f"/v1/feeds/{feed['feed_id']}", None),
        ("GET", f"/v1/feeds/{feed['feed_id']}/issues", None),
        ("GET", f"/v1/product-submissions/{submission_id}", None),
        ("POST", f"/v1/offers/{offer['offer_id']}/state", {"state": "paused"}),
    ]:
        answered = await other.caller.call(method, path, body)
        assert answered.status == 404, (method, path, answered)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02" * 100,
        b"supplier_sku;title\n" + b"\xff\xfe" * 50,
        ("supplier_sku," + ",".join(f"column{number}" for number in range(20_000)) + "\n1\n").encode(),
        b'supplier_sku,title,price,currency,on_hand\n"never closed,1,2,3\n' + b"x" * 1000,
        b'supplier_sku,title,price,currency,on_hand\nA,=HYPERLINK("http://x"),1,BRL,1\n',
        b"supplier_sku,title,price,currency,on_hand\nA,B\nC,D,1,BRL,1,more,and,more\n",
    ],
    ids=["empty", "zero bytes", "wrong encoding", "20,000 columns", "open quote", "formula", "ragged"],
)
async def test_a_bad_file_ends_in_issues_and_never_in_a_crash(marketplace: RunningMarketplace, content: bytes) -> None:
    supplier = await marketplace.active_supplier(handle="careless")
    answered = await supplier.caller.call("POST", "/v1/feeds", raw=content, headers={"Content-Type": "text/csv"})
    if answered.status == 422:
        assert answered.body["mend"]
        return
    feed = await fed(supplier=supplier, content=content)
    assert feed["state"] in {"failed", "held"} or await issues_of(supplier=supplier, feed=feed)
    # The pipe goes on: a good feed after the bad one is applied.
    assert (await fed(supplier=supplier, content=FEED.encode()))["state"] == "applied"


async def test_nobody_lists_a_product_before_verification_says_so(marketplace: RunningMarketplace) -> None:
    applied = await marketplace.anyone.post(
        "/v1/supplier-applications", application(registration_number="11222333000180", tax_id=None)
    )
    await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="rejected")
    supplier = marketplace.caller(key=applied["api_key"])
    for refused in (
        await supplier.call("POST", "/v1/product-submissions", {"submissions": [submission()]}),
        await supplier.call(
            "POST", "/v1/feeds", raw=b"supplier_sku,title\nA,Lamp\n", headers={"Content-Type": "text/csv"}
        ),
    ):
        assert (refused.status, refused.code) == (409, "supplier-not-active")
    assert (await supplier.get("/v1/product-submissions"))["submissions"] == []
    assert (await supplier.get("/v1/feeds"))["feeds"] == []
