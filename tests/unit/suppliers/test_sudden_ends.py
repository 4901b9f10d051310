"""A worker may be killed at any step of a verification: whoever goes on comes to the same end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.workflow import Document, Handler, Json
from openaisle.suppliers.facts import ClearFacts
from tests.factories.suppliers import make_address, make_application
from tests.support.supplier_stage import SupplierStage, supplier_stage_in

APPLICATIONS = {
    "active": make_application(
        country="Brasil", address=make_address(city="lages - sc", region="SC", postal_code="88501-000")
    ),
    "in_review": make_application(address=make_address(city="4482255")),
    "rejected": make_application(registration_number="11222333000180"),
}
# Beside the checks: claim, correct, judge, and the request of a review.
TASKS_BESIDE = 4


class Killed(BaseException):
    """What the operating system does to a process."""


class FakeKiller:
    """Ends the process at one of the handlers, before its work or after it."""

    def __init__(self, *, at_task: int, after_work: bool) -> None:
        self._tasks_left = at_task
        self._after_work = after_work

    def around(self, handler: Handler) -> Handler:
        async def handle(document: Document) -> Json:
            self._tasks_left -= 1
            is_the_end = self._tasks_left == 0
            if is_the_end and not self._after_work:
                raise Killed
            result = await handler(document)
            if is_the_end:
                raise Killed
            return result

        return handle


async def outcome_of(stage: SupplierStage, supplier_id: str) -> dict[str, Any]:
    """What must not depend on how often the worker was killed."""
    supplier = await stage.view(supplier_id)
    return {
        "state": supplier.state,
        "reason": supplier.reason,
        "address": supplier.address,
        "country": supplier.country,
        "corrections": {(one.field, one.before, one.after, one.rule) for one in supplier.corrections},
        "verdicts": [(one.revision, one.verdict, one.reason) for one in supplier.verifications],
        "checks": {(check.check, check.outcome) for one in supplier.verifications for check in one.checks},
        "actions": sorted(entry.action for entry in supplier.audit),
        "tasks": [task.causes for task in await stage.open_tasks()],
    }


async def undisturbed(folder: Path, application: ClearFacts) -> dict[str, Any]:
    folder.mkdir()  # noqa: ASYNC240
    async with supplier_stage_in(folder) as stage:
        supplier = await stage.verified(application)
        return await outcome_of(stage, supplier.supplier_id)


@pytest.mark.parametrize("after_work", [False, True], ids=["before-its-work", "after-its-work"])
@pytest.mark.parametrize("name", APPLICATIONS)
async def test_killed_at_any_task_the_outcome_is_the_same(tmp_path: Path, name: str, after_work: bool) -> None:
    application = APPLICATIONS[name]
    expected = await undisturbed(tmp_path / "undisturbed", application)
    assert expected["state"] == name
    async with supplier_stage_in(tmp_path) as stage:
        tasks = TASKS_BESIDE + len(stage.checks)
    for at_task in range(1, tasks + 1):
        folder = tmp_path / f"killed-{at_task}"
        folder.mkdir()
        killer = FakeKiller(at_task=at_task, after_work=after_work)
        async with supplier_stage_in(folder, around=killer.around) as stage:
            supplier_id = await stage.applied(application)
            try:
                await stage.settle()
            except Killed:
                stage.start_over()
                await stage.settle()
            assert await outcome_of(stage, supplier_id) == expected, f"killed at task {at_task}"
