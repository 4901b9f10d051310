"""What the operator decides, lived through: an edited policy, a missed service level, new terms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openaisle.suppliers.policy_file import standard_policy_text
from tests.journeys.marketplace import Caller, RunningMarketplace, application, running_marketplace
from tests.support.waiting import eventually

WRONG_NUMBER = "11222333000180"


class MovableClock:
    """Tells the time, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def go_on(self, **parts: float) -> None:
        self._ahead += timedelta(**parts)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    """The clock of every process that the test starts."""
    clock = MovableClock()
    monkeypatch.setattr("openaisle.bootstrap.SystemClock", lambda: clock)
    return clock


def policy(home: Path, *changes: tuple[str, str]) -> None:
    """Write the operator's policy: the standard one, with changes."""
    text = standard_policy_text()
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    home.mkdir(exist_ok=True)
    (home / "verification-policy.toml").write_text(text)


async def console_page(marketplace: RunningMarketplace, path: str) -> str:
    """Sign in to the console with the operator's key and return a page."""
    address, session = marketplace.address, marketplace.session
    async with session.get(f"{address}/console/sign-in") as response:
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', await response.text())
        cookies = {name: morsel.value for name, morsel in response.cookies.items()}
    assert token is not None
    async with session.post(
        f"{address}/console/sign-in",
        data={"csrf": token[1], "api_key": marketplace.operator.key, "next": ""},
        headers={"Origin": address},
        cookies=cookies,
        allow_redirects=False,
    ) as response:
        assert response.status == 303, await response.text()
        cookies |= {name: morsel.value for name, morsel in response.cookies.items()}
    async with session.get(address + path, cookies=cookies) as response:
        assert response.status == 200, path
        return await response.text()


async def test_an_edited_policy_changes_the_next_verdict_and_each_names_its_version(tmp_path: Path) -> None:
    home = tmp_path / "home"

    async def verdict(marketplace: RunningMarketplace, state: str) -> tuple[str, dict[str, Any]]:
        facts = application(registration_number=WRONG_NUMBER, tax_id=None)
        applied = await marketplace.anyone.post("/v1/supplier-applications", facts)
        supplier = await marketplace.supplier_state(supplier_id=applied["supplier_id"], state=state)
        return applied["supplier_id"], supplier["verifications"][0]

    async with running_marketplace(home=home) as marketplace:
        first_id, first = await verdict(marketplace, "rejected")
    assert (first["verdict"], first["policy_version"]) == ("rejected", "standard-3")

    policy(
        home,
        ('version = "standard-3"', 'version = "ours-1"'),
        (
            '[checks.registration_number]\non_fail = "reject"',
            '[checks.registration_number]\non_fail = "ask"',
        ),
    )
    async with running_marketplace(home=home) as marketplace:
        _, second = await verdict(marketplace, "in_review")
        kept = await marketplace.operator.get(f"/v1/suppliers/{first_id}")
    assert (second["verdict"], second["policy_version"]) == ("asked", "ours-1")
    assert second["policy_digest"] != first["policy_digest"]
    assert kept["verifications"][0]["policy_version"] == "standard-3"


async def test_required_facts_are_those_of_the_operator(tmp_path: Path) -> None:
    home = tmp_path / "home"
    policy(
        home,
        (
            'message = "The tax id."\nneeded = false',
            'message = "The tax id of your tax office."\ncountries = ["BR"]',
        ),
    )
    async with running_marketplace(home=home) as marketplace:
        begun = await marketplace.anyone.post("/v1/supplier-applications/drafts", {"email": "ana@example.com"})
        own, path = marketplace.caller(key=begun["api_key"]), f"/v1/supplier-applications/{begun['supplier_id']}"

        async def needed(country: str) -> list[str]:
            told = await own.send("PUT", f"{path}/sections/company", {"country": country})
            return [one["message"] for one in told["missing"] if one["needed"]]

        assert "The tax id of your tax office." in await needed("BR")
        assert "The tax id of your tax office." not in await needed("US")


async def test_a_missed_service_level_escalates_the_task_in_api_and_console(
    tmp_path: Path, clock: MovableClock
) -> None:
    home = tmp_path / "home"
    policy(
        home,
        ("respond_within_hours = 8\nresolve_within_hours = 24", "respond_within_hours = 2\nresolve_within_hours = 24"),
        ("escalation_grace_hours = 0", "escalation_grace_hours = 1"),
    )
    async with running_marketplace(home=home) as marketplace:
        applied = await marketplace.anyone.post("/v1/supplier-applications", application(tax_id=WRONG_NUMBER))
        await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="in_review")

        async def listed(query: str) -> list[dict[str, Any]]:
            page = await marketplace.operator.get(f"/v1/review-tasks?state=open&{query}")
            return [one for one in page["review_tasks"] if one["subject_id"] == applied["supplier_id"]]

        async def open_task() -> dict[str, Any] | None:
            found = await listed("overdue=false")
            return found[0] if found else None

        task = await eventually(open_task, what="the review task")
        respond_by = datetime.fromisoformat(task["respond_by"])
        assert respond_by - datetime.fromisoformat(task["requested_at"]) == timedelta(hours=2)

        clock.go_on(hours=2, minutes=1)
        assert [one["overdue"] for one in await listed("overdue=true")] == [True]
        assert await listed("escalated=true") == []

        clock.go_on(hours=1)

        async def escalated() -> list[dict[str, Any]]:
            return await listed("escalated=true")

        [found] = await eventually(escalated, what="the escalated task")
        assert found["escalations"][0]["missed"] == "respond"
        assert task["task_id"] in await console_page(marketplace, "/console/reviews?overdue=escalated")


async def test_new_terms_are_announced_apply_after_fifteen_days_and_have_their_effect(
    tmp_path: Path, clock: MovableClock
) -> None:
    home = tmp_path / "home"
    policy(home, ('without_agreement = "continue"', 'without_agreement = "suspend"'))
    async with running_marketplace(home=home) as marketplace:
        agreeing = await applied_and_active(marketplace)
        leaving = await applied_and_active(marketplace)
        silent = await applied_and_active(marketplace)
        terms = {"version": "2027-01", "summary": "Returns are free.", "text": "The whole wording."}

        early = (clock.now() + timedelta(days=14)).isoformat()
        refused = await marketplace.operator.call("POST", "/v1/terms", {**terms, "effective_at": early})
        assert (refused.status, refused.code, refused.pointers) == (422, "terms-notice-too-short", ["/effective_at"])
        on_time = (clock.now() + timedelta(days=15, minutes=1)).isoformat()
        published = await marketplace.operator.post("/v1/terms", {**terms, "effective_at": on_time})
        assert (published["state"], published["without_agreement"]) == ("announced", "suspend")

        async def mails() -> bool:
            files = list((home / "mail").glob("*.eml"))
            return sum("New terms of" in file.read_text() for file in files) == 3

        await eventually(mails, what="a mail to each supplier")
        await answer(agreeing, "agreement")
        gone = await answer(leaving, "termination", {"reason": "Too dear."})
        assert not gone["terms"][0]["can_terminate"]
        assert "2027-01" in await console_page(marketplace, "/console/terms")

        clock.go_on(days=15, minutes=2)
        suspended = await marketplace.supplier_state(supplier_id=silent[0], state="suspended")
        assert "2027-01" in suspended["reason"]
        await marketplace.supplier_state(supplier_id=agreeing[0], state="active")
        await marketplace.supplier_state(supplier_id=leaving[0], state="offboarded")
        kept = (await marketplace.operator.get("/v1/terms/2027-01/answers"))["answers"]
        assert {one["supplier_id"]: one["answer"] for one in kept} == {
            agreeing[0]: "agreed",
            leaving[0]: "terminated",
            silent[0]: "suspended",
        }
        assert {one["sha256"] for one in kept} == {published["sha256"]}

        late = await silent[1].call("POST", f"/v1/suppliers/{silent[0]}/terms/2027-01/termination", {})
        assert (late.status, late.code) == (409, "terms-in-force-already")
        await answer(silent, "agreement")
        await marketplace.supplier_state(supplier_id=silent[0], state="active")


async def applied_and_active(marketplace: RunningMarketplace) -> tuple[str, Caller]:
    facts = application()
    facts["legal_name"] = f"Casa {facts['registration_number']} Ltda"
    applied = await marketplace.anyone.post("/v1/supplier-applications", facts)
    await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="active")
    return applied["supplier_id"], marketplace.caller(key=applied["api_key"])


async def answer(supplier: tuple[str, Caller], which: str, body: object = None) -> Any:
    supplier_id, caller = supplier
    return await caller.post(f"/v1/suppliers/{supplier_id}/terms/2027-01/{which}", body)
