"""How a long run tells of itself: bars for people, lines of JSON for machines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Task as BarTask
from rich.text import Text

_SECONDS_BETWEEN_LINES = 2.0


class Step(Protocol):
    """One step of a run, of a known number of parts."""

    def advance(self) -> None:
        """One more part is done."""
        ...

    def at(self, *, done: int) -> None:
        """So many parts are done."""
        ...


class Told(Protocol):
    """To whom a run tells its steps."""

    def __enter__(self) -> Self:
        """Begin to tell."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        ...

    def step(self, *, title: str, total: int) -> Step:
        """Begin a step."""
        ...

    def note(self, *, text: str) -> None:
        """Say one sentence."""
        ...


class _RateColumn(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: BarTask) -> Text:
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f}/s", style="cyan")


class ToldToPeople:
    """Bars with count, rate, time passed and time left, on the error stream."""

    def __init__(self) -> None:
        """Draw on the error stream, so that the report on the output stays clean."""
        self._progress = Progress(
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state of the bars on the screen."""
        self._progress.stop()

    def step(self, *, title: str, total: int) -> Step:
        """Begin a bar."""
        return _Bar(self._progress, title, total)

    def note(self, *, text: str) -> None:
        """Print a sentence above the bars."""
        self._progress.console.print(text)


class _Bar:
    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total)

    def advance(self) -> None:
        self._progress.advance(self._task)

    def at(self, *, done: int) -> None:
        self._progress.update(self._task, completed=done)


class ToldToMachines:
    """A line of JSON on the error stream when a step begins, every two seconds, and at its end."""

    def __enter__(self) -> Self:
        """Begin; nothing to set up."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; nothing to take down."""

    def step(self, *, title: str, total: int) -> Step:
        """Begin a step."""
        return _Lines(title, total)

    def note(self, *, text: str) -> None:
        """Write the sentence as a line."""
        _write({"note": text})


class _Lines:
    def __init__(self, title: str, total: int) -> None:
        self._title, self._total = title, total
        self._done = 0
        self._began = time.monotonic()
        self._written = 0.0
        self._tell()

    def advance(self) -> None:
        self.at(done=self._done + 1)

    def at(self, *, done: int) -> None:
        self._done = done
        if done >= self._total or time.monotonic() - self._written > _SECONDS_BETWEEN_LINES:
            self._tell()

    def _tell(self) -> None:
        self._written = time.monotonic()
        seconds = self._written - self._began
        rate = self._done / seconds if seconds else 0.0
        left = (self._total - self._done) / rate if rate else None
        _write(
            {
                "step": self._title,
                "done": self._done,
                "total": self._total,
                "seconds": round(seconds, 1),
                "per_second": round(rate, 1),
                "seconds_left": None if left is None else round(left, 1),
            }
        )


def _write(line: dict[str, object]) -> None:
    sys.stderr.write(msgspec.json.encode(line).decode() + "\n")
    sys.stderr.flush()


@contextmanager
def told(*, machines: bool) -> Iterator[Told]:
    """Tell machines or people for the length of the block."""
    teller: Told = ToldToMachines() if machines else ToldToPeople()
    with teller:
        yield teller
