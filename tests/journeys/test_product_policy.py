"""The operator's product policy holds for what comes by file and for what comes by API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.marketplace import RunningMarketplace, submission
from tests.journeys.test_products import fed, issues_of
from tests.support.waiting import eventually

POLICY = """
gpsr = "inform"

[brands]
Stabilo = ["Schwan-Stabilo"]

[[words]]
name = "weapons"
language = "de"
kind = "restricted"
consequence = "reject"
words = ["Armbrust*"]
"""
FEED = """supplier_sku,title,price,currency,on_hand,brand,description
F-1,Highlighter,12.99,BRL,4,SCHWAN-STABILO,<p onclick=steal()>Bright</p><script>steal()</script>
F-2,Armbrustpfeile,129.00,BRL,4,Nora,Spitz.
"""


@pytest.fixture(autouse=True)
def policy(tmp_path: Path) -> None:
    """Write the policy before anything starts."""
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "product-policy.toml").write_text(POLICY, encoding="utf-8")


async def test_files_and_submissions_are_judged_by_the_operators_policy(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    feed = await fed(supplier=supplier, content=FEED.encode())
    counts = feed["counts"]
    assert (counts["rows"], counts["corrected"], counts["rejected"]) == (2, 1, 1), feed
    found = {(one["row"], one["code"]) for one in await issues_of(supplier=supplier, feed=feed)}
    assert {
        (2, "html_removed"),
        (2, "gpsr_manufacturer_missing"),
        (3, "restricted_goods"),
        (3, "brand_unknown"),
    } <= found
    (made,) = (await marketplace.operator.get("/v1/products"))["products"]
    assert (made["brand"], made["description"]) == ("Stabilo", "<p>Bright</p>")

    given = submission(brand="stabilo", title="Armbrust, klein")
    handed_in = await supplier.caller.post("/v1/product-submissions", {"submissions": [given]})
    path = f"/v1/product-submissions/{handed_in['submissions'][0]['submission_id']}"

    async def judged() -> dict[str, Any] | None:
        one = await supplier.caller.get(path)
        return one if one["state"] != "submitted" else None

    refused = await eventually(judged, what="the submission has its verdict")
    assert refused["state"] == "rejected"
    assert "restricted_goods" in {one["code"] for one in refused["issues"]}
    assert refused["facts"]["brand"] == "Stabilo"
