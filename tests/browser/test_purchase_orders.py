"""A supplier works off a purchase order in a real browser: answers, prints, ships, and sees that it arrived."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from openaisle_examples.suppliers import Character
from playwright.async_api import Browser, Page, expect

from tests.journeys.marketplace import RunningMarketplace, line, running_marketplace
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def marketplace(tmp_path: Path) -> AsyncIterator[RunningMarketplace]:
    async with running_marketplace(home=tmp_path / "home") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1360, "height": 1000})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert [one for one in complaints if "Failed to load resource" not in one] == []


async def test_a_purchase_order_is_worked_off_by_hand(page: Page, marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(
        handle="by-hand", ships=False, character=Character.LATER, acknowledges_after_seconds=3_600
    )
    pens = await marketplace.offered(supplier=supplier)
    towels = await marketplace.offered(supplier=supplier, supplier_sku="T", gtin="036000291452", title="Paper towels")
    placed = await marketplace.placed(lines=[line(offer=pens, quantity=2), line(offer=towels)])
    purchase_order_id = placed.body["purchase_orders"][0]["purchase_order_id"]

    async def is_sent() -> bool:
        found = await marketplace.operator.get(f"/v1/purchase-orders/{purchase_order_id}")
        return found["state"] == "sent"

    await eventually(is_sent, what="the supplier has the purchase order")
    await page.goto(f"{marketplace.address}/portal/purchase-orders")
    await page.get_by_text("Sign in with an API key").click()
    await page.get_by_label("Your API key").fill(supplier.caller.key or "")
    await page.get_by_role("button", name="Sign in with the key").click()
    await page.get_by_role("link", name="Purchase orders").click()
    await page.get_by_role("link", name=placed.body["reference"]).click()
    await _pictured(page, "to-answer")
    await page.locator("#decision-1").select_option("accepted")
    await page.get_by_role("button", name="Send these answers").click()
    await expect(page.get_by_role("status")).to_have_text("Your answer is taken.")
    await page.get_by_role("button", name="Accept all").click()
    await expect(page.get_by_role("heading", name="Ship", exact=True)).to_be_visible()
    await expect(page.get_by_text("Rua das Flores 12")).to_be_visible()
    slip = await page.request.get(f"{page.url.partition('?')[0]}/packing-slip")
    assert (slip.headers["content-type"], (await slip.body())[:5]) == ("application/pdf", b"%PDF-")
    await page.locator("#carrier").fill("UPS")
    await page.locator("#tracking-number").fill("1Z5R89390357567127")
    await page.locator("#quantity-2").fill("0")
    await _pictured(page, "to-ship")
    await page.get_by_role("button", name="It has left").click()
    await expect(page.get_by_role("link", name="1Z5R89390357567127")).to_be_visible()
    await expect(page.get_by_text("verified", exact=True)).to_be_visible()
    await page.get_by_role("button", name="It has arrived").click()
    await expect(page.get_by_text("The arrival is noted.")).to_be_visible()
    await _pictured(page, "arrived")
    width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0


async def _pictured(page: Page, name: str) -> None:
    """Leave a picture for who looks at the pages, where the environment names a folder."""
    folder = os.environ.get("OPENAISLE_TEST_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
