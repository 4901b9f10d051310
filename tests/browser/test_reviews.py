"""The review queue in a real browser: by keys from the list to a rule in force."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Window
from tests.support.console_stage import ConsoleStage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_task_is_decided_by_keys_and_kept_as_a_rule(signed_in: Window, stage: ConsoleStage) -> None:
    await stage.supplier_in_review()
    page = signed_in.page
    await signed_in.open("/reviews")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Bergmann Keramik")).to_be_focused()
    await page.keyboard.press("x")
    await expect(page.get_by_label("Tick Bergmann Keramik")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Bergmann Keramik", level=1)).to_be_visible()

    await page.keyboard.press("c")
    await expect(page.get_by_role("textbox", name="Reason")).to_be_focused()
    await page.keyboard.type("A car crashed")  # keys that choose decisions are letters again while somebody types
    await expect(page.locator("input[value=corrected]")).to_be_checked()
    await page.get_by_role("button", name="Record the decision").click()

    await page.get_by_role("button", name="Keep it and see what it would have changed").click()
    await expect(page.get_by_text("It would have changed 1 of 1 records of this cause.")).to_be_visible()
    await page.get_by_role("textbox", name="Reason").fill("Always so")
    await page.get_by_role("button", name="Switch it on").click()
    await expect(page.get_by_text("The rule decides from now on.")).to_be_visible()
    assert signed_in.complaints == []
