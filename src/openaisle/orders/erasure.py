"""Erases what orders tell of their shoppers, so many days after they were placed, as the disclosure policy says.

Orders are found by the days on which they were placed, so that placing one costs nothing for it. One that is not over
by then is looked at again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from openaisle.kernel.context import Context, system_context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.records import RecordType, decided_anew, due_entry
from openaisle.kernel.stream import Change
from openaisle.kernel.table import CommitRefused, Index, Item, Key, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.commands import ShipTo
from openaisle.orders.disclosure import DisclosurePolicy
from openaisle.orders.events import OrderPlaced, OrderShopperErased
from openaisle.orders.model import Order, line_progress
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.repository import (
    ORDER_KIND,
    ORDERS,
    PURCHASE_ORDER_KIND,
    PURCHASE_ORDERS,
    day_partition,
    order_partition,
)
from openaisle.orders.shopper_data import opened_ship_to, sealed_note, sealed_ship_to

NAME = "erase-shoppers"
TOPIC = "shopper-erasure"
ERASED = "-"
_WHOLE_ORDER = 1_000
_ORDERS_PER_STEP = 50
_DAYS_PER_STEP = 200
_LOOKED_BACK = timedelta(days=3_660)
_PUT_OFF = timedelta(days=30)
_REST_SECONDS = 2.0
_BEGINNING = Key("ORDERS", "SHOPPER_ERASURE")


class ErasureProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The ``day`` whose orders are erased next, how far it has come, and when it goes on."""

    day: date
    due_at: datetime
    cursor: str | None = None


class ErasurePutOff(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was not over when its shopper's data were to be erased."""

    order_id: str
    due_at: datetime


PROGRESS = RecordType[ErasureProgress](
    kind="shopper_erasure",
    model=ErasureProgress,
    key=lambda _: _BEGINNING,
    indexes=lambda one: (due_entry(topic=TOPIC, at=sortable_time(one.due_at), identifier="progress"),),
    streamed=False,
)
PUT_OFF = RecordType[ErasurePutOff](
    kind="shopper_erasure_put_off",
    model=ErasurePutOff,
    key=lambda one: Key(f"SHOPPER-ERASURE#{one.order_id}", "PUT_OFF"),
    indexes=lambda one: (due_entry(topic=TOPIC, at=sortable_time(one.due_at), identifier=one.order_id),),
    streamed=False,
)


class ShopperErasure:
    """Erases shoppers' data day after day; may stop anywhere and run again."""

    def __init__(self, *, table: Table, cipher: FieldCipher, policy: DisclosurePolicy) -> None:
        """Take the table, the cipher that seals what is left, and the policy that says when."""
        self._table = table
        self._cipher = cipher
        self._policy = policy

    def pipe(self) -> Pipe:
        """Return the pipe that lets the erasing begin with the first order."""

        async def begin(changes: Sequence[Change]) -> None:
            await self.start(at=changes[0].at)

        return Pipe(
            name=NAME,
            handle=begin,
            kinds=frozenset({ORDER_KIND}),
            event_types=frozenset({OrderPlaced.TYPE}),
            batch_size=1_000,
            rest_seconds=_REST_SECONDS,
        )

    def timer(self) -> Timer:
        """Return the timer that goes on."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                if item.kind == PUT_OFF.kind:
                    await self._try_again(item, at=now)
                else:
                    await self.go_on(at=now)

        return Timer(topic=TOPIC, handle=handle, batch_size=20)

    async def start(self, *, at: datetime) -> None:
        """Let the erasing begin, unless it has begun; far enough back for a store that had orders before."""
        if await self._table.get(key=_BEGINNING) is not None:
            return
        first = ErasureProgress(day=(at - _LOOKED_BACK).astimezone(UTC).date(), due_at=at)
        try:
            await self._table.commit(writes=[PROGRESS.create(first)], context=_context(at=at))
        except CommitRefused:
            # Another worker let it begin in this very moment.
            return

    async def go_on(self, *, at: datetime) -> None:
        """Erase of the next orders whose time has come, and come due again: at once while there are more."""
        item = await self._table.get(key=_BEGINNING)
        if item is None:
            return
        found = PROGRESS.decode(item)
        progress = found.record
        last = at.astimezone(UTC).date() - timedelta(days=self._policy.erased_after_days)
        has_more = False
        if self._policy.erased_after_days:
            progress, has_more = await self._advanced(progress, last=last, at=at)
        tomorrow = datetime.combine(at.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)
        later = msgspec.structs.replace(progress, due_at=at if has_more else tomorrow)
        await self._table.commit(writes=[PROGRESS.replace(later, version=found.version)], context=_context(at=at))

    async def erase(self, *, order_id: str, context: Context) -> bool:
        """Erase what an order tells of its shopper if it is over; return whether it is erased by now."""

        async def attempt() -> bool:
            page = await self._table.query(partition=order_partition(order_id=order_id), limit=_WHOLE_ORDER)
            orders = [ORDERS.decode(item) for item in page.items if item.kind == ORDER_KIND]
            if not orders or orders[0].record.shopper_erased_at:
                return True
            purchase_orders = [
                PURCHASE_ORDERS.record(item.body) for item in page.items if item.kind == PURCHASE_ORDER_KIND
            ]
            order = orders[0].record
            if not is_over(order=order, purchase_orders=purchase_orders):
                return False
            erased = self._erased(order, at=sortable_time(context.at))
            event = OrderShopperErased(
                storefront_id=order.storefront_id, order_id=order.order_id, reference=order.reference
            )
            write = ORDERS.replace(erased, version=orders[0].version, events=(event,))
            await self._table.commit(writes=[write], context=context)
            return True

        return await decided_anew(attempt)

    async def _advanced(self, progress: ErasureProgress, *, last: date, at: datetime) -> tuple[ErasureProgress, bool]:
        """Return how far the erasing has come after a step, and whether there is more to do at once."""
        for _ in range(_DAYS_PER_STEP):
            if progress.day > last:
                return progress, False
            page = await self._table.query(
                partition=day_partition(day=progress.day.isoformat()),
                index=Index.SECOND,
                after=progress.cursor,
                limit=_ORDERS_PER_STEP,
            )
            for item in page.items:
                await self._erase_or_put_off(order_id=ORDERS.record(item.body).order_id, at=at)
            day = progress.day if page.cursor is not None else progress.day + timedelta(days=1)
            progress = msgspec.structs.replace(progress, day=day, cursor=page.cursor)
            if page.items:
                # A step with work in it is short, so that the timer's other items get their turn.
                return progress, True
        return progress, True

    async def _erase_or_put_off(self, *, order_id: str, at: datetime) -> None:
        if not await self._is_erased(order_id=order_id, at=at):
            later = PUT_OFF.store(ErasurePutOff(order_id=order_id, due_at=at + _PUT_OFF))
            await self._table.commit(writes=[later], context=_context(at=at))

    async def _try_again(self, item: Item, *, at: datetime) -> None:
        found = PUT_OFF.decode(item)
        if await self._is_erased(order_id=found.record.order_id, at=at):
            write = PUT_OFF.remove(found.record, version=found.version)
        else:
            later = msgspec.structs.replace(found.record, due_at=at + _PUT_OFF)
            await self._table.commit(writes=[PUT_OFF.replace(later, version=found.version)], context=_context(at=at))
            return
        await self._table.commit(writes=[write], context=_context(at=at))

    async def _is_erased(self, *, order_id: str, at: datetime) -> bool:
        try:
            return await self.erase(order_id=order_id, context=_context(at=at))
        except ChangedMeanwhile:
            # Somebody works on it just now, so it is not over.
            return False

    def _erased(self, order: Order, *, at: str) -> Order:
        known = opened_ship_to(order=order, cipher=self._cipher)
        left = ShipTo(name=ERASED, street_lines=[ERASED], city=ERASED, postal_code=ERASED, country=known.country)
        return msgspec.structs.replace(
            order,
            # The country stays: taxes and reports are counted by it, and it names nobody.
            ship_to=sealed_ship_to(order_id=order.order_id, ship_to=left, cipher=self._cipher),
            contact="",
            fingerprint="",
            shopper_age=None,
            notes=tuple(
                msgspec.structs.replace(
                    note,
                    text=sealed_note(order_id=order.order_id, note_id=note.note_id, text=ERASED, cipher=self._cipher),
                )
                for note in order.notes
            ),
            actions=tuple(msgspec.structs.replace(action, note="") for action in order.actions),
            shopper_erased_at=at,
        )


def is_over(*, order: Order, purchase_orders: Sequence[PurchaseOrder]) -> bool:
    """Return whether nothing of an order waits for a supplier or is left to ship."""
    progress = line_progress(order=order, purchase_orders=purchase_orders)
    if any(one.unallocated > 0 for one in progress.values()):
        return False
    return not any(line.open_quantity for one in purchase_orders for line in one.lines)


def _context(*, at: datetime) -> Context:
    return system_context(name=NAME, at=at, correlation_id=f"{NAME}:{at.isoformat()}")
