"""A group of doubtful rows in a real browser: seen, decided, and kept as a rule."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from openaisle.feeds.doubts.asking import request_review
from openaisle.feeds.doubts.model import Doubt, DoubtedRow, Gathered, GroupPart, opened_group
from openaisle.feeds.doubts.repository import REVIEW_GROUPS
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.patterns import Match
from tests.browser.conftest import Window
from tests.factories.inventory import context
from tests.support.console_stage import ConsoleStage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def group_in_review(stage: ConsoleStage) -> None:
    await stage.supplier(name="Bergmann Werkzeuge")
    gathered = Gathered(
        signature="one",
        doubts=(
            Doubt(
                code="formula_cell",
                field="brand",
                message="The text starts with '@'; a spreadsheet would run it as a formula.",
                match=Match.WILDCARD,
                pattern="@*",
                suggestion="Begin the text with a letter or a digit.",
                example="@Bosch",
            ),
        ),
        rows=2_000,
        samples=tuple(
            DoubtedRow(
                feed_id="fed_1",
                row=2 + number,
                supplier_sku=f"DRILL-{number}",
                title=f"Cordless drill {number}",
                values={"brand": "@Bosch"},
            )
            for number in range(8)
        ),
    )
    part = GroupPart(feed_id="fed_1", attempt=1, rows=2_000)
    group = opened_group(supplier_id="sup_bergmann", gathered=gathered, part=part, at=stage.clock.at)
    await stage.table.commit(writes=[REVIEW_GROUPS.create(group)], context=context())
    await request_review(reviews=stage.reviews, group=group, context=context(at=stage.clock.at))
    consumer = ReviewQueueConsumer(queue=stage.review_queue, reviews=stage.reviews, clock=stage.clock)
    assert await consumer.run_once() == 1


async def test_one_decision_for_a_group_of_rows(signed_in: Window, stage: ConsoleStage) -> None:
    await group_in_review(stage)
    page = signed_in.page
    await signed_in.open("/reviews?kind=product_rows")
    await page.get_by_role("link", name="2,000 rows of Bergmann Werkzeuge").click()
    await expect(page.get_by_role("heading", name="2,000 rows of Bergmann Werkzeuge", level=1)).to_be_visible()
    await expect(page.get_by_role("cell", name="DRILL-0", exact=True)).to_be_visible()
    await expect(page.get_by_text("Your decision counts for all of them.")).to_be_visible()
    pictures = os.environ.get("OPENAISLE_TEST_PICTURES")
    if pictures:
        await page.screenshot(path=Path(pictures) / "console-review-group.png", full_page=True)

    await page.get_by_label("Corrected brand").fill("Bosch")
    await page.locator("input[value=corrected]").check()
    await page.get_by_role("textbox", name="Reason").fill("That is how they write it")
    await page.get_by_role("button", name="Record the decision").click()
    await expect(page.get_by_label("Pattern")).to_have_value("@*")
    await page.get_by_role("button", name="Keep it and see what it would have changed").click()
    await expect(page.get_by_text("It would have changed 1 of 1 records of this cause.")).to_be_visible()
    assert signed_in.complaints == []
