"""A supplier's users in a real browser: invited with the key, signed in by password and code, all without a script."""

from __future__ import annotations

import base64
import email
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from openaisle.people import one_time_codes
from tests.journeys.marketplace import RunningMarketplace, running_marketplace
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "seven green lanterns"
OWNER = "lee@supplier.example"


@pytest_asyncio.fixture(loop_scope="module")
async def marketplace(tmp_path: Path) -> AsyncIterator[RunningMarketplace]:
    async with running_marketplace(home=tmp_path / "home") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def mailed_link(home: Path, *, to: str, number: int) -> str:
    """Return the path of the link in the newest of ``number`` mails to an address that hold one."""

    def texts() -> list[str]:
        found = []
        for path in sorted((home / "mail").glob("*.eml"), key=lambda one: one.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes())
            body = message.get_payload(decode=True) if not message.is_multipart() else b""
            parts = [body, *(part.get_payload(decode=True) for part in message.walk() if not part.is_multipart())]
            text = b"".join(part for part in parts if isinstance(part, bytes)).decode()
            if message["To"] == to and "/portal/password" in text:
                found.append(text)
        return found

    async def enough() -> list[str] | None:
        found = texts()
        return found if len(found) >= number else None

    newest = (await eventually(enough, what=f"{number} links are mailed to {to}"))[-1]
    link = re.search(r"(/portal/password\?token=[\w-]{43})", newest)
    assert link is not None, newest
    return link[1]


async def in_by_password(page: Page, address: str, *, password: str = PASSWORD) -> None:
    await page.goto(f"{address}/portal/")
    await page.get_by_label("E-mail address").fill(OWNER)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def invited_by_key(page: Page, address: str) -> None:
    await page.goto(f"{address}/portal/apply")
    await page.get_by_label("E-mail address").fill("post@supplier.example")
    await page.get_by_role("button", name="Begin").click()
    await page.get_by_role("link", name="Go on to the application").click()
    await page.get_by_role("link", name="Users").click()
    await page.get_by_label("E-mail address").fill(OWNER)
    await page.get_by_label("Name").fill("Lee")
    await page.locator("#role").select_option("owner")
    await page.get_by_role("button", name="Invite").click()
    await expect(page.get_by_role("status")).to_have_text("The invitation is on its way.")
    await page.get_by_role("button", name="Sign out").click()


async def test_a_supplier_invites_a_user_who_signs_in_with_password_and_code(
    page: Page, marketplace: RunningMarketplace, tmp_path: Path
) -> None:
    address = marketplace.address
    await invited_by_key(page, address)
    link = await mailed_link(tmp_path / "home", to=OWNER, number=1)
    await page.goto(address + link)
    await page.get_by_label("New password").fill("password1234")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("status")).to_have_text("Your password is set. Sign in with it.")

    await in_by_password(page, address, password="wrong")
    await expect(page.get_by_role("alert")).to_be_visible()
    await in_by_password(page, address)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

    await page.goto(f"{address}/portal/account")
    await page.locator("#proof").fill(PASSWORD)
    await page.get_by_role("button", name="Set up an authenticator app").click()
    code = page.get_by_role("img", name="QR code")
    await expect(code).to_be_visible()
    box = await code.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    found = re.search(r"secret=([A-Z2-7]+)", await page.content())
    assert found is not None
    secret = base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))
    step = one_time_codes.step_at(at=datetime.now(UTC))
    await page.get_by_label("Code that the app shows").fill(one_time_codes.code_of_step(secret=secret, step=step))
    await page.get_by_role("button", name="Confirm").click()
    recovery = await page.locator("ul.code li").first.inner_text()

    await page.get_by_role("button", name="Sign out", exact=True).click()
    await in_by_password(page, address)
    await expect(page.get_by_role("heading", name="One-time code")).to_be_visible()
    await page.get_by_label("Code").fill("000000")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Code").fill(recovery)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="What is missing")).to_be_visible()


async def test_a_forgotten_password_is_set_anew_by_a_mailed_link(
    page: Page, marketplace: RunningMarketplace, tmp_path: Path
) -> None:
    address = marketplace.address
    await invited_by_key(page, address)
    await page.goto(address + await mailed_link(tmp_path / "home", to=OWNER, number=1))
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()

    await page.get_by_role("link", name="Set a new password").click()
    await page.get_by_label("E-mail address").fill(OWNER)
    await page.get_by_role("button", name="Send me a link").click()
    await expect(page.get_by_role("status")).to_contain_text("a mail with a link is on its way")
    await page.goto(address + await mailed_link(tmp_path / "home", to=OWNER, number=2))
    await page.get_by_label("New password").fill("nine silver bicycles")
    await page.get_by_role("button", name="Set the password").click()
    await in_by_password(page, address, password="nine silver bicycles")
    await expect(page.get_by_role("heading", name="What is missing")).to_be_visible()
    await page.get_by_role("link", name="Users").click()
    await expect(page.get_by_role("heading", name="Users")).to_be_visible()
    assert await page.locator("table.folds tr").count() == 2
