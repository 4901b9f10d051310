"""Products that are one and were registered as two: joined when that is certain, else a person is asked."""

from __future__ import annotations

from typing import Any

from tests.journeys.marketplace import RunningMarketplace
from tests.journeys.test_product_sources import until_offers
from tests.support.waiting import eventually

DRILL: dict[str, Any] = {"gtin": None, "title": "Bosch GSR 12V-15 cordless drill", "brand": "Bosch"}


async def offered_by_two(*, marketplace: RunningMarketplace, **facts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    first = await marketplace.active_supplier(handle="first")
    second = await marketplace.active_supplier(handle="second")
    one = await marketplace.offered(supplier=first, supplier_sku="A-1", **(DRILL | facts))
    other = {"title": "Bosch cordless drill GSR 12V-15"}
    two = await marketplace.offered(supplier=second, supplier_sku="B-1", **(DRILL | facts | other))
    assert one["product_id"] != two["product_id"], "without a GTIN each has a product of its own at first"
    return one, two


async def twin_task(*, marketplace: RunningMarketplace) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        page = await marketplace.operator.get("/v1/review-tasks?state=open&subject_kind=product_twins")
        return page["review_tasks"][0] if page["review_tasks"] else None

    return await eventually(ask, what="a person is asked about the twins")


async def test_the_same_brand_and_part_number_become_one_product(marketplace: RunningMarketplace) -> None:
    one, two = await offered_by_two(marketplace=marketplace, part_number="0.601.868.109")
    await until_offers(
        marketplace=marketplace, product_id=one["product_id"], offer_ids={one["offer_id"], two["offer_id"]}
    )


async def test_alike_titles_are_asked_about_and_joined_when_a_person_says_so(marketplace: RunningMarketplace) -> None:
    one, two = await offered_by_two(marketplace=marketplace)
    task = await twin_task(marketplace=marketplace)
    assert task["subject_id"] == f"{two['product_id']}+{one['product_id']}"
    await marketplace.operator.post(f"/v1/review-tasks/{task['task_id']}/claim", {"assignee": "maria"})
    resolved = await marketplace.operator.call(
        "POST", f"/v1/review-tasks/{task['task_id']}/resolution", {"decision": "approved", "reason": "one drill"}
    )
    assert resolved.status == 200, resolved
    await until_offers(
        marketplace=marketplace, product_id=one["product_id"], offer_ids={one["offer_id"], two["offer_id"]}
    )
