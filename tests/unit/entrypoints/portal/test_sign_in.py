"""Coming in to the portal: by password and code, by key, by the links of invitations and resets, and who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole
from tests.support.console_stage import form_token_in

PASSWORD = "seven green lanterns"
EMAIL = "lee@supplier.example"


async def test_a_suppliers_user_signs_in_with_a_password_and_out_again(stage: Any) -> None:
    browser = await stage.signed_in()
    page = await browser.get("/")
    assert page.status == 200
    assert EMAIL in page.body.decode()
    copied = dict(browser.cookies)
    left = await browser.send("/sign-out", {}, page="/")
    assert left.headers["location"] == "/portal/sign-in"
    browser.cookies = copied
    assert (await browser.get("/")).status == 303, "the session is over, not only forgotten by the browser"


async def test_the_api_key_works_beside_the_password(stage: Any) -> None:
    browser = stage.browser()
    answered = await browser.sign_in(api_key=stage.api_key, next_path="/portal/steps/company")
    assert answered.headers["location"] == "/portal/steps/company"
    assert all(part in answered.headers["set-cookie"].lower() for part in ("httponly", "samesite=strict", "/portal"))
    assert (await browser.get("/account")).status == 409, "a key is nobody's account"


async def test_a_page_without_a_session_leads_to_the_door_and_back(stage: Any) -> None:
    browser = stage.browser()
    asked = await browser.get("/steps/company")
    assert asked.headers["location"] == "/portal/sign-in?next=%2Fportal%2Fsteps%2Fcompany"


@pytest.mark.parametrize("next_path", ["https://evil.example/", "/console/", "//evil.example", "/portal/..//evil"])
async def test_signing_in_leads_nowhere_else(stage: Any, next_path: str) -> None:
    answered = await stage.browser().sign_in(api_key=stage.api_key, next_path=next_path)
    assert answered.headers["location"] == "/portal/"


async def test_an_invitation_leads_to_the_portal_and_in(stage: Any) -> None:
    _, token = await stage.invited()
    browser = stage.browser()
    form = await browser.get("/password", query=f"token={token}")
    assert EMAIL in form.body.decode()
    weak = await browser.post("/password", {"token": token, "password": "password1234"}, token=form_token_in(form))
    assert weak.status == 422
    done = await browser.post("/password", {"token": token, "password": PASSWORD}, token=form_token_in(form))
    assert done.headers["location"] == "/portal/sign-in?set"
    assert "Your password is set" in (await browser.get("/sign-in", query="set")).body.decode()
    assert (await browser.get("/password", query=f"token={token}")).status == 401
    await browser.send("/sign-in", {"email": EMAIL, "password": PASSWORD}, page="/sign-in")
    assert (await browser.get("/")).status == 200


async def test_links_lead_each_party_to_its_own_door(stage: Any) -> None:
    people = stage.marketplace.rooms.people.people
    addresses = {}
    for party, role in ((Role.SUPPLIER, UserRole.OWNER), (Role.OPERATOR, UserRole.REVIEWER)):
        made = await people.invite(
            email=f"{role.value}@x.example",
            name="X",
            role=role,
            party=party,
            supplier_id=stage.supplier_id if party is Role.SUPPLIER else None,
            context=stage.context(),
        )
        addresses[party] = made.address
    assert addresses[Role.SUPPLIER].startswith("https://marketplace.example/portal/password?token=")
    assert addresses[Role.OPERATOR].startswith("https://marketplace.example/console/password?token=")


async def test_asking_for_a_reset_shows_the_same_page_for_everybody(stage: Any) -> None:
    await stage.user()
    pages = set()
    for email in (EMAIL, "nobody@supplier.example"):
        answered = await stage.browser().send("/password-reset", {"email": email}, page="/password-reset")
        pages.add((answered.status, answered.body))
    assert len(pages) == 1
    assert b"/portal/sign-in" in pages.pop()[1]


async def test_guessing_a_password_is_slowed_down(stage: Any) -> None:
    await stage.user()
    browser = stage.browser()
    for _ in range(5):
        wrong = await browser.send("/sign-in", {"email": EMAIL, "password": "wrong"}, page="/sign-in")
        assert wrong.status == 401
    right = await browser.send("/sign-in", {"email": EMAIL, "password": PASSWORD}, page="/sign-in")
    assert right.status == 429
    assert int(right.headers["retry-after"]) >= 1


async def test_the_operators_staff_does_not_get_in(stage: Any) -> None:
    await stage.user(email="ana@x.example", role=UserRole.ADMINISTRATOR, party=Role.OPERATOR)
    browser = stage.browser()
    fields = {"email": "ana@x.example", "password": PASSWORD}
    answered = await browser.send("/sign-in", fields, page="/sign-in")
    assert answered.status == 403
    assert "openaisle_portal" not in browser.cookies
    console = stage.browser(base="/console")
    await console.send("/sign-in", fields, page="/sign-in")
    browser.cookies["openaisle_portal"] = console.cookies["openaisle_session"]
    assert (await browser.get("/")).status == 403, "nor with a session of the console"


async def test_an_authenticator_is_set_up_by_its_qr_code_and_asked_for_from_then_on(stage: Any) -> None:
    import base64

    from openaisle.people import one_time_codes

    browser = await stage.signed_in()
    shown = await browser.send("/account/authenticator", {"current_password": PASSWORD}, page="/account")
    text = shown.body.decode()
    assert '<svg viewBox="0 0' in text
    assert 'class="qr"' in text
    found = re.search(r"secret=([A-Z2-7]+)", text)
    assert found is not None
    secret = base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))
    step = one_time_codes.step_at(at=stage.marketplace.clock.now())
    code = one_time_codes.code_of_step(secret=secret, step=step)
    confirmed = await browser.post("/account/authenticator/confirmation", {"code": code}, token=form_token_in(shown))
    recovery = re.search(r"<li>([A-Z0-9-]{16,})</li>", confirmed.body.decode(), re.IGNORECASE)
    assert recovery is not None
    other = stage.browser()
    asked = await other.send("/sign-in", {"email": EMAIL, "password": PASSWORD}, page="/sign-in")
    assert "openaisle_portal" not in other.cookies
    challenge = re.search(r'name="challenge" value="([^"]+)"', asked.body.decode())
    assert challenge is not None
    assert 'action="/portal/sign-in/code"' in asked.body.decode()
    fields = {"challenge": challenge[1], "next": ""}
    refused = await other.post("/sign-in/code", {**fields, "code": "000000"}, token=form_token_in(asked))
    assert refused.status == 401
    opened = await other.post("/sign-in/code", {**fields, "code": recovery[1]}, token=form_token_in(asked))
    assert (opened.status, opened.headers["location"]) == (303, "/portal/")


async def test_forms_before_the_door_need_the_token_of_this_browser(stage: Any) -> None:
    stranger = form_token_in(await stage.browser().get("/sign-in"))
    browser = stage.browser()
    await browser.get("/sign-in")
    for path in ("/sign-in", "/sign-in/code", "/password", "/password-reset", "/apply"):
        fields = {"email": EMAIL, "password": PASSWORD, "token": "x", "code": "123456", "challenge": "x"}
        assert (await browser.post(path, fields, token=stranger)).status == 403, path
