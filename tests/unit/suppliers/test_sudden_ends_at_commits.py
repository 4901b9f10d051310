"""A worker may be killed at any commit of a verification, right before or right after it: the end is the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from openaisle.suppliers.model import SupplierState
from tests.factories.screening import SDN_LINES, load_lines
from tests.support.supplier_stage import SupplierStage, supplier_stage_in
from tests.unit.suppliers.test_sudden_ends import APPLICATIONS, Killed, outcome_of

# Longer than any message stays hidden that somebody took and never finished.
HIDDEN_SECONDS = 3_600
COMMITS_MAXIMUM = 200
LISTED = (
    '77,"FLORES DO SUL",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n',
    *SDN_LINES,
)


class FakePowerCut:
    """Ends the process at one of the commits, whoever made it; nothing is written after it until power is back."""

    def __init__(self, *, stage: SupplierStage, at_commit: int, after_commit: bool) -> None:
        self._committer = stage.table.committer
        self._submit = self._committer.submit
        self._left = at_commit
        self._after_commit = after_commit
        self.happened = False
        self._committer.submit = self._counted  # type: ignore[method-assign, assignment]

    async def _counted(self, work: Callable[..., Any]) -> Any:
        if self.happened:
            raise Killed
        self._left -= 1
        self.happened = self._left == 0
        if self.happened and not self._after_commit:
            raise Killed
        result = await self._submit(work)
        if self.happened:
            raise Killed
        return result

    def is_over(self) -> None:
        self._committer.submit = self._submit  # type: ignore[method-assign]


async def survived(
    stage: SupplierStage, work: Callable[[], Awaitable[None]], *, at_commit: int, after_commit: bool
) -> bool:
    """Do the work with a power cut at a commit, and what a worker does that starts anew; whether there was one."""
    cut = FakePowerCut(stage=stage, at_commit=at_commit, after_commit=after_commit)
    try:
        await work()
    except Killed:
        pass
    finally:
        cut.is_over()
    if cut.happened:
        stage.clock.go_on(seconds=HIDDEN_SECONDS)
        stage.start_over()
        await stage.settle()
    return cut.happened


@pytest.mark.parametrize("after_commit", [False, True], ids=["before-it", "after-it"])
@pytest.mark.parametrize("name", APPLICATIONS)
async def test_killed_at_any_commit_of_a_verification_the_outcome_is_the_same(
    tmp_path: Path, name: str, after_commit: bool
) -> None:
    (tmp_path / "undisturbed").mkdir()
    async with supplier_stage_in(tmp_path / "undisturbed") as stage:
        supplier = await stage.verified(APPLICATIONS[name])
        expected = await outcome_of(stage, supplier.supplier_id)
        mails = len(stage.mails.sent)
    assert expected["state"] == name
    for at_commit in range(1, COMMITS_MAXIMUM):
        folder = tmp_path / f"commit-{at_commit}"
        folder.mkdir()
        async with supplier_stage_in(folder) as stage:
            supplier_id = await stage.applied(APPLICATIONS[name])
            killed = await survived(stage, stage.settle, at_commit=at_commit, after_commit=after_commit)
            assert await outcome_of(stage, supplier_id) == expected, f"killed at commit {at_commit}"
            assert len(stage.mails.sent) == mails, f"killed at commit {at_commit}"
        if not killed:
            break
    # At the least: the facts taken up, the verdict, the execution, the link, its mail.
    assert at_commit > 5


@pytest.mark.parametrize("after_commit", [False, True], ids=["before-it", "after-it"])
async def test_killed_at_any_commit_of_a_screening_the_outcome_is_the_same(tmp_path: Path, after_commit: bool) -> None:
    for at_commit in range(1, COMMITS_MAXIMUM):
        folder = tmp_path / f"commit-{at_commit}"
        folder.mkdir()
        async with supplier_stage_in(folder) as stage:
            supplier_id = (await stage.verified(APPLICATIONS["active"])).supplier_id
            report = await load_lines(stage.lists, lines=LISTED, version="7" * 64)
            await stage.rescreening.list_loaded(origin=report.facts.origin, context=stage.operator())
            killed = await survived(stage, stage.settle, at_commit=at_commit, after_commit=after_commit)
            # Whoever was met twice around the end is verified once more a day later, and comes to the same.
            await stage.days_pass(2)
            told = f"killed at commit {at_commit}"
            supplier = await stage.view(supplier_id)
            assert (supplier.state, supplier.revision) == (SupplierState.ACTIVE, 1), told
            assert supplier.open_revision is not None, told
            assert supplier.open_revision.state is SupplierState.IN_REVIEW, told
            assert [task.causes for task in await stage.open_tasks()] == [("name-on-sanctions-list",)], told
            run = await stage.rescreening.run(list_name="ofac-sdn")
            assert run is not None, told
            assert run.completed_at is not None, told
        if not killed:
            break
    assert at_commit > 5
