"""Files of orders: taken in at once, placed slice by slice, reported order by order."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.blobs import Blobs, BlobTooLarge
from openaisle.kernel.context import Context, Principal, Role, system_context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.markup import MarkupReader
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned
from openaisle.kernel.spreadsheets import formula_safe
from openaisle.kernel.table import CommitRefused, Index, Item, Table
from openaisle.orders.arriving.arrivals import OrderArrivals
from openaisle.orders.arriving.drafts import Draft
from openaisle.orders.arriving.events import OrderFileApplied
from openaisle.orders.arriving.model import (
    MAXIMUM_FILE_BYTES,
    ORDERS_PER_SLICE,
    Arrival,
    ArrivalProblem,
    ArrivalSlice,
    ArrivalStatus,
    OrderFile,
    OrderFileState,
    OrderFileUnknown,
    decide_slice_done,
    refused,
)
from openaisle.orders.arriving.reading import read_orders
from openaisle.orders.arriving.repository import (
    ALL_ORDER_FILES,
    ARRIVAL_SLICES,
    ORDER_FILES,
    ORDER_FILES_TOPIC,
    RESULTS_PREFIX,
    drafts_name,
    drafts_place,
    order_file_key,
    order_file_partition,
    storefront_files_partition,
)
from openaisle.orders.commands import NewOrder

_SLICES_AT_A_TIME = 10
_REPORT_COLUMNS = ("row", "reference", "status", "order_id", "code", "detail")


class _KeptDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    place: str
    reference: str = ""
    order: NewOrder | None = None
    problem: ArrivalProblem | None = None


class OrderFilePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of files, newest first; ``next_after`` is null on the last."""

    order_files: list[OrderFile]
    next_after: str | None


class ArrivalPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of results, some hundreds at a time; ``next_after`` is null on the last."""

    results: list[Arrival]
    next_after: str | None


_ENCODER = msgspec.json.Encoder()
_KEPT = msgspec.json.Decoder(list[_KeptDraft])


class OrderFiles:
    """The use cases of files of orders. A storefront reaches its own, the operator all."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        cipher: FieldCipher,
        identifiers: Identifiers,
        markup: MarkupReader,
        arrivals: OrderArrivals,
    ) -> None:
        """Take the ports and what places orders."""
        self._table = table
        self._blobs = blobs
        self._cipher = cipher
        self._identifiers = identifiers
        self._markup = markup
        self._arrivals = arrivals

    async def receive(
        self,
        *,
        chunks: AsyncIterator[bytes],
        file_name: str,
        context: Context,
        file_id: str | None = None,
    ) -> OrderFile:
        """Take a file in; its orders are placed soon. Whoever may have to ask again names the ``file_id``.

        Raises BlobTooLarge, OrderFileUnreadable or OrderFileTooLarge.
        """
        file_id = file_id or self._identifiers.new(prefix="orf")
        known = await self._table.get(key=order_file_key(file_id=file_id))
        if known is not None:
            return ORDER_FILES.record(known.body)
        content = await _whole(chunks)
        # Reading takes a second for a file of the largest kind; others get their turn meanwhile.
        read = await asyncio.to_thread(read_orders, content=content, markup=self._markup)
        slices = [
            read.drafts[start : start + ORDERS_PER_SLICE] for start in range(0, len(read.drafts), ORDERS_PER_SLICE)
        ]
        for number, drafts in enumerate(slices):
            sealed = self._sealed(file_id=file_id, number=number, drafts=drafts)
            name = drafts_name(file_id=file_id, number=number)
            await self._blobs.put(name=name, chunks=_one(sealed), maximum_bytes=len(sealed))
        file = OrderFile(
            file_id=file_id,
            storefront_id=context.principal.subject_id,
            file_name=file_name,
            format=read.format,
            byte_count=len(content),
            order_count=len(read.drafts),
            slice_count=len(slices),
            received_at=context.at,
            changed_at=context.at,
        )
        try:
            await self._table.commit(writes=[ORDER_FILES.create(file)], context=context)
        except CommitRefused:
            # Somebody took the same file in at the same time.
            return (await self._file(file_id=file_id)).record
        return file

    async def file(self, *, file_id: str, principal: Principal) -> OrderFile:
        """Return how far a file has come; raises OrderFileUnknown."""
        found = (await self._file(file_id=file_id)).record
        if principal.role is Role.STOREFRONT and found.storefront_id != principal.subject_id:
            raise OrderFileUnknown(detail=f"There is no file of orders {file_id[:40]}.")
        return found

    async def listed(self, *, principal: Principal, after: str | None = None, limit: int = 100) -> OrderFilePage:
        """Return a page of the files the principal may see, newest first."""
        index, partition = Index.SECOND, ALL_ORDER_FILES
        if principal.role is Role.STOREFRONT:
            index, partition = Index.FIRST, storefront_files_partition(storefront_id=principal.subject_id)
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit, descending=True)
        return OrderFilePage(order_files=[ORDER_FILES.record(item.body) for item in page.items], next_after=page.cursor)

    async def results(self, *, file_id: str, principal: Principal, after: str | None = None) -> ArrivalPage:
        """Return a page of what became of the orders of a file; raises OrderFileUnknown."""
        await self.file(file_id=file_id, principal=principal)
        page = await self._table.query(
            partition=order_file_partition(file_id=file_id), sort_prefix=RESULTS_PREFIX, after=after, limit=5
        )
        results = [one for item in page.items for one in ARRIVAL_SLICES.record(item.body).arrivals]
        return ArrivalPage(results=results, next_after=page.cursor)

    async def report(self, *, file_id: str, principal: Principal) -> AsyncIterator[bytes]:
        """Return the results so far as CSV that no spreadsheet runs; raises OrderFileUnknown."""
        await self.file(file_id=file_id, principal=principal)
        return self._report(file_id=file_id)

    async def _report(self, *, file_id: str) -> AsyncIterator[bytes]:
        yield _csv([_REPORT_COLUMNS])
        after: str | None = None
        while True:
            page = await self._table.query(
                partition=order_file_partition(file_id=file_id), sort_prefix=RESULTS_PREFIX, after=after, limit=5
            )
            for item in page.items:
                yield _csv([_report_row(one) for one in ARRIVAL_SLICES.record(item.body).arrivals])
            after = page.cursor
            if after is None:
                return

    def timer(self) -> Timer:
        """Return the timer that places the orders of files, some slices of each at a time."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                await self.go_on(file_id=ORDER_FILES.record(item.body).file_id, now=now)

        return Timer(topic=ORDER_FILES_TOPIC, handle=handle)

    async def go_on(self, *, file_id: str, now: datetime) -> None:
        """Place the next orders of a file; safe to do twice, as each is recognized."""
        for _ in range(_SLICES_AT_A_TIME):
            found = await self._file(file_id=file_id)
            if found.record.state is OrderFileState.APPLIED:
                return
            await self._place_slice(found=found, now=now)

    async def _place_slice(self, *, found: Versioned[OrderFile], now: datetime) -> None:
        file = found.record
        number = file.done_slices
        name = drafts_name(file_id=file.file_id, number=number)
        sealed = b"".join([chunk async for chunk in self._blobs.chunks(name=name)])
        kept = self._opened(file_id=file.file_id, number=number, sealed=sealed)
        principal = Principal(role=Role.STOREFRONT, subject_id=file.storefront_id)
        context = Context(principal=principal, at=now, correlation_id=file.file_id)
        drafts = [Draft(one.place, one.reference, one.order) for one in kept if one.order is not None]
        placed = iter(await self._arrivals.take_drafts(drafts=drafts, road=file.file_id, context=context))
        arrivals = tuple(next(placed) if one.order is not None else _refusal(one) for one in kept)
        changed = decide_slice_done(file=file, arrivals=arrivals, at=now)
        events: tuple[OrderFileApplied, ...] = ()
        if changed.state is OrderFileState.APPLIED:
            events = (
                OrderFileApplied(
                    storefront_id=file.storefront_id,
                    file_id=file.file_id,
                    placed=changed.placed,
                    known=changed.known,
                    refused=changed.refused,
                ),
            )
        results = ArrivalSlice(file_id=file.file_id, number=number, expires_at=file.expires_at, arrivals=arrivals)
        await self._table.commit(
            writes=[
                ORDER_FILES.replace(changed, version=found.version, events=events),
                ARRIVAL_SLICES.store(results),
            ],
            context=system_context(name=ORDER_FILES_TOPIC, at=now, correlation_id=file.file_id),
        )
        await self._blobs.delete(name=name)

    async def _file(self, *, file_id: str) -> Versioned[OrderFile]:
        item = await self._table.get(key=order_file_key(file_id=file_id))
        if item is None:
            raise OrderFileUnknown(detail=f"There is no file of orders {file_id[:40]}.")
        return ORDER_FILES.decode(item)

    def _sealed(self, *, file_id: str, number: int, drafts: Sequence[Draft]) -> bytes:
        kept = [
            _KeptDraft(place=one.place, reference=one.reference, order=one.order)
            if one.error is None
            else _KeptDraft(
                place=one.place,
                reference=one.reference,
                problem=refused(place=one.place, error=one.error).problem,
            )
            for one in drafts
        ]
        place = drafts_place(file_id=file_id, number=number)
        return self._cipher.encrypt(plaintext=_ENCODER.encode(kept), place=place).encode()

    def _opened(self, *, file_id: str, number: int, sealed: bytes) -> list[_KeptDraft]:
        place = drafts_place(file_id=file_id, number=number)
        return _KEPT.decode(self._cipher.decrypt(ciphertext=sealed.decode(), place=place))


def _refusal(kept: _KeptDraft) -> Arrival:
    return Arrival(place=kept.place, status=ArrivalStatus.REFUSED, reference=kept.reference, problem=kept.problem)


def _report_row(one: Arrival) -> tuple[str, ...]:
    code, detail = (one.problem.code, one.problem.detail) if one.problem is not None else ("", "")
    return (one.place, one.reference, one.status.value, one.order_id, code, detail)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[formula_safe(text=cell) for cell in row] for row in rows])
    return text.getvalue().encode()


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > MAXIMUM_FILE_BYTES:
            raise BlobTooLarge(detail=f"A file of orders has {MAXIMUM_FILE_BYTES:,} bytes at most.")
    return bytes(content)


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content
