"""Purchase orders that a supplier's system cannot take: set aside, visible, sent again by a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import NotFound
from openaisle.kernel.records import RecordType, Versioned, decided_anew
from openaisle.kernel.table import Index, IndexEntry, Key, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_noted
from openaisle.orders.channels.events import PurchaseOrderSentAgain, PurchaseOrderSetAside
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState, Step, names_of
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key

ALL_LETTERS = "DEAD-LETTERS"
_KEPT_FOR = timedelta(days=90)


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order that is no longer tried, and why; ``attempts`` is how often it was."""

    purchase_order_id: str
    supplier_id: str
    code: str
    reason: str
    attempts: int
    set_aside_at: datetime


class NotSetAside(NotFound):
    """The purchase order is not set aside, or there is none."""

    code = "purchase-order-not-set-aside"
    title = "That purchase order is not set aside"
    mend = "GET /v1/undelivered-purchase-orders lists what is; it may have been sent again meanwhile."


class DeadLetterPage(NamedTuple):
    """A page of dead letters with what became of their purchase orders; ``next_after`` is None on the last page."""

    letters: list[tuple[DeadLetter, PurchaseOrderState]]
    next_after: str | None


def letters_partition(*, supplier_id: str) -> str:
    """Return the partition of a supplier's dead letters (``DeadLetters.of_supplier``: one query)."""
    return f"DEAD-LETTERS#{supplier_id}"


def letter_key(*, supplier_id: str, purchase_order_id: str) -> Key:
    """Return the key of one dead letter."""
    return Key(letters_partition(supplier_id=supplier_id), purchase_order_id)


DEAD_LETTERS = RecordType[DeadLetter](
    kind="dead_letter",
    model=DeadLetter,
    key=lambda one: letter_key(supplier_id=one.supplier_id, purchase_order_id=one.purchase_order_id),
    indexes=lambda one: (
        # The operator's list, newest last.
        IndexEntry(Index.FIRST, ALL_LETTERS, f"{sortable_time(one.set_aside_at)}#{one.purchase_order_id}"),
    ),
    expires_at=lambda one: int((one.set_aside_at + _KEPT_FOR).timestamp()),
    streamed=False,
)


def decide_set_aside(*, purchase_order: PurchaseOrder, letter: DeadLetter, actor: str) -> Step:
    """Note that it is no longer tried; nothing if it no longer waits."""
    if purchase_order.state is not PurchaseOrderState.CREATED:
        return Step(purchase_order)
    noted = decide_noted(
        purchase_order=purchase_order,
        action="set_aside",
        note=f"{letter.code}: {letter.reason}"[:300],
        actor=actor,
        at=sortable_time(letter.set_aside_at),
    )
    event = PurchaseOrderSetAside(**names_of(purchase_order), lines=(), code=letter.code, reason=letter.reason)
    return Step(noted.purchase_order, (event,))


class DeadLetters:
    """Keeps, lists and sends again what was set aside."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def set_aside(self, *, letter: DeadLetter, actor: str, context: Context) -> None:
        """Keep a dead letter and note it in the purchase order's history; doing it twice is doing it once."""

        async def attempt() -> None:
            key = purchase_order_key(purchase_order_id=letter.purchase_order_id)
            found = await self._purchase_order(key)
            step = decide_set_aside(purchase_order=found.record, letter=letter, actor=actor)
            if step.purchase_order is found.record and not step.events:
                return
            put = PURCHASE_ORDERS.replace(step.purchase_order, version=found.version, events=step.events)
            await self._table.commit(writes=[put, DEAD_LETTERS.store(letter)], context=context)

        await decided_anew(attempt)

    async def of_supplier(self, *, supplier_id: str) -> set[str]:
        """Return the purchase orders that are set aside for a supplier."""
        found: set[str] = set()
        cursor = None
        while True:
            page = await self._table.query(
                partition=letters_partition(supplier_id=supplier_id), after=cursor, limit=500
            )
            found.update(DEAD_LETTERS.record(item.body).purchase_order_id for item in page.items)
            cursor = page.cursor
            if cursor is None:
                return found

    async def listed(self, *, after: str | None = None, limit: int = 100) -> DeadLetterPage:
        """Return a page of all dead letters, the newest first."""
        page = await self._table.query(
            partition=ALL_LETTERS, index=Index.FIRST, after=after, limit=limit, descending=True
        )
        letters = [DEAD_LETTERS.record(item.body) for item in page.items]
        keys = [purchase_order_key(purchase_order_id=one.purchase_order_id) for one in letters]
        items = await self._table.get_many(keys=keys) if keys else []
        shown = [
            (letter, PURCHASE_ORDERS.record(item.body).state)
            for letter, item in zip(letters, items, strict=True)
            if item is not None
        ]
        return DeadLetterPage(letters=shown, next_after=page.cursor)

    async def send_again(self, *, purchase_order_id: str, context: Context) -> None:
        """Have a purchase order tried again; raises PurchaseOrderUnknown or NotSetAside."""

        async def attempt() -> None:
            found = await self._purchase_order(purchase_order_key(purchase_order_id=purchase_order_id))
            record = found.record
            key = letter_key(supplier_id=record.supplier_id, purchase_order_id=purchase_order_id)
            item = await self._table.get(key=key)
            if item is None:
                raise NotSetAside(detail=f"{purchase_order_id} is not set aside.")
            letter = DEAD_LETTERS.decode(item)
            step = decide_noted(
                purchase_order=record,
                action="sent_again",
                note="",
                actor=context.principal.actor,
                at=sortable_time(context.at),
            )
            event = PurchaseOrderSentAgain(**names_of(record), lines=())
            writes: list[Write] = [
                PURCHASE_ORDERS.replace(step.purchase_order, version=found.version, events=(event,)),
                DEAD_LETTERS.remove(letter.record, version=letter.version),
            ]
            await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)

    async def _purchase_order(self, key: Key) -> Versioned[PurchaseOrder]:
        item = await self._table.get(key=key)
        if item is None:
            raise NotSetAside(detail="There is no such purchase order.")
        return PURCHASE_ORDERS.decode(item)
