"""Runs one process of the product under a profiler: ``python -m benchmarks.sampling sampling|tracing OUTPUT PROCESS``.

PROCESS is ``worker``, or the port that an API process is to answer on.

A timer of processor time interrupts the main thread about a thousand times a second and the handler notes the
stack it finds. Unlike a tracing profiler (cProfile) it costs nearly nothing, so cheap functions are not made to look
dear. Time inside an extension (SQLite, JSON) counts for the Python line that called it.
"""

from __future__ import annotations

import contextlib
import cProfile
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import msgspec

INTERVAL_SECONDS = 0.001
_STACK_FRAMES_MAXIMUM = 60
_HOST = "127.0.0.1"


class Place(msgspec.Struct, frozen=True):
    """A function, or a line of one where ``line`` is not 0."""

    file: str
    function: str
    line: int


class Samples(msgspec.Struct, kw_only=True):
    """How often each function was met: at the top of the stack (``own``), anywhere in it, and by line at the top."""

    taken: int = 0
    own: list[tuple[Place, int]] = []
    whole: list[tuple[Place, int]] = []
    lines: list[tuple[Place, int]] = []


class Sampler:
    """Counts the stacks that the timer finds."""

    def __init__(self) -> None:
        self._taken = 0
        self._own: Counter[Place] = Counter()
        self._whole: Counter[Place] = Counter()
        self._lines: Counter[Place] = Counter()

    def sample(self, _signal: int, frame: FrameType | None) -> None:
        """Note the present stack; called by the timer."""
        if frame is None:
            return
        self._taken += 1
        code = frame.f_code
        self._own[Place(code.co_filename, code.co_qualname, 0)] += 1
        self._lines[Place(code.co_filename, code.co_qualname, frame.f_lineno or 0)] += 1
        met = set()
        walked: FrameType | None = frame
        for _ in range(_STACK_FRAMES_MAXIMUM):
            if walked is None:
                break
            met.add(Place(walked.f_code.co_filename, walked.f_code.co_qualname, 0))
            walked = walked.f_back
        self._whole.update(met)

    def clear(self, _signal: int, _frame: FrameType | None) -> None:
        """Forget what was seen so far: the start is over."""
        self._taken = 0
        for counter in (self._own, self._whole, self._lines):
            counter.clear()

    def samples(self) -> Samples:
        """Return the counts, largest first."""
        return Samples(
            taken=self._taken,
            own=self._own.most_common(),
            whole=self._whole.most_common(),
            lines=self._lines.most_common(),
        )


@contextlib.contextmanager
def sampled(*, output: Path) -> Iterator[None]:
    """Sample the block and write the samples when it ends; SIGUSR1 starts the counting anew."""
    sampler = Sampler()
    signal.signal(signal.SIGPROF, sampler.sample)
    signal.signal(signal.SIGUSR1, sampler.clear)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        output.write_bytes(msgspec.json.encode(sampler.samples()))


@contextlib.contextmanager
def traced(*, output: Path) -> Iterator[None]:
    """Trace every call of the block and write the statistics of cProfile when it ends."""
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
        profile.dump_stats(output)


def main() -> None:
    """Run the process until it is told to stop, then write what was seen."""
    from openaisle.config import load_settings
    from openaisle.entrypoints.http.process import run_api
    from openaisle.entrypoints.listening import listening_socket
    from openaisle.entrypoints.worker import run_worker

    way, output, process = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    settings = load_settings()
    seen = sampled if way == "sampling" else traced
    if process == "worker":
        with seen(output=output):
            run_worker(settings=settings)
        return
    listening = listening_socket(host=_HOST, port=int(process))
    with seen(output=output):
        run_api(settings=settings, listening=listening)


if __name__ == "__main__":
    main()
