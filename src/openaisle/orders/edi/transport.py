"""The road x12: purchase orders as 850 and cancellations as 860, each in just one interchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, Item, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_sent
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDecision,
    CancellationDocument,
    Decision,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
)
from openaisle.orders.channels.transport import AnswerFinding, Placed
from openaisle.orders.edi.envelope import NewSet
from openaisle.orders.edi.model import EdiNumber, PartnerUnknown
from openaisle.orders.edi.orders_out import X12CannotCarry, cancellation_set, purchase_order_set, x12_number
from openaisle.orders.edi.outgoing import OutgoingInterchanges, Prepared
from openaisle.orders.edi.repository import NUMBERS, number_key
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key
from openaisle.suppliers.queries import SupplierConnection
from openaisle.suppliers.x12 import X12Settings

# Each needs two writes, and the interchange with its counters two more.
_DOCUMENTS_PER_INTERCHANGE = 45
ACTOR = "system:edi"
CANNOT_CARRY = "x12_cannot_carry"


class X12Transport:
    """Implements SupplierTransport: what it was given once it never puts into a second interchange."""

    def __init__(self, *, table: Table, outgoing: OutgoingInterchanges, clock: Clock, operator: str) -> None:
        """Take the ports, what numbers and leaves interchanges, and the name of the ``operator`` (N1*BY)."""
        self._table = table
        self._outgoing = outgoing
        self._clock = clock
        self._operator = operator

    async def place(self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]) -> Placed:
        """Put purchase orders that are still to be sent into interchanges; raises PartnerUnknown."""
        settings = _settings(connection)
        answers: dict[str, PurchaseOrderAnswer] = {}
        findings: list[AnswerFinding] = []
        for start in range(0, len(documents), _DOCUMENTS_PER_INTERCHANGE):
            part = documents[start : start + _DOCUMENTS_PER_INTERCHANGE]
            placed = await self._place(supplier_id=connection.supplier_id, settings=settings, documents=part)
            answers.update(placed.answers)
            findings.extend(placed.findings)
        return Placed(answers=answers, findings=findings)

    async def cancel(
        self, *, connection: SupplierConnection, documents: Sequence[CancellationDocument]
    ) -> Mapping[str, CancellationAnswer]:
        """Put cancellations into interchanges; raises PartnerUnknown or X12CannotCarry."""
        settings = _settings(connection)
        answers: dict[str, CancellationAnswer] = {}
        for start in range(0, len(documents), _DOCUMENTS_PER_INTERCHANGE):
            part = documents[start : start + _DOCUMENTS_PER_INTERCHANGE]
            answers.update(await self._cancel(supplier_id=connection.supplier_id, settings=settings, documents=part))
        return answers

    async def stock_levels(
        self, *, connection: SupplierConnection, supplier_skus: Sequence[str]
    ) -> Sequence[StockAnswer]:
        """Return nothing: stock levels come by themselves, as 846."""
        del connection, supplier_skus
        return ()

    async def _place(
        self, *, supplier_id: str, settings: X12Settings, documents: Sequence[PurchaseOrderDocument]
    ) -> Placed:
        async def attempt() -> Placed:
            context = self._context(supplier_id)
            known = await self._known(supplier_id=supplier_id, identifiers=[one.purchase_order_id for one in documents])
            answers: dict[str, PurchaseOrderAnswer] = {}
            findings: list[AnswerFinding] = []
            sets: list[NewSet] = []
            sent: list[Versioned[PurchaseOrder]] = []
            for document in documents:
                found, number = known[document.purchase_order_id]
                if number is not None:
                    answers[document.purchase_order_id] = _later(document.purchase_order_id)
                elif found is not None and _is_current(purchase_order=found.record, document=document):
                    try:
                        sets.append(
                            purchase_order_set(
                                document=document,
                                purchase_order=found.record,
                                operator=self._operator,
                                own_identifier=settings.own_identifier,
                            )
                        )
                        sent.append(found)
                    except X12CannotCarry as error:
                        findings.append(AnswerFinding(document.purchase_order_id, CANNOT_CARRY, error.detail))
            if sets:
                await self._send(supplier_id=supplier_id, settings=settings, sets=sets, sent=sent, context=context)
                answers.update({one.record.purchase_order_id: _later(one.record.purchase_order_id) for one in sent})
            return Placed(answers=answers, findings=findings)

        return await decided_anew(attempt)

    async def _send(
        self,
        *,
        supplier_id: str,
        settings: X12Settings,
        sets: Sequence[NewSet],
        sent: Sequence[Versioned[PurchaseOrder]],
        context: Context,
    ) -> None:
        prepared = await self._outgoing.prepared(
            supplier_id=supplier_id,
            settings=settings,
            sets=sets,
            subjects=[(one.record.purchase_order_id,) for one in sent],
            expects_answer=True,
            context=context,
        )
        at = sortable_time(context.at)
        writes: list[Write] = list(prepared.writes)
        for one in sent:
            purchase_order = one.record
            number = x12_number(purchase_order_id=purchase_order.purchase_order_id)
            note = f"850 number {number} in interchange {prepared.interchange.control_number}"
            # Sent and put into the file are one: what is canceled before stays out of the file, what is canceled
            # after is told by an 860.
            step = decide_sent(purchase_order=purchase_order, note=note, actor=ACTOR, at=at)
            writes.append(PURCHASE_ORDERS.replace(step.purchase_order, version=one.version, events=step.events))
            record = EdiNumber(
                supplier_id=supplier_id,
                number=number,
                purchase_order_id=purchase_order.purchase_order_id,
                interchange_id=prepared.interchange.interchange_id,
            )
            writes.append(NUMBERS.create(record))
        await self._commit(writes=writes, prepared=prepared, context=context)

    async def _cancel(
        self, *, supplier_id: str, settings: X12Settings, documents: Sequence[CancellationDocument]
    ) -> dict[str, CancellationAnswer]:
        async def attempt() -> dict[str, CancellationAnswer]:
            context = self._context(supplier_id)
            known = await self._known(supplier_id=supplier_id, identifiers=[one.purchase_order_id for one in documents])
            answers: dict[str, CancellationAnswer] = {}
            sets: list[NewSet] = []
            subjects: list[tuple[str, ...]] = []
            writes: list[Write] = []
            for document in documents:
                identifier = document.purchase_order_id
                found, number = known[identifier]
                if found is None or number is None:
                    # It travelled by another road, if at all.
                    answers[identifier] = _told(identifier, CancellationDecision.UNKNOWN)
                    continue
                answers[identifier] = _told(identifier, CancellationDecision.TOLD)
                if document.cancellation_id in number.record.cancellations:
                    continue
                told = (*number.record.cancellations, document.cancellation_id)
                sets.append(
                    cancellation_set(
                        document=document,
                        purchase_order=found.record,
                        change_number=len(told),
                        at=context.at,
                    )
                )
                subjects.append((identifier,))
                changed = msgspec.structs.replace(number.record, cancellations=told)
                writes.append(NUMBERS.replace(changed, version=number.version))
            if sets:
                prepared = await self._outgoing.prepared(
                    supplier_id=supplier_id,
                    settings=settings,
                    sets=sets,
                    subjects=subjects,
                    expects_answer=True,
                    context=context,
                )
                await self._commit(writes=[*prepared.writes, *writes], prepared=prepared, context=context)
            return answers

        return await decided_anew(attempt)

    async def _commit(self, *, writes: list[Write], prepared: Prepared, context: Context) -> None:
        try:
            await self._table.commit(writes=writes, context=context)
        except CommitRefused:
            await self._outgoing.discard(prepared=prepared)
            raise
        await self._outgoing.try_to_leave(prepared=prepared, context=context)

    async def _known(
        self, *, supplier_id: str, identifiers: Sequence[str]
    ) -> dict[str, tuple[Versioned[PurchaseOrder] | None, Versioned[EdiNumber] | None]]:
        numbers = [x12_number(purchase_order_id=one) for one in identifiers]
        keys = [purchase_order_key(purchase_order_id=one) for one in identifiers]
        items = await self._table.get_many(
            keys=[*keys, *(number_key(supplier_id=supplier_id, number=one) for one in numbers)]
        )
        half = len(identifiers)
        return {
            identifier: (_purchase_order(order), None if number is None else NUMBERS.decode(number))
            for identifier, order, number in zip(identifiers, items[:half], items[half:], strict=True)
        }

    def _context(self, supplier_id: str) -> Context:
        return system_context(name="edi", at=self._clock.now(), correlation_id=f"edi:{supplier_id}")


def _purchase_order(item: Item | None) -> Versioned[PurchaseOrder] | None:
    return None if item is None else PURCHASE_ORDERS.decode(item)


def _is_current(*, purchase_order: PurchaseOrder, document: PurchaseOrderDocument) -> bool:
    """Return whether the purchase order still is to be sent, and just as the document has it."""
    if purchase_order.state is not PurchaseOrderState.CREATED:
        return False
    if purchase_order.address_number != document.address_number:
        return False
    if purchase_order.address_number != document.address_number:
        return False
    wanted = {line.line_number: line.open_quantity for line in purchase_order.lines if line.open_quantity}
    return wanted == {line.line_number: line.quantity for line in document.lines}


def _settings(connection: SupplierConnection) -> X12Settings:
    if connection.x12 is None:
        raise PartnerUnknown(detail=f"The connection of {connection.supplier_id} names no X12 partners.")
    return connection.x12


def _later(purchase_order_id: str) -> PurchaseOrderAnswer:
    return PurchaseOrderAnswer(purchase_order_id=purchase_order_id, decision=Decision.LATER)


def _told(purchase_order_id: str, decision: CancellationDecision) -> CancellationAnswer:
    return CancellationAnswer(purchase_order_id=purchase_order_id, decision=decision)
