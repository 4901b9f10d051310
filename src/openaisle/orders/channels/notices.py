"""What is canceled after a supplier had it: told to the supplier, and tried until it is."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import RecordType, decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Index, IndexEntry, Key, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.channels.documents import CanceledLine, CancellationDocument
from openaisle.orders.channels.events import PurchaseOrderReachedLate
from openaisle.orders.connections import SupplierConnections
from openaisle.orders.events import PurchaseOrderCanceled, PurchaseOrderExpired
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder
from openaisle.orders.repository import PURCHASE_ORDER_KIND, PURCHASE_ORDERS
from openaisle.suppliers.connection_settings import Transport

TELL_CANCELLATIONS = "tell-cancellations"
NOTICE_KIND = "cancellation_notice"
ALL_WAITING = "CANCELLATION-NOTICES#WAITING"
SHORT_STOCK_NOTE = "the supplier's Inventory API told less"
# What stands in the history of a purchase order that the supplier has, or may have.
_REACHED = frozenset({"sent", "acknowledged", "delivery_failed", "reached_supplier", "shipped", "set_aside"})


class NoticeState(StrEnum):
    """Whether the supplier knows of a cancellation."""

    WAITING = "waiting"
    SETTLED = "settled"


class CancellationNotice(msgspec.Struct, frozen=True, kw_only=True):
    """That a supplier is to be told what is canceled of a purchase order; what it is stands in the purchase order.

    ``sequence`` is that of the change which asked for it last.
    """

    purchase_order_id: str
    order_id: str
    supplier_id: str
    state: NoticeState
    waits_since: str
    sequence: int
    attempts: int = 0
    reason: str = ""


def notice_key(*, purchase_order_id: str) -> Key:
    """Return the key of the notice about a purchase order: one, however often more of it is canceled."""
    return Key(f"CANCELLATION-NOTICE#{purchase_order_id}", "NOTICE")


def to_tell_partition(*, supplier_id: str) -> str:
    """Return the partition of index2 with what a supplier is to be told, the oldest first."""
    return f"SUPPLIER#{supplier_id}#TO-TELL"


def _indexes(notice: CancellationNotice) -> tuple[IndexEntry, ...]:
    # Sparse: what was told stands in no list.
    if notice.state is not NoticeState.WAITING:
        return ()
    place = f"{notice.waits_since}#{notice.purchase_order_id}"
    return (
        # The operator's list of all that waits.
        IndexEntry(Index.FIRST, ALL_WAITING, place),
        IndexEntry(Index.SECOND, to_tell_partition(supplier_id=notice.supplier_id), place),
    )


NOTICES = RecordType[CancellationNotice](
    kind=NOTICE_KIND,
    model=CancellationNotice,
    key=lambda notice: notice_key(purchase_order_id=notice.purchase_order_id),
    indexes=_indexes,
)


class CancellationNotices:
    """Lists what suppliers are still to be told."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def waiting(
        self, *, after: str | None = None, limit: int = 100
    ) -> tuple[list[CancellationNotice], str | None]:
        """Return a page of the cancellations that no supplier has been told yet, the oldest first, and its cursor."""
        page = await self._table.query(partition=ALL_WAITING, index=Index.FIRST, after=after, limit=limit)
        return [NOTICES.record(item.body) for item in page.items], page.cursor


def cancellation_document(*, purchase_order: PurchaseOrder, reason: str = "") -> CancellationDocument:
    """Return what of a purchase order is canceled by now, in all, and what is still to be shipped."""
    lines = []
    for line in purchase_order.lines:
        canceled = line.canceled_quantity
        if line.answer is LineAnswer.EXPIRED:
            # Units of a line that was never answered go to others.
            canceled = line.quantity - line.shipped_quantity
        if canceled:
            lines.append(
                CanceledLine(
                    line_number=line.line_number,
                    supplier_sku=line.supplier_sku,
                    canceled_quantity=canceled,
                    remaining_quantity=line.open_quantity,
                )
            )
    told = ";".join(f"{one.line_number}:{one.canceled_quantity}" for one in lines)
    digest = hashlib.blake2b(f"{purchase_order.purchase_order_id};{told}".encode(), digest_size=8).hexdigest()
    return CancellationDocument(
        cancellation_id=f"{purchase_order.purchase_order_id}.canceled.{digest}",
        purchase_order_id=purchase_order.purchase_order_id,
        order_reference=purchase_order.order_reference,
        reason=reason or _reason(purchase_order),
        complete=not any(line.open_quantity for line in purchase_order.lines),
        lines=lines,
    )


def may_be_known(*, purchase_order: PurchaseOrder) -> bool:
    """Return whether the supplier has the purchase order, or may have it because a call ended without an answer."""
    return any(entry.action in _REACHED and entry.note != SHORT_STOCK_NOTE for entry in purchase_order.history)


def cancellations_pipe(*, table: Table, suppliers: SupplierConnections, clock: Clock) -> Pipe:
    """Return the pipe that notes what suppliers are to be told; a change that comes twice is told once."""

    async def handle(changes: Sequence[Change]) -> None:
        by_purchase_order = {}
        for change in changes:
            if change.body is not None:
                purchase_order = PURCHASE_ORDERS.record(change.body)
                by_purchase_order[purchase_order.purchase_order_id] = (purchase_order, change)
        results = await asyncio.gather(
            *(noted(purchase_order, change) for purchase_order, change in by_purchase_order.values()),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def noted(purchase_order: PurchaseOrder, change: Change) -> None:
        if not may_be_known(purchase_order=purchase_order):
            return
        connection = await suppliers.connection(supplier_id=purchase_order.supplier_id, at=clock.now())
        if connection is None or connection.transport is Transport.PORTAL:
            # Such a supplier reads its list, which tells it.
            return
        if not cancellation_document(purchase_order=purchase_order).lines:
            return
        await _store(table=table, purchase_order=purchase_order, change=change, clock=clock)

    return Pipe(
        name=TELL_CANCELLATIONS,
        handle=handle,
        kinds=frozenset({PURCHASE_ORDER_KIND}),
        event_types=frozenset({PurchaseOrderCanceled.TYPE, PurchaseOrderExpired.TYPE, PurchaseOrderReachedLate.TYPE}),
        batch_size=200,
    )


async def _store(*, table: Table, purchase_order: PurchaseOrder, change: Change, clock: Clock) -> None:
    context = system_context(name=TELL_CANCELLATIONS, at=clock.now(), correlation_id=change.correlation_id)
    notice = CancellationNotice(
        purchase_order_id=purchase_order.purchase_order_id,
        order_id=purchase_order.order_id,
        supplier_id=purchase_order.supplier_id,
        state=NoticeState.WAITING,
        waits_since=sortable_time(change.at),
        sequence=change.sequence,
    )

    async def attempt() -> None:
        item = await table.get(key=notice_key(purchase_order_id=notice.purchase_order_id))
        if item is None:
            await table.commit(writes=[NOTICES.create(notice)], context=context)
            return
        found = NOTICES.decode(item)
        if found.record.sequence >= notice.sequence:
            return
        # Written anew even while it waits: a call that is under way may not have carried this cancellation.
        await table.commit(writes=[NOTICES.replace(notice, version=found.version)], context=context)

    await decided_anew(attempt)


def _reason(purchase_order: PurchaseOrder) -> str:
    for entry in reversed(purchase_order.history):
        if entry.action == "canceled":
            return entry.note
        if entry.action == "expired":
            return "It was not acknowledged in time."
    return ""
