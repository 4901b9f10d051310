"""A worker may be killed at any step of a revision: whoever goes on comes to the same end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openaisle.suppliers.dossier import BankAccount
from openaisle.suppliers.model import SupplierState
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage, supplier_stage_in
from tests.unit.suppliers.test_sudden_ends import FakeKiller, Killed

REVISIONS: dict[str, dict[str, object]] = {
    "applied": {"website": "https://shop.floresdosul.com.br"},
    "discarded": {"registration_number": "11222333000180"},
    "in_review": {"bank_account": BankAccount(holder="Flores", country="BR", iban="BR1800360305000010009795493C1")},
}


async def revised(stage: SupplierStage, changes: dict[str, object]) -> str:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await stage.suppliers.revise(supplier_id=supplier_id, changes=changes, context=stage.operator())
    return supplier_id


async def outcome_of(stage: SupplierStage, supplier_id: str) -> dict[str, Any]:
    supplier = await stage.view(supplier_id)
    opened = supplier.open_revision
    return {
        "state": supplier.state,
        "website": supplier.website,
        "number": supplier.registration_number,
        "open": (opened.state, opened.reason) if opened is not None else None,
        "frozen": supplier.payouts_frozen is not None,
        "closed": [(one.outcome, one.reason, one.changes) for one in supplier.revisions],
        "verdicts": [(one.revision, one.verdict) for one in supplier.verifications],
        "actions": sorted(entry.action for entry in supplier.audit),
        "tasks": [task.causes for task in await stage.open_tasks()],
    }


@pytest.mark.parametrize("after_work", [False, True], ids=["before-its-work", "after-its-work"])
@pytest.mark.parametrize("name", REVISIONS)
async def test_killed_at_any_task_of_a_revision_the_outcome_is_the_same(
    tmp_path: Path, name: str, after_work: bool
) -> None:
    (tmp_path / "undisturbed").mkdir()
    async with supplier_stage_in(tmp_path / "undisturbed") as stage:
        supplier_id = await revised(stage, REVISIONS[name])
        await stage.settle()
        expected = await outcome_of(stage, supplier_id)
        tasks_each = 4 + len(stage.checks)
    assert expected["state"] is SupplierState.ACTIVE
    # The first half of the tasks belongs to the application itself, whose sudden ends are tested beside.
    for at_task in range(tasks_each, 2 * tasks_each + 1, 3):
        folder = tmp_path / f"killed-{at_task}"
        folder.mkdir()
        killer = FakeKiller(at_task=at_task, after_work=after_work)
        async with supplier_stage_in(folder, around=killer.around) as stage:
            supplier_id = await revised(stage, REVISIONS[name])
            try:
                await stage.settle()
            except Killed:
                stage.start_over()
                await stage.settle()
            assert await outcome_of(stage, supplier_id) == expected, f"killed at task {at_task}"
