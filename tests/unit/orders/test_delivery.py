from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.kernel.breaker import BreakerState
from openaisle.kernel.outbound import CallTimedOut
from openaisle.orders.commands import Cancellation
from openaisle.orders.purchase_order import PurchaseOrderState
from openaisle.orders.workflow import allocate_again_pipe
from tests.factories.orders import (
    http_answer,
    later,
    make_connection,
    rejecting,
    storefront_context,
)
from tests.support.dispatch_stage import opened, running
from tests.support.virtual_time import in_virtual_time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@in_virtual_time
async def test_what_waits_is_found_at_the_start_and_brought_in_one_batch(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        for number in range(30):
            await stage.place(mug, reference=f"R-{number}")
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-29")
        assert [len(batch) for batch in stage.bergmann.batches] == [30]
        document = next(iter(stage.bergmann.documents.values()))
        assert document["ship_to"]["name"] == "Ada Fischer"
        assert document["lines"][0]["supplier_sku"] == "MUG-1"


@in_virtual_time
async def test_a_batch_is_never_larger_than_the_supplier_takes(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        stage.room.suppliers.connections["sup_bergmann"] = make_connection(supplier_id="sup_bergmann", maximum_batch=4)
        for number in range(10):
            await stage.place(mug, reference=f"R-{number}")
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-9")
        assert [len(batch) for batch in stage.bergmann.batches] == [4, 4, 2]


@in_virtual_time
async def test_a_new_purchase_order_wakes_the_dispatcher_through_the_stream(folder):
    async with opened(folder) as stage:
        dispatcher = stage.dispatcher()
        runner = PipeRunner(
            pipes=[dispatcher.pipe()],
            stream=stage.table,
            checkpoints=stage.table,
            set_aside=LocalQueue(committer=stage.table.committer, name="pipe-dead-letters"),
            clock=stage.clock,
            holder="here",
        )
        mug = await stage.room.stock()
        async with running(dispatcher, runner):
            await asyncio.sleep(1)
            before = stage.clock.now()
            await stage.place(mug)
            await stage.until("accepted")
        assert (stage.clock.now() - before).total_seconds() < 1


@in_virtual_time
async def test_a_supplier_that_answers_later_has_the_purchase_order_as_sent(folder):
    async with opened(folder) as stage:
        stage.bergmann.answer = later
        await stage.place(await stage.room.stock())
        async with running(stage.dispatcher()):
            await stage.until("sent")


@in_virtual_time
async def test_a_supplier_without_a_system_finds_its_purchase_orders_by_itself(folder):
    async with opened(folder) as stage:
        stage.room.suppliers.connections["sup_bergmann"] = None
        await stage.place(await stage.room.stock())
        async with running(stage.dispatcher()):
            await stage.until("sent")
        assert stage.bergmann.batches == []


@in_virtual_time
async def test_a_rejected_line_is_offered_to_the_next_supplier(folder):
    async with opened(folder) as stage:
        dispatcher = stage.dispatcher()
        runner = PipeRunner(
            pipes=[dispatcher.pipe(), allocate_again_pipe(use_cases=stage.room.orders, clock=stage.clock)],
            stream=stage.table,
            checkpoints=stage.table,
            set_aside=LocalQueue(committer=stage.table.committer, name="pipe-dead-letters"),
            clock=stage.clock,
            holder="here",
        )
        mug = await stage.room.stock()
        same = await stage.room.stock(supplier_id="sup_calla", product_id=mug.product_id)
        stage.bergmann.answer = rejecting
        async with running(dispatcher, runner):
            await stage.place(mug)
            await stage.until("rejected", "accepted")
        assert (await stage.room.level(mug)).reserved == 0
        assert (await stage.room.level(same)).reserved == 1


@in_virtual_time
async def test_a_malformed_answer_for_one_purchase_order_loses_no_other(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        placed = [await stage.place(mug, reference=f"R-{number}") for number in range(3)]
        broken = {placed[0].purchase_orders[0].purchase_order_id: {"decision": 7, "purchase_order_id": None}}
        silent = {placed[1].purchase_orders[0].purchase_order_id: None}
        first = {**broken, **silent}

        def answer(document):
            identifier = document["purchase_order_id"]
            if identifier in first:
                return first.pop(identifier)
            return {"purchase_order_id": identifier, "decision": "accepted", "more": "than asked"}

        stage.bergmann.answer = answer
        async with running(stage.dispatcher()):
            for number in range(3):
                await stage.until("accepted", reference=f"R-{number}")
        assert [len(batch) for batch in stage.bergmann.batches] == [3, 2]
        _, purchase_orders = await stage.room.whole(reference="R-0")
        assert [entry.action for entry in purchase_orders[0].history] == ["delivery_failed", "acknowledged"]


@in_virtual_time
async def test_a_batch_the_supplier_cannot_take_is_halved_until_the_cause_stands_alone(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        placed = [await stage.place(mug, reference=f"R-{number}") for number in range(8)]
        poison = placed[5].purchase_orders[0].purchase_order_id
        system = stage.bergmann

        async def called(*, url, body):
            if poison.encode() in body:
                return http_answer({"error": "no"}, status=422)
            return await type(system).called(system, url=url, body=body)

        system.called = called
        async with running(stage.dispatcher()):
            for number in (0, 1, 2, 3, 4, 6, 7):
                await stage.until("accepted", reference=f"R-{number}")
        assert await stage.state(reference="R-5") == PurchaseOrderState.CREATED


@in_virtual_time
async def test_a_supplier_that_is_down_is_left_alone_and_served_in_order_once_it_is_back(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        hat = await stage.room.stock(supplier_id="sup_calla", supplier_sku="HAT-1")
        attempts = 0

        def fail():
            nonlocal attempts
            attempts += 1
            if attempts <= 8:
                raise CallTimedOut(detail="no answer")

        stage.bergmann.failure = fail
        for number in range(5):
            await stage.place(mug, reference=f"R-{number}")
        await stage.place(hat, reference="OTHER")
        started = stage.clock.now()
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="OTHER")
            assert (stage.clock.now() - started).total_seconds() < 1

            async def is_open() -> bool:
                breaker = await stage.room.queries.supplier_health(supplier_id="sup_bergmann")
                return breaker.state is BreakerState.OPEN

            await stage.until_true(is_open)
            troubled = await stage.room.queries.troubled_suppliers()
            assert troubled["sup_bergmann"].reason == "no answer"
            await stage.until("accepted", reference="R-4")
        assert attempts < 12
        (batch,) = stage.bergmann.batches
        expected = [(await stage.room.whole(reference=f"R-{number}"))[1][0].purchase_order_id for number in range(5)]
        assert batch == expected
        assert await stage.room.queries.troubled_suppliers() == {}


@in_virtual_time
async def test_another_process_goes_on_where_the_first_was_stopped(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        stage.bergmann.failure = lambda: http_answer({}, status=503, **{"retry-after": "1"})
        await stage.place(mug)
        async with running(stage.dispatcher(holder="first")):
            await asyncio.sleep(3)
        stage.bergmann.failure = lambda: None
        async with running(stage.dispatcher(holder="second")):
            await stage.until("accepted")


@in_virtual_time
async def test_of_two_processes_one_dispatches(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        async with running(stage.dispatcher(holder="first"), stage.dispatcher(holder="second")):
            for number in range(5):
                await stage.place(mug, reference=f"R-{number}")
            await stage.until("accepted", reference="R-4")
        assert sorted(len(batch) for batch in stage.bergmann.batches) == sorted(
            len(set(batch)) for batch in stage.bergmann.batches
        )
        assert sum(len(batch) for batch in stage.bergmann.batches) == 5


@in_virtual_time
async def test_a_purchase_order_canceled_before_it_was_sent_is_never_sent(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)
        await stage.place(mug, reference="R-2")
        context = storefront_context(at=stage.clock.now())
        await stage.room.orders.cancel(order_id=placed.order_id, cancellation=Cancellation(), key="", context=context)
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-2")
        assert placed.purchase_orders[0].purchase_order_id not in stage.bergmann.documents
        assert await stage.state() == PurchaseOrderState.CANCELED


@in_virtual_time
async def test_a_cancellation_that_overtakes_the_answer_stands_and_is_noted(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=100)
        placed = await stage.place(mug)

        async def cancel() -> None:
            context = storefront_context(at=stage.clock.now())
            await stage.room.orders.cancel(
                order_id=placed.order_id, cancellation=Cancellation(), key="once", context=context
            )

        stage.bergmann.before_answer = cancel
        async with running(stage.dispatcher()):
            await stage.until("canceled")
            await asyncio.sleep(1)
        _, purchase_orders = await stage.room.whole()
        assert purchase_orders[0].history[-1].action == "reached_supplier"
        assert (await stage.room.level(mug)).reserved == 0


@in_virtual_time
async def test_short_stock_is_found_before_sending_and_rejects_the_newest_lines(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=10)
        stage.room.suppliers.connections["sup_bergmann"] = make_connection(
            supplier_id="sup_bergmann", inventory_url="https://sup_bergmann.example/stock"
        )
        stage.bergmann.on_hand["MUG-1"] = 3
        for number in range(5):
            await stage.place(mug, reference=f"R-{number}")
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-2")
            await stage.until("rejected", reference="R-4")
        assert stage.bergmann.stock_calls == 1
        assert len(stage.bergmann.documents) == 3
        level = await stage.room.level(mug)
        assert (level.on_hand, level.reserved, level.available) == (3, 3, 0)


@in_virtual_time
async def test_stock_that_cannot_be_asked_for_holds_nothing_up_and_is_noted(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(on_hand=10)
        stage.room.suppliers.connections["sup_bergmann"] = make_connection(
            supplier_id="sup_bergmann", inventory_url="https://sup_bergmann.example/stock"
        )
        failures = [http_answer({}, status=500)]
        stage.bergmann.failure = lambda: failures.pop() if failures else None
        await stage.place(mug)
        async with running(stage.dispatcher()):
            await stage.until("accepted")
        _, purchase_orders = await stage.room.whole()
        assert "stock not confirmed" in purchase_orders[0].history[-1].note


@in_virtual_time
async def test_a_supplier_may_accept_some_lines_and_reject_others(folder):
    async with opened(folder) as stage:
        mug = await stage.room.stock(supplier_sku="MUG-1")
        jug = await stage.room.stock(supplier_sku="JUG-1")
        stage.bergmann.answer = lambda document: {
            "purchase_order_id": document["purchase_order_id"],
            "decision": "partial",
            "lines": [
                {"line_number": 1, "decision": "accepted"},
                {"line_number": 2, "decision": "rejected", "reason": "broken"},
            ],
        }
        await stage.place(mug, jug)
        async with running(stage.dispatcher()):
            await stage.until("partially_accepted")
        assert (await stage.room.level(mug)).reserved == 1
        assert (await stage.room.level(jug)).reserved == 0


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"acknowledgments": 3}', b'{"ok": true}'])
def test_garbage_with_status_200_is_a_failure_and_is_tried_again(folder, body):
    @in_virtual_time
    async def run() -> None:
        async with opened(folder) as stage:
            garbage = [http_answer(body)]
            stage.bergmann.failure = lambda: garbage.pop() if garbage else None
            await stage.place(await stage.room.stock())
            async with running(stage.dispatcher()):
                await stage.until("accepted")

    run()
