"""Products of several sources: whose word counts, joining two that are one, parting one that is two."""

from __future__ import annotations

from typing import Any

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, submission
from tests.support.waiting import eventually


async def offers_of(*, marketplace: RunningMarketplace, product_id: str) -> set[str]:
    found = await marketplace.storefront.get(f"/v1/products/{product_id}")
    return {one["offer_id"] for one in found["offers"]}


async def until_offers(*, marketplace: RunningMarketplace, product_id: str, offer_ids: set[str]) -> None:
    async def ask() -> bool | None:
        return True if await offers_of(marketplace=marketplace, product_id=product_id) == offer_ids else None

    await eventually(ask, what=f"the offers of {product_id} are {offer_ids}")


async def two_offers(
    *, marketplace: RunningMarketplace, **second: Any
) -> tuple[dict[str, Any], dict[str, Any], ActiveSupplier]:
    """Return the offers of two suppliers, and the second supplier."""
    one = await marketplace.offered(supplier=await marketplace.active_supplier(handle="first"))
    supplier = await marketplace.active_supplier(handle="second")
    return one, await marketplace.offered(supplier=supplier, supplier_sku="OTHER", **second), supplier


async def test_a_second_supplier_fills_what_the_first_left_open_and_each_fact_names_its_source(
    marketplace: RunningMarketplace,
) -> None:
    one, two, _ = await two_offers(
        marketplace=marketplace,
        gtin="04006381333931",
        title="Pen",
        part_number="P-1",
        attributes={"color": "y"},
    )
    answer = await marketplace.operator.get(f"/v1/products/{one['product_id']}/sources")
    product = answer["product"]
    assert product["part_number"] == "P-1"
    assert product["title"] != "Pen"
    assert product["sources"] == {"attributes.color": two["supplier_id"], "part_number": two["supplier_id"]}
    assert [said["source"] for said in answer["sources"]] == [one["supplier_id"], two["supplier_id"]]


async def test_the_operators_word_wins_until_it_is_given_back(marketplace: RunningMarketplace) -> None:
    offer = await marketplace.offered(supplier=await marketplace.active_supplier(handle="first"))
    path = f"/v1/products/{offer['product_id']}/facts"
    before = (await marketplace.storefront.get(f"/v1/products/{offer['product_id']}"))["product"]["title"]
    set_ = await marketplace.operator.call("PUT", path, {"facts": {"title": "Marker", "attributes.color": "red"}})
    assert (set_.status, set_.body["title"], set_.body["attributes"]["color"]) == (200, "Marker", "red")
    back = await marketplace.operator.call("PUT", path, {"facts": {"title": None}})
    assert (back.body["title"], back.body["attributes"]["color"]) == (before, "red")
    wrong = await marketplace.operator.call("PUT", path, {"facts": {"weight_grams": "heavy"}})
    assert (wrong.status, wrong.body["type"].rpartition("/")[2]) == (422, "product-fact-unknown")


async def test_products_joined_by_hand_share_their_offers_until_the_join_is_undone(
    marketplace: RunningMarketplace,
) -> None:
    one, two, _ = await two_offers(marketplace=marketplace, gtin="00036000291452", title="Yellow marker")
    joined = await marketplace.operator.call(
        "POST", f"/v1/products/{two['product_id']}/join", {"into": one["product_id"], "reason": "the same pen"}
    )
    assert joined.status == 200, joined
    both = {one["offer_id"], two["offer_id"]}
    await until_offers(marketplace=marketplace, product_id=one["product_id"], offer_ids=both)
    left = await marketplace.storefront.get(f"/v1/products/{two['product_id']}")
    assert left["product"]["merged_into"] == one["product_id"]
    # Whoever offers the joined product from now on is sent on to the other.
    third = await marketplace.offered(
        supplier=await marketplace.active_supplier(handle="third"), supplier_sku="T-1", gtin="00036000291452"
    )
    assert third["product_id"] == one["product_id"]
    undone = await marketplace.operator.call("POST", f"/v1/products/{two['product_id']}/join/undo")
    assert undone.status == 200, undone
    await until_offers(
        marketplace=marketplace, product_id=two["product_id"], offer_ids={two["offer_id"], third["offer_id"]}
    )
    await until_offers(marketplace=marketplace, product_id=one["product_id"], offer_ids={one["offer_id"]})


async def test_a_parted_offer_stays_parted_when_its_supplier_sends_it_again(marketplace: RunningMarketplace) -> None:
    one, two, supplier = await two_offers(marketplace=marketplace, gtin="04006381333931", title="A different thing")
    assert one["product_id"] == two["product_id"]
    parted = await marketplace.operator.call(
        "POST", f"/v1/products/{one['product_id']}/part", {"offer_ids": [two["offer_id"]], "reason": "two things"}
    )
    assert (parted.status, parted.body["title"]) == (200, "A different thing")
    new_id = parted.body["product_id"]
    await until_offers(marketplace=marketplace, product_id=new_id, offer_ids={two["offer_id"]})
    again = await marketplace.offered(
        supplier=supplier, supplier_sku="OTHER", gtin="04006381333931", title="A different thing", price_minor=999
    )
    assert again["product_id"] == new_id
    every = await marketplace.operator.call(
        "POST", f"/v1/products/{new_id}/part", {"offer_ids": [two["offer_id"]], "reason": "none would be left"}
    )
    assert every.status == 422


async def test_a_product_that_is_alone_again_forgets_what_was_said_while_it_was_joined(
    marketplace: RunningMarketplace,
) -> None:
    first = await marketplace.active_supplier(handle="first")
    one = await marketplace.offered(supplier=first, title="Marker")
    two = await marketplace.offered(
        supplier=await marketplace.active_supplier(handle="second"), supplier_sku="OTHER", gtin="00036000291452"
    )
    path = f"/v1/products/{two['product_id']}/join"
    await marketplace.operator.post(path, {"into": one["product_id"], "reason": "the same pen"})
    await marketplace.operator.send("POST", f"{path}/undo", None)
    answer = await marketplace.operator.get(f"/v1/products/{one['product_id']}/sources")
    assert ([said["source"] for said in answer["sources"]], answer["product"].get("source_count", 1)) == (
        [one["supplier_id"]],
        1,
    )
    submitted = submission(title="Marker, renamed")
    await first.caller.post("/v1/product-submissions", {"submissions": [submitted]})

    async def renamed() -> bool | None:
        found = await marketplace.storefront.get(f"/v1/products/{one['product_id']}")
        return True if found["product"]["title"] == "Marker, renamed" else None

    await eventually(renamed, what="the product has its new title")
    third = await marketplace.active_supplier(handle="third")
    await marketplace.offered(supplier=third, supplier_sku="T-1", title="Pen", part_number="P-9")
    product = (await marketplace.storefront.get(f"/v1/products/{one['product_id']}"))["product"]
    assert (product["title"], product["part_number"]) == ("Marker, renamed", "P-9")
