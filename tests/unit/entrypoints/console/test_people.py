"""People in the console: signing in by password and code, invitations, what a role sees, and who is kept outside."""

from __future__ import annotations

import re

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole
from openaisle.people import one_time_codes
from tests.factories.contexts import make_context
from tests.factories.http import Called
from tests.support.console_stage import Browser, ConsoleStage, form_token_in
from tests.support.people_stage import EMAIL, PASSWORD

FORMS = [
    ("/suppliers/sup_bergmann/suspension", {"reason": "late"}, UserRole.REVIEWER),
    ("/suppliers/sup_bergmann/reinstatement", {"reason": "late"}, UserRole.REVIEWER),
    ("/reviews/tsk_1/claim", {}, UserRole.REVIEWER),
    ("/reviews/tsk_1/resolution", {"decision": "approved", "reason": "x"}, UserRole.REVIEWER),
    ("/people/invitations", {"email": "x@y.example", "name": "X", "role": "administrator"}, UserRole.ADMINISTRATOR),
    ("/people/usr_1/role", {"role": "administrator"}, UserRole.ADMINISTRATOR),
    ("/people/usr_1/state", {"state": "disabled"}, UserRole.ADMINISTRATOR),
]


async def signed_in(stage: ConsoleStage, browser: Browser, *, role: UserRole, email: str = EMAIL) -> Called:
    await stage.people.user(email=email, role=role)
    return await browser.send("/sign-in", {"email": email, "password": PASSWORD}, page="/sign-in")


async def test_a_password_opens_a_session_with_a_new_token_whatever_the_browser_brought(
    stage: ConsoleStage, browser: Browser
) -> None:
    browser.cookies["openaisle_session"] = "oas_" + "planted" * 6
    answered = await signed_in(stage, browser, role=UserRole.ADMINISTRATOR)
    assert (answered.status, answered.headers["location"]) == (303, "/console/")
    assert browser.cookies["openaisle_session"] != "oas_" + "planted" * 6
    page = await browser.get("/profile")
    assert page.status == 200
    assert EMAIL in page.body.decode()


async def test_a_planted_session_cookie_is_nobody(browser: Browser) -> None:
    browser.cookies["openaisle_session"] = "oas_" + "x" * 43
    assert (await browser.get("/")).status == 303


async def test_wrong_and_unknown_are_answered_by_the_same_page(stage: ConsoleStage, browser: Browser) -> None:
    await stage.people.user()
    pages = []
    for email in (EMAIL, "nobody@marketplace.example"):
        fields = {"email": email, "password": "wrong password"}
        answered = await browser.send("/sign-in", fields, page="/sign-in")
        pages.append((answered.status, re.sub(rb'name="csrf" value="\w+"', b"", answered.body)))
    assert pages[0] == pages[1]


async def test_a_code_is_asked_for_where_the_account_has_an_authenticator(
    stage: ConsoleStage, browser: Browser
) -> None:
    await signed_in(stage, browser, role=UserRole.FINANCE)
    shown = await browser.send("/profile/authenticator", {"current_password": PASSWORD}, page="/profile")
    found = re.search(r"secret=([A-Z2-7]+)", shown.body.decode())
    assert found is not None
    import base64

    secret = base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))

    def code() -> str:
        return one_time_codes.code_of_step(secret=secret, step=one_time_codes.step_at(at=stage.clock.at))

    confirmed = await browser.post(
        "/profile/authenticator/confirmation", {"code": code()}, token=form_token_in(await browser.get("/profile"))
    )
    assert "recovery codes" in confirmed.body.decode()
    other = Browser(application=stage.application)
    asked = await other.send("/sign-in", {"email": EMAIL, "password": PASSWORD}, page="/sign-in")
    assert "openaisle_session" not in other.cookies
    challenge = re.search(r'name="challenge" value="([^"]+)"', asked.body.decode())
    assert challenge is not None
    fields = {"challenge": challenge[1], "next": "https://elsewhere.example/"}
    replayed = await other.post("/sign-in/code", {**fields, "code": code()}, token=form_token_in(asked))
    assert replayed.status == 401, "the code that confirmed it is used up"
    stage.clock.pass_by(seconds=60)
    opened = await other.post("/sign-in/code", {**fields, "code": code()}, token=form_token_in(asked))
    assert (opened.status, opened.headers["location"]) == (303, "/console/")


async def test_an_invitation_leads_to_a_password_and_in(stage: ConsoleStage, browser: Browser) -> None:
    await signed_in(stage, browser, role=UserRole.ADMINISTRATOR)
    fields = {"email": "new@marketplace.example", "name": "New", "role": "reviewer"}
    invited = await browser.send("/people/invitations", fields, page="/people")
    assert invited.headers["location"].endswith("?done=invited")
    link = stage.people.mail.last.data["link"].partition("/console")[2]
    path, _, query = link.partition("?")
    other = Browser(application=stage.application)
    for _ in range(2):
        form = await other.get(path, query=query)
        assert form.status == 200, "a mail program that looks at the link does not use it up"
    token = stage.people.mail.last.token
    weak = await other.post("/password", {"token": token, "password": "password1234"}, token=form_token_in(form))
    assert weak.status == 422
    done = await other.post("/password", {"token": token, "password": PASSWORD}, token=form_token_in(form))
    assert done.status == 303
    assert (await other.get(path, query=query)).status == 401
    await other.send("/sign-in", {"email": fields["email"], "password": PASSWORD}, page="/sign-in")
    assert (await other.get("/reviews")).status == 200


async def test_a_suppliers_user_does_not_get_into_the_operators_console(stage: ConsoleStage, browser: Browser) -> None:
    await stage.people.user(role=UserRole.OWNER, supplier_id="sup_1")
    answered = await browser.send("/sign-in", {"email": EMAIL, "password": PASSWORD}, page="/sign-in")
    assert answered.status == 403
    assert "openaisle_session" not in browser.cookies
    # Nor with a session that was opened through the API.
    opened = await stage.people.sign_in()
    browser.cookies["openaisle_session"] = opened.token
    assert (await browser.get("/")).status == 403


async def test_who_only_reads_sees_no_form_and_keeps_what_stands_beside_it(
    stage: ConsoleStage, browser: Browser
) -> None:
    await stage.supplier()
    await signed_in(stage, browser, role=UserRole.READ_ONLY)
    page = (await browser.get("/suppliers/sup_bergmann")).body.decode()
    assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page) == ["/console/sign-out"]
    assert "Bergmann" in page
    assert "/console/people" not in page
    assert "/console/audit" not in page


@pytest.mark.parametrize(("path", "fields", "allowed"), FORMS)
async def test_a_form_is_refused_to_each_role_without_its_permission(
    stage: ConsoleStage, browser: Browser, path: str, fields: dict[str, str], allowed: UserRole
) -> None:
    await stage.supplier()
    for role in (UserRole.READ_ONLY, UserRole.FINANCE, UserRole.CATALOG_MANAGER, UserRole.REVIEWER):
        if role is allowed:
            continue
        visitor = Browser(application=stage.application)
        await signed_in(stage, visitor, role=role, email=f"{role.value}@marketplace.example")
        refused = await visitor.send(path, fields, page="/")
        assert refused.status == 403, role
        assert "Your role may not do this" in refused.body.decode()


@pytest.mark.parametrize("path", ["/people", "/audit"])
async def test_pages_of_administrators_are_refused_to_others(stage: ConsoleStage, browser: Browser, path: str) -> None:
    await signed_in(stage, browser, role=UserRole.REVIEWER)
    assert (await browser.get(path)).status == 403
    admin = Browser(application=stage.application)
    await signed_in(stage, admin, role=UserRole.ADMINISTRATOR, email="admin@marketplace.example")
    assert (await admin.get(path)).status == 200


async def test_a_key_with_a_role_does_no_more_here_than_a_person_of_it(stage: ConsoleStage, browser: Browser) -> None:
    _, key = await stage.api_keys.issue(
        role=Role.OPERATOR, subject_id="x", label="x", context=make_context(), user_role=UserRole.READ_ONLY
    )
    await browser.sign_in(api_key=key)
    assert (await browser.get("/")).status == 200
    assert (await browser.get("/people")).status == 403
    assert (await browser.send("/people/invitations", {}, page="/")).status == 403


async def test_forms_before_the_door_need_the_token_of_this_browser(stage: ConsoleStage, browser: Browser) -> None:
    await stage.people.user()
    stranger = form_token_in(await Browser(application=stage.application).get("/sign-in"))
    await browser.get("/sign-in")
    for path in ("/sign-in", "/sign-in/code", "/password", "/password-reset"):
        fields = {"email": EMAIL, "password": PASSWORD, "token": "x", "code": "123456", "challenge": "x"}
        assert (await browser.post(path, fields, token=stranger)).status == 403, path
        foreign = await browser.post(path, fields, headers={"origin": "https://evil.example"}, token=stranger)
        assert foreign.status == 403, path


async def test_asking_for_a_reset_shows_the_same_page_for_everybody(stage: ConsoleStage, browser: Browser) -> None:
    await stage.people.user()
    pages = set()
    for email in (EMAIL, "nobody@marketplace.example"):
        answered = await browser.send("/password-reset", {"email": email}, page="/password-reset")
        pages.add((answered.status, answered.body))
    assert len(pages) == 1


async def test_a_changed_password_keeps_this_browser_in_and_puts_others_out(
    stage: ConsoleStage, browser: Browser
) -> None:
    await signed_in(stage, browser, role=UserRole.FINANCE)
    other = Browser(application=stage.application)
    await other.send("/sign-in", {"email": EMAIL, "password": PASSWORD}, page="/sign-in")
    fields = {"current_password": PASSWORD, "password": "nine silver bicycles"}
    await browser.send("/profile/password", fields, page="/profile")
    assert (await browser.get("/profile")).status == 200
    assert (await other.get("/profile")).status == 303


async def test_what_is_done_here_stands_in_the_audit_trail(stage: ConsoleStage, browser: Browser) -> None:
    await stage.supplier()
    await signed_in(stage, browser, role=UserRole.ADMINISTRATOR)
    page = "/suppliers/sup_bergmann"
    await browser.send(f"{page}/suspension", {"reason": "late"}, page=page)
    shown = (await browser.get("/audit")).body.decode()
    assert "console/suppliers/suspension" in shown
    assert "sup_bergmann" in shown
    assert "127.0.0.1" in shown
