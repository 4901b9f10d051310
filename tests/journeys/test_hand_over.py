"""A line that no supplier is left for is put before a person, who decides who fills it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openaisle_examples.suppliers import Character

from tests.journeys.marketplace import RunningMarketplace, line, running_marketplace
from tests.support.waiting import eventually


async def test_a_person_asks_a_supplier_again_and_cancels_once_it_refuses_twice(tmp_path: Path) -> None:
    policy = tmp_path / "orders.toml"
    policy.write_text("[allocation]\nhand_over = true\n")
    async with running_marketplace(home=tmp_path / "home", order_policy_file=str(policy)) as marketplace:
        refusing = await marketplace.active_supplier(handle="refusing", character=Character.CHOOSY, rejects_percent=100)
        offer = await marketplace.offered(supplier=refusing)
        placed = await marketplace.placed(lines=[line(offer=offer)])
        order_id = placed.body["order_id"]

        task = await eventually(lambda: open_task(marketplace, order_id=order_id), what="a task about the line")
        assert [(one["field"], one["code"]) for one in task["findings"]] == [("line_1", "no_supplier_left")]
        waiting = await marketplace.operator.get(f"/v1/orders/{order_id}")
        assert waiting["lines"][0]["quantities"]["canceled"] == 0

        unfit = {"decision": "corrected", "reason": "they have it again", "corrections": {"title": "A mug"}}
        refused = await decided(marketplace, task=task, resolution=unfit)
        assert (refused.status, refused.code) == (422, "hand-over-correction-unfit")
        chosen = unfit | {"corrections": {"line_1": offer["offer_id"]}}
        assert (await decided(marketplace, task=task, resolution=chosen)).status == 200

        # It is asked again, and refuses again: a person decides once more.
        second = await eventually(lambda: open_task(marketplace, order_id=order_id), what="a second task")
        assert second["task_id"] != task["task_id"]
        given_up = {"decision": "rejected", "reason": "nobody has it"}
        assert (await decided(marketplace, task=second, resolution=given_up)).status == 200
        canceled = await marketplace.order_state(order_id=order_id, state="canceled")
        assert canceled["lines"][0]["quantities"]["canceled"] == 1
        assert [one["state"] for one in canceled["purchase_orders"]] == ["rejected", "rejected"]
        assert "decided_by_a_person" in [one["cause"] for one in canceled["allocations"]]


async def decided(marketplace: RunningMarketplace, *, task: dict[str, Any], resolution: dict[str, Any]) -> Any:
    path = f"/v1/review-tasks/{task['task_id']}"
    await marketplace.operator.call("POST", f"{path}/claim", {"assignee": "maria"})
    return await marketplace.operator.call("POST", f"{path}/resolution", resolution)


async def open_task(marketplace: RunningMarketplace, *, order_id: str) -> dict[str, Any] | None:
    listed = await marketplace.operator.get("/v1/review-tasks?state=open&subject_kind=order_allocation")
    own = [one for one in listed["review_tasks"] if one["subject_id"] == order_id]
    return (await marketplace.operator.get(f"/v1/review-tasks/{own[0]['task_id']}")) if own else None
