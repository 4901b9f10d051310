"""The console in a real browser: what only a browser shows."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Window, window_in
from tests.factories.orders import make_line
from tests.support.console_stage import ConsoleStage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ATTACK = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script>"


async def test_an_operator_signs_in_with_a_key_and_out_again(window: Window, stage: ConsoleStage) -> None:
    _, api_key = await stage.key()
    await window.open("/orders")
    await window.page.get_by_text("Sign in with an API key").click()
    await window.page.get_by_label("Operator API key").fill(api_key)
    await window.page.keyboard.press("Enter")

    await expect(window.page.get_by_role("heading", name="Orders", level=1)).to_be_visible()

    await window.page.get_by_role("button", name="Sign out").click()
    await expect(window.page.get_by_role("heading", name="Operator console")).to_be_visible()
    await window.open("/orders")
    await expect(window.page.get_by_text("Sign in with an API key")).to_be_visible()


async def test_a_sign_in_link_opens_the_overview_under_a_strict_policy(window: Window, stage: ConsoleStage) -> None:
    answered = await window.open(f"/sign-in?token={await stage.link()}")

    await expect(window.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    policy = (await answered.all_headers())["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    # Nothing inline was dropped: the style sheet is in force.
    assert await window.page.locator("body").evaluate("body => getComputedStyle(body).marginTop") == "0px"


async def test_orders_flow_in_without_a_reload_and_can_be_paused(signed_in: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    mug = await stage.offer(on_hand=100)
    await signed_in.open("/")
    await signed_in.page.evaluate("document.body.dataset.witness = 'not reloaded'")

    await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-1001")

    await expect(signed_in.page.get_by_role("link", name="WEB-1001")).to_be_visible(timeout=10_000)
    await expect(signed_in.page.get_by_text("Order placed")).to_be_visible(timeout=10_000)
    assert await signed_in.page.evaluate("document.body.dataset.witness") == "not reloaded"

    toggle = signed_in.page.get_by_role("button", name="Live")
    await toggle.click()
    await expect(signed_in.page.get_by_role("button", name="Paused")).to_have_attribute("aria-pressed", "false")


async def test_a_link_that_has_the_focus_keeps_it_when_its_list_is_refreshed(
    signed_in: Window, stage: ConsoleStage
) -> None:
    await stage.supplier()
    mug = await stage.offer(on_hand=100)
    await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-1")
    await signed_in.open("/")
    await signed_in.page.get_by_role("link", name="WEB-1").focus()

    await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-2")

    await expect(signed_in.page.get_by_role("link", name="WEB-2")).to_be_visible(timeout=10_000)
    await expect(signed_in.page.get_by_role("link", name="WEB-1")).to_be_focused()


async def test_deciding_a_review_task_by_keyboard_changes_the_supplier(signed_in: Window, stage: ConsoleStage) -> None:
    await stage.supplier_in_review()
    page = signed_in.page
    await signed_in.open("/reviews")
    await page.get_by_role("link", name="Bergmann Keramik").press("Enter")

    await expect(page.get_by_label("Corrected address city")).to_have_value("Bremen")
    await page.get_by_role("radio", name="Correct").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type("A typing error")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("status")).to_have_text("The decision is recorded.")
    await stage.settle_reviews()
    await signed_in.open("/suppliers/sup_bergmann")
    await expect(page.locator("h1 + .pill")).to_have_text("verifying")
    await expect(page.get_by_text("28195 Bremen")).to_be_visible()


async def test_a_supplier_is_suspended_for_a_reason(signed_in: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    page = signed_in.page
    await signed_in.open("/suppliers?state=active")
    await page.get_by_role("link", name="Bergmann Keramik").click()

    await page.get_by_role("region", name="Suspend").get_by_label("Reason").fill("Ships nothing for a week")
    await page.get_by_role("button", name="Suspend this supplier").click()

    await expect(page.get_by_role("status")).to_have_text("The supplier is suspended.")
    await expect(page.locator("h1 + .pill")).to_have_text("suspended")
    await expect(page.get_by_role("button", name="Reinstate this supplier")).to_be_visible()


async def test_an_order_tells_why_its_supplier_was_chosen(signed_in: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    await stage.supplier(supplier_id="sup_costly", name="Costly & Sons")
    mug = await stage.offer()
    await stage.order_room.stock(
        supplier_id="sup_costly", supplier_sku="M-9", product_id=mug.product_id, price_minor=2_999
    )
    await stage.order_room.place(make_line(product_id=mug.product_id), reference="WEB-7")

    await signed_in.open("/orders")
    await signed_in.page.get_by_role("link", name="WEB-7").click()

    reasons = signed_in.page.get_by_role("region", name="Why these suppliers")
    await expect(reasons.get_by_role("row", name="Bergmann Keramik")).to_contain_text("chosen")
    await expect(reasons.get_by_role("row", name="Costly & Sons")).to_contain_text("not chosen")
    await expect(reasons.get_by_role("row", name="Costly & Sons")).to_contain_text("€29.99")


async def test_markup_in_a_suppliers_name_stays_text(signed_in: Window, stage: ConsoleStage) -> None:
    await stage.supplier(name=ATTACK)

    await signed_in.open("/suppliers/sup_bergmann")

    await expect(signed_in.page.get_by_role("heading", level=1)).to_have_text(ATTACK)
    assert "broken in" not in (await signed_in.page.title()).replace(ATTACK, "")
    assert await signed_in.page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_is_wider_than_a_phone(chromium: Browser, address: str, stage: ConsoleStage, scheme: str) -> None:
    task_id = await stage.supplier_in_review(name="Manufaktur für Steinzeug und Porzellan Bergmann")
    await stage.supplier(supplier_id="sup_active")
    mug = await stage.offer(supplier_id="sup_active", title="Stoneware mug with a rather long title, blue, 300 ml")
    placed = await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-100000000000000000001")
    await stage.category_asking(names=("color", "a_rather_long_name_of_an_attribute_that_must_break_somewhere"))
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    window = await window_in(context, address=address)
    await window.open(f"/sign-in?token={await stage.link()}")

    for path in (
        "/", "/orders", f"/orders/{placed.order_id}", "/suppliers", "/suppliers/sup_bergmann", "/reviews",
        f"/reviews/{task_id}", "/rules", "/products", f"/products/{mug.product_id}", "/feeds", "/webhooks",
        "/categories", "/categories/31", "/categories/31/attribute", "/categories/31/attribute?name=color",
    ):  # fmt: skip
        await window.open(path)
        assert await window.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        await expect(window.page.get_by_role("navigation", name="Rooms")).to_be_in_viewport()
    await context.close()
    assert window.complaints == []


async def test_the_first_tab_stop_skips_to_the_content(signed_in: Window) -> None:
    await signed_in.open("/orders")
    await signed_in.page.keyboard.press("Tab")

    await expect(signed_in.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await signed_in.page.keyboard.press("Enter")
    await expect(signed_in.page.locator("main")).to_be_focused()
