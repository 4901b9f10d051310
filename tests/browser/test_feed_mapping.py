"""A supplier says in a real browser, without a script, what the columns of its file mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, running_marketplace
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

MESSY = """Artikelnr.;Bezeichnung;Preis netto;Menge;Gewicht;Geschlecht;Notiz
A-100;Kessel, blau;12,99;5;0,5 kg;Herren;<script>document.title='broken in'</script>
A-101;Eichenlampe;abc;2;1,25 kg;Damen;warm
A-102;Gartenstuhl aus Holz;9,90;1;2 kg;Unisex;warm
"""


@pytest_asyncio.fixture(loop_scope="module")
async def marketplace(tmp_path: Path) -> AsyncIterator[RunningMarketplace]:
    async with running_marketplace(home=tmp_path / "home") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1360, "height": 900}, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def feed_in(supplier: ActiveSupplier, feed_id: str, *states: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        found: dict[str, Any] = await supplier.caller.get(f"/v1/feeds/{feed_id}")
        return found if found["state"] in states else None

    return await eventually(ask, what=f"the feed is {' or '.join(states)}")


async def test_columns_are_tried_confirmed_and_never_asked_again(marketplace: RunningMarketplace, page: Page) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    headers = {"Content-Type": "text/csv"}
    sent = await supplier.caller.call("POST", "/v1/feeds", raw=MESSY.encode(), headers=headers)
    feed_id = sent.body["feed_id"]
    held = await feed_in(supplier, feed_id, "held", "applied", "failed")
    assert held["hold"]["reason"] == "mapping_needed"

    await page.goto(f"{marketplace.address}/portal/sign-in")
    await page.get_by_text("Sign in with an API key").click()
    await page.get_by_label("Your API key").fill(supplier.caller.key or "")
    await page.locator("form:has(#api-key) button[type=submit]").click()
    await page.goto(f"{marketplace.address}/portal/feeds/{feed_id}/mapping")
    await expect(page.get_by_text("It may be Preis netto.")).to_be_visible()
    await expect(page.get_by_label("Preis netto")).to_have_value("price")
    assert await page.title() == "What the columns mean · OpenAisle"

    await page.get_by_label("Currency").fill("EUR")
    await page.get_by_role("button", name="Try it on the first rows").click()
    await expect(page.get_by_text("€12.99")).to_be_visible()
    await expect(page.get_by_text("'abc' is not a price")).to_be_visible()
    assert (await feed_in(supplier, feed_id, "held"))["state"] == "held"

    await page.get_by_role("button", name="That is right, go on").click()
    await expect(page.get_by_role("status")).to_contain_text("go through from now on")
    applied = await feed_in(supplier, feed_id, "applied", "failed")
    assert (applied["counts"]["rows"], applied["counts"]["new"], applied["counts"]["rejected"]) == (3, 2, 1)

    again = await supplier.caller.call("POST", "/v1/feeds", raw=MESSY.encode(), headers=headers)
    applied = await feed_in(supplier, again.body["feed_id"], "applied", "held", "failed")
    assert applied["state"] == "applied"


async def test_what_cannot_be_is_refused_on_the_page(marketplace: RunningMarketplace, page: Page) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    sent = await supplier.caller.call("POST", "/v1/feeds", raw=MESSY.encode(), headers={"Content-Type": "text/csv"})
    feed_id = sent.body["feed_id"]
    await feed_in(supplier, feed_id, "held")
    await page.goto(f"{marketplace.address}/portal/sign-in")
    await page.get_by_text("Sign in with an API key").click()
    await page.get_by_label("Your API key").fill(supplier.caller.key or "")
    await page.locator("form:has(#api-key) button[type=submit]").click()
    await page.goto(f"{marketplace.address}/portal/feeds/{feed_id}/mapping")
    await page.get_by_label("Notiz").select_option("title")
    await page.get_by_role("button", name="That is right, go on").click()
    await expect(page.get_by_role("alert")).to_contain_text("both mean title")
    assert (await feed_in(supplier, feed_id, "held"))["state"] == "held"
