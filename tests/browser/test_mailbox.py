"""A supplier confirms its mailbox in a real browser: the link shows a button, and only the button confirms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.marketplace import application, running_marketplace
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def mailed_tokens(home: Path) -> list[str]:
    """Return the tokens of all links that were mailed, the oldest first."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((home / "mail").glob("*")) if path.is_file()]
    plain = [text.replace("=\n", "").replace("=3D", "=") for text in texts]
    found = [re.search(r"/portal/mailbox\?token=([\w-]{43})", text) for text in plain]
    return [match[1] for match in found if match is not None]


async def test_the_link_shows_a_button_and_the_button_confirms(tmp_path: Path, chromium: Browser) -> None:
    home = tmp_path / "home"
    async with running_marketplace(home=home) as marketplace:
        applied = await marketplace.anyone.post("/v1/supplier-applications", application())
        path = f"/v1/suppliers/{applied['supplier_id']}"
        await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="active")

        async def mailed() -> list[str]:
            return mailed_tokens(home)

        (token,) = await eventually(mailed, what="the link is mailed")
        page = await chromium.new_page(viewport={"width": 1360, "height": 900})
        link = f"{marketplace.address}/portal/mailbox?token={token}"
        await page.goto(link)
        await page.goto(link)
        await expect(page.get_by_role("heading", name="Confirm your mailbox")).to_be_visible()
        await page.screenshot(path=tmp_path / "mailbox.png")
        before: dict[str, Any] = await marketplace.operator.get(path)
        assert before["mailbox_confirmed_at"] is None
        await page.get_by_role("button", name="Yes, confirm it").click()
        await expect(page.get_by_role("status")).to_contain_text("goes on by itself")
        await page.screenshot(path=tmp_path / "confirmed.png")
        assert (await marketplace.operator.get(path))["mailbox_confirmed_at"] is not None
        await page.goto(link)
        await expect(page.get_by_role("heading")).to_have_text("This link does not work any more")
        await page.close()


async def test_the_portal_sends_the_link_again(tmp_path: Path, chromium: Browser) -> None:
    home = tmp_path / "home"
    async with running_marketplace(home=home) as marketplace:
        applied = await marketplace.anyone.post("/v1/supplier-applications", application())
        await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="active")
        page = await chromium.new_page(viewport={"width": 1360, "height": 900})
        await page.goto(f"{marketplace.address}/portal/")
        await page.get_by_text("Sign in with an API key").click()
        await page.get_by_label("Your API key").fill(applied["api_key"])
        await page.get_by_role("button", name="Sign in with the key").click()
        await expect(page.get_by_text("Please open the link that we have sent to")).to_be_visible()
        await page.screenshot(path=tmp_path / "status.png")
        await page.get_by_role("button", name="Send it again").click()
        # The first one is a moment old: whoever is impatient is told to wait.
        await expect(page.get_by_text("A new link can be asked for in")).to_be_visible()
        await page.close()
