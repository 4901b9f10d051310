"""Every adapter that has to pass the contract suites: a new engine joins by its entry here.

An engine is opened on a folder (another engine takes its name for a prefix), so that a test can open the same store
twice, or in another process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from openaisle.adapters.execution_log import TableExecutionLog
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.bulk import LocalBulkTable
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.search_index import LocalSearchIndex
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.workflow_runner import LocalWorkflowRunner
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.bulk import BulkTable
from openaisle.kernel.context import Clock
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.queue import Queue
from openaisle.kernel.search import SearchIndex
from openaisle.kernel.workflow import ExecutionLog, Handler, WorkflowRunner

VISIBILITY_SECONDS = 30.0
MAXIMUM_RECEIVES = 3


class Engine(NamedTuple):
    """One platform's adapters, each opened on a folder."""

    store: Callable[[Path, Clock], AbstractAsyncContextManager[Any]]
    """Opens what is Table, ChangeStream and Checkpoints in one."""
    bulk: Callable[[Path, Any], AbstractAsyncContextManager[BulkTable]]
    queue: Callable[[Any, str], Queue]
    blobs: Callable[[Path], Blobs]
    cipher: Callable[[Path], FieldCipher]
    execution_log: Callable[[Any], ExecutionLog]
    search_index: Callable[[Path], AbstractAsyncContextManager[SearchIndex]]
    workflow_runner: Callable[[Mapping[str, Handler], ExecutionLog, Clock], WorkflowRunner]


@asynccontextmanager
async def _local_store(folder: Path, clock: Clock) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=folder / "store.db", clock=clock)
    try:
        yield table
    finally:
        await table.close()


@asynccontextmanager
async def _local_bulk(folder: Path, store: LocalTable) -> AsyncIterator[BulkTable]:
    bulk = LocalBulkTable(path=folder / "store.db", after_commit=store.wake)
    try:
        yield bulk
    finally:
        await bulk.close()


@asynccontextmanager
async def _local_search_index(folder: Path) -> AsyncIterator[SearchIndex]:
    index = LocalSearchIndex(path=folder / "search.db")
    try:
        yield index
    finally:
        await index.close()


def _local_queue(store: LocalTable, name: str) -> LocalQueue:
    return LocalQueue(
        committer=store.committer,
        name=name,
        visibility_seconds=VISIBILITY_SECONDS,
        maximum_receives=MAXIMUM_RECEIVES,
    )


def _local_runner(handlers: Mapping[str, Handler], log: ExecutionLog, clock: Clock) -> LocalWorkflowRunner:
    identifiers = TimeOrderedIdentifiers(clock=clock, entropy=bytes)
    return LocalWorkflowRunner(handlers=handlers, log=log, clock=clock, identifiers=identifiers)


ENGINES = {
    "local": Engine(
        store=_local_store,
        bulk=_local_bulk,
        queue=_local_queue,
        blobs=lambda folder: LocalBlobs(folder=folder / "blobs"),
        cipher=lambda folder: KeyFileCipher(path=folder / "field-keys.json"),
        execution_log=lambda store: TableExecutionLog(table=store),
        search_index=_local_search_index,
        workflow_runner=_local_runner,
    ),
}
