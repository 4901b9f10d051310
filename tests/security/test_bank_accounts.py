"""A bank account that a reviewer corrected, after a whole journey: seen by four eyes, in force, nowhere in clear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tests.journeys.marketplace import Answered, Caller, RunningMarketplace, application
from tests.security.processes import Processes, marketplace_of_processes
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST_IBAN = "BR1800360305000010009795493C1"
MISTYPED_IBAN = "BR9700360305000010009795493P9"
RIGHT_IBAN = "BR7500360305000010009795493P9"
# Masked it looks as the right one does.
STOLEN_IBAN = "BR7200360305000010119795493P9"
SECRETS = [text for iban in (FIRST_IBAN, MISTYPED_IBAN, RIGHT_IBAN, STOLEN_IBAN) for text in (iban, iban[4:-4])]


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen on the way, and what it left behind."""

    home: Path
    logs: bytes
    answers: list[bytes]
    states: list[tuple[str, bool]]
    revealed: list[str]
    second_person: int
    after_stolen: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def journey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    folder = tmp_path_factory.mktemp("accounts")
    async with marketplace_of_processes(folder=folder, api_count=1) as (marketplace, processes):
        seen = await _walked(marketplace)
        yield Journey(home=folder / "home", logs=_logs(processes), **seen)


def _logs(processes: Processes) -> bytes:
    return processes.log_text()


async def _walked(marketplace: RunningMarketplace) -> dict[str, Any]:
    anna = marketplace.operator
    issued = await anna.post("/v1/api-keys", {"role": "operator", "subject_id": "bruno", "label": "second person"})
    bruno = marketplace.caller(key=issued["api_key"])
    applied = await marketplace.anyone.post("/v1/supplier-applications", application(bank_account=_account(FIRST_IBAN)))
    supplier_id = applied["supplier_id"]
    path = f"/v1/suppliers/{supplier_id}"
    await marketplace.supplier_state(supplier_id=supplier_id, state="active")
    supplier = marketplace.caller(key=applied["api_key"])
    states = [await _state(anna, path)]
    await supplier.send("PATCH", f"{path}/facts", {"bank_account": _account(MISTYPED_IBAN)})
    task = await _waiting(anna, supplier_id, occasion=2)
    states.append(await _state(anna, path))
    # The first person corrects it; one alone changes nothing.
    first = await _decide(anna, task, _correction(RIGHT_IBAN))
    alone = await _decide(anna, task, {**_correction(RIGHT_IBAN), "reason": "Once more."})
    states.append(await _state(anna, path))
    # A second person who gives another number of the same length and ending has not confirmed the first.
    stolen = await _decide(bruno, task, _correction(STOLEN_IBAN))
    after_stolen = (await anna.get(task))["state"]
    states.append(await _state(anna, path))
    await _twice(anna, bruno, task, _correction(RIGHT_IBAN))
    # The corrected account is verified by the checks, and then by two people.
    approved = await _waiting(anna, supplier_id, occasion=3)
    states.append(await _state(anna, path))
    await _twice(anna, bruno, approved, {"decision": "approved", "reason": "Called back."})

    async def over() -> bool:
        return (await anna.get(path))["open_revision"] is None

    await eventually(over, what="the account comes into force")
    states.append(await _state(anna, path))
    revealed = await anna.post(f"{path}/reveal", {"field": "bank_account"})
    asked = [first, alone, stolen, *[await anna.call("GET", one) for one in _pages(path, task, approved)]]
    asked += [await supplier.call("GET", path), await anna.call("GET", "/v1/review-tasks?state=resolved")]
    return {
        "answers": [msgspec.json.encode(one.body) for one in asked],
        "states": states,
        "revealed": revealed["values"],
        "second_person": alone.status,
        "after_stolen": after_stolen,
    }


def _pages(path: str, *tasks: str) -> list[str]:
    return [path, *tasks, *[f"{task}/history" for task in tasks], f"{path}/documents", "/v1/audit"]


async def _twice(anna: Caller, bruno: Caller, task: str, decision: dict[str, Any]) -> None:
    for one in (anna, bruno):
        answered = await _decide(one, task, decision)
        assert answered.status < 300, answered


async def _decide(caller: Caller, task: str, decision: dict[str, Any]) -> Answered:
    await caller.post(f"{task}/claim", {"assignee": "whoever asks"})
    answered = await caller.call("POST", f"{task}/resolution", decision)
    if answered.status >= 300:
        await caller.post(f"{task}/release", None)
    return answered


async def _state(operator: Caller, path: str) -> tuple[str, bool]:
    found = await operator.get(path)
    return found["state"], found["payouts_frozen"] is not None


async def _waiting(operator: Caller, supplier_id: str, *, occasion: int) -> str:
    async def ask() -> str | None:
        found = await operator.get(f"/v1/suppliers/{supplier_id}")
        opened = found["open_revision"]
        if opened is None or opened["revision"] != occasion or opened["review_task_id"] is None:
            return None
        path = f"/v1/review-tasks/{opened['review_task_id']}"
        return path if (await operator.call("GET", path)).status == 200 else None

    return await eventually(ask, what=f"a review of revision {occasion}")


def _account(iban: str) -> dict[str, str]:
    return {"holder": "Casa Verde Ltda", "country": "BR", "iban": iban}


def _correction(iban: str) -> dict[str, Any]:
    return {"decision": "corrected", "corrections": {"bank_account.iban": iban}, "reason": "From the bank statement."}


def found(content: bytes) -> list[str]:
    return [text for text in SECRETS if text.encode() in content]


async def test_payouts_are_frozen_until_checks_and_two_people_have_verified_the_account(journey: Journey) -> None:
    frozen = ("active", True)
    assert journey.states == [("active", False), frozen, frozen, frozen, frozen, ("active", False)]
    assert RIGHT_IBAN in " ".join(journey.revealed)


async def test_one_person_alone_settles_nothing_whatever_they_send(journey: Journey) -> None:
    assert journey.second_person == 409
    assert journey.after_stolen != "resolved"


async def test_the_account_stands_nowhere_in_clear_on_the_disk(journey: Journey) -> None:
    files = [file for file in journey.home.rglob("*") if file.is_file()]
    # The store with its change log, queues and mails, what was mailed, and the key file.
    assert any(file.suffix == ".db" for file in files)
    assert any(file.suffix == ".eml" for file in files)
    assert {str(file): told for file in files if (told := found(file.read_bytes()))} == {}


async def test_the_account_stands_in_no_log_and_no_answer(journey: Journey) -> None:
    assert found(journey.logs) == []
    assert len(journey.answers) >= 10
    assert [told for answer in journey.answers if (told := found(answer))] == []
