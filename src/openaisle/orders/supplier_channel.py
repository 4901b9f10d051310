"""One supplier's queue of purchase orders, brought to its system in order and in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_noted, decide_sent
from openaisle.orders.changes import PurchaseOrderChanges, Wish
from openaisle.orders.channels.document_maker import DocumentMaker
from openaisle.orders.channels.documents import (
    BatchUnprocessable,
    PurchaseOrderAnswer,
)
from openaisle.orders.channels.health import SupplierHealthKeeper
from openaisle.orders.channels.letters import DeadLetter, DeadLetters
from openaisle.orders.channels.pacing import Pacer
from openaisle.orders.channels.telling import ACTOR, CancellationTeller
from openaisle.orders.channels.transport import AnswerFinding, Placed, SupplierTransport, Transports
from openaisle.orders.connections import SupplierConnections
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState, Step
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key, to_deliver_partition
from openaisle.orders.stock_confirmation import StockConfirmation
from openaisle.orders.supplier_answers import decide_from_answer
from openaisle.suppliers.connection_settings import quiet_until
from openaisle.suppliers.queries import SupplierConnection

_PORTAL_BATCH = 80
_BATCH_MAXIMUM = 1_000
_FIRST_WAIT_SECONDS = 0.5
_FIRST_REST_SECONDS = 5.0
_LONGEST_REST_SECONDS = 600.0
# Settings may change while a channel sleeps through quiet hours.
_LONGEST_SLEEP_SECONDS = 60.0
_LOOKS_UP_EVERY_SECONDS = 0.25
_NOTE_CHARACTERS = 300

Batch = dict[str, Versioned[PurchaseOrder]]


class ChannelTools(msgspec.Struct, frozen=True, kw_only=True):
    """What all channels share.

    ``slots`` bounds the calls under way at once, ``troubled_slots`` those to suppliers whose last call failed, so
    that many who hang leave room for those who work. ``chance`` gives numbers from 0 to 1.
    """

    table: Table
    suppliers: SupplierConnections
    transports: Transports
    confirmation: StockConfirmation
    changes: PurchaseOrderChanges
    letters: DeadLetters
    pacer: Pacer
    documents: DocumentMaker
    clock: Clock
    slots: asyncio.Semaphore
    troubled_slots: asyncio.Semaphore
    gather_seconds: float
    sleep: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]


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
        self._batch_maximum = _BATCH_MAXIMUM
        self._resting: dict[str, tuple[datetime, int]] = {}
        self._set_aside: set[str] | None = None
        self._only_rests = False
        self._health = SupplierHealthKeeper(
            supplier_id=supplier_id, table=tools.table, clock=tools.clock, chance=tools.chance, context=self._context
        )
        self._teller = CancellationTeller(
            supplier_id=supplier_id,
            table=tools.table,
            changes=tools.changes,
            clock=tools.clock,
            context=self._context,
        )

    def wake(self) -> None:
        """Have the channel look again before it ends."""
        self.woken = True
        self._teller.may_wait = True

    async def run(self) -> None:
        """Deliver until nothing is left to deliver."""
        while True:
            self.woken = False
            seconds = await self._round()
            if seconds is None:
                if not self.woken:
                    return
            elif self._only_rests:
                await self._sleep_until_woken(seconds)
            else:
                await self._tools.sleep(seconds)

    async def _sleep_until_woken(self, seconds: float) -> None:
        """Let what failed rest, but nothing that is new wait for it."""
        while seconds > 0 and not self.woken:
            slice_seconds = min(seconds, _LOOKS_UP_EVERY_SECONDS)
            await self._tools.sleep(slice_seconds)
            seconds -= slice_seconds

    async def _round(self) -> float | None:
        """Deliver what may go at once; return the seconds until the next round, None if nothing waits."""
        tools = self._tools
        now = tools.clock.now()
        self._only_rests = False
        connection = await tools.suppliers.connection(supplier_id=self._supplier_id, at=now)
        transport = None if connection is None else tools.transports.get(connection.transport)
        if connection is None or transport is None:
            return await self._hand_over()
        seconds = max(_quiet_seconds(connection, now), await self._health.seconds_until_allowed())
        if seconds:
            return seconds
        async with tools.troubled_slots if await self._health.is_troubled() else tools.slots:
            return await self._deliver(connection=connection, transport=transport)

    async def _deliver(self, *, connection: SupplierConnection, transport: SupplierTransport) -> float | None:
        notices, notice_seconds = await self._teller.waiting(limit=connection.maximum_batch)
        size = min(connection.maximum_batch, self._batch_maximum)
        batch, seconds_to_rest = await self._waiting(limit=size * connection.concurrency)
        self._only_rests = not batch and not notices
        if self._only_rests:
            return _sooner(notice_seconds, seconds_to_rest)
        if (seconds := self._paced(connection)) > 0:
            return seconds
        if not await self._health.may_call():
            return _FIRST_WAIT_SECONDS
        if notices:
            self._note_call(connection)
            await self._teller.tell(notices=notices, connection=connection, transport=transport)
        if not batch:
            return 0.0
        return await self._bring_all(batch=batch, size=size, connection=connection, transport=transport)

    async def _bring_all(
        self, *, batch: Batch, size: int, connection: SupplierConnection, transport: SupplierTransport
    ) -> float:
        """Bring as many batches at once as the supplier takes, the oldest purchase orders first."""
        names = list(batch)
        parts = [{name: batch[name] for name in names[start : start + size]} for start in range(0, len(names), size)]
        if len(parts) == 1:
            return await self._bring(batch=batch, connection=connection, transport=transport)
        # Each part ends before the next round begins, so that no purchase order is under way twice.
        results = await asyncio.gather(
            *(self._bring(batch=part, connection=connection, transport=transport) for part in parts),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return max(result for result in results if isinstance(result, float))

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
        if self._set_aside is None or self._set_aside:
            self._set_aside = await self._tools.letters.of_supplier(supplier_id=self._supplier_id)
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
                identifier = found.record.purchase_order_id
                if identifier in self._set_aside:
                    continue
                resting = self._resting.get(identifier)
                if resting is not None and resting[0] > now:
                    until = resting[0] if until is None else min(until, resting[0])
                elif len(batch) < limit:
                    batch[identifier] = found
            cursor = page.cursor
            if cursor is None or len(batch) >= limit:
                break
        if not batch and until is None:
            self._resting.clear()
        return batch, None if until is None else max((until - now).total_seconds(), 0.01)

    async def _bring(self, *, batch: Batch, connection: SupplierConnection, transport: SupplierTransport) -> float:
        tools = self._tools
        context = self._context()
        note = ""
        if connection.inventory_url is not None:
            confirmation = await tools.confirmation.confirm(
                purchase_orders=[one.record for one in batch.values()],
                connection=connection,
                transport=transport,
                context=context,
            )
            note = confirmation.note
            if confirmation.asked:
                # The call took its time; what was canceled meanwhile must not go out.
                batch = await self._read_again(batch)
        records = [one.record for one in batch.values()]
        documents, findings = await tools.documents.made(purchase_orders=records, connection=connection)
        if findings:
            await self._let_rest(findings=findings, connection=connection, context=context)
        # What was canceled, or got another address, while its document was made goes out anew with the next round.
        batch = _unchanged(before=batch, now=await self._read_again(batch))
        documents = [one for one in documents if one.purchase_order_id in batch]
        if not documents:
            return 0.0
        self._note_call(connection)
        try:
            placed = await transport.place(connection=connection, documents=documents)
        except BatchUnprocessable as error:
            await self._health.note_success()
            if len(documents) > 1:
                # Smaller batches until the one that the supplier cannot take stands alone.
                self._batch_maximum = max(1, len(documents) // 2)
            else:
                finding = AnswerFinding(documents[0].purchase_order_id, error.code, error.detail)
                await self._let_rest(findings=[finding], connection=connection, context=context)
            return 0.0
        except OpenAisleError as error:
            # It may have reached the supplier: if it is canceled before it is answered, the supplier must be told.
            findings = [AnswerFinding(one.purchase_order_id, error.code, error.detail) for one in documents]
            await self._note_findings(findings=findings, context=context, known=batch)
            return await self._health.note_failure(error=error)
        await self._health.note_success()
        self._batch_maximum = min(self._batch_maximum * 2, _BATCH_MAXIMUM)
        address_numbers = {one.purchase_order_id: one.address_number for one in documents}
        await self._record(
            batch=batch, placed=placed, address_numbers=address_numbers, connection=connection, note=note
        )
        # A full batch means that more may wait; otherwise some are let gather, so that the next call carries several.
        return 0.0 if len(batch) >= connection.maximum_batch else tools.gather_seconds

    async def _read_again(self, batch: Batch) -> Batch:
        keys = [purchase_order_key(purchase_order_id=identifier) for identifier in batch]
        items = await self._tools.table.get_many(keys=keys)
        found = [PURCHASE_ORDERS.decode(item) for item in items if item is not None]
        return {one.record.purchase_order_id: one for one in found if one.record.state is PurchaseOrderState.CREATED}

    async def _record(
        self,
        *,
        batch: Batch,
        placed: Placed,
        address_numbers: Mapping[str, int],
        connection: SupplierConnection,
        note: str,
    ) -> None:
        context = self._context()
        at = sortable_time(context.at)
        wishes = []
        for answer in placed.answers.values():

            def decide(purchase_order: PurchaseOrder, answer: PurchaseOrderAnswer = answer) -> Step:
                number = address_numbers.get(purchase_order.purchase_order_id, purchase_order.address_number)
                return decide_from_answer(
                    purchase_order=purchase_order, answer=answer, address_number=number, note=note, at=at
                )

            wishes.append(Wish(answer.purchase_order_id, decide))
        outcomes = await self._tools.changes.change_many(wishes=wishes, context=context, known=batch)
        findings = list(placed.findings)
        for one, outcome in zip(wishes, outcomes, strict=True):
            if outcome.error is None:
                self._resting.pop(one.purchase_order_id, None)
            else:
                findings.append(AnswerFinding(one.purchase_order_id, outcome.error.code, outcome.error.detail))
        if findings:
            await self._let_rest(findings=findings, connection=connection, context=context)

    async def _let_rest(
        self, *, findings: Sequence[AnswerFinding], connection: SupplierConnection, context: Context
    ) -> None:
        """Try these again later, so that they hold up no other; after so many tries set them aside for a person."""
        await self._note_findings(findings=findings, context=context)
        for finding in findings:
            identifier = finding.purchase_order_id
            failures = self._resting.get(identifier, (context.at, 0))[1] + 1
            seconds = min(_FIRST_REST_SECONDS * 2 ** min(failures - 1, 16), _LONGEST_REST_SECONDS)
            self._resting[identifier] = (context.at + timedelta(seconds=seconds * self._jitter()), failures)
            if failures >= connection.attempts_maximum:
                letter = DeadLetter(
                    purchase_order_id=identifier,
                    supplier_id=self._supplier_id,
                    code=finding.code,
                    reason=finding.detail[:_NOTE_CHARACTERS],
                    attempts=failures,
                    set_aside_at=context.at,
                )
                await self._tools.letters.set_aside(letter=letter, actor=ACTOR, context=context)
                self._resting.pop(identifier, None)
                # Read anew with the next round, as the table may know better.
                self._set_aside = None

    async def _note_findings(
        self, *, findings: Sequence[AnswerFinding], context: Context, known: Batch | None = None
    ) -> None:
        """Write into the history of each purchase order what was wrong with its delivery, by name."""
        at = sortable_time(context.at)
        wishes = []
        for finding in findings:
            note = f"{finding.code}: {finding.detail}"[:_NOTE_CHARACTERS]

            def decide(purchase_order: PurchaseOrder, note: str = note) -> Step:
                return decide_noted(
                    purchase_order=purchase_order, action="delivery_failed", note=note, actor=ACTOR, at=at
                )

            wishes.append(Wish(finding.purchase_order_id, decide))
        await self._tools.changes.change_many(wishes=wishes, context=context, known=known)

    def _paced(self, connection: SupplierConnection) -> float:
        return self._tools.pacer.seconds_until_allowed(
            supplier_id=self._supplier_id, per_minute=connection.rate_limit_per_minute, now=self._tools.clock.now()
        )

    def _note_call(self, connection: SupplierConnection) -> None:
        self._tools.pacer.note_call(
            supplier_id=self._supplier_id, per_minute=connection.rate_limit_per_minute, now=self._tools.clock.now()
        )

    def _jitter(self) -> float:
        return 0.5 + self._tools.chance() / 2

    def _context(self) -> Context:
        now = self._tools.clock.now()
        return system_context(name="dispatcher", at=now, correlation_id=f"dispatch:{self._supplier_id}")


def _unchanged(*, before: Batch, now: Batch) -> Batch:
    return {identifier: one for identifier, one in now.items() if one.version == before[identifier].version}


def _quiet_seconds(connection: SupplierConnection, now: datetime) -> float:
    until = quiet_until(hours=connection.quiet_hours, at=now)
    return 0.0 if until is None else min((until - now).total_seconds(), _LONGEST_SLEEP_SECONDS)


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((seconds for seconds in (one, other) if seconds is not None), default=None)
