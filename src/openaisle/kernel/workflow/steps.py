"""The steps a workflow is made of: one frozen value that can be run here or rendered to Amazon States Language."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from openaisle.kernel.workflow.conditions import Condition
from openaisle.kernel.workflow.paths import WHOLE, Json

ALL_ERRORS = "States.ALL"
TIMED_OUT = "States.Timeout"
TASK_FAILED = "States.TaskFailed"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
RUNTIME = "States.Runtime"
RESERVED_ERRORS = frozenset({ALL_ERRORS, TIMED_OUT, TASK_FAILED, NO_CHOICE_MATCHED, RUNTIME})


class Jitter(StrEnum):
    """FULL waits a random part of the interval, so that many that failed together do not return together."""

    FULL = "full"
    NONE = "none"


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Try again after one of ``errors``: up to ``maximum_attempts`` times after the first try.

    The n-th wait is ``interval_seconds * back_off_rate ** (n - 1)``, at most ``maximum_interval_seconds``, and with
    full jitter a random part of that. The first Retry of a step that names the error decides; each counts for itself.
    """

    errors: tuple[str, ...] = (ALL_ERRORS,)
    interval_seconds: float = 0.2
    back_off_rate: float = 2.0
    maximum_attempts: int = 3
    maximum_interval_seconds: float = 10.0
    jitter: Jitter = Jitter.FULL

    def wait_seconds(self, *, retries_before: int, chance: float) -> float:
        """Return how long to wait before the next try; ``chance`` is a random number from 0 to 1."""
        try:
            grown = self.interval_seconds * self.back_off_rate**retries_before
        except OverflowError:
            grown = self.maximum_interval_seconds
        longest = min(grown, self.maximum_interval_seconds)
        return longest * chance if self.jitter is Jitter.FULL else longest


class Catch(msgspec.Struct, frozen=True, kw_only=True):
    """When no retry is left for one of ``errors``, run ``step`` instead of giving up.

    It finds ``{"error": name, "cause": text}`` at ``error_at`` (None: nowhere). Afterwards the workflow goes on behind
    the step that failed.
    """

    errors: tuple[str, ...] = (ALL_ERRORS,)
    step: Step
    error_at: str | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True, tag="task"):
    """Call the handler of that name with the document, and put what it returns at ``result_at``.

    ``timeout_seconds`` holds for each try. ``result_at`` is ``$`` for the whole document, None to drop the result.
    """

    name: str
    handler: str
    timeout_seconds: float = 30.0
    retry: tuple[Retry, ...] = ()
    catch: tuple[Catch, ...] = ()
    result_at: str | None = WHOLE


class Sequence(msgspec.Struct, frozen=True, kw_only=True, tag="sequence"):
    """Run steps one after the other, each on the document the one before left."""

    steps: tuple[Step, ...]


class Parallel(msgspec.Struct, frozen=True, kw_only=True, tag="parallel"):
    """Run branches at the same time, each on the same document; their documents, in order, go to ``result_at``.

    The first branch that fails cancels the others and fails the step with its error.
    """

    name: str
    branches: tuple[Step, ...]
    retry: tuple[Retry, ...] = ()
    catch: tuple[Catch, ...] = ()
    result_at: str | None = WHOLE


class Map(msgspec.Struct, frozen=True, kw_only=True, tag="map"):
    """Run ``step`` once for each item of the list at ``items_at``; what each leaves, in order, goes to ``result_at``.

    The item alone is the document of the step (``item_at`` is ``$``), or the outer document with the item at
    ``item_at``. At most ``maximum_concurrency`` items are under way at once; the first that fails cancels the others.
    """

    name: str
    items_at: str
    step: Step
    item_at: str = WHOLE
    maximum_concurrency: int = 10
    retry: tuple[Retry, ...] = ()
    catch: tuple[Catch, ...] = ()
    result_at: str | None = WHOLE


class When(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a choice."""

    condition: Condition
    step: Step


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag="choice"):
    """Run the step of the first rule that holds, else ``otherwise``; without it, fail with States.NoChoiceMatched."""

    name: str
    rules: tuple[When, ...]
    otherwise: Step | None = None


class Pass(msgspec.Struct, frozen=True, kw_only=True, tag="pass"):
    """Call nothing; put the constant ``result`` at ``result_at`` (None: leave the document as it is)."""

    name: str
    result: Json = None
    result_at: str | None = None


class Succeed(msgspec.Struct, frozen=True, kw_only=True, tag="succeed"):
    """End the execution, or within Parallel and Map the branch, with the document as it is."""

    name: str = "Succeed"


class Fail(msgspec.Struct, frozen=True, kw_only=True, tag="fail"):
    """Fail with ``error``; a Catch of an enclosing Parallel or Map may still catch it."""

    error: str
    cause: str
    name: str = "Fail"


Step = Task | Sequence | Parallel | Map | Choice | Pass | Succeed | Fail


class LoggingLevel(StrEnum):
    """Which executions are recorded: each, or only those that did not succeed."""

    ALL = "all"
    ERRORS = "errors"


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """A definition: short-lived, may run twice on one input, and says the same each time.

    ``timeout_seconds`` holds for the whole execution. ``logs_data`` False keeps results out of the execution log, for
    documents that hold what the log's readers must not see.
    """

    name: str
    step: Step
    timeout_seconds: float = 300.0
    logging_level: LoggingLevel = LoggingLevel.ALL
    logs_data: bool = True


def error_matches(*, named: tuple[str, ...], error: str) -> bool:
    """Return whether an error is among those that a Retry or Catch names.

    ``States.ALL`` names every error, ``States.TaskFailed`` every one but the time-out.
    """
    return error in named or ALL_ERRORS in named or (TASK_FAILED in named and error != TIMED_OUT)
