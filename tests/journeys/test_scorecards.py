"""A supplier that refuses what it offers is given notice and suspended with its numbers; then it begins anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openaisle_examples.suppliers import Character

from openaisle.scorecards import projection
from tests.journeys.marketplace import RunningMarketplace, line, running_marketplace
from tests.support.waiting import eventually

POLICY = """\
[scorecards]
notice_days = 7

[scorecards.acceptance]
minimum_count = 2
"""


@pytest.fixture
async def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningMarketplace]:
    """A marketplace that judges from two lines on, and looks at new counts at once."""
    monkeypatch.setattr(projection, "_LOOK_AFTER", timedelta(0))
    (tmp_path / "order-policy.toml").write_text(POLICY, encoding="utf-8")
    async with running_marketplace(home=tmp_path) as marketplace:
        yield marketplace


async def test_a_supplier_that_refuses_is_given_notice_suspended_and_reinstated(strict: RunningMarketplace) -> None:
    refusing = await strict.active_supplier(handle="refusing", character=Character.CHOOSY, rejects_percent=100)
    offer = await strict.offered(supplier=refusing)
    path = f"/v1/suppliers/{refusing.supplier_id}/scorecard"
    assert (await refusing.caller.call("GET", path)).code == "scorecard-missing"
    for _ in range(2):
        placed = await strict.placed(lines=[line(offer=offer)])
        await strict.order_state(order_id=placed.body["order_id"], state="canceled")

    async def given_notice() -> dict[str, Any] | None:
        answered = await refusing.caller.call("GET", path)
        return answered.body if answered.status == 200 and answered.body["standing"] == "notice" else None

    card = await eventually(given_notice, what="the supplier is given notice")
    told = "acceptance: 0.0 % (0 of 2 in 30 days), wanted at least 80.0 %"
    assert [one["explanation"] for one in card["beyond"]] == [told]
    assert card["score"] == 0
    assert card["history"][0]["reason"] == told
    listed = await strict.operator.get("/v1/scorecards?standing=notice")
    assert [one["supplier_id"] for one in listed["scorecards"]] == [refusing.supplier_id]

    decisions = f"{path}/decisions"
    assert (await refusing.caller.call("POST", decisions, {"decision": "forgive", "reason": "Me."})).status == 403
    decided = await strict.operator.post(decisions, {"decision": "suspend", "reason": "It refused all."})
    assert decided["standing"] == "suspended"
    supplier = await strict.supplier_state(supplier_id=refusing.supplier_id, state="suspended")
    assert supplier["reason"] == "It refused all."
    again = await strict.operator.call("POST", decisions, {"decision": "suspend", "reason": "Again."})
    assert (again.status, again.code) == (409, "scorecard-decision-refused")

    await strict.operator.post(
        f"/v1/suppliers/{refusing.supplier_id}/reinstatement", {"reason": "It has hired people."}
    )

    async def good() -> dict[str, Any] | None:
        found = await refusing.caller.get(path)
        return found if found["standing"] == "good" else None

    anew = await eventually(good, what="the supplier begins anew")
    assert anew["judged_from"] is not None
    assert anew["beyond"] == []
