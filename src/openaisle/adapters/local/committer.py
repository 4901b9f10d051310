"""Group commit: what is asked for while a commit is on its way to the disk shares the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import apsw

from openaisle.adapters.local.connection import Patience
from openaisle.kernel.errors import OpenAisleError

ResultT = TypeVar("ResultT")

# A batch is bounded so that the first asker does not wait for an endless row of others.
_MAXIMUM_BATCH = 200


class StoreUnavailable(OpenAisleError):
    """The store did not take the write: disk full, file gone, or locked for half a minute. Nothing was changed."""

    code = "store-unavailable"
    title = "The store cannot take writes now"
    status = 503
    mend = "Send the same request again in a moment."


class _Waiting(NamedTuple):
    work: Callable[[apsw.Cursor], Any]
    future: asyncio.Future[Any]


class Committer:
    """The one writer of a process.

    Each piece of work runs inside a savepoint of a shared transaction: one that raises is undone alone. The
    statements run on the event loop, where they cost microseconds; only what waits for others (the write
    lock, the disk) happens on a thread, without the interpreter's lock.
    """

    def __init__(self, *, connection: apsw.Connection, after_commit: Callable[[], None]) -> None:
        """Own ``connection``; ``after_commit`` is called on the loop after each durable commit."""
        self._connection = connection
        self._cursor = connection.cursor()
        self._after_commit = after_commit
        self._waiting: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        self._patience = Patience()
        self._may_wait = False
        connection.set_busy_handler(self._on_locked)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")

    def submit(self, work: Callable[[apsw.Cursor], ResultT]) -> asyncio.Future[ResultT]:
        """Return a future of the result of ``work``, done once the work is durable.

        What ``work`` raises arrives in the future, and then none of its writes are kept; StoreUnavailable
        arrives if the transaction failed as a whole.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[ResultT] = loop.create_future()
        self._waiting.append(_Waiting(work, future))
        if self._draining is None:
            self._draining = loop.create_task(self._drain())
        return future

    async def close(self) -> None:
        """Finish what was submitted and close the connection."""
        if self._draining is not None:
            await self._draining
        self._thread.shutdown()
        self._connection.close()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_MAXIMUM_BATCH]
                del self._waiting[:_MAXIMUM_BATCH]
                await self._commit(batch=[one for one in batch if not one.future.cancelled()])
        finally:
            self._draining = None

    async def _commit(self, *, batch: list[_Waiting]) -> None:
        if not batch:
            return
        loop = asyncio.get_running_loop()
        outcomes: list[Any] = []
        try:
            await self._begin()
            outcomes = [self._run(one.work) for one in batch]
            await loop.run_in_executor(self._thread, self._connection.execute, "COMMIT")
        except apsw.Error as error:
            if not self._connection.get_autocommit():
                self._connection.execute("ROLLBACK")
            failure = StoreUnavailable(detail=f"{type(error).__name__}: {error}")
            outcomes = [failure] * len(batch)
        else:
            self._after_commit()
        for one, outcome in zip(batch, outcomes, strict=True):
            if one.future.cancelled():
                continue
            if isinstance(outcome, BaseException):
                one.future.set_exception(outcome)
            else:
                one.future.set_result(outcome)

    async def _begin(self) -> None:
        # Free most of the time: then the lock is taken at once and no thread is asked. Only when another
        # process is writing does a thread wait for it, so that the loop goes on answering reads.
        self._may_wait = False
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            self._may_wait = True
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._connection.execute, "BEGIN IMMEDIATE")

    def _on_locked(self, tries: int) -> bool:
        return self._may_wait and self._patience(tries)

    def _run(self, work: Callable[[apsw.Cursor], Any]) -> Any:  # noqa: ANN401 - the result of any work
        cursor = self._cursor
        cursor.execute("SAVEPOINT unit")
        try:
            result = work(cursor)
        except (apsw.FullError, apsw.IOError):
            # The disk refused, so the whole transaction is lost and every asker must hear of it.
            raise
        except Exception as error:  # noqa: BLE001 - handed to the one who asked for the work
            cursor.execute("ROLLBACK TO unit")
            cursor.execute("RELEASE unit")
            return error
        cursor.execute("RELEASE unit")
        return result
