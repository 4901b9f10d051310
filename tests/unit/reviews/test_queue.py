"""From the request of a review to its task, through the manual-verification queue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import Operation, Request
from openaisle.reviews.bodies import ClaimBody, PersonsDecision, ResolutionBody, ReviewTaskFilter
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.decisions import Verdict
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.model import CorrectionValue, Decision, ReviewState, ReviewTaskMissing
from openaisle.reviews.queries import Filter, ReviewQueries
from openaisle.reviews.routes import operations
from openaisle.reviews.use_cases import Reviews
from tests.factories.contexts import make_context
from tests.factories.reviews import make_finding
from tests.support.clocks import FakeClock


class Stage:
    def __init__(self, *, folder: Path) -> None:
        self.clock = FakeClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock)
        self.queue = LocalQueue(committer=self.table.committer, name="manual-verification", maximum_receives=3)
        self.reviews = Reviews(table=self.table, queue=self.queue, guards={"guarded": refuse_everything})
        self.queries = ReviewQueries(table=self.table)
        self.consumer = ReviewQueueConsumer(queue=self.queue, reviews=self.reviews, clock=self.clock)

    async def request(
        self, *, subject_id: str = "sup_1", subject_kind: str = "supplier", occasion: str = "revision-1"
    ) -> str:
        return await self.reviews.request(
            subject_kind=subject_kind,
            subject_id=subject_id,
            occasion=occasion,
            causes=["city-abbreviated"],
            findings=[make_finding()],
            proposals=[],
            context=make_context(at=self.clock.now()),
        )

    async def resolved(self, task_id: str) -> None:
        await self.reviews.claim(task_id=task_id, assignee="anna", context=make_context(at=self.clock.now()))
        await self.reviews.resolve(
            task_id=task_id,
            verdict=Verdict(decision=Decision.APPROVED, reason="looked up"),
            context=make_context(at=self.clock.now()),
        )

    async def task_ids(self, *, state: ReviewState = ReviewState.OPEN, kind: str | None = None) -> list[str]:
        page = await self.queries.listed(at=self.clock.now(), wanted=Filter(state=state, subject_kind=kind))
        return [task.task_id for task in page.review_tasks]


def refuse_everything(_corrections: Mapping[str, CorrectionValue]) -> None:
    raise RequestInvalid(detail="the guard says no")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder=tmp_path)
    yield stage
    await stage.table.close()


async def test_a_request_becomes_an_open_task(stage: Stage) -> None:
    task_id = await stage.request()
    assert await stage.consumer.run_once() == 1
    stage.clock.go_on(seconds=90)
    task = await stage.queries.task(task_id=task_id, at=stage.clock.now())
    assert (task.state, task.age_seconds, task.causes) == (ReviewState.OPEN, 90, ("city-abbreviated",))


async def test_asked_twice_one_task_is_filed(stage: Stage) -> None:
    assert await stage.request() == await stage.request()
    await stage.consumer.run_once()
    assert len(await stage.task_ids()) == 1


async def test_a_message_that_is_delivered_again_does_not_open_a_resolved_task(stage: Stage) -> None:
    task_id = await stage.request()
    await stage.consumer.run_once()
    await stage.resolved(task_id)
    await stage.request()
    await stage.consumer.run_once()
    assert await stage.task_ids() == []
    assert await stage.task_ids(state=ReviewState.RESOLVED) == [task_id]


async def test_a_resolution_is_told_to_the_rooms(stage: Stage) -> None:
    task_id = await stage.request()
    await stage.consumer.run_once()
    await stage.resolved(task_id)
    changes = await stage.table.read(after=0, limit=100)
    types = [event.type for change in changes for event in change.events]
    assert types == ["review.opened", "review.claimed", ReviewResolved.TYPE]


async def test_a_withdrawal_that_overtakes_its_request_waits_for_it(stage: Stage) -> None:
    context = make_context(at=stage.clock.now())
    task_id = await stage.request()
    (filing,) = await stage.queue.receive(limit=1, now=stage.clock.now())
    await stage.reviews.request_withdrawal(task_id=task_id, reason="changed", context=context)
    assert await stage.consumer.run_once() == 1
    await stage.queue.postpone(receipt=filing.receipt, now=stage.clock.now(), seconds=0, reason="late")
    stage.clock.go_on(seconds=10)
    await stage.consumer.run_once()
    stage.clock.go_on(seconds=10)
    await stage.consumer.run_once()
    task = await stage.queries.task(task_id=task_id, at=stage.clock.now())
    assert task.state is ReviewState.RESOLVED


async def test_a_withdrawal_of_a_resolved_task_changes_nothing(stage: Stage) -> None:
    task_id = await stage.request()
    await stage.consumer.run_once()
    await stage.resolved(task_id)
    await stage.reviews.withdraw(task_id=task_id, reason="changed", context=make_context(at=stage.clock.now()))
    task = await stage.queries.task(task_id=task_id, at=stage.clock.now())
    assert task.resolution is not None
    assert task.resolution.decision is Decision.APPROVED


async def test_a_message_nobody_understands_ends_among_the_dead_letters_and_stops_nobody(stage: Stage) -> None:
    await stage.queue.send(bodies=[b"not json"], now=stage.clock.now())
    await stage.request()
    await stage.consumer.run_once()
    assert len(await stage.task_ids()) == 1
    for _ in range(4):
        stage.clock.go_on(seconds=600)
        await stage.consumer.run_once()
    (letter,) = await stage.queue.dead_letters(limit=10)
    assert letter.body == b"not json"
    assert "DecodeError" in letter.reason


async def test_tasks_are_listed_by_kind_and_counted(stage: Stage) -> None:
    first = await stage.request(subject_id="sup_1")
    stage.clock.go_on(seconds=1)
    second = await stage.request(subject_id="sub_1", subject_kind="product_submission")
    await stage.consumer.run_once()
    assert await stage.task_ids() == [first, second]
    assert await stage.task_ids(kind="product_submission") == [second]
    await stage.reviews.claim(task_id=first, assignee="anna", context=make_context(at=stage.clock.now()))
    counts = await stage.queries.counts()
    assert (counts.open, counts.claimed) == (1, 1)
    assert counts.oldest_requested_at is not None


async def test_the_guard_of_a_kind_refuses_its_corrections(stage: Stage) -> None:
    task_id = await stage.request(subject_kind="guarded")
    await stage.consumer.run_once()
    with pytest.raises(RequestInvalid, match="the guard says no"):
        await stage.resolved(task_id)


async def test_a_task_that_does_not_exist_is_missing(stage: Stage) -> None:
    with pytest.raises(ReviewTaskMissing):
        await stage.queries.task(task_id="tsk_unknown", at=stage.clock.now())
    with pytest.raises(ReviewTaskMissing):
        await stage.resolved("tsk_unknown")


async def test_a_reviewer_claims_and_resolves_over_http(stage: Stage) -> None:
    task_id = await stage.request()
    await stage.consumer.run_once()
    found = {
        one.name: one
        for one in operations(
            use_cases=stage.reviews, queries=stage.queries, histories=ReviewHistories(table=stage.table)
        )
    }

    async def call(operation: Operation, *, body: object = None, query: object = None) -> object:
        request = Request(
            context=make_context(at=stage.clock.now()), path={"task_id": task_id}, query=query, body=body, headers={}
        )
        return (await operation.handle(request)).value

    page = await call(found["list_review_tasks"], query=ReviewTaskFilter())
    claimed = await call(found["claim_review_task"], body=ClaimBody(assignee="anna"))
    body = ResolutionBody(decision=PersonsDecision.SENT_BACK, reason="Which city?")
    resolved = await call(found["resolve_review_task"], body=body)
    assert [task.task_id for task in page.review_tasks] == [task_id]  # type: ignore[attr-defined]
    assert claimed.assignee == "anna"  # type: ignore[attr-defined]
    assert resolved == await call(found["get_review_task"])
