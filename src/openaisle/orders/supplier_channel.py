"""One supplier's queue of purchase orders, brought to its system in order and in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.breaker import Breaker, after_failure, after_success, decide_call
from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Index, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_noted, decide_sent
from openaisle.orders.changes import PurchaseOrderChanges, Wish
from openaisle.orders.channels.documents import (
    BatchUnprocessable,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    document_of,
)
from openaisle.orders.commands import ShipTo
from openaisle.orders.connections import SupplierConnections
from openaisle.orders.placement import ship_to_place
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState, Step
from openaisle.orders.repository import (
    PURCHASE_ORDERS,
    SUPPLIER_HEALTH,
    SupplierHealth,
    order_key,
    purchase_order_key,
    supplier_health_key,
    to_deliver_partition,
)
from openaisle.orders.stock_confirmation import StockConfirmation
from openaisle.orders.supplier_answers import decide_from_answer
from openaisle.orders.supplier_calls import SupplierCaller
from openaisle.suppliers.queries import SupplierConnection

ACTOR = "system:dispatcher"
_PORTAL_BATCH = 80
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
_FIRST_REST_SECONDS = 5.0
_LONGEST_REST_SECONDS = 600.0

Batch = dict[str, Versioned[PurchaseOrder]]


class ChannelTools(msgspec.Struct, frozen=True, kw_only=True):
    """What all channels share.

    ``slots`` bounds the calls under way at once, ``troubled_slots`` those to suppliers whose last call failed, so
    that many who hang leave room for those who work. ``chance`` gives numbers from 0 to 1.
    """

    table: Table
    suppliers: SupplierConnections
    calls: SupplierCaller
    confirmation: StockConfirmation
    changes: PurchaseOrderChanges
    cipher: FieldCipher
    clock: Clock
    slots: asyncio.Semaphore
    troubled_slots: asyncio.Semaphore
    gather_seconds: float
    sleep: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]


class _OrderAddress(msgspec.Struct, frozen=True):
    """An order of which only the address is read."""

    order_id: str
    ship_to: str


_ADDRESS_DECODER = msgspec.json.Decoder(_OrderAddress)
_SHIP_TO_DECODER = msgspec.json.Decoder(ShipTo)


class SupplierChannel:
    """Brings one supplier what waits for it, until nothing does.

    What waits stands in the table; the channel only remembers how large a batch the supplier takes and which
    purchase orders rest after an unusable answer, so it may be lost at any moment.
    """

    def __init__(self, *, supplier_id: str, tools: ChannelTools) -> None:
        """Take the supplier and what all channels share."""
        self.woken = False
        self._supplier_id = supplier_id
        self._tools = tools
        self._batch_maximum = 1_000
        self._resting: dict[str, tuple[datetime, int]] = {}
        self._health: Versioned[SupplierHealth] | None = None
        self._health_is_read = False

    async def run(self) -> None:
        """Deliver until nothing is left to deliver."""
        while True:
            self.woken = False
            seconds = await self._round()
            if seconds is not None:
                await self._tools.sleep(seconds)
            elif not self.woken:
                return

    async def _round(self) -> float | None:
        """Deliver one batch; return the seconds until the next round, None if nothing waits."""
        tools = self._tools
        now = tools.clock.now()
        connection = await tools.suppliers.connection(supplier_id=self._supplier_id, at=now)
        if connection is None:
            return await self._hand_over()
        seconds = await self._seconds_until_allowed(now=now)
        if seconds:
            return seconds
        async with tools.troubled_slots if (await self._breaker()).failures else tools.slots:
            batch, seconds_to_rest = await self._waiting(limit=min(connection.maximum_batch, self._batch_maximum))
            if not batch:
                return seconds_to_rest
            if not await self._may_call():
                return _FIRST_WAIT_SECONDS
            return await self._bring(batch=batch, connection=connection)

    async def _hand_over(self) -> float | None:
        """Let a supplier without a system of its own find its purchase orders through the API."""
        batch, _ = await self._waiting(limit=_PORTAL_BATCH)
        if not batch:
            return None
        context = self._context()
        at = sortable_time(context.at)

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_sent(purchase_order=purchase_order, note="waits in the supplier's list", actor=ACTOR, at=at)

        wishes = [Wish(purchase_order_id, decide) for purchase_order_id in batch]
        await self._tools.changes.change_many(wishes=wishes, context=context, known=batch)
        return 0.0

    async def _waiting(self, *, limit: int) -> tuple[Batch, float | None]:
        """Return the oldest purchase orders that wait and do not rest, or the seconds until the first has rested."""
        now = self._tools.clock.now()
        batch: Batch = {}
        cursor: str | None = None
        until: datetime | None = None
        while True:
            page = await self._tools.table.query(
                partition=to_deliver_partition(supplier_id=self._supplier_id),
                index=Index.SECOND,
                after=cursor,
                limit=limit,
            )
            for item in page.items:
                found = PURCHASE_ORDERS.decode(item)
                resting = self._resting.get(found.record.purchase_order_id)
                if resting is not None and resting[0] > now:
                    until = resting[0] if until is None else min(until, resting[0])
                elif len(batch) < limit:
                    batch[found.record.purchase_order_id] = found
            cursor = page.cursor
            if cursor is None or len(batch) >= limit:
                break
        if not batch and until is None:
            self._resting.clear()
        return batch, None if until is None else max((until - now).total_seconds(), 0.01)

    async def _bring(self, *, batch: Batch, connection: SupplierConnection) -> float:
        tools = self._tools
        context = self._context()
        note = ""
        if connection.inventory_url is not None:
            confirmation = await tools.confirmation.confirm(
                purchase_orders=[one.record for one in batch.values()], connection=connection, context=context
            )
            note = confirmation.note
            if confirmation.asked:
                # The call took its time; what was canceled meanwhile must not go out.
                batch = await self._read_again(batch)
        documents = await self._documents(batch=batch, connection=connection, context=context)
        if not documents:
            return 0.0
        try:
            answers = await tools.calls.place(connection=connection, documents=documents)
        except BatchUnprocessable as error:
            await self._note_success()
            if len(documents) > 1:
                # Smaller batches until the one that the supplier cannot take stands alone.
                self._batch_maximum = max(1, len(documents) // 2)
            else:
                await self._let_rest(identifiers=[documents[0].purchase_order_id], reason=error.detail, context=context)
            return 0.0
        except OpenAisleError as error:
            return await self._note_failure(error)
        await self._note_success()
        self._batch_maximum = min(self._batch_maximum * 2, 1_000)
        await self._record(batch=batch, documents=documents, answers=answers, note=note)
        # A full batch means that more may wait; otherwise some are let gather, so that the next call carries several.
        return 0.0 if len(batch) >= connection.maximum_batch else tools.gather_seconds

    async def _read_again(self, batch: Batch) -> Batch:
        keys = [purchase_order_key(purchase_order_id=identifier) for identifier in batch]
        items = await self._tools.table.get_many(keys=keys)
        found = [PURCHASE_ORDERS.decode(item) for item in items if item is not None]
        return {one.record.purchase_order_id: one for one in found if one.record.state is PurchaseOrderState.CREATED}

    async def _documents(
        self, *, batch: Batch, connection: SupplierConnection, context: Context
    ) -> list[PurchaseOrderDocument]:
        order_ids = list(dict.fromkeys(one.record.order_id for one in batch.values()))
        items = await self._tools.table.get_many(keys=[order_key(order_id=order_id) for order_id in order_ids])
        addresses: dict[str, ShipTo] = {}
        for item in items:
            if item is None:
                continue
            order = _ADDRESS_DECODER.decode(item.body)
            try:
                plaintext = self._tools.cipher.decrypt(ciphertext=order.ship_to, place=ship_to_place(order.order_id))
                addresses[order.order_id] = _SHIP_TO_DECODER.decode(plaintext)
            except OpenAisleError as error:
                lost = [key for key, one in batch.items() if one.record.order_id == order.order_id]
                await self._let_rest(identifiers=lost, reason=error.detail, context=context)
        return [
            document_of(
                purchase_order=one.record,
                ship_to=addresses[one.record.order_id],
                share_contact=connection.share_contact,
            )
            for one in batch.values()
            if one.record.order_id in addresses
        ]

    async def _record(
        self,
        *,
        batch: Batch,
        documents: Sequence[PurchaseOrderDocument],
        answers: dict[str, PurchaseOrderAnswer],
        note: str,
    ) -> None:
        context = self._context()
        at = sortable_time(context.at)

        def wish(answer: PurchaseOrderAnswer) -> Wish:
            def decide(purchase_order: PurchaseOrder) -> Step:
                return decide_from_answer(purchase_order=purchase_order, answer=answer, note=note, at=at)

            return Wish(answer.purchase_order_id, decide)

        wishes = [wish(answer) for answer in answers.values()]
        outcomes = await self._tools.changes.change_many(wishes=wishes, context=context, known=batch)
        for one, outcome in zip(wishes, outcomes, strict=True):
            if outcome.error is None:
                self._resting.pop(one.purchase_order_id, None)
            else:
                await self._let_rest(identifiers=[one.purchase_order_id], reason=outcome.error.detail, context=context)
        silent = [one.purchase_order_id for one in documents if one.purchase_order_id not in answers]
        if silent:
            reason = "The supplier's system gave no usable answer for it."
            await self._let_rest(identifiers=silent, reason=reason, context=context)

    async def _let_rest(self, *, identifiers: Sequence[str], reason: str, context: Context) -> None:
        """Try these again later, so that they hold up no other, and write the reason into their history."""
        for identifier in identifiers:
            failures = self._resting.get(identifier, (context.at, 0))[1] + 1
            seconds = min(_FIRST_REST_SECONDS * 2 ** min(failures - 1, 16), _LONGEST_REST_SECONDS)
            self._resting[identifier] = (context.at + timedelta(seconds=seconds * self._jitter()), failures)
        at, note = sortable_time(context.at), reason[:300]

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_noted(purchase_order=purchase_order, action="delivery_failed", note=note, actor=ACTOR, at=at)

        wishes = [Wish(identifier, decide) for identifier in identifiers]
        await self._tools.changes.change_many(wishes=wishes, context=context)

    async def _seconds_until_allowed(self, *, now: datetime) -> float:
        decision = decide_call(breaker=await self._breaker(), now=now)
        if decision.allowed or decision.retry_at is None:
            return 0.0
        return max((decision.retry_at - now).total_seconds(), 0.01)

    async def _may_call(self) -> bool:
        """Reserve the probe of a breaker that is half open; False if another process makes it."""
        breaker = await self._breaker()
        decision = decide_call(breaker=breaker, now=self._tools.clock.now())
        if not decision.allowed:
            return False
        return decision.breaker is breaker or await self._store(decision.breaker)

    async def _breaker(self) -> Breaker:
        if not self._health_is_read:
            item = await self._tools.table.get(key=supplier_health_key(supplier_id=self._supplier_id))
            self._health = None if item is None else SUPPLIER_HEALTH.decode(item)
            self._health_is_read = True
        return _HEALTHY if self._health is None else self._health.record.breaker

    async def _note_success(self) -> None:
        breaker = await self._breaker()
        after = after_success(breaker=breaker, now=self._tools.clock.now())
        if after is not breaker:
            await self._store(after)

    async def _note_failure(self, error: OpenAisleError) -> float:
        breaker = await self._breaker()
        after = after_failure(breaker=breaker, now=self._tools.clock.now(), reason=error.detail)
        if after is not breaker:
            await self._store(after)
        doubled: float = _FIRST_WAIT_SECONDS * 2 ** min(after.failures, 16)
        return max(min(doubled, _LONGEST_WAIT_SECONDS) * self._jitter(), float(error.retry_after_seconds or 0))

    async def _store(self, breaker: Breaker) -> bool:
        record = SupplierHealth(supplier_id=self._supplier_id, breaker=breaker)
        version = 0 if self._health is None else self._health.version
        write = SUPPLIER_HEALTH.replace(record, version=version) if version else SUPPLIER_HEALTH.create(record)
        try:
            await self._tools.table.commit(writes=[write], context=self._context())
        except CommitRefused:
            # Another process calls the same supplier; what it found out counts from now on.
            self._health_is_read = False
            return False
        self._health = Versioned(record, version + 1)
        return True

    def _jitter(self) -> float:
        return 0.5 + self._tools.chance() / 2

    def _context(self) -> Context:
        now = self._tools.clock.now()
        return system_context(name="dispatcher", at=now, correlation_id=f"dispatch:{self._supplier_id}")


_HEALTHY = Breaker()
