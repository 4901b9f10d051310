"""What all checkpoints do: one holder at a time, who alone may say how far the consumer is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.stream import ConsumerRunning, ConsumerUnknown, Lease, LeaseLost
from tests.contract.adapters import Engine
from tests.support.clocks import FakeClock


async def lease_of(store: Any, clock: FakeClock, holder: str, *, consumer: str = "pipe") -> Lease | None:
    lease: Lease | None = await store.acquire(consumer=consumer, holder=holder, now=clock.now(), seconds=10)
    return lease


async def held(store: Any, clock: FakeClock, holder: str) -> Lease:
    lease = await lease_of(store, clock, holder)
    assert lease is not None
    return lease


async def test_while_a_lease_runs_nobody_else_gets_it(store: Any, clock: FakeClock) -> None:
    lease = await held(store, clock, "one")
    assert (lease.consumer, lease.holder) == ("pipe", "one")
    clock.go_on(seconds=9)
    assert await lease_of(store, clock, "two") is None


async def test_leases_of_different_consumers_do_not_meet(store: Any, clock: FakeClock) -> None:
    await held(store, clock, "one")
    assert await lease_of(store, clock, "two", consumer="other") is not None


async def test_its_holder_prolongs_a_lease_and_keeps_the_token(store: Any, clock: FakeClock) -> None:
    first = await held(store, clock, "one")
    clock.go_on(seconds=9)
    assert await held(store, clock, "one") == first
    clock.go_on(seconds=9)
    assert await lease_of(store, clock, "two") is None


async def test_a_lease_that_ran_out_goes_to_the_next_with_a_higher_token(store: Any, clock: FakeClock) -> None:
    first = await held(store, clock, "one")
    clock.go_on(seconds=11)
    second = await held(store, clock, "two")
    assert second.token > first.token
    assert await lease_of(store, clock, "one") is None


async def test_a_consumer_that_never_ran_has_no_position(store: Any, clock: FakeClock) -> None:
    assert await store.position(consumer="pipe") is None
    await held(store, clock, "one")
    assert await store.position(consumer="pipe") is None


async def test_a_position_outlives_its_holder(engine: Engine, store: Any, tmp_path: Path, clock: FakeClock) -> None:
    lease = await held(store, clock, "one")
    await store.save(lease=lease, position=7)
    await store.save(lease=lease, position=9)
    await store.release(lease=lease)
    async with engine.store(tmp_path, clock) as again:
        await held(again, clock, "two")
        assert await again.position(consumer="pipe") == 9


async def test_whoever_lost_the_lease_saves_nothing_any_more(store: Any, clock: FakeClock) -> None:
    lost = await held(store, clock, "one")
    clock.go_on(seconds=11)
    gained = await held(store, clock, "two")
    await store.save(lease=gained, position=5)
    with pytest.raises(LeaseLost):
        await store.save(lease=lost, position=3)
    assert await store.position(consumer="pipe") == 5


async def test_a_holder_of_before_is_no_holder_even_under_its_own_name(store: Any, clock: FakeClock) -> None:
    before = await held(store, clock, "one")
    clock.go_on(seconds=11)
    between = await held(store, clock, "two")
    await store.release(lease=between)
    again = await held(store, clock, "one")
    assert again.token > between.token
    with pytest.raises(LeaseLost):
        await store.save(lease=before, position=1)


async def test_a_lease_given_back_is_free_at_once(store: Any, clock: FakeClock) -> None:
    lease = await held(store, clock, "one")
    await store.release(lease=lease)
    assert (await held(store, clock, "two")).token > lease.token
    with pytest.raises(LeaseLost):
        await store.save(lease=lease, position=1)


async def test_giving_back_what_one_lost_takes_it_from_nobody(store: Any, clock: FakeClock) -> None:
    lost = await held(store, clock, "one")
    clock.go_on(seconds=11)
    gained = await held(store, clock, "two")
    await store.release(lease=lost)
    assert await lease_of(store, clock, "three") is None
    await store.save(lease=gained, position=1)


async def test_every_consumer_is_listed_with_its_place_and_its_holder(store: Any, clock: FakeClock) -> None:
    assert list(await store.consumers()) == []
    lease = await held(store, clock, "one")
    await store.save(lease=lease, position=7)
    await lease_of(store, clock, "two", consumer="a-timer")
    timer, pipe = await store.consumers()
    assert (timer.name, timer.holder, timer.position) == ("a-timer", "two", None)
    assert (pipe.name, pipe.holder, pipe.position) == ("pipe", "one", 7)
    assert pipe.is_running(at=clock.now())
    clock.go_on(seconds=10)
    assert not pipe.is_running(at=clock.now())
    await store.release(lease=lease)
    assert next(one.holder for one in await store.consumers() if one.name == "pipe") is None


async def test_a_consumer_that_runs_is_not_forgotten(store: Any, clock: FakeClock) -> None:
    lease = await held(store, clock, "one")
    await store.save(lease=lease, position=7)
    clock.go_on(seconds=9)
    with pytest.raises(ConsumerRunning):
        await store.forget(consumer="pipe", now=clock.now())
    assert await store.position(consumer="pipe") == 7


@pytest.mark.parametrize("is_given_back", [True, False])
async def test_a_forgotten_consumer_is_as_if_it_never_ran(store: Any, clock: FakeClock, is_given_back: bool) -> None:
    lease = await held(store, clock, "one")
    await store.save(lease=lease, position=7)
    if is_given_back:
        await store.release(lease=lease)
    else:
        clock.go_on(seconds=10)
    await store.forget(consumer="pipe", now=clock.now())
    assert list(await store.consumers()) == []
    assert await store.position(consumer="pipe") is None
    with pytest.raises(LeaseLost):
        await store.save(lease=lease, position=8)
    assert await lease_of(store, clock, "two") is not None


async def test_who_never_ran_cannot_be_forgotten(store: Any, clock: FakeClock) -> None:
    with pytest.raises(ConsumerUnknown):
        await store.forget(consumer="pipe", now=clock.now())
