"""What every queue does: each message at least once, hidden while it is handled, set aside when it is worn out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.queue import Queue
from tests.contract.adapters import MAXIMUM_RECEIVES, VISIBILITY_SECONDS, Engine
from tests.contract.processes import another_process
from tests.support.clocks import FakeClock


@pytest.fixture
def queue(engine: Engine, store: Any) -> Queue:
    return engine.queue(store, "work")


async def bodies_of(queue: Queue, clock: FakeClock, *, limit: int = 10) -> list[bytes]:
    return [message.body for message in await queue.receive(limit=limit, now=clock.now())]


async def worn_out(queue: Queue, clock: FakeClock, body: bytes = b"bad") -> str:
    """Send a message and receive it until it is a dead letter; return its identifier."""
    (message_id,) = await queue.send(bodies=[body], now=clock.now())
    for _ in range(MAXIMUM_RECEIVES):
        assert await bodies_of(queue, clock) == [body]
        clock.go_on(seconds=VISIBILITY_SECONDS + 1)
    assert await bodies_of(queue, clock) == []
    return message_id


async def test_messages_come_out_in_about_the_order_they_were_sent(queue: Queue, clock: FakeClock) -> None:
    message_ids = await queue.send(bodies=[b"one", b"two", b"three"], now=clock.now())
    messages = await queue.receive(limit=2, now=clock.now())
    assert [(message.message_id, message.body) for message in messages] == [
        (message_ids[0], b"one"),
        (message_ids[1], b"two"),
    ]
    assert [message.received_count for message in messages] == [1, 1]
    assert messages[0].sent_at == clock.now()
    assert await bodies_of(queue, clock) == [b"three"]


async def test_an_empty_queue_gives_nothing(queue: Queue, clock: FakeClock) -> None:
    assert await bodies_of(queue, clock) == []
    assert await queue.depth(now=clock.now()) == 0
    assert await queue.send(bodies=[], now=clock.now()) == []


async def test_a_received_message_is_hidden_and_comes_back_unless_it_was_deleted(
    queue: Queue, clock: FakeClock
) -> None:
    await queue.send(bodies=[b"kept", b"done"], now=clock.now())
    _, done = await queue.receive(limit=10, now=clock.now())
    await queue.delete(receipts=[done.receipt])
    clock.go_on(seconds=VISIBILITY_SECONDS - 1)
    assert await bodies_of(queue, clock) == []
    clock.go_on(seconds=2)
    (again,) = await queue.receive(limit=10, now=clock.now())
    assert (again.body, again.received_count) == (b"kept", 2)


async def test_a_receipt_of_an_earlier_delivery_finishes_nothing(queue: Queue, clock: FakeClock) -> None:
    await queue.send(bodies=[b"work"], now=clock.now())
    (first,) = await queue.receive(limit=1, now=clock.now())
    clock.go_on(seconds=VISIBILITY_SECONDS + 1)
    (second,) = await queue.receive(limit=1, now=clock.now())
    await queue.delete(receipts=[first.receipt, "made up"])
    await queue.postpone(receipt=first.receipt, now=clock.now(), seconds=0, reason="late")
    assert await bodies_of(queue, clock) == []
    assert await queue.depth(now=clock.now()) == 1
    await queue.delete(receipts=[second.receipt])
    assert await queue.depth(now=clock.now()) == 0


async def test_a_delayed_message_waits(queue: Queue, clock: FakeClock) -> None:
    await queue.send(bodies=[b"later"], now=clock.now(), delay_seconds=60)
    assert await bodies_of(queue, clock) == []
    assert await queue.depth(now=clock.now()) == 1
    clock.go_on(seconds=60)
    assert await bodies_of(queue, clock) == [b"later"]


async def test_a_postponed_message_comes_back_when_it_was_told_to(queue: Queue, clock: FakeClock) -> None:
    await queue.send(bodies=[b"work"], now=clock.now())
    (message,) = await queue.receive(limit=1, now=clock.now())
    await queue.postpone(receipt=message.receipt, now=clock.now(), seconds=5, reason="busy")
    clock.go_on(seconds=4)
    assert await bodies_of(queue, clock) == []
    clock.go_on(seconds=1)
    assert await bodies_of(queue, clock) == [b"work"]
    await queue.delete(receipts=[message.receipt])
    assert await queue.depth(now=clock.now()) == 1


async def test_a_message_received_too_often_moves_to_the_dead_letters(queue: Queue, clock: FakeClock) -> None:
    message_id = await worn_out(queue, clock)
    (letter,) = await queue.dead_letters(limit=10)
    assert (letter.message_id, letter.body, letter.received_count) == (message_id, b"bad", MAXIMUM_RECEIVES)
    assert letter.reason
    assert await queue.depth(now=clock.now()) == 0


async def test_a_dead_letter_keeps_the_reason_of_its_last_failure(queue: Queue, clock: FakeClock) -> None:
    await queue.send(bodies=[b"bad"], now=clock.now())
    for attempt in range(MAXIMUM_RECEIVES):
        (message,) = await queue.receive(limit=1, now=clock.now())
        await queue.postpone(receipt=message.receipt, now=clock.now(), seconds=0, reason=f"failure {attempt}")
    assert await bodies_of(queue, clock) == []
    (letter,) = await queue.dead_letters(limit=10)
    assert letter.reason == f"failure {MAXIMUM_RECEIVES - 1}"


async def test_a_bad_message_does_not_hold_the_others(queue: Queue, clock: FakeClock) -> None:
    await worn_out(queue, clock)
    await queue.send(bodies=[b"good"], now=clock.now())
    assert await bodies_of(queue, clock, limit=1) == [b"good"]


async def test_a_redriven_letter_starts_afresh(queue: Queue, clock: FakeClock) -> None:
    message_id = await worn_out(queue, clock)
    assert await queue.redrive(message_ids=[message_id, "unknown"], now=clock.now()) == 1
    assert await queue.dead_letters(limit=10) == []
    (message,) = await queue.receive(limit=10, now=clock.now())
    assert (message.message_id, message.received_count) == (message_id, 1)
    assert await queue.redrive(message_ids=[message_id], now=clock.now()) == 0


async def test_a_message_can_be_buried_at_once(queue: Queue, clock: FakeClock) -> None:
    message_ids = await queue.bury(bodies=[b"first", b"second"], now=clock.now(), reason="poison")
    assert await bodies_of(queue, clock) == []
    letters = await queue.dead_letters(limit=10)
    assert [(one.message_id, one.body, one.reason) for one in letters] == [
        (message_ids[0], b"first", "poison"),
        (message_ids[1], b"second", "poison"),
    ]
    assert [one.body for one in await queue.dead_letters(limit=1)] == [b"first"]
    assert await queue.redrive(message_ids=message_ids[1:], now=clock.now()) == 1
    assert await bodies_of(queue, clock) == [b"second"]


async def test_queues_of_different_names_do_not_see_each_other(
    engine: Engine, store: Any, queue: Queue, clock: FakeClock
) -> None:
    other = engine.queue(store, "other work")
    (message_id,) = await queue.bury(bodies=[b"dead"], now=clock.now(), reason="poison")
    await queue.send(bodies=[b"here"], now=clock.now())
    assert await bodies_of(other, clock) == []
    assert await other.dead_letters(limit=10) == []
    assert await other.redrive(message_ids=[message_id], now=clock.now()) == 0
    (message,) = await queue.receive(limit=1, now=clock.now())
    await other.delete(receipts=[message.receipt])
    assert await queue.depth(now=clock.now()) == 1


async def test_many_receivers_at_once_never_get_the_same_delivery(queue: Queue, clock: FakeClock) -> None:
    await queue.send(bodies=[b"%d" % number for number in range(40)], now=clock.now())
    received = await asyncio.gather(*(bodies_of(queue, clock, limit=3) for _ in range(20)))
    bodies = [body for batch in received for body in batch]
    assert len(bodies) == 40
    assert len(set(bodies)) == 40


async def test_receivers_in_two_processes_share_the_work(engine_name: str, queue: Queue, tmp_path: Path) -> None:
    await queue.send(bodies=[b"%d" % number for number in range(60)], now=datetime.now(UTC))
    async with (
        another_process("receive_and_tell", engine_name=engine_name, folder=tmp_path, name="work") as one,
        another_process("receive_and_tell", engine_name=engine_name, folder=tmp_path, name="work") as two,
    ):
        told = [
            line for output, _ in await asyncio.gather(one.communicate(), two.communicate()) for line in output.split()
        ]
    assert sorted(int(line) for line in told) == list(range(60))
    assert await queue.depth(now=datetime.now(UTC)) == 0


async def test_what_was_sent_is_still_there_when_the_store_is_opened_again(
    engine: Engine, queue: Queue, tmp_path: Path, clock: FakeClock
) -> None:
    await queue.send(bodies=[b"work"], now=clock.now())
    async with engine.store(tmp_path, clock) as again:
        assert await bodies_of(engine.queue(again, "work"), clock) == [b"work"]
