"""The execution log in the single table, whichever engine holds the table."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.table import Index, IndexEntry, Key, Page, Put, Table
from openaisle.kernel.times import sortable_time
from openaisle.kernel.workflow import Execution, ExecutionPage, ExecutionUnknown

KIND = "execution"
_SORT = "EXECUTION"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Execution).decode


class TableExecutionLog:
    """Keeps executions as items that leave no trace in the change stream and expire; implements ExecutionLog.

    Access patterns: one execution by its key ``EXECUTION#<id>``; those of a workflow, by time, on index1
    ``WORKFLOW#<name>``; those about one record, by time, on index2 ``EXECUTION_SUBJECT#<subject>``.
    """

    def __init__(self, *, table: Table, keep_for: timedelta = timedelta(days=14)) -> None:
        """Take the ``table`` and how long an execution is kept."""
        self._table = table
        self._keep_for = keep_for

    async def record(self, *, execution: Execution, context: Context) -> None:
        """Keep an execution; one with the same identifier is replaced."""
        moment = f"{sortable_time(execution.started_at)}#{execution.execution_id}"
        write = Put(
            key=_key(execution.execution_id),
            kind=KIND,
            body=_encode(execution),
            expected_version=None,
            indexes=(
                IndexEntry(Index.FIRST, _workflow_partition(execution.workflow), moment),
                IndexEntry(Index.SECOND, _subject_partition(execution.subject), moment),
            ),
            expires_at=int((execution.started_at + self._keep_for).timestamp()),
            streamed=False,
        )
        await self._table.commit(writes=[write], context=context)

    async def get(self, *, execution_id: str) -> Execution:
        """Return one execution; raises ExecutionUnknown."""
        item = await self._table.get(key=_key(execution_id))
        if item is None:
            raise ExecutionUnknown(detail=f"No execution {execution_id[:60]!r} is kept.")
        return _decode(item.body)

    async def of_workflow(self, *, workflow: str, after: str | None = None, limit: int = 50) -> ExecutionPage:
        """Return the executions of a workflow, newest first."""
        return await self._newest(partition=_workflow_partition(workflow), index=Index.FIRST, after=after, limit=limit)

    async def of_subject(self, *, subject: str, after: str | None = None, limit: int = 50) -> ExecutionPage:
        """Return the executions about one record, newest first."""
        return await self._newest(partition=_subject_partition(subject), index=Index.SECOND, after=after, limit=limit)

    async def _newest(self, *, partition: str, index: Index, after: str | None, limit: int) -> ExecutionPage:
        page: Page = await self._table.query(
            partition=partition, index=index, after=after, limit=limit, descending=True
        )
        return ExecutionPage(executions=tuple(_decode(item.body) for item in page.items), cursor=page.cursor)


def _key(execution_id: str) -> Key:
    return Key(f"EXECUTION#{execution_id}", _SORT)


def _workflow_partition(workflow: str) -> str:
    return f"WORKFLOW#{workflow}"


def _subject_partition(subject: str) -> str:
    return f"EXECUTION_SUBJECT#{subject}"
