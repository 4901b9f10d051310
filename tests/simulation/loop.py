"""An event loop in which time is virtual, processes can be killed or paused, and everything follows from a seed.

Each callback belongs to the simulated process in whose context it was made. A process that is killed never runs
again: nothing of it is unwound, just as a real one unwinds nothing when the machine loses its power. Callbacks of one
process keep their order, as asyncio promises; which process goes next is chance.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from random import Random
from typing import Any, NoReturn

import apsw

_PATIENCE_SECONDS = 30.0
_DAY_SECONDS = 86_400.0


class Violation(AssertionError):
    """An invariant does not hold, or somebody was told what is not so."""


class LifeProcess:
    """One simulated process of the operating system."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.ready: deque[asyncio.Handle] = deque()
        self.is_dead = False
        self.paused_until = 0.0
        self.last_resumed_at = 0.0
        self.at_death: list[Callable[[], None]] = []


PROCESS: contextvars.ContextVar[LifeProcess] = contextvars.ContextVar("PROCESS")


class Disk:
    """How long the disk takes, and whether a process dies just before or after it; a seed's faults replace it."""

    def seconds(self) -> float:
        return 0.0

    def dies_before(self, *, process: LifeProcess, statement: str) -> bool:
        return False

    def dies_after(self, *, process: LifeProcess, statement: str) -> bool:
        return False

    def committed(self) -> None:
        return None


class SimulatedLoop(asyncio.AbstractEventLoop):
    def __init__(self, *, random: Random) -> None:
        self.environment = LifeProcess(name="environment")
        self.disk = Disk()
        self.failure: BaseException | None = None
        self.steps = 0
        self.trace: Callable[[str], None] | None = None
        self._random = random
        self._now = 0.0
        self._runnable: list[LifeProcess] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._sequence = itertools.count()
        self._graveyard: list[asyncio.Task[Any]] = []

    # What asyncio's tasks and futures ask of a loop.

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._sequence), handle))
        return handle

    def _timer_handle_cancelled(self, _handle: asyncio.TimerHandle) -> None:
        return None

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        # What a task leaves behind when the simulation ends is no news; what fails in a callback is raised where it is.
        return None

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Do in virtual time what a thread would do: after a while, all at once."""
        future = self.create_future()
        process = PROCESS.get(self.environment)
        self.call_later(self.disk.seconds(), self._executed, future, func, args, process, self._now)
        return future

    def _executed(
        self, future: asyncio.Future[Any], func: Callable[..., Any], args: Any, process: LifeProcess, since: float
    ) -> None:
        statement = args[0] if args and isinstance(args[0], str) else ""
        if self.disk.dies_before(process=process, statement=statement):
            self.kill(process)
            return
        try:
            result = func(*args)
        except apsw.BusyError as error:
            # Another process writes. A real one would sleep and ask again; so does this one, in virtual time.
            if self._now - since < _PATIENCE_SECONDS:
                self.call_later(0.001 + self.disk.seconds(), self._executed, future, func, args, process, since)
            elif not future.cancelled():
                future.set_exception(error)
            return
        except BaseException as error:  # noqa: BLE001 - it is whoever asked for the work that must hear of it
            if not future.cancelled():
                future.set_exception(error)
            return
        if statement == "COMMIT":
            self.disk.committed()
            if self.disk.dies_after(process=process, statement=statement):
                self.kill(process)
                return
        if not future.cancelled():
            future.set_result(result)

    # Processes.

    def start(self, process: LifeProcess, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run ``work`` as a task of the process."""
        context = contextvars.copy_context()
        context.run(PROCESS.set, process)
        return asyncio.Task(work, loop=self, context=context)

    def kill(self, process: LifeProcess) -> None:
        """End a process: whatever it was about to do, it does not."""
        if process.is_dead:
            return
        process.is_dead = True
        self.note(f"{process.name} dies")
        # Held to the end: were they collected before, their coroutines would be closed in the midst of the living.
        self._graveyard.extend(asyncio.all_tasks(self))
        process.ready.clear()
        if process in self._runnable:
            self._runnable.remove(process)
        for last in process.at_death:
            last()

    def pause(self, process: LifeProcess, *, seconds: float) -> None:
        """Let a process stand still for a while, as a machine under load or a moved virtual machine does."""
        self.note(f"{process.name} stands still for {seconds} s")
        process.paused_until = max(process.paused_until, self._now + seconds)
        if process in self._runnable:
            self._runnable.remove(process)
        self.call_at(process.paused_until, self._resume, process, context=contextvars.Context())

    def _resume(self, process: LifeProcess) -> None:
        if process.paused_until > self._now or process.is_dead:
            return
        process.last_resumed_at = self._now
        if process.ready and process not in self._runnable:
            self._runnable.append(process)

    def _enqueue(self, handle: asyncio.Handle) -> None:
        process = handle._context.get(PROCESS, self.environment)
        if process.is_dead:
            return
        if not process.ready and process.paused_until <= self._now:
            self._runnable.append(process)
        process.ready.append(handle)

    # Running.

    def note(self, text: str) -> None:
        """Tell what happens to whoever looks into one world."""
        if self.trace is not None:
            process = PROCESS.get(self.environment)
            self.trace(f"{self._now:9.3f} {process.name:<12} {text}")

    def fail(self, error: BaseException) -> None:
        """End the simulation with this error, wherever it was found."""
        if self.failure is None:
            self.failure = error

    def run_until_complete(self, work: Any) -> Any:
        asyncio._set_running_loop(self)
        task = asyncio.Task(work, loop=self)
        try:
            while not task.done():
                self._step()
                if self.failure is not None:
                    raise self.failure
        finally:
            asyncio._set_running_loop(None)
        return task.result()

    def _step(self) -> None:
        runnable = self._runnable
        if not runnable:
            self._advance()
            return
        place = 0 if len(runnable) == 1 else self._random.randrange(len(runnable))
        process = runnable[place]
        handle = process.ready.popleft()
        if not process.ready:
            runnable.remove(process)
        self.steps += 1
        if not handle._cancelled:
            handle._context.run(handle._callback, *handle._args)

    def _advance(self) -> None:
        if not self._timers:
            stand_still()
        when, _, handle = heapq.heappop(self._timers)
        self._now = max(self._now, when)
        if self._now > _DAY_SECONDS:
            never_ends()
        if not handle._cancelled:
            self._enqueue(handle)

    def close(self) -> None:
        """Forget all that is left, without letting it do anything more."""
        self._timers.clear()
        self._runnable.clear()
        for task in {*self._graveyard, *asyncio.all_tasks(self)}:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            coroutine: Generator[Any, Any, Any] | Coroutine[Any, Any, Any] | None = task.get_coro()
            if coroutine is not None:
                _closed(coroutine)


def _closed(coroutine: Generator[Any, Any, Any] | Coroutine[Any, Any, Any]) -> None:
    # A ``finally`` may want to wait for something; outside a loop it cannot, and is closed again until it gives up.
    for _ in range(20):
        try:
            coroutine.close()
        except BaseException:  # noqa: BLE001 - whatever a dying task says, nobody listens any more
            continue
        return


def stand_still() -> NoReturn:
    message = "everything waits and nothing is due: the simulation would stand still for ever"
    raise Violation(message)


def never_ends() -> NoReturn:
    message = "a day has passed and somebody still waits for an answer"
    raise Violation(message)
