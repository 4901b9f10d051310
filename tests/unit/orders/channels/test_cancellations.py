from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from openaisle.kernel.outbound import CallFailed, CallTimedOut
from openaisle.orders.channels.notices import NOTICES, NoticeState, notice_key
from openaisle.orders.commands import Cancellation, LineToCancel
from tests.factories.orders import canceling, http_answer, later, make_connection, storefront_context
from tests.support.dispatch_stage import Stage, opened, running
from tests.support.virtual_time import in_virtual_time

CANCELLATIONS = "https://sup_bergmann.example/cancellations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def connect(stage: Stage, **given: object) -> None:
    facts = {"cancellation_url": CANCELLATIONS} | given
    stage.room.suppliers.connections["sup_bergmann"] = make_connection(supplier_id="sup_bergmann", **facts)


async def cancel(stage: Stage, placed, *, quantity: int | None = None, key: str = "") -> None:
    lines = [] if quantity is None else [LineToCancel(line_number=1, quantity=quantity)]
    await stage.room.orders.cancel(
        order_id=placed.order_id,
        cancellation=Cancellation(lines=lines, reason="changed mind"),
        key=key,
        context=storefront_context(at=stage.clock.now()),
    )


async def settled(stage: Stage) -> bool:
    purchase_order = await stage.purchase_order()
    item = await stage.table.get(key=notice_key(purchase_order_id=purchase_order.purchase_order_id))
    return item is not None and NOTICES.record(item.body).state is NoticeState.SETTLED


@in_virtual_time
async def test_a_supplier_that_has_it_is_told_what_is_canceled(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug, quantity=5)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted")
            await cancel(stage, placed, quantity=2)
            await stage.until_true(lambda: settled(stage))
        (document,) = stage.bergmann.canceled
        assert document["lines"] == [
            {"line_number": 1, "supplier_sku": "MUG-1", "canceled_quantity": 2, "remaining_quantity": 3}
        ]
        assert document["complete"] is False
        assert document["reason"] == "changed mind"
        last = (await stage.purchase_order()).history[-1]
        assert (last.action, last.note) == ("cancellation_told", "canceled")


@in_virtual_time
async def test_more_that_is_canceled_is_told_in_all_and_under_a_new_identifier(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug, quantity=5)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted")
            await cancel(stage, placed, quantity=2)
            await asyncio.sleep(5)
            await cancel(stage, placed)
            await asyncio.sleep(5)
        first, second = stage.bergmann.canceled
        assert [one["lines"][0]["canceled_quantity"] for one in (first, second)] == [2, 5]
        assert second["complete"] is True
        assert first["cancellation_id"] != second["cancellation_id"]


@in_virtual_time
async def test_it_is_kept_trying_while_the_supplier_is_down(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted")
            stage.bergmann.failure = lambda: http_answer({}, status=503)
            await cancel(stage, placed)
            await asyncio.sleep(3_000)
            assert not await settled(stage)
            stage.bergmann.failure = lambda: None
            await stage.until_true(lambda: settled(stage))
        assert len(stage.bergmann.canceled) == 1


@in_virtual_time
async def test_one_that_was_canceled_while_the_call_hung_is_told_as_it_may_have_arrived(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)

        def hang():
            raise CallTimedOut(detail="no answer in 5 s")

        stage.bergmann.failure = hang
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await asyncio.sleep(2)
            entry = (await stage.purchase_order()).history[-1]
            assert (entry.action, entry.note) == ("delivery_failed", "call-timed-out: no answer in 5 s")
            await cancel(stage, placed)
            stage.bergmann.failure = lambda: None
            await stage.until_true(lambda: settled(stage))
        assert stage.bergmann.batches == []
        assert len(stage.bergmann.canceled) == 1


@in_virtual_time
async def test_a_cancellation_that_overtakes_the_answer_is_told_once_it_arrived(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        stage.bergmann.before_answer = lambda: cancel(stage, placed, key="once")
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until_true(lambda: settled(stage))
        assert len(stage.bergmann.canceled) == 1


@in_virtual_time
async def test_one_that_never_left_is_not_told(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        await cancel(stage, placed)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await asyncio.sleep(60)
        assert stage.bergmann.canceled == []


@in_virtual_time
async def test_a_supplier_that_may_still_ship_what_expired_is_told(folder):
    async with opened(folder) as stage:
        connect(stage)
        stage.bergmann.answer = later
        mug = await stage.room.stock(on_hand=100)
        await stage.place(mug)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("sent")
            await asyncio.sleep(3_601)
            identifier = (await stage.purchase_order()).purchase_order_id
            await stage.room.purchase_orders.expire(
                purchase_order_ids=[identifier], context=storefront_context(at=stage.clock.now())
            )
            await stage.until_true(lambda: settled(stage))
        assert stage.bergmann.canceled[0]["complete"] is True


@in_virtual_time
@pytest.mark.parametrize("decision", ["too_late", "unknown"])
async def test_what_the_supplier_says_to_it_is_noted(folder, decision):
    async with opened(folder) as stage:
        connect(stage)
        stage.bergmann.cancellation = lambda one: {
            "purchase_order_id": one["purchase_order_id"],
            "decision": decision,
            "reason": "it left an hour ago",
        }
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted")
            await cancel(stage, placed)
            await stage.until_true(lambda: settled(stage))
        assert (await stage.purchase_order()).history[-1].note == f"{decision}: it left an hour ago"


@in_virtual_time
async def test_without_an_address_for_it_the_history_says_that_a_person_must_tell(folder):
    async with opened(folder) as stage:
        connect(stage, cancellation_url=None)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted")
            await cancel(stage, placed)
            await stage.until_true(lambda: settled(stage))
        assert (await stage.purchase_order()).history[-1].note.startswith("untellable: ")


@in_virtual_time
async def test_a_cancellation_api_that_is_broken_holds_up_no_purchase_order(folder):
    async with opened(folder) as stage:
        connect(stage)
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        stage.caller.system("sup_bergmann").cancellation = broken
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted")
            await cancel(stage, placed)
            await asyncio.sleep(60)
            started = stage.clock.now()
            for number in range(2, 6):
                await stage.place(mug, reference=f"R-{number}")
            await stage.until("accepted", reference="R-5")
            assert (stage.clock.now() - started).total_seconds() < 2
            assert not await settled(stage)
            stage.bergmann.cancellation = canceling
            await stage.until_true(lambda: settled(stage))


@in_virtual_time
async def test_one_cancellation_that_is_refused_keeps_no_other_from_being_told(folder):
    async with opened(folder) as stage:
        connect(stage, attempts_maximum=3)
        mug = await stage.room.stock(on_hand=100)
        orders = [await stage.place(mug, reference=f"R-{number}") for number in range(1, 5)]
        poison = orders[2].purchase_orders[0].purchase_order_id
        ordinary = stage.bergmann.called

        async def called(*, url, body):
            if b"cancellations" in body and poison.encode() in body:
                return http_answer({"error": "never heard"}, status=422)
            return await ordinary(url=url, body=body)

        stage.bergmann.called = called
        dispatcher = stage.dispatcher()
        async with running(dispatcher, stage.pipes(dispatcher)):
            await stage.until("accepted", reference="R-4")
            for placed in orders:
                await cancel(stage, placed)
            await asyncio.sleep(120)
        told = {one["purchase_order_id"] for one in stage.bergmann.canceled}
        assert told == {one.purchase_orders[0].purchase_order_id for one in orders} - {poison}
        assert (await stage.purchase_order(reference="R-3")).history[-1].note.startswith("untellable: It answered 422")


def broken(_document):
    raise CallFailed(detail="connection reset")
