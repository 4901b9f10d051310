"""Signing in and out, and who is kept outside."""

from __future__ import annotations

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.table import Key
from tests.factories.contexts import make_context
from tests.support.console_stage import Browser, ConsoleStage, form_token_in

PAGES = ("/", "/orders", "/orders/ord_1", "/suppliers", "/suppliers/sup_1", "/reviews", "/reviews/tsk_1", "/products")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_without_a_session_leads_to_the_sign_in_page_and_back(browser: Browser, path: str) -> None:
    answered = await browser.get(path)

    assert answered.status == 303
    assert answered.headers["location"].startswith("/console/sign-in?next=")


async def test_an_operators_key_opens_a_session_that_scripts_and_other_sites_cannot_use(
    stage: ConsoleStage, browser: Browser
) -> None:
    _, api_key = await stage.key()

    answered = await browser.sign_in(api_key=api_key)

    assert answered.headers["location"] == "/console/"
    cookie = answered.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("openaisle_session=", "httponly", "samesite=strict", "path=/console"))
    assert (await browser.get("/")).status == 200


async def test_neither_the_key_nor_the_cookie_stands_in_the_store_in_clear(
    stage: ConsoleStage, browser: Browser
) -> None:
    _, api_key = await stage.key()
    await browser.sign_in(api_key=api_key)
    token = browser.cookies["openaisle_session"]

    from openaisle.entrypoints.console.sessions.model import digest

    item = await stage.table.get(key=Key(f"CONSOLE_SESSION#{digest(token=token)}", "SESSION"))
    assert item is not None
    assert token.encode() not in item.body
    assert api_key.encode() not in item.body


@pytest.mark.parametrize("role", [Role.SUPPLIER, Role.STOREFRONT])
async def test_the_key_of_another_party_opens_nothing(stage: ConsoleStage, browser: Browser, role: Role) -> None:
    _, api_key = await stage.key(role=role, subject_id="other")

    answered = await browser.sign_in(api_key=api_key)

    assert answered.status == 403
    assert "not an operator" in answered.body.decode()
    assert "openaisle_session" not in browser.cookies


async def test_a_wrong_key_is_answered_by_the_form_with_its_mend(browser: Browser) -> None:
    answered = await browser.sign_in(api_key="oa_operator_nonsense")

    assert answered.status == 401
    assert "That API key is not valid" in answered.body.decode()


async def test_an_address_that_guesses_waits_longer_with_each_failure(stage: ConsoleStage, browser: Browser) -> None:
    _, api_key = await stage.key()
    for _ in range(5):
        assert (await browser.sign_in(api_key="oa_operator_guess")).status == 401

    refused = await browser.sign_in(api_key=api_key)
    assert refused.status == 429
    assert refused.headers["retry-after"] == "1"

    stage.clock.pass_by(seconds=1)
    assert (await browser.sign_in(api_key="oa_operator_guess")).status == 401
    assert (await browser.sign_in(api_key=api_key)).headers["retry-after"] == "2"

    stage.clock.pass_by(seconds=2)
    assert (await browser.sign_in(api_key=api_key)).status == 303


async def test_a_session_ends_after_a_working_day(stage: ConsoleStage, operator: Browser) -> None:
    stage.clock.pass_by(hours=8)

    assert (await operator.get("/orders")).status == 303


async def test_a_session_ends_with_its_key(stage: ConsoleStage, browser: Browser) -> None:
    key_id, api_key = await stage.key()
    await browser.sign_in(api_key=api_key)
    await stage.api_keys.revoke(key_id=key_id, context=make_context())

    assert (await browser.get("/orders")).status == 303


async def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(
    stage: ConsoleStage, operator: Browser
) -> None:
    copy = Browser(application=stage.application)
    copy.cookies = dict(operator.cookies)

    answered = await operator.send("/sign-out", {}, page="/orders")

    assert answered.headers["location"] == "/console/sign-in"
    assert (await copy.get("/orders")).status == 303


async def test_a_sign_in_link_works_once(stage: ConsoleStage, browser: Browser) -> None:
    token = await stage.link()

    assert (await browser.get("/sign-in", query=f"token={token}")).headers["location"] == "/console/"
    assert (await browser.get("/")).status == 200

    other = Browser(application=stage.application)
    again = await other.get("/sign-in", query=f"token={token}")
    assert again.status == 401
    assert "openaisle_session" not in other.cookies


async def test_a_sign_in_link_ends_after_a_day(stage: ConsoleStage, browser: Browser) -> None:
    token = await stage.link()
    stage.clock.pass_by(hours=24)

    answered = await browser.get("/sign-in", query=f"token={token}")

    assert answered.status == 401
    assert "openaisle_session" not in browser.cookies


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/console/..//evil.example", "/v1/orders", "/console\\@evil"]
)
async def test_signing_in_leads_only_to_pages_of_the_console(
    stage: ConsoleStage, browser: Browser, wanted: str
) -> None:
    _, api_key = await stage.key()

    answered = await browser.sign_in(api_key=api_key, next_path=wanted)

    assert answered.headers["location"] == "/console/"


async def test_signing_in_leads_back_to_the_page_that_was_wanted(stage: ConsoleStage, browser: Browser) -> None:
    _, api_key = await stage.key()

    answered = await browser.sign_in(api_key=api_key, next_path="/console/orders?day=2026-11-22")

    assert answered.headers["location"] == "/console/orders?day=2026-11-22"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
async def test_a_form_of_another_site_changes_nothing(
    stage: ConsoleStage, operator: Browser, headers: dict[str, str]
) -> None:
    await stage.supplier()
    token = form_token_in(await operator.get("/suppliers/sup_bergmann"))

    answered = await operator.post("/suppliers/sup_bergmann/suspension", {"reason": "x"}, headers=headers, token=token)

    assert answered.status == 403
    assert "That form did not come from this page" in answered.body.decode()
    view = await stage.rooms.supplier_queries.supplier(supplier_id="sup_bergmann", at=stage.clock.at)
    assert view.state.value == "active"


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_a_form_without_its_token_changes_nothing(stage: ConsoleStage, operator: Browser, token: str) -> None:
    await stage.supplier()

    answered = await operator.post("/suppliers/sup_bergmann/suspension", {"reason": "x"}, token=token)

    assert answered.status == 403


async def test_a_form_that_is_too_large_is_refused(operator: Browser) -> None:
    answered = await operator.post("/sign-out", {"much": "x" * 70_000}, token="0")

    assert answered.status == 400


async def test_a_fragment_without_a_session_says_so_instead_of_leading_away(browser: Browser) -> None:
    assert (await browser.get("/fragments/figures")).status == 401
