"""A decision kept as a rule, from the first application to the second that mends itself."""

from __future__ import annotations

from typing import Any

from tests.journeys.marketplace import RunningMarketplace, submission
from tests.support.waiting import eventually


async def submitted(*, marketplace: RunningMarketplace, supplier: Any, sku: str, title: str) -> str:
    facts = submission(supplier_sku=sku, title=title)
    facts.pop("gtin", None)
    answered = await supplier.caller.post("/v1/product-submissions", {"submissions": [facts]})
    return str(answered["submissions"][0]["submission_id"])


async def submission_in(*, supplier: Any, submission_id: str, state: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        found = await supplier.caller.get(f"/v1/product-submissions/{submission_id}")
        return found if found["state"] == state else None

    return await eventually(ask, what=f"{submission_id} to be {state}")


async def test_the_same_finding_mends_itself_the_second_time(marketplace: RunningMarketplace) -> None:
    operator = marketplace.operator
    supplier = await marketplace.active_supplier(handle="reviewed")
    first = await submitted(marketplace=marketplace, supplier=supplier, sku="A-1", title="=Mug")
    await submission_in(supplier=supplier, submission_id=first, state="in_review")

    async def waiting() -> dict[str, Any] | None:
        page = await operator.get("/v1/review-tasks?cause=formula_cell&subject_kind=product_submission")
        return page["review_tasks"][0] if page["review_tasks"] else None

    task = await eventually(waiting, what="a review task")
    decision = {"decision": "corrected", "reason": "A sign too many.", "corrections": {"title": "Stoneware mug, blue"}}
    answered = await operator.post("/v1/review-tasks/resolutions", {"task_ids": [task["task_id"]], **decision})
    assert [result["status"] for result in answered["results"]] == [200]
    await submission_in(supplier=supplier, submission_id=first, state="accepted")

    rule = await operator.post(
        f"/v1/review-tasks/{task['task_id']}/rules", {"code": "formula_cell", "field": "title", "match": "folded"}
    )
    path = f"/v1/review-rules/{rule['rule_id']}"
    tested = await operator.post(f"{path}/test", {})
    assert (tested["test"]["would_change"], tested["test"]["agreed"]) == (1, 1)
    switched_on = await operator.post(f"{path}/switch-on", {"reason": "It is always this mug."})
    assert switched_on["state"] == "active"

    second = await submitted(marketplace=marketplace, supplier=supplier, sku="A-2", title="=MUG")
    mended = await submission_in(supplier=supplier, submission_id=second, state="accepted")
    corrections = [one for one in mended["corrections"] if one["field"] == "title"]
    assert corrections[-1]["after"] == "Stoneware mug, blue"
    assert corrections[-1]["who"] == f"system:rule:{rule['rule_id']}"
    assert (await operator.get(path))["times_applied"] == 1
    history = await operator.get(f"/v1/review-tasks/{task['task_id']}/history")
    assert history["same_cause"][0]["resolution"]["rules"] == [rule["rule_id"]]
