"""Screening again when a list has changed: every verified supplier is verified again, a batch at a time.

The run is a record. The pipe that meets a change of it does one batch and writes down how far it came, which is the
next change: whoever goes on after a sudden end goes on there, and no run ever holds more than a batch in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.name_lists import NameListOrigin
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import Event, RecordType, Versioned, decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Index, Key, Table
from openaisle.suppliers.events import ScreeningCompleted, ScreeningListLoaded
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.repository import ALL_SUPPLIERS, SUPPLIERS

NAME = "supplier-rescreening"
BATCH_SIZE = 50


class ScreeningRun(msgspec.Struct, frozen=True, kw_only=True):
    """How far the suppliers are screened again by a version of a list.

    ``after`` is where in the order of applications the next batch begins, ``started`` how many verifications were.
    """

    list_name: str
    list_version: str
    loaded_at: datetime
    after: str | None = None
    seen: int = 0
    started: int = 0
    completed_at: datetime | None = None


def run_key(*, list_name: str) -> Key:
    """Access pattern: the newest run of one list, one get (list_loaded; pipe)."""
    return Key(f"SCREENING_RUN#{list_name}", "RUN")


RUNS = RecordType(kind="screening_run", model=ScreeningRun, key=lambda run: run_key(list_name=run.list_name))


class Rescreening:
    """The use cases of screening again."""

    def __init__(self, *, table: Table, life: SupplierLife, batch_size: int = BATCH_SIZE) -> None:
        """Take the table, what verifies suppliers again, and how many suppliers make a batch."""
        self._table = table
        self._life = life
        self._batch_size = batch_size

    async def list_loaded(self, *, origin: NameListOrigin, context: Context) -> bool:
        """Have all verified suppliers screened by a list that was loaded; return whether it is another than before.

        A run that is under way by an older version ends, since the new one begins with the first supplier again.
        """

        async def attempt() -> bool:
            found = await self._run(origin.name)
            if found is not None and found.record.list_version == origin.version:
                return False
            run = ScreeningRun(list_name=origin.name, list_version=origin.version, loaded_at=origin.loaded_at)
            event = ScreeningListLoaded(
                list_name=origin.name,
                list_version=origin.version,
                entries=origin.entries,
                replaced_version=found.record.list_version if found is not None else None,
            )
            write = (
                RUNS.create(run, events=[event])
                if found is None
                else RUNS.replace(run, version=found.version, events=[event])
            )
            await self._table.commit(writes=[write], context=context)
            return True

        return await decided_anew(attempt)

    async def run(self, *, list_name: str) -> ScreeningRun | None:
        """Return how far the newest run of a list is, None if there was none."""
        found = await self._run(list_name)
        return found.record if found is not None else None

    async def go_on(self, *, list_name: str, version: int, context: Context) -> None:
        """Do the next batch of a run, unless it was done: ``version`` is that of the record which asks for it."""
        found = await self._run(list_name)
        if found is None or found.version != version or found.record.completed_at is not None:
            return
        run = found.record
        # By the order of applications, which never changes: whoever moves between states meanwhile is not missed.
        page = await self._table.query(
            partition=ALL_SUPPLIERS, index=Index.FIRST, after=run.after, limit=self._batch_size
        )
        suppliers = [SUPPLIERS.decode(item).record.supplier_id for item in page.items]
        reason = f"The list {list_name} has changed (version {run.list_version[:8]})."
        started = await self._life.reverify(supplier_ids=suppliers, reason=reason, context=context)
        is_last = page.cursor is None
        after = msgspec.structs.replace(
            run,
            after=page.cursor,
            seen=run.seen + len(suppliers),
            started=run.started + started,
            completed_at=context.at if is_last else None,
        )
        events: list[Event] = []
        if is_last:
            events = [ScreeningCompleted(list_name=list_name, list_version=run.list_version, started=after.started)]
        await self._table.commit(writes=[RUNS.replace(after, version=version, events=events)], context=context)

    async def _run(self, list_name: str) -> Versioned[ScreeningRun] | None:
        item = await self._table.get(key=run_key(list_name=list_name))
        return RUNS.decode(item) if item is not None else None


def rescreening_pipe(*, rescreening: Rescreening, clock: Clock) -> Pipe:
    """Return the pipe that goes on with runs."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is None:
                continue
            context = system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id)
            run = RUNS.record(change.body)
            await rescreening.go_on(list_name=run.list_name, version=change.version, context=context)

    return Pipe(name=NAME, handle=handle, kinds=frozenset({RUNS.kind}), batch_size=1)
