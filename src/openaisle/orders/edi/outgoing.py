"""Interchanges of ours: numbered and recorded with what they carry in one commit, then left for the supplier."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.blobs import BlobMissing, Blobs
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.outbox import Outbox
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Item, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.edi.envelope import NewSet, interchange_text, set_control_number
from openaisle.orders.edi.model import (
    TEXT_KEPT,
    Direction,
    EdiCounters,
    EdiInterchange,
    InterchangeState,
    SetOutcome,
    decide_overdue,
    next_numbers,
)
from openaisle.orders.edi.repository import COUNTERS, EDI_TOPIC, INTERCHANGES, counters_key, interchange_key
from openaisle.orders.edi.syntax import BYTES_MAXIMUM, Segment
from openaisle.suppliers.x12 import X12Settings

# Encryption and its encoding make a text longer.
_BLOB_BYTES_MAXIMUM = 2 * BYTES_MAXIMUM
_ACTOR = "edi"


class Prepared(NamedTuple):
    """An interchange that is not committed yet: its writes, its record and its text."""

    writes: list[Write]
    interchange: EdiInterchange
    text: str


class OutgoingInterchanges:
    """Numbers, keeps and leaves interchanges."""

    def __init__(
        self, *, table: Table, blobs: Blobs, cipher: FieldCipher, identifiers: Identifiers, outbox: Outbox | None
    ) -> None:
        """Take the ports; without an ``outbox`` suppliers fetch interchanges through the API."""
        self._table = table
        self._blobs = blobs
        self._cipher = cipher
        self._identifiers = identifiers
        self._outbox = outbox

    async def prepared(
        self,
        *,
        supplier_id: str,
        settings: X12Settings,
        sets: Sequence[NewSet],
        subjects: Sequence[tuple[str, ...]],
        expects_answer: bool,
        context: Context,
        acknowledgments: Sequence[Segment] = (),
    ) -> Prepared:
        """Return the next interchange to a supplier; its text is kept, its writes are the caller's to commit.

        ``subjects`` says for each set what it is about.
        """
        item = await self._table.get(key=counters_key(supplier_id=supplier_id))
        found = None if item is None else COUNTERS.decode(item)
        counters = EdiCounters(supplier_id=supplier_id) if found is None else found.record
        after, numbers = next_numbers(counters, with_group=bool(sets))
        text = interchange_text(
            settings=settings, numbers=numbers, sets=sets, at=context.at, acknowledgments=acknowledgments
        )
        interchange_id = self._identifiers.new(prefix="edi")
        code = sets[0].code if sets else "TA1"
        interchange = EdiInterchange(
            interchange_id=interchange_id,
            supplier_id=supplier_id,
            direction=Direction.OUT,
            control_number=str(numbers.interchange),
            group_number=str(numbers.group) if sets else "",
            created_at=sortable_time(context.at),
            state=InterchangeState.LEFT if self._outbox is None else InterchangeState.WAITING,
            file_name=f"{code}-{numbers.interchange:09d}.x12",
            blob=f"edi/{supplier_id}/{interchange_id}",
            test=settings.test,
            sets=tuple(
                SetOutcome(code=one.code, control_number=set_control_number(place), subjects=subjects[place])
                for place, one in enumerate(sets)
            ),
            set_count=len(sets),
            acknowledge_by=_due(settings=settings, at=context.at) if expects_answer else "",
            text_until=sortable_time(context.at + TEXT_KEPT),
        )
        await self.keep(interchange=interchange, text=text)
        counted = COUNTERS.create(after) if found is None else COUNTERS.replace(after, version=found.version)
        return Prepared([counted, INTERCHANGES.create(interchange)], interchange, text)

    async def keep(self, *, interchange: EdiInterchange, text: str) -> None:
        """Keep the text of an interchange, encrypted: it may name shoppers."""
        ciphertext = self._cipher.encrypt(plaintext=text.encode(), place=_place(interchange))

        async def chunks() -> AsyncIterator[bytes]:
            yield ciphertext.encode()

        await self._blobs.put(name=interchange.blob, chunks=chunks(), maximum_bytes=_BLOB_BYTES_MAXIMUM)

    async def text(self, *, interchange: EdiInterchange) -> str:
        """Return the text of an interchange; raises BlobMissing once it is no longer kept."""
        if not interchange.blob:
            raise BlobMissing(detail=f"The text of {interchange.interchange_id} is no longer kept.")
        content = b"".join([chunk async for chunk in self._blobs.chunks(name=interchange.blob)])
        return self._cipher.decrypt(ciphertext=content.decode(), place=_place(interchange)).decode()

    async def discard(self, *, prepared: Prepared) -> None:
        """Forget the text of an interchange that was not committed."""
        await self._blobs.delete(name=prepared.interchange.blob)

    async def leave(self, *, interchange_id: str, text: str | None, context: Context) -> None:
        """Leave an interchange that waits where the supplier fetches it; again changes nothing. Raises FileNotLeft."""

        async def attempt() -> None:
            item = await self._table.get(key=interchange_key(interchange_id=interchange_id))
            found = None if item is None else INTERCHANGES.decode(item)
            if found is None or self._outbox is None or found.record.state is not InterchangeState.WAITING:
                return
            record = found.record
            content = text if text is not None else await self.text(interchange=record)
            # Left twice after a crash it has the same name and the same control number: the partner knows it again.
            await self._outbox.leave(folder=record.supplier_id, name=record.file_name, content=content.encode())
            changed = msgspec.structs.replace(record, state=InterchangeState.LEFT)
            await self._table.commit(writes=[INTERCHANGES.replace(changed, version=found.version)], context=context)

        await decided_anew(attempt)

    async def try_to_leave(self, *, prepared: Prepared, context: Context) -> None:
        """Leave a committed interchange now; where that fails the timer does it later."""
        try:
            await self.leave(interchange_id=prepared.interchange.interchange_id, text=prepared.text, context=context)
        except OpenAisleError:
            return

    def timer(self) -> Timer:
        """Return the timer that leaves what waits, and tells what no 997 came for in time."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                record = INTERCHANGES.record(item.body)
                context = system_context(name=_ACTOR, at=now, correlation_id=f"edi:{record.interchange_id}")
                if record.state is InterchangeState.WAITING:
                    await self.leave(interchange_id=record.interchange_id, text=None, context=context)
                elif record.acknowledge_by:
                    await self._overdue(interchange_id=record.interchange_id, context=context)
                else:
                    await self._forget(interchange_id=record.interchange_id, context=context)

        return Timer(topic=EDI_TOPIC, handle=handle)

    async def _overdue(self, *, interchange_id: str, context: Context) -> None:
        async def attempt() -> None:
            item = await self._table.get(key=interchange_key(interchange_id=interchange_id))
            if item is None:
                return
            found = INTERCHANGES.decode(item)
            changed, events = decide_overdue(interchange=found.record, at=sortable_time(context.at))
            if changed is not found.record:
                write = INTERCHANGES.replace(changed, version=found.version, events=events)
                await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)

    async def _forget(self, *, interchange_id: str, context: Context) -> None:
        """Remove the text of an interchange whose time is over: nobody needs the addresses in it any more."""

        async def attempt() -> None:
            item = await self._table.get(key=interchange_key(interchange_id=interchange_id))
            found = None if item is None else INTERCHANGES.decode(item)
            if found is None or not found.record.blob or found.record.text_until > sortable_time(context.at):
                return
            await self._blobs.delete(name=found.record.blob)
            changed = msgspec.structs.replace(found.record, blob="")
            await self._table.commit(writes=[INTERCHANGES.replace(changed, version=found.version)], context=context)

        await decided_anew(attempt)


def _place(interchange: EdiInterchange) -> str:
    return f"edi/{interchange.interchange_id}/text"


def _due(*, settings: X12Settings, at: datetime) -> str:
    return sortable_time(at + timedelta(hours=settings.acknowledge_within_hours))
