"""Lists with filters, escalation by the timer, notes, and what went before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import Context, Role
from openaisle.kernel.table import Index
from openaisle.kernel.times import sortable_time
from openaisle.reviews.decisions import Verdict
from openaisle.reviews.events import ReviewEscalated
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.model import Decision, ReviewState
from openaisle.reviews.policy import HOUR_SECONDS
from openaisle.reviews.queries import Filter, Order, ReviewQueries
from openaisle.reviews.use_cases import Reviews
from openaisle.reviews.workflow import escalation_timer
from tests.factories.contexts import make_context
from tests.factories.reviews import make_finding, make_request
from tests.support.clocks import FakeClock


class Stage:
    def __init__(self, *, folder: Path) -> None:
        self.clock = FakeClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock)
        queue = LocalQueue(committer=self.table.committer, name="manual-verification")
        self.reviews = Reviews(table=self.table, queue=queue)
        self.queries = ReviewQueries(table=self.table)
        self.histories = ReviewHistories(table=self.table)

    def context(self) -> Context:
        return make_context(at=self.clock.now(), role=Role.OPERATOR, subject_id="anna")

    async def filed(self, *, subject_id: str = "sup_1", occasion: str = "revision-1", cause: str = "city") -> str:
        asked = make_request(subject_id=subject_id, occasion=occasion, requested_at=self.clock.now())
        fields = {name: getattr(asked, name) for name in asked.__struct_fields__}
        request = type(asked)(**{**fields, "causes": (cause,), "findings": (make_finding(code=cause),)})
        await self.reviews.file(request=request, context=self.context())
        self.clock.go_on(seconds=1)
        return request.task_id

    async def listed(self, order: Order | None = None, **wanted: object) -> list[str]:
        found = await self.queries.listed(
            at=self.clock.now(),
            wanted=Filter(**wanted),  # type: ignore[arg-type]
            order=order,
        )
        return [task.task_id for task in found.review_tasks]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder=tmp_path)
    yield stage
    await stage.table.close()


async def test_tasks_are_found_by_cause_assignee_age_and_lateness(stage: Stage) -> None:
    first = await stage.filed(subject_id="sup_1", cause="city")
    second = await stage.filed(subject_id="sup_2", cause="sanctions-match")
    assert await stage.listed(cause="city") == [first]
    assert await stage.listed(older_than_seconds=1) == [first]
    assert await stage.listed(Order.NEWEST) == [second, first]
    assert await stage.listed(Order.DUE) == [second, first]
    stage.clock.go_on(seconds=2 * HOUR_SECONDS)
    assert await stage.listed(overdue=True) == [second]
    assert await stage.listed(overdue=False) == [first]
    await stage.reviews.claim(task_id=first, assignee="ben", context=stage.context())
    assert await stage.listed(state=ReviewState.CLAIMED, assignee="ben") == [first]
    assert await stage.listed(state=ReviewState.CLAIMED, assignee="anna") == []
    assert await stage.listed(assignee="") == [second]


async def test_filtered_pages_lead_to_every_task_that_fits(stage: Stage) -> None:
    wanted = [await stage.filed(subject_id=f"sup_{n}", cause="city" if n % 5 == 0 else "other") for n in range(40)][::5]
    found, after = [], None
    for _ in range(100):
        page = await stage.queries.listed(at=stage.clock.now(), wanted=Filter(cause="city"), after=after, limit=3)
        found += [task.task_id for task in page.review_tasks]
        after = page.next_after
        if after is None:
            break
    assert found == wanted


async def test_what_nobody_takes_on_or_decides_in_time_is_escalated_by_the_timer(stage: Stage) -> None:
    task_id = await stage.filed()
    timer = escalation_timer(use_cases=stage.reviews)
    for hours in (1, 8, 1, 16, 100):
        stage.clock.go_on(seconds=hours * HOUR_SECONDS)
        now = stage.clock.now()
        due = await stage.table.query(
            partition=f"DUE#{timer.topic}", index=Index.DUE, sort_through=f"{sortable_time(now)}$"
        )
        await timer.handle(due.items, now)
    task = await stage.queries.task(task_id=task_id, at=stage.clock.now())
    assert [escalation.missed.value for escalation in task.escalations] == ["respond", "resolve"]
    changes = await stage.table.read(after=0, limit=100)
    types = [event.type for change in changes for event in change.events]
    assert types.count(ReviewEscalated.TYPE) == 2
    assert await stage.listed(escalated=True) == [task_id]


async def test_notes_and_what_went_before_are_told_with_a_task(stage: Stage) -> None:
    earlier = await stage.filed(occasion="revision-1", cause="city")
    verdict = Verdict(decision=Decision.SENT_BACK, reason="Which?", questions={"address.city": "Nord or Süd?"})
    await stage.reviews.resolve(task_id=earlier, verdict=verdict, context=stage.context(), claiming=True)
    beside = await stage.filed(subject_id="sup_2", cause="phone")
    task_id = await stage.filed(occasion="revision-2", cause="phone")
    await stage.reviews.note(task_id=task_id, text="I called them.", context=stage.context())
    history = await stage.histories.history(task_id=task_id)
    task = await stage.queries.task(task_id=task_id, at=stage.clock.now())
    assert [(note.text, note.by) for note in task.notes] == [("I called them.", "operator:anna")]
    assert [one.task_id for one in history.same_subject] == [earlier]
    assert [one.task_id for one in history.same_cause] == [beside]
    told = history.same_subject[0].resolution
    assert told is not None
    assert told.questions == {"address.city": "Nord or Süd?"}


async def test_a_task_that_is_put_back_waits_for_anybody(stage: Stage) -> None:
    task_id = await stage.filed()
    await stage.reviews.claim(task_id=task_id, assignee="anna", context=stage.context())
    released = await stage.reviews.release(task_id=task_id, context=stage.context())
    assert (released.state, released.assignee, await stage.listed()) == (ReviewState.OPEN, None, [task_id])
