"""What ran, and what was set aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.pipe import set_aside_from_bytes
from openaisle.kernel.queue import DeadLetter, Queue
from openaisle.kernel.workflow import Execution, ExecutionLog


class QueueName(StrEnum):
    """The queues whose dead letters a person looks after."""

    SET_ASIDE = "set-aside"
    MANUAL_VERIFICATION = "manual-verification"


class ExecutionFilterInvalid(RequestInvalid):
    """A list of executions is asked for by workflow or by subject, and by one of them."""

    code = "execution-filter-invalid"
    title = "Executions are listed by workflow or by subject"
    mend = "Give either workflow or subject."


class ExecutionList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of executions, newest first; ``next_after`` is null on the last page."""

    executions: tuple[Execution, ...]
    next_after: str | None


class SetAsideChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change that a pipe could not handle; its body stays in the store."""

    pipe: str
    sequence: int
    kind: str
    partition: str
    sort: str
    event_types: tuple[str, ...]


class DeadLetterView(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that was given up, with the reason of its last failure; ``change`` for changes set aside."""

    message_id: str
    reason: str
    received_count: int
    sent_at: datetime
    change: SetAsideChange | None


class DeadLetterList(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest dead letters of a queue, and how much work the queue holds beside them."""

    queue: QueueName
    depth: int
    dead_letters: tuple[DeadLetterView, ...]


class MachineryQueries:
    """The queries of what ran by itself."""

    def __init__(self, *, executions: ExecutionLog, queues: Mapping[QueueName, Queue]) -> None:
        """Take the log of executions and the queues by their names."""
        self._executions = executions
        self._queues = queues

    async def execution(self, *, execution_id: str) -> Execution:
        """Return one execution; raises ExecutionUnknown."""
        return await self._executions.get(execution_id=execution_id)

    async def executions(
        self, *, workflow: str | None, subject: str | None, after: str | None, limit: int
    ) -> ExecutionList:
        """Return the executions of a workflow, or those about a record; raises ExecutionFilterInvalid."""
        if workflow is not None and subject is None:
            page = await self._executions.of_workflow(workflow=workflow, after=after, limit=limit)
        elif subject is not None and workflow is None:
            page = await self._executions.of_subject(subject=subject, after=after, limit=limit)
        else:
            findings = [Finding(pointer=name, detail="give one of the two") for name in ("workflow", "subject")]
            raise ExecutionFilterInvalid(detail="Neither or both were given.", findings=findings)
        return ExecutionList(executions=page.executions, next_after=page.cursor)

    async def dead_letters(self, *, queue: QueueName, limit: int, at: datetime) -> DeadLetterList:
        """Return the oldest dead letters of a queue."""
        chosen = self._queues[queue]
        letters = await chosen.dead_letters(limit=limit)
        return DeadLetterList(
            queue=queue,
            depth=await chosen.depth(now=at),
            dead_letters=tuple(_view(queue=queue, letter=letter) for letter in letters),
        )

    async def send_again(self, *, queue: QueueName, message_ids: tuple[str, ...], at: datetime) -> int:
        """Give dead letters another life; return how many of them were found."""
        return await self._queues[queue].redrive(message_ids=message_ids, now=at)


def _view(*, queue: QueueName, letter: DeadLetter) -> DeadLetterView:
    return DeadLetterView(
        message_id=letter.message_id,
        reason=letter.reason,
        received_count=letter.received_count,
        sent_at=letter.sent_at,
        change=_change(body=letter.body) if queue is QueueName.SET_ASIDE else None,
    )


def _change(*, body: bytes) -> SetAsideChange:
    set_aside = set_aside_from_bytes(body=body)
    change = set_aside.change
    return SetAsideChange(
        pipe=set_aside.pipe,
        sequence=change.sequence,
        kind=change.kind,
        partition=change.key.partition,
        sort=change.key.sort,
        event_types=tuple(event.type for event in change.events),
    )
