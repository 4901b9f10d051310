"""Executions: what ran, on what, with what result, and how long it took; and the ports that run and record them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import NotFound, OpenAisleError
from openaisle.kernel.workflow.paths import Document, Json
from openaisle.kernel.workflow.steps import Workflow

Handler = Callable[[Document], Awaitable[Json]]
"""The work behind a task: gets a document of its own, returns a value of JSON's types, may run twice."""


class ExecutionStatus(StrEnum):
    """How an execution, or one of its steps, ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"


class StepRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of one step.

    ``place`` holds the positions of the branches and items it ran in, outermost first. ``attempts`` counts the tries.
    ``result`` is what the handler returned, if the workflow logs its data and it was small enough.
    """

    name: str
    kind: str
    status: ExecutionStatus
    started_at: datetime
    duration_milliseconds: float
    attempts: int = 1
    place: tuple[int, ...] = ()
    result: Json = None
    error: str | None = None
    cause: str | None = None


class Execution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of a workflow.

    ``subject`` is the identifier of the record it is about. ``steps`` stand in the order in which they ended.
    ``output`` is the document it ended with; the execution log does not keep it. ``steps_left_out`` were too many to
    be kept.
    """

    execution_id: str
    workflow: str
    subject: str
    correlation_id: str
    status: ExecutionStatus
    started_at: datetime
    duration_milliseconds: float
    steps: tuple[StepRecord, ...] = ()
    steps_left_out: int = 0
    output: Json = None
    error: str | None = None
    cause: str | None = None


class ExecutionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of executions, newest first; ``cursor`` is None on the last."""

    executions: tuple[Execution, ...]
    cursor: str | None


class ExecutionFailed(OpenAisleError):
    """A workflow ended without success; ``execution`` says where and why."""

    code = "execution-failed"
    title = "A workflow failed"
    mend = "Look at the execution in the console; it is run again by the pipe that started it."

    def __init__(self, *, execution: Execution) -> None:
        self.execution = execution
        super().__init__(detail=f"{execution.workflow} of {execution.subject}: {execution.error}: {execution.cause}")


class ExecutionUnknown(NotFound):
    """There is no such execution, or it is too old to be kept."""

    code = "execution-unknown"
    title = "No such execution"
    mend = "Check the identifier; executions are kept for some days only."


class HandlerUnknown(OpenAisleError):
    """A task names a handler that nobody has registered: a mistake in how the product is put together."""

    code = "handler-unknown"
    title = "A workflow names work that is not there"


class WorkflowRunner(Protocol):
    """Runs workflows to their end."""

    async def run(
        self,
        *,
        workflow: Workflow,
        document: Document,
        subject: str,
        context: Context,
        execution_id: str | None = None,
    ) -> Execution:
        """Run the workflow on the document and return the execution; raises ExecutionFailed."""
        ...


class ExecutionLog(Protocol):
    """Keeps executions for some days, so that people can see what ran."""

    async def record(self, *, execution: Execution, context: Context) -> None:
        """Keep an execution; one with the same identifier is replaced."""
        ...

    async def get(self, *, execution_id: str) -> Execution:
        """Return one execution; raises ExecutionUnknown."""
        ...

    async def of_workflow(self, *, workflow: str, after: str | None = None, limit: int = 50) -> ExecutionPage:
        """Return the executions of a workflow, newest first."""
        ...

    async def of_subject(self, *, subject: str, after: str | None = None, limit: int = 50) -> ExecutionPage:
        """Return the executions about one record, newest first."""
        ...
