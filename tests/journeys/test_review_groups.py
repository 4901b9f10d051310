"""Doubtful rows of a feed: one task and one decision for all that are in doubt for the same cause, and a rule of it."""

from __future__ import annotations

from typing import Any

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace
from tests.journeys.test_products import fed, issues_of
from tests.support.waiting import eventually

ROWS = 2_000
HEADER = "supplier_sku,title,price,currency,on_hand,brand\n"


def feed_of(*, brand: str, count: int = ROWS, prefix: str = "DRILL", price: str = "12.99") -> bytes:
    rows = (f"{prefix}-{number},Cordless drill {number},{price},BRL,5,{brand}\n" for number in range(count))
    return (HEADER + "".join(rows)).encode()


async def only_group(*, supplier: ActiveSupplier, feed: dict[str, Any]) -> dict[str, Any]:
    listed = await supplier.caller.get(f"/v1/feeds/{feed['feed_id']}/review-groups")
    (group,) = listed["review_groups"]
    return dict(group)


async def filed(*, marketplace: RunningMarketplace, group: dict[str, Any]) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        listed = await marketplace.operator.get("/v1/review-tasks?state=open&subject_kind=product_rows")
        return next((one for one in listed["review_tasks"] if one["task_id"] == group["task_id"]), None)

    return await eventually(ask, what="the group is filed as a task")


async def settled(*, marketplace: RunningMarketplace, group: dict[str, Any]) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        found = await marketplace.operator.get(f"/v1/review-groups/{group['group_id']}")
        return found if found["state"] == "settled" else None

    return await eventually(ask, what="every row of the group is decided")


async def test_one_decision_mends_two_thousand_rows_and_its_rule_the_next_feed(
    marketplace: RunningMarketplace,
) -> None:
    supplier = await marketplace.active_supplier(handle="ferramentas")
    feed = await fed(supplier=supplier, content=feed_of(brand="@Bosch"))
    assert (feed["counts"]["in_review"], feed["counts"]["rows"]) == (ROWS, ROWS)
    group = await only_group(supplier=supplier, feed=feed)
    task = await filed(marketplace=marketplace, group=group)
    tasks = await marketplace.operator.get("/v1/review-tasks?subject_kind=product_rows")
    assert len(tasks["review_tasks"]) == 1
    assert task["findings"][0]["evidence"]["rows"] == "2,000"

    path = f"/v1/review-tasks/{task['task_id']}"
    await marketplace.operator.post(f"{path}/claim", {})
    refused = await marketplace.operator.call(
        "POST", f"{path}/resolution", {"decision": "corrected", "reason": "no", "corrections": {"gtin": "1"}}
    )
    assert refused.code == "group-correction-unfit"
    decision = {"decision": "corrected", "reason": "That is their brand.", "corrections": {"brand": "Bosch"}}
    await marketplace.operator.post(f"{path}/resolution", decision)
    done = await settled(marketplace=marketplace, group=group)
    assert (done["rows_done"], done["counts"]["corrected"]) == (ROWS, ROWS)
    feed = await supplier.caller.get(f"/v1/feeds/{feed['feed_id']}")
    assert (feed["counts"]["corrected"], feed["counts"]["in_review"]) == (ROWS, 0)
    offers = (await supplier.caller.get("/v1/offers?limit=100"))["offers"]
    product = await marketplace.storefront.get(f"/v1/products/{offers[0]['product_id']}")
    assert product["product"]["brand"] == "Bosch"

    kept = await marketplace.operator.post(f"{path}/rules", {"code": "formula_cell", "field": "brand"})
    rule = f"/v1/review-rules/{kept['rule_id']}"
    await marketplace.operator.post(f"{rule}/test", {})
    await marketplace.operator.post(f"{rule}/switch-on", {"reason": "Always so."})
    later = await fed(supplier=supplier, content=feed_of(brand="@Bosch", prefix="SAW", count=300))
    assert (later["counts"]["corrected"], later["counts"]["in_review"]) == (300, 0)
    page = await supplier.caller.get(f"/v1/feeds/{later['feed_id']}/issues")
    assert {(one["rule"], one["after"]) for one in page["corrections"] if one["field"] == "brand"} == {
        ("kept_rule", "Bosch")
    }
    told = await marketplace.operator.get(rule)
    assert told["times_applied"] == 1
    assert not [one for one in await issues_of(supplier=supplier, feed=later) if one["code"] == "formula_cell"]


async def test_a_supplier_sees_only_groups_of_its_own(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="ferramentas")
    other = await marketplace.active_supplier(handle="other")
    feed = await fed(supplier=supplier, content=feed_of(brand="@Bosch", count=12))
    group = await only_group(supplier=supplier, feed=feed)
    rows = await supplier.caller.get(f"/v1/review-groups/{group['group_id']}/rows?limit=5")
    assert [one["row"] for one in rows["rows"]] == [2, 3, 4, 5, 6]
    assert rows["next_after"] == 6
    for path in (
        f"/v1/feeds/{feed['feed_id']}/review-groups",
        f"/v1/review-groups/{group['group_id']}",
        f"/v1/review-groups/{group['group_id']}/rows",
    ):
        assert (await other.caller.call("GET", path)).status == 404
