"""The HTTP operations of what ran by itself and what was set aside."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.workflow import Execution, ExecutionUnknown
from openaisle.machinery.queries import (
    DeadLetterList,
    ExecutionFilterInvalid,
    ExecutionList,
    MachineryQueries,
    QueueName,
)

_TAG = "Machinery"
MessageId = Annotated[str, Meta(min_length=1, max_length=100)]


class ExecutionFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which executions: those of a workflow, or those about the record ``subject``."""

    workflow: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    subject: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class DeadLetterFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The dead letters of which queue."""

    queue: QueueName
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class RedriveBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters of which queue to try again."""

    queue: QueueName
    message_ids: Annotated[list[MessageId], Meta(min_length=1, max_length=500)]


class RedriveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the dead letters were found and are tried again."""

    sent_again: int


class MachineryOperations:
    """The operations of this room, one method each."""

    def __init__(self, *, queries: MachineryQueries) -> None:
        """Take the queries."""
        self._queries = queries

    async def executions(self, request: Request) -> Answer:
        """List executions."""
        wanted: ExecutionFilter = request.query
        page = await self._queries.executions(
            workflow=wanted.workflow, subject=wanted.subject, after=wanted.after, limit=wanted.limit
        )
        return Answer(value=page)

    async def execution(self, request: Request) -> Answer:
        """Read one execution."""
        return Answer(value=await self._queries.execution(execution_id=request.path["execution_id"]))

    async def dead_letters(self, request: Request) -> Answer:
        """List dead letters."""
        wanted: DeadLetterFilter = request.query
        at = request.context.at
        return Answer(value=await self._queries.dead_letters(queue=wanted.queue, limit=wanted.limit, at=at))

    async def send_again(self, request: Request) -> Answer:
        """Try dead letters again."""
        body: RedriveBody = request.body
        count = await self._queries.send_again(
            queue=body.queue, message_ids=tuple(body.message_ids), at=request.context.at
        )
        return Answer(value=RedriveAnswer(sent_again=count))


def operations(*, queries: MachineryQueries) -> tuple[Operation, ...]:
    """Return the operations of this room."""
    handlers = MachineryOperations(queries=queries)
    return (
        Operation(
            method="GET",
            path="/v1/executions",
            name="list_executions",
            summary="List what workflows ran, newest first",
            description="Each with its steps: what ran, with what result, how often it was tried and how long it took.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.executions,
            query=ExecutionFilter,
            answer=ExecutionList,
            errors=(ExecutionFilterInvalid,),
        ),
        Operation(
            method="GET",
            path="/v1/executions/{execution_id}",
            name="get_execution",
            summary="Read one execution of a workflow",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.execution,
            answer=Execution,
            errors=(ExecutionUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/dead-letters",
            name="list_dead_letters",
            summary="List what was set aside, with its reason",
            description=(
                "The queue `set-aside` holds changes that a pipe could not handle, `manual-verification` requests "
                "for a review."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.dead_letters,
            query=DeadLetterFilter,
            answer=DeadLetterList,
        ),
        Operation(
            method="POST",
            path="/v1/dead-letters/redrives",
            name="send_dead_letters_again",
            summary="Try again what was set aside",
            description="Once what hindered it is mended. What fails again is set aside again, with its new reason.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.send_again,
            body=RedriveBody,
            answer=RedriveAnswer,
        ),
    )
