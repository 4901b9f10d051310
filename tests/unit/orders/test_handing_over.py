from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from openaisle.adapters.local.queue import LocalQueue
from openaisle.kernel.context import Role
from openaisle.orders.commands import Acknowledgment, AcknowledgmentDecision, Cancellation, LineAcknowledgment
from openaisle.orders.handing_over import (
    SUBJECT_KIND,
    HandOverCorrectionUnfit,
    hand_over_pipes,
    require_chosen_offers,
)
from openaisle.orders.model import HandOverOutcome, OrderPolicy
from openaisle.orders.workflow import allocate_again_pipe
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.decisions import Verdict
from openaisle.reviews.model import Decision, ReviewState, ReviewTask, review_task_id
from openaisle.reviews.repository import REVIEW_TASKS, review_task_key
from openaisle.reviews.use_cases import Reviews
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, storefront_context

LATER = NOON + timedelta(minutes=10)


class FixedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class HandOverStage:
    """Orders that are handed over, with the reviews that people decide."""

    def __init__(self, *, table) -> None:
        self.room = OrderRoom(table=table, policy=OrderPolicy(hand_over=True))
        queue = LocalQueue(committer=table.committer, name="manual-verification")
        guards = {SUBJECT_KIND: require_chosen_offers}
        self.reviews = Reviews(table=table, queue=queue, guards=guards)
        self.clock = FixedClock(LATER)
        self.consumer = ReviewQueueConsumer(queue=queue, reviews=self.reviews, clock=self.clock)
        self.pipes = (
            allocate_again_pipe(use_cases=self.room.orders, clock=self.clock),
            *hand_over_pipes(orders=self.room.orders, reviews=self.reviews),
        )
        self.seen = 0

    async def follow(self) -> None:
        """Let happen whatever follows from what happened, twice over: nothing may be done twice."""
        while changes := await self.room.table.read(after=self.seen, limit=1_000):
            self.seen = changes[-1].sequence
            for pipe in self.pipes:
                wanted = [change for change in changes if pipe.wants(change)]
                if wanted:
                    await pipe.handle(wanted)
                    await pipe.handle(wanted)
            while await self.consumer.run_once():
                pass

    async def refused(self, *, on_hand: int = 5):
        mug = await self.room.stock(supplier_id="sup_a", on_hand=on_hand)
        await self.room.place(make_line(offer_id=mug.offer_id, quantity=2))
        await self.refuse()
        return mug

    async def refuse(self) -> None:
        _, purchase_orders = await self.room.whole()
        answer = LineAcknowledgment(line_number=1, decision=AcknowledgmentDecision.REJECTED, reason="sold out")
        await self.room.purchase_orders.acknowledge(
            purchase_order_id=purchase_orders[-1].purchase_order_id,
            acknowledgment=Acknowledgment(lines=[answer]),
            context=make_context(at=LATER),
            scope=None,
        )
        await self.follow()

    async def task(self, *, number: int = 1) -> ReviewTask | None:
        order, _ = await self.room.whole()
        task_id = review_task_id(subject_kind=SUBJECT_KIND, subject_id=order.order_id, occasion=str(number))
        item = await self.room.table.get(key=review_task_key(task_id=task_id))
        return None if item is None else REVIEW_TASKS.record(item.body)

    async def decide(self, decision: Decision, *, number: int = 1, **corrections: str) -> None:
        task = await self.task(number=number)
        verdict = Verdict(decision=decision, reason="I called them.", corrections=corrections)
        context = make_context(at=LATER, role=Role.OPERATOR, subject_id="ada")
        await self.reviews.resolve(task_id=task.task_id, verdict=verdict, context=context, claiming=True)
        await self.follow()


@pytest.fixture
def stage(table) -> HandOverStage:
    return HandOverStage(table=table)


async def test_a_line_that_no_supplier_is_left_for_waits_for_a_person_who_is_told_why(stage):
    mug = await stage.refused()
    order, purchase_orders = await stage.room.whole()
    assert (order.cancellations, len(purchase_orders)) == ((), 1)
    assert [(one.number, one.lines[0].quantity, one.outcome) for one in order.handed_over] == [(1, 2, "")]
    task = await stage.task()
    assert task.state is ReviewState.OPEN
    assert [(one.field, one.code) for one in task.findings] == [("line_1", "no_supplier_left")]
    assert task.findings[0].evidence == {mug.offer_id: "sup_a: refused_before, 5 available at 1299"}
    assert (await stage.room.level(mug)).reserved == 0


async def test_the_offer_that_a_person_chooses_gets_the_line(stage):
    mug = await stage.refused()
    other = await stage.room.stock(supplier_id="sup_b", product_id=mug.product_id)
    await stage.decide(Decision.CORRECTED, line_1=other.offer_id)
    order, purchase_orders = await stage.room.whole()
    assert [one.supplier_id for one in purchase_orders] == ["sup_a", "sup_b"]
    assert order.handed_over[0].outcome is HandOverOutcome.OFFER_CHOSEN
    assert order.allocations[-1].cause == "decided_by_a_person"
    assert (await stage.room.level(other)).reserved == 2


async def test_a_person_may_ask_again_who_refused_before(stage):
    mug = await stage.refused()
    await stage.decide(Decision.CORRECTED, line_1=mug.offer_id)
    _, purchase_orders = await stage.room.whole()
    assert [one.supplier_id for one in purchase_orders] == ["sup_a", "sup_a"]


async def test_an_offer_that_cannot_fill_the_line_leads_to_a_person_again(stage):
    mug = await stage.refused()
    short = await stage.room.stock(supplier_id="sup_b", product_id=mug.product_id, on_hand=1)
    await stage.decide(Decision.CORRECTED, line_1=short.offer_id)
    order, purchase_orders = await stage.room.whole()
    assert [one.outcome.value for one in order.handed_over] == ["offer_chosen", ""]
    assert len(purchase_orders) == 1
    assert (await stage.task(number=2)).state is ReviewState.OPEN
    assert (await stage.room.level(short)).reserved == 0


async def test_a_person_may_have_it_tried_again_once_there_is_stock(stage):
    mug = await stage.refused()
    await stage.room.stock(supplier_id="sup_b", product_id=mug.product_id)
    await stage.decide(Decision.APPROVED)
    order, purchase_orders = await stage.room.whole()
    assert [one.supplier_id for one in purchase_orders] == ["sup_a", "sup_b"]
    assert order.handed_over[0].outcome is HandOverOutcome.TRIED_AGAIN
    await stage.refuse()
    assert (await stage.task(number=2)).state is ReviewState.OPEN


async def test_a_person_may_cancel_what_nobody_fills(stage):
    await stage.refused()
    await stage.decide(Decision.REJECTED)
    order, _ = await stage.room.whole()
    assert [(one.quantity, one.reason) for one in order.cancellations] == [(2, "no_supplier_left")]
    assert order.handed_over[0].outcome is HandOverOutcome.CANCELED


async def test_what_nobody_decides_in_time_is_canceled_and_its_task_ends(stage):
    await stage.refused()
    task = await stage.task()
    for hours in (9, 25):
        stage.clock.at = LATER + timedelta(hours=hours)
        await stage.reviews.escalate(task_id=task.task_id, context=make_context(at=stage.clock.at))
        await stage.follow()
        order, _ = await stage.room.whole()
        assert bool(order.cancellations) is (hours == 25)
    assert (await stage.task()).state is ReviewState.RESOLVED


async def test_a_storefront_that_cancels_meanwhile_leaves_nothing_to_decide(stage):
    await stage.refused()
    order, _ = await stage.room.whole()
    await stage.room.orders.cancel(
        order_id=order.order_id,
        cancellation=Cancellation(reason="changed my mind"),
        key="",
        context=storefront_context(),
    )
    await stage.follow()
    assert (await stage.task()).state is ReviewState.RESOLVED
    order, _ = await stage.room.whole()
    assert order.handed_over[0].outcome is HandOverOutcome.CANCELED
    assert sum(one.quantity for one in order.cancellations) == 2


@pytest.mark.parametrize("corrections", [{"title": "A mug"}, {"line_0": "off_1"}, {"line_1": None}, {"line_1": ""}])
def test_corrections_that_choose_no_offer_for_a_line_are_refused(corrections):
    with pytest.raises(HandOverCorrectionUnfit):
        require_chosen_offers(corrections)
