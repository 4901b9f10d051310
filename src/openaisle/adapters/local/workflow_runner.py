"""Runs workflows inside the process, with the meaning that Amazon States Language gives them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from datetime import datetime

import msgspec

from openaisle.kernel.context import Clock, Context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.workflow import (
    NO_CHOICE_MATCHED,
    RUNTIME,
    TIMED_OUT,
    Choice,
    Document,
    Execution,
    ExecutionFailed,
    ExecutionLog,
    ExecutionStatus,
    Fail,
    Handler,
    Json,
    LoggingLevel,
    Map,
    Parallel,
    Pass,
    Retry,
    Sequence,
    Step,
    StepRecord,
    Succeed,
    Task,
    Workflow,
    error_matches,
    holds,
    require_sound,
    value_at,
    with_value_at,
)

MAXIMUM_STEPS_KEPT = 200
_RESULT_BYTES_MAXIMUM = 2_000
_CAUSE_LENGTH_MAXIMUM = 500

Place = tuple[int, ...]


class LocalWorkflowRunner:
    """Runs each execution as tasks of the calling event loop; implements the WorkflowRunner port.

    Handlers get a copy of the document and their results are copied too, as they would be on the way to another
    machine, so that a handler that changes what it was given harms nobody.
    """

    def __init__(
        self,
        *,
        handlers: Mapping[str, Handler],
        log: ExecutionLog,
        clock: Clock,
        identifiers: Identifiers,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Take the ``handlers`` by name and what executions need; ``chance`` gives random numbers from 0 to 1."""
        self._handlers = handlers
        self._log = log
        self._clock = clock
        self._identifiers = identifiers
        self._sleep = sleep
        self._chance = chance
        self._sound: dict[str, Workflow] = {}

    async def run(
        self,
        *,
        workflow: Workflow,
        document: Document,
        subject: str,
        context: Context,
        execution_id: str | None = None,
    ) -> Execution:
        """Run the workflow to its end and return the execution; raises ExecutionFailed and DefinitionInvalid."""
        self._require_sound(workflow)
        run = _Run(handlers=self._handlers, clock=self._clock, sleep=self._sleep, chance=self._chance)
        started_at = self._clock.now()
        output: Json = None
        error = cause = None
        status = ExecutionStatus.SUCCEEDED
        try:
            async with asyncio.timeout(workflow.timeout_seconds):
                output = await run.branch(workflow.step, msgspec.to_builtins(document), ())
        except _StepFailed as failed:
            status, error, cause = ExecutionStatus.FAILED, failed.error, failed.cause
        except TimeoutError:
            status, error = ExecutionStatus.TIMED_OUT, TIMED_OUT
            cause = f"It did not end within {workflow.timeout_seconds} seconds."
        execution = Execution(
            execution_id=execution_id or self._identifiers.new(prefix="exe"),
            workflow=workflow.name,
            subject=subject,
            correlation_id=context.correlation_id,
            status=status,
            started_at=started_at,
            duration_milliseconds=_milliseconds(self._clock.now(), started_at),
            steps=tuple(run.records[:MAXIMUM_STEPS_KEPT]),
            steps_left_out=max(0, len(run.records) - MAXIMUM_STEPS_KEPT),
            output=output,
            error=error,
            cause=cause,
        )
        if workflow.logging_level is LoggingLevel.ALL or status is not ExecutionStatus.SUCCEEDED:
            await self._log.record(execution=_loggable(execution, logs_data=workflow.logs_data), context=context)
        if status is not ExecutionStatus.SUCCEEDED:
            raise ExecutionFailed(execution=execution)
        return execution

    def _require_sound(self, workflow: Workflow) -> None:
        # A definition is frozen, so looking at it once is enough.
        if self._sound.get(workflow.name) is not workflow:
            require_sound(workflow=workflow, handlers=self._handlers)
            self._sound[workflow.name] = workflow


class _StepFailed(Exception):
    """A step failed with an error that States Language would name ``error``."""

    def __init__(self, *, error: str, cause: str) -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause[:_CAUSE_LENGTH_MAXIMUM]


class _Ended(Exception):
    """A Succeed step was reached; it ends its branch, however deep it stands."""

    def __init__(self, *, document: Json) -> None:
        super().__init__("ended")
        self.document = document


class _Run:
    """One execution on its way."""

    def __init__(
        self,
        *,
        handlers: Mapping[str, Handler],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        chance: Callable[[], float],
    ) -> None:
        self._handlers = handlers
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self.records: list[StepRecord] = []

    async def branch(self, step: Step, document: Json, place: Place) -> Json:
        """Run a step to the end of its branch and return the document it leaves; raises _StepFailed."""
        try:
            return await self._step(step, document, place)
        except _Ended as ended:
            return ended.document

    async def _step(self, step: Step, document: Json, place: Place) -> Json:
        match step:
            case Sequence(steps=steps):
                for one in steps:
                    document = await self._step(one, document, place)
                return document
            case Task() | Parallel() | Map():
                return await self._guarded(step, document, place)
            case Choice():
                return await self._choose(step, document, place)
            case Pass(result=result, result_at=result_at):
                self._note(step, place)
                return with_value_at(document=document, path=result_at, value=result)
            case Succeed():
                self._note(step, place)
                raise _Ended(document=document)
            case Fail(error=error, cause=cause):
                self._note(step, place, status=ExecutionStatus.FAILED, error=error, cause=cause)
                raise _StepFailed(error=error, cause=cause)

    async def _choose(self, choice: Choice, document: Json, place: Place) -> Json:
        for rule in choice.rules:
            if holds(condition=rule.condition, document=document):
                self._note(choice, place)
                return await self._step(rule.step, document, place)
        if choice.otherwise is None:
            cause = "No rule holds and there is no otherwise."
            self._note(choice, place, status=ExecutionStatus.FAILED, error=NO_CHOICE_MATCHED, cause=cause)
            raise _StepFailed(error=NO_CHOICE_MATCHED, cause=cause)
        self._note(choice, place)
        return await self._step(choice.otherwise, document, place)

    async def _guarded(self, step: Task | Parallel | Map, document: Json, place: Place) -> Json:
        """Run a step that may be retried and whose errors may be caught."""
        started_at = self._clock.now()
        tries = _Tries(retries=step.retry)
        try:
            result = await self._tried(step, document, place, tries)
        except _StepFailed as failed:
            status = ExecutionStatus.TIMED_OUT if failed.error == TIMED_OUT else ExecutionStatus.FAILED
            self._note(
                step, place, status, started_at=started_at, tries=tries.count, error=failed.error, cause=failed.cause
            )
            return await self._caught(step, document, place, failed)
        except asyncio.CancelledError:
            self._note(step, place, ExecutionStatus.CANCELED, started_at=started_at, tries=tries.count)
            raise
        shown = result if isinstance(step, Task) else None
        self._note(step, place, started_at=started_at, tries=tries.count, result=shown)
        return with_value_at(document=document, path=step.result_at, value=result)

    async def _tried(self, step: Task | Parallel | Map, document: Json, place: Place, tries: _Tries) -> Json:
        while True:
            tries.count += 1
            try:
                return await self._once(step, document, place)
            except _StepFailed as failed:
                wait_seconds = tries.wait_seconds(error=failed.error, chance=self._chance)
                if wait_seconds is None:
                    raise
            await self._sleep(wait_seconds)

    async def _once(self, step: Task | Parallel | Map, document: Json, place: Place) -> Json:
        match step:
            case Task():
                return await self._call(step, document)
            case Parallel(branches=branches):
                branch_runs = [
                    self.branch(branch, document, (*place, position)) for position, branch in enumerate(branches)
                ]
                return await _all_or_first_failure(branch_runs)
            case Map():
                return await self._map(step, document, place)

    async def _call(self, task: Task, document: Json) -> Json:
        timer = asyncio.timeout(task.timeout_seconds)
        try:
            async with timer:
                result = await self._handlers[task.handler](msgspec.to_builtins(document))
            return msgspec.to_builtins(result)
        except Exception as error:
            if isinstance(error, TimeoutError) and timer.expired():
                cause = f"{task.handler} did not answer within {task.timeout_seconds} seconds."
                raise _StepFailed(error=TIMED_OUT, cause=cause) from error
            raise _StepFailed(error=error_name(error=error), cause=str(error)) from error

    async def _map(self, step: Map, document: Json, place: Place) -> Json:
        items = value_at(document=document, path=step.items_at)
        if not isinstance(items, list | tuple):
            raise _StepFailed(error=RUNTIME, cause=f"{step.items_at} is not a list.")
        results: list[Json] = [None] * len(items)
        positions = iter(range(len(items)))

        async def work() -> None:
            for position in positions:
                inner = with_value_at(document=document, path=step.item_at, value=items[position])
                results[position] = await self.branch(step.step, inner, (*place, position))

        await _all_or_first_failure([work() for _ in range(min(step.maximum_concurrency, len(items)))])
        return results

    async def _caught(self, step: Task | Parallel | Map, document: Json, place: Place, failed: _StepFailed) -> Json:
        for catch in step.catch:
            if error_matches(named=catch.errors, error=failed.error):
                trace = {"error": failed.error, "cause": failed.cause}
                left = with_value_at(document=document, path=catch.error_at, value=trace)
                return await self._step(catch.step, left, place)
        raise failed

    def _note(
        self,
        step: Task | Parallel | Map | Choice | Pass | Succeed | Fail,
        place: Place,
        status: ExecutionStatus = ExecutionStatus.SUCCEEDED,
        *,
        started_at: datetime | None = None,
        tries: int = 1,
        result: Json = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        ended_at = self._clock.now()
        began_at = started_at or ended_at
        self.records.append(
            StepRecord(
                name=step.name,
                kind=str(step.__struct_config__.tag),
                status=status,
                started_at=began_at,
                duration_milliseconds=_milliseconds(ended_at, began_at),
                attempts=tries,
                place=place,
                result=result,
                error=error,
                cause=cause,
            )
        )


class _Tries:
    """Counts the tries of one step, and for each of its retries those that it granted."""

    def __init__(self, *, retries: tuple[Retry, ...]) -> None:
        self._retries = retries
        self._granted = [0] * len(retries)
        self.count = 0

    def wait_seconds(self, *, error: str, chance: Callable[[], float]) -> float | None:
        """Return how long to wait before the next try, None if there is to be none."""
        for position, retry in enumerate(self._retries):
            if error_matches(named=retry.errors, error=error):
                if self._granted[position] >= retry.maximum_attempts:
                    return None
                seconds = retry.wait_seconds(retries_before=self._granted[position], chance=chance())
                self._granted[position] += 1
                return seconds
        return None


def error_name(*, error: BaseException) -> str:
    """Return the name by which retries and catches know an exception: its code, else its class."""
    return error.code if isinstance(error, OpenAisleError) else type(error).__name__


async def _all_or_first_failure(works: Collection[Coroutine[None, None, Json]]) -> list[Json]:
    """Run all at once and return their results in order; the first that fails cancels the others and is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        if tasks:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task in done:
                    task.result()
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        # They are waited for, so that nothing of the step still runs when its error is handled.
        await asyncio.gather(*tasks, return_exceptions=True)


def _loggable(execution: Execution, *, logs_data: bool) -> Execution:
    steps = tuple(
        msgspec.structs.replace(step, result=_bounded(step.result) if logs_data else None) for step in execution.steps
    )
    return msgspec.structs.replace(execution, output=None, steps=steps)


def _bounded(result: Json) -> Json:
    if result is None:
        return None
    length = len(msgspec.json.encode(result))
    return result if length <= _RESULT_BYTES_MAXIMUM else {"left_out_bytes": length}


def _milliseconds(later: datetime, earlier: datetime) -> float:
    return round((later - earlier).total_seconds() * 1000, 3)
