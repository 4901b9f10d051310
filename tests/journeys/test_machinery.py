"""What ran by itself can be seen: which steps, with what result, how long."""

from __future__ import annotations

from tests.journeys.marketplace import RunningMarketplace, application


async def test_a_verification_can_be_seen_step_by_step(marketplace: RunningMarketplace) -> None:
    applied = await marketplace.anyone.post("/v1/supplier-applications", application())
    await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="active")
    page = await marketplace.operator.get(f"/v1/executions?subject={applied['supplier_id']}")
    (execution,) = page["executions"]
    assert (execution["workflow"], execution["status"]) == ("supplier_verification", "succeeded")
    assert {"Claim", "Examine"} <= {step["name"] for step in execution["steps"]}
    assert all(step["duration_milliseconds"] >= 0 for step in execution["steps"])
    assert await marketplace.operator.get(f"/v1/executions/{execution['execution_id']}") == execution
    listed = await marketplace.operator.get("/v1/executions?workflow=supplier_verification&limit=10")
    assert execution in listed["executions"]


async def test_what_was_set_aside_is_the_operators_to_see_and_nothing_was(marketplace: RunningMarketplace) -> None:
    for queue in ("set-aside", "manual-verification"):
        page = await marketplace.operator.get(f"/v1/dead-letters?queue={queue}")
        assert page == {"queue": queue, "depth": 0, "dead_letters": []}
    refused = await marketplace.storefront.call("GET", "/v1/dead-letters?queue=set-aside")
    assert (refused.status, refused.code) == (403, "forbidden")
    sent = await marketplace.operator.post(
        "/v1/dead-letters/redrives", {"queue": "set-aside", "message_ids": ["nobody"]}
    )
    assert sent == {"sent_again": 0}
