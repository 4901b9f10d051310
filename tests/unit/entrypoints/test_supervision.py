"""A source that crashes is started again and never takes the others with it."""

from __future__ import annotations

import asyncio
import logging

import pytest

from openaisle.entrypoints.supervision import run_supervised


class FakeSource:
    """Crashes some times, then works until it is canceled."""

    def __init__(self, *, crashes: int = 0, stubborn: bool = False) -> None:
        self.crashes_left = crashes
        self.stubborn = stubborn
        self.starts = 0
        self.working = asyncio.Event()
        self.finished = False

    async def run(self) -> None:
        self.starts += 1
        if self.crashes_left:
            self.crashes_left -= 1
            message = "out of luck"
            raise RuntimeError(message)
        self.working.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self.stubborn:
                await asyncio.Event().wait()
            self.finished = True
            raise


async def test_a_source_that_crashes_is_started_again_with_growing_pauses(caplog: pytest.LogCaptureFixture) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    crashing, sound = FakeSource(crashes=9), FakeSource()
    stopped = asyncio.Event()
    with caplog.at_level(logging.ERROR):
        running = asyncio.create_task(
            run_supervised(
                sources={"crashing": crashing, "sound": sound}, stopped=stopped, stop_seconds_maximum=1, pause=pause
            )
        )
        await crashing.working.wait()
    assert crashing.starts == 10
    assert sound.starts == 1
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert [record.source for record in caplog.records] == ["crashing"] * 9  # type: ignore[attr-defined]
    stopped.set()
    await running
    assert crashing.finished
    assert sound.finished


async def test_a_source_that_does_not_stop_is_left_behind() -> None:
    stubborn = FakeSource(stubborn=True)
    stopped = asyncio.Event()
    running = asyncio.create_task(
        run_supervised(sources={"stubborn": stubborn}, stopped=stopped, stop_seconds_maximum=0.01)
    )
    await stubborn.working.wait()
    stopped.set()
    await asyncio.wait_for(running, 5)
    assert not stubborn.finished


async def test_nothing_to_run_ends_with_the_signal() -> None:
    stopped = asyncio.Event()
    stopped.set()
    await run_supervised(sources={}, stopped=stopped, stop_seconds_maximum=1)
