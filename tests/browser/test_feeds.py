"""A supplier sends files in a real browser and follows them: in parts, broken off, gone on with, without a script."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, running_marketplace

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HEADER = "supplier_sku,title,price,currency,on_hand,category,description\n"
ROWS = 30_000
PARTS = "**/portal/feed-uploads/*/parts?*"
# A folder to which pictures of the pages go, to be looked at.
PICTURES = os.environ.get("OPENAISLE_TEST_PICTURES")


def feed(*, rows: int) -> str:
    text = "A mug that keeps what is in it warm for longer than most. " * 3
    return HEADER + "".join(
        f'SKU-{n},Mug number {n},"{n % 90 + 1},99 €",EUR,{n % 40},mugs,{text}\n'
        if n % 10
        else f"SKU-{n},Mug number {n},abc,EUR,{n % 40},mugs,{text}\n"
        for n in range(rows)
    )


@pytest_asyncio.fixture(loop_scope="module")
async def marketplace(tmp_path: Path) -> AsyncIterator[RunningMarketplace]:
    async with running_marketplace(home=tmp_path / "home") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1360, "height": 900})
    yield await context.new_page()
    await context.close()


async def signed_in(page: Page, *, marketplace: RunningMarketplace, supplier: ActiveSupplier) -> None:
    await page.goto(f"{marketplace.address}/portal/sign-in")
    await page.get_by_text("Sign in with an API key").click()
    await page.get_by_label("Your API key").fill(supplier.caller.key or "")
    await page.locator("form:has(#api-key) button[type=submit]").click()
    await page.goto(f"{marketplace.address}/portal/feeds")


async def pictured(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def test_a_file_is_sent_in_parts_followed_live_and_taken_back(
    marketplace: RunningMarketplace, page: Page, tmp_path: Path
) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    file = tmp_path / "mugs.csv"
    file.write_text(feed(rows=ROWS), encoding="utf-8")
    offsets: list[int] = []

    async def count(route: Route) -> None:
        offset = int(route.request.url.rpartition("=")[2])
        offsets.append(offset)
        # The second part is lost once on its way.
        if offset and offsets.count(offset) == 1:
            await route.abort()
        else:
            await route.continue_()

    await page.route(PARTS, count)
    await signed_in(page, marketplace=marketplace, supplier=supplier)
    await pictured(page, "portal-feeds-empty")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url("**/portal/feeds/fed_*")
    assert offsets == [0, 4_194_304, 4_194_304]

    await expect(page.get_by_role("heading", name="mugs.csv")).to_be_visible()
    await expect(page.locator("[data-tell=rows_total]")).to_have_text("30,000", timeout=60_000)
    await pictured(page, "portal-feed-live")
    await expect(page.get_by_role("link", name="The file back, as XLSX")).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("'abc' is not a price").first).to_be_visible()
    await expect(page.locator(".legend").first).to_contain_text("rejected 3,000")
    await pictured(page, "portal-feed")
    await page.get_by_role("link", name="Next page").click()
    await expect(page.get_by_role("heading", name="Row 2", exact=True)).to_have_count(0)
    await page.go_back()

    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="The file back, as CSV").click()
    downloaded = await (await downloading.value).path()
    lines = downloaded.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("OpenAisle status,OpenAisle found,OpenAisle mended,supplier_sku,title")
    assert len(lines) == ROWS + 1
    assert lines[1].startswith("rejected,")

    await page.set_viewport_size({"width": 390, "height": 844})
    await pictured(page, "portal-feed-phone")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page must not scroll sideways on a phone"
    await page.get_by_role("button", name="Take this feed back").click()
    await expect(page.locator("h1 + .pill")).to_have_text("rolled back", timeout=60_000)
    await expect(page.get_by_text("Put back")).to_be_visible()


async def test_what_broke_off_goes_on_after_the_page_was_loaded_anew(
    marketplace: RunningMarketplace, page: Page, tmp_path: Path
) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    file = tmp_path / "mugs.csv"
    file.write_text(feed(rows=ROWS), encoding="utf-8")
    offsets: list[int] = []

    async def refuse_the_rest(route: Route) -> None:
        offset = int(route.request.url.rpartition("=")[2])
        await (route.abort() if offset else route.continue_())

    async def count(route: Route) -> None:
        offsets.append(int(route.request.url.rpartition("=")[2]))
        await route.continue_()

    await page.route(PARTS, refuse_the_rest)
    await signed_in(page, marketplace=marketplace, supplier=supplier)
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("The connection was lost; trying again")).to_be_visible()
    await pictured(page, "portal-feeds-lost")
    await page.unroute(PARTS)
    await page.route(PARTS, count)
    await page.reload()
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url("**/portal/feeds/fed_*")
    assert offsets == [4_194_304]


async def test_without_a_script_the_form_takes_the_file_and_the_page_tells_the_same(
    marketplace: RunningMarketplace, chromium: Browser, tmp_path: Path
) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann")
    file = tmp_path / "mugs.csv"
    file.write_text(feed(rows=200), encoding="utf-8")
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = await context.new_page()
    await signed_in(page, marketplace=marketplace, supplier=supplier)
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("heading", name="mugs.csv")).to_be_visible()
    for _ in range(100):
        if await page.get_by_role("link", name="The file back, as XLSX").count():
            break
        await page.wait_for_timeout(100)
        await page.reload()
    await expect(page.locator(".legend").first).to_contain_text("rejected 20")
    await page.goto(f"{marketplace.address}/portal/feeds")
    await expect(page.get_by_role("link", name="mugs.csv")).to_be_visible()
    await page.get_by_text("Add an address").click()
    await page.get_by_label("Address of the file").fill("http://127.0.0.1:9/feed.csv")
    await page.get_by_role("button", name="Fetch from here").click()
    await expect(page.get_by_role("status")).to_contain_text("The addresses are changed")
    await expect(page.get_by_text("http://127.0.0.1:9/feed.csv")).to_be_visible()
    await pictured(page, "portal-feeds-phone")
    await context.close()
