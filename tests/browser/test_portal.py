"""The suppliers' portal in a real browser: from the first step to active, and a question on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.journeys.marketplace import RunningMarketplace, running_marketplace

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ATTACK = "<script>document.title='broken in'</script>"
PDF = b"%PDF-1.7\n%\xff\xfe a register extract \r\n--not-the-boundary\r\n"


@pytest_asyncio.fixture(loop_scope="module")
async def marketplace(tmp_path: Path) -> AsyncIterator[RunningMarketplace]:
    async with running_marketplace(home=tmp_path / "home") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1360, "height": 900})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    # A refusal is answered with its status, which the browser notes; nothing else may have gone wrong.
    assert [one for one in complaints if "Failed to load resource" not in one] == []


async def fill_in(page: Page, step: str, **fields: str) -> None:
    await page.get_by_role("link", name=step, exact=True).first.click()
    for name, text in fields.items():
        await page.locator(f"[name='{name.replace('__', '.')}']").fill(text)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")


async def with_key(page: Page, api_key: str) -> None:
    await page.get_by_text("Sign in with an API key").click()
    await page.get_by_label("Your API key").fill(api_key)
    await page.get_by_role("button", name="Sign in with the key").click()


async def begun(page: Page, marketplace: RunningMarketplace) -> str:
    await page.goto(f"{marketplace.address}/portal/")
    await page.get_by_role("link", name="Apply as a supplier").click()
    await page.get_by_label("E-mail address").fill("contato@floresdosul.com.br")
    await page.get_by_role("button", name="Begin").click()
    api_key = await page.get_by_label("Your API key").input_value()
    await page.get_by_role("link", name="Go on to the application").click()
    return api_key


async def filled_in(page: Page, *, city: str) -> None:
    await fill_in(
        page, "Company", legal_name="Flores do Sul Ltda", country="Brasil", registration_number="11.222.333/0001-81"
    )
    await fill_in(
        page,
        "Address",
        address__street_lines="Rua das Flores 12",
        address__postal_code="13023-000",
        address__city=city,
        address__region="SP",
    )
    await fill_in(page, "Contacts", phone="+5511961234567", contacts__0__name="Ana Souza")
    await fill_in(page, "Agreement", terms_version="2026-11")


async def test_a_supplier_applies_step_by_step_and_becomes_active(page: Page, marketplace: RunningMarketplace) -> None:
    api_key = await begun(page, marketplace)
    await expect(page.get_by_role("button", name="Hand the application in")).to_be_disabled()
    await filled_in(page, city="campinas")
    # The browser is closed and the application goes on elsewhere.
    await page.get_by_role("button", name="Sign out").click()
    await with_key(page, api_key)
    await page.get_by_role("button", name="Hand the application in").click()
    await expect(page.get_by_role("status")).to_contain_text("verification has started")
    await expect(async_reload := page.locator(".head .pill")).to_be_visible()
    for _ in range(40):
        if await async_reload.inner_text() == "active":
            break
        await page.wait_for_timeout(250)
        await page.reload()
    assert await async_reload.inner_text() == "active"
    # A verified fact changes only once it is verified again.
    await fill_in(
        page,
        "Bank account",
        bank_account__holder="Flores do Sul Ltda",
        bank_account__country="BR",
        bank_account__iban="BR1800360305000010009795493C1",
    )
    await expect(page.get_by_text("Payouts are frozen")).to_be_visible()
    await expect(page.get_by_role("heading", name="Changes being verified")).to_be_visible()
    assert "BR1800360305000010009795493C1" not in await page.content()


async def test_documents_are_handed_in_and_come_back_as_they_were(page: Page, marketplace: RunningMarketplace) -> None:
    await begun(page, marketplace)
    await page.get_by_label("File").set_input_files(
        FilePayload(name="extract.pdf", mimeType="application/pdf", buffer=PDF)
    )
    await page.get_by_role("button", name="Hand in", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("The document is kept.")
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="extract.pdf").click()
    download = await coming.value
    assert Path(await download.path()).read_bytes() == PDF  # noqa: ASYNC240
    await page.get_by_label("File").set_input_files(
        FilePayload(name="logo.png", mimeType="image/png", buffer=b"<svg><script>alert(1)</script></svg>")
    )
    await page.get_by_role("button", name="Hand in", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("not of the type it claims")
    await page.get_by_role("button", name="Remove extract.pdf").click()
    await expect(page.get_by_role("status")).to_have_text("The document is removed.")


async def test_what_a_supplier_tells_is_text_and_never_markup(page: Page, marketplace: RunningMarketplace) -> None:
    await begun(page, marketplace)
    await fill_in(page, "Company", legal_name=ATTACK)
    await expect(page.get_by_role("heading", name=ATTACK)).to_be_visible()
    await page.get_by_role("link", name="Company", exact=True).first.click()
    await page.locator("[name='legal_name']").fill("\u202eevil")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("Something in this step is not right")
    assert await page.title() != "broken in"


async def test_an_operators_key_does_not_open_the_portal(page: Page, marketplace: RunningMarketplace) -> None:
    await page.goto(f"{marketplace.address}/portal/steps/company")
    await with_key(page, marketplace.operator.key or "")
    await expect(page.get_by_role("alert")).to_contain_text("not a supplier")
