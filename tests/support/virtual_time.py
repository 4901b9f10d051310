"""An event loop whose clock jumps: a test of an hour's waiting takes a millisecond and always goes the same way."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
ResultT = TypeVar("ResultT")

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the time there; waits in earnest only for threads."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.threads_at_work = 0

    def select(self, timeout: float | None = None) -> Any:
        if self.threads_at_work:
            return super().select(timeout if timeout == 0 else None)
        if timeout is None:
            message = "everything waits and nothing is due: the test would hang"
            raise RuntimeError(message)
        found = super().select(0)
        if not found and timeout > 0:
            self.seconds += timeout
        return found


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        self._jumping.threads_at_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_is_done)
        return future

    def _thread_is_done(self, _future: object) -> None:
        self._jumping.threads_at_work -= 1


class VirtualClock:
    """Tells the time of the running virtual loop."""

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())


def virtually(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def in_virtual_time(test: Callable[Arguments, Awaitable[None]]) -> Callable[Arguments, None]:
    """Turn an async test into one that runs in virtual time."""

    @functools.wraps(test)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        async def work() -> None:
            await test(*args, **kwargs)

        virtually(work())

    return run
