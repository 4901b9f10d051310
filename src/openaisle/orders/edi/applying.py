"""What the documents of suppliers do: answer and ship purchase orders, tell stock, bill."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec

from openaisle.inventory.use_cases import StockRow, StockRowStatus, StockUseCases
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.errors import ChangedMeanwhile, OpenAisleError
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Index, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_noted
from openaisle.orders.changes import PurchaseOrderChanges, Wish
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    LineAcknowledgment,
    LineToCancel,
    NewShipment,
    Withdrawal,
)
from openaisle.orders.edi.answer_plan import AnswerPlan, answer_plan
from openaisle.orders.edi.answers_in import read_answer
from openaisle.orders.edi.change_answers_in import note_of, read_change_answer
from openaisle.orders.edi.events import SupplierInvoiceReceived
from openaisle.orders.edi.interchange import TransactionSet
from openaisle.orders.edi.invoices_in import (
    SupplierInvoice,
    decide_invoice,
    invoice_identifier,
    known_line,
    read_invoice,
)
from openaisle.orders.edi.repository import (
    INVOICES,
    NUMBERS,
    invoice_key,
    number_key,
    purchase_order_invoices_partition,
)
from openaisle.orders.edi.ship_notices_in import Parcel, read_ship_notice
from openaisle.orders.edi.stock_in import read_stock
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, Step
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key

_NOTES_MAXIMUM = 20
_STOCK_ROWS_AT_ONCE = 500
_EARLIER_INVOICES = 100
_REMARK = "x12_finding"
_CANCELED = "01"
_NOT_IN_TRACKING = re.compile(r"[^0-9A-Za-z ._/-]+")


class Applied(NamedTuple):
    """What a document did: the purchase orders or invoices it was about, and what could not be done, each with why."""

    subjects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class EdiDocuments:
    """Applies documents; the same document again changes nothing."""

    def __init__(self, *, table: Table, purchase_orders: PurchaseOrderUseCases, stock: StockUseCases) -> None:
        """Take the table and the use cases that documents stand for."""
        self._table = table
        self._purchase_orders = purchase_orders
        self._stock = stock
        self._changes = PurchaseOrderChanges(table=table)
        self._by_code: dict[str, Callable[..., Awaitable[Applied]]] = {
            "855": self._answered,
            "856": self._shipped,
            "846": self._stocked,
            "810": self._billed,
            "865": self._change_answered,
        }

    async def apply(self, *, one: TransactionSet, supplier_id: str, interchange_id: str, context: Context) -> Applied:
        """Do what a document says; what cannot be done is told, and loses nothing else of the document.

        Raises ChangedMeanwhile and what lies with ourselves: then the document is to be applied again.
        """
        return await self._by_code[one.code](
            one=one, scope=SupplierScope(supplier_id=supplier_id), interchange_id=interchange_id, context=context
        )

    async def note(self, *, purchase_order_ids: Sequence[str], notes: Sequence[str], context: Context) -> None:
        """Write what was odd into the history of purchase orders."""
        at, actor, note = sortable_time(context.at), context.principal.actor, "; ".join(notes)[:300]

        def decide(purchase_order: PurchaseOrder) -> Step:
            return decide_noted(purchase_order=purchase_order, action=_REMARK, note=note, actor=actor, at=at)

        wishes = [Wish(identifier, decide) for identifier in purchase_order_ids]
        await self._changes.change_many(wishes=wishes, context=context)

    async def _answered(
        self, *, one: TransactionSet, scope: SupplierScope, interchange_id: str, context: Context
    ) -> Applied:
        del interchange_id
        read = read_answer(one)
        found = await self._purchase_order(number=read.number, scope=scope)
        if found is None:
            return Applied(notes=(_unknown(read.number),))
        identifier = found.record.purchase_order_id
        plan = answer_plan(read=read, purchase_order=found.record)
        notes = list(plan.notes)
        if plan.lines:
            notes += await self._acknowledge(identifier=identifier, plan=plan, scope=scope, context=context)
        if plan.coming:
            notes += await self._withdraw(identifier=identifier, plan=plan, scope=scope, context=context)
        return await self._told(identifiers=(identifier,), notes=notes, context=context)

    async def _acknowledge(
        self, *, identifier: str, plan: AnswerPlan, scope: SupplierScope, context: Context
    ) -> list[str]:
        async def answer(lines: list[LineAcknowledgment]) -> str:
            return await _attempted(
                self._purchase_orders.acknowledge(
                    purchase_order_id=identifier,
                    acknowledgment=Acknowledgment(lines=lines),
                    context=context,
                    scope=scope,
                )
            )

        if not await answer(plan.lines):
            return []
        # One line that cannot be answered so must not keep the others from their answer.
        notes = []
        for line in plan.lines:
            note = await answer([line])
            if note:
                notes.append(f"line {line.line_number}: {note}")
        return notes

    async def _withdraw(
        self, *, identifier: str, plan: AnswerPlan, scope: SupplierScope, context: Context
    ) -> list[str]:
        """Give to other suppliers what this one accepted less of; follows the record, so that again changes nothing."""
        item = await self._table.get(key=purchase_order_key(purchase_order_id=identifier))
        if item is None:
            return []
        lines = [
            LineToCancel(line_number=line.line_number, quantity=less)
            for line in PURCHASE_ORDERS.record(item.body).lines
            if line.line_number in plan.coming
            and (less := min(line.wanted_quantity - plan.coming[line.line_number], line.open_quantity)) > 0
        ]
        if not lines:
            return []
        note = await _attempted(
            self._purchase_orders.withdraw(
                purchase_order_id=identifier,
                withdrawal=Withdrawal(lines=lines, reason="The supplier accepted fewer than were ordered."),
                context=context,
                scope=scope,
            )
        )
        return [note] if note else []

    async def _shipped(
        self, *, one: TransactionSet, scope: SupplierScope, interchange_id: str, context: Context
    ) -> Applied:
        del interchange_id
        notice = read_ship_notice(one)
        if notice.purpose == _CANCELED:
            return Applied(notes=("not_taken_back: a shipment that was told cannot be taken back by a file",))
        identifiers: dict[str, None] = {}
        notes: list[str] = []
        for parcel in notice.parcels:
            found = await self._purchase_order(number=parcel.number, scope=scope)
            if found is None:
                notes.append(_unknown(parcel.number))
                continue
            identifier = found.record.purchase_order_id
            identifiers[identifier] = None
            shipment, odd = _shipment(parcel=parcel, purchase_order=found.record, notice_number=notice.number)
            notes += odd
            if shipment is None:
                continue
            accepted = _accepted_by_shipping(shipment=shipment, purchase_order=found.record)
            if accepted:
                # What has left is accepted, whether its 855 comes later or never.
                plan = AnswerPlan(accepted, {}, [])
                notes += await self._acknowledge(identifier=identifier, plan=plan, scope=scope, context=context)
            note = await _attempted(
                self._purchase_orders.ship(
                    purchase_order_id=identifier, shipment=shipment, context=context, scope=scope
                )
            )
            if note:
                notes.append(f"{shipment.tracking_number}: {note}")
        if not notice.parcels:
            notes.append("nothing_shipped: no purchase order is named")
        return await self._told(identifiers=tuple(identifiers), notes=notes, context=context)

    async def _change_answered(
        self, *, one: TransactionSet, scope: SupplierScope, interchange_id: str, context: Context
    ) -> Applied:
        del interchange_id
        read = read_change_answer(one)
        found = await self._purchase_order(number=read.number, scope=scope)
        if found is None:
            return Applied(notes=(_unknown(read.number),))
        identifiers = (found.record.purchase_order_id,)
        return await self._told(identifiers=identifiers, notes=[note_of(read)], context=context)

    async def _stocked(
        self, *, one: TransactionSet, scope: SupplierScope, interchange_id: str, context: Context
    ) -> Applied:
        del interchange_id
        rows: list[StockRow] = []
        notes: list[str] = []
        for reported in read_stock(one):
            if not reported.supplier_sku or len(reported.supplier_sku) > 200:
                notes.append("sku_missing: an article has no SKU of the supplier")
            elif reported.on_hand is None:
                notes.append(f"quantity_unreadable: {reported.supplier_sku[:60]}")
            else:
                rows.append(
                    StockRow(supplier_sku=reported.supplier_sku, location=reported.location, on_hand=reported.on_hand)
                )
        for start in range(0, len(rows), _STOCK_ROWS_AT_ONCE):
            results = await self._stock.set_on_hand(
                scope=scope, rows=rows[start : start + _STOCK_ROWS_AT_ONCE], context=context
            )
            notes.extend(
                f"{result.findings[0].code}: {result.supplier_sku[:60]}"
                for result in results
                if result.status is StockRowStatus.REFUSED
            )
        return Applied(notes=_bounded(notes))

    async def _billed(
        self, *, one: TransactionSet, scope: SupplierScope, interchange_id: str, context: Context
    ) -> Applied:
        read = read_invoice(one)
        found = await self._purchase_order(number=read.purchase_order_number, scope=scope)
        invoice_id = invoice_identifier(supplier_id=scope.supplier_id, number=read.number)

        async def attempt() -> tuple[SupplierInvoice, bool]:
            item = await self._table.get(key=invoice_key(invoice_id=invoice_id))
            invoice = decide_invoice(
                read=read,
                purchase_order=None if found is None else found.record,
                earlier=await self._earlier(found, but=invoice_id),
                supplier_id=scope.supplier_id,
                interchange_id=interchange_id,
                at=sortable_time(context.at),
            )
            if item is not None:
                return invoice, _facts(INVOICES.record(item.body)) == _facts(invoice)
            event = SupplierInvoiceReceived(
                supplier_id=scope.supplier_id,
                invoice_id=invoice_id,
                purchase_order_id=invoice.purchase_order_id,
                findings=tuple(dict.fromkeys(one.code for one in invoice.findings)),
            )
            await self._table.commit(writes=[INVOICES.create(invoice, events=(event,))], context=context)
            return invoice, True

        invoice, same = await decided_anew(attempt)
        notes = [f"{finding.code}: {finding.detail}" for finding in invoice.findings]
        if not same:
            notes = [f"invoice_differs: number {read.number} was billed before, with other contents; that one is kept"]
        told = await self._told(
            identifiers=() if found is None else (found.record.purchase_order_id,), notes=notes, context=context
        )
        return Applied(subjects=(*told.subjects, invoice_id), notes=told.notes)

    async def _earlier(self, found: Versioned[PurchaseOrder] | None, *, but: str) -> list[SupplierInvoice]:
        if found is None:
            return []
        partition = purchase_order_invoices_partition(purchase_order_id=found.record.purchase_order_id)
        page = await self._table.query(partition=partition, index=Index.SECOND, limit=_EARLIER_INVOICES)
        invoices = [INVOICES.record(item.body) for item in page.items]
        return [one for one in invoices if one.invoice_id != but]

    async def _purchase_order(self, *, number: str, scope: SupplierScope) -> Versioned[PurchaseOrder] | None:
        """Return the purchase order behind a number, if it is this supplier's."""
        text = number.strip().upper()
        if not text or len(text) > 40 or not text.isascii():
            return None
        item = await self._table.get(key=number_key(supplier_id=scope.supplier_id, number=text))
        if item is None:
            return None
        identifier = NUMBERS.record(item.body).purchase_order_id
        item = await self._table.get(key=purchase_order_key(purchase_order_id=identifier))
        found = None if item is None else PURCHASE_ORDERS.decode(item)
        return found if found is not None and found.record.supplier_id == scope.supplier_id else None

    async def _told(self, *, identifiers: tuple[str, ...], notes: Sequence[str], context: Context) -> Applied:
        if notes and identifiers:
            await self.note(purchase_order_ids=identifiers, notes=notes, context=context)
        return Applied(subjects=identifiers, notes=_bounded(notes))


async def _attempted(work: Awaitable[object]) -> str:
    """Return why something was refused, empty if it was done; raises what is to be tried again."""
    try:
        await work
    except ChangedMeanwhile:
        raise
    except OpenAisleError as error:
        if error.status >= 500:
            raise
        return f"{error.code}: {error.detail}"[:300]
    return ""


def _shipment(
    *, parcel: Parcel, purchase_order: PurchaseOrder, notice_number: str
) -> tuple[NewShipment | None, list[str]]:
    """Return the shipment that a parcel is, None where nothing of it can be understood, and what was odd."""
    notes = []
    if not parcel.tracked:
        notes.append(f"tracking_missing: the number of the shipment {notice_number} stands in its place")
    quantities: dict[int, int] = {}
    for item in parcel.lines:
        line = known_line(lines=purchase_order.lines, number=item.line_number, supplier_sku=item.supplier_sku)
        name = item.supplier_sku[:60] or item.line_number
        if line is None:
            notes.append(f"line_unknown: {name} is not of {parcel.number}")
        elif item.quantity is None or item.quantity > 10_000:
            notes.append(f"quantity_unreadable: {name}")
        elif item.quantity:
            quantities[line.line_number] = quantities.get(line.line_number, 0) + item.quantity
    if parcel.lines and not quantities:
        return None, notes
    tracking = _NOT_IN_TRACKING.sub("", parcel.tracking_number).lstrip(" ._/-")[:60]
    shipment = {
        "carrier": parcel.carrier,
        "tracking_number": tracking if len(tracking) >= 4 else f"ASN-{tracking}"[:60],
        "lines": [{"line_number": number, "quantity": quantity} for number, quantity in quantities.items()],
    }
    code = parcel.serial_shipping_code.removeprefix("00") if len(parcel.serial_shipping_code) == 20 else ""
    if code.isascii() and code.isdigit():
        shipment["packages"] = [{"sscc": code, "lines": shipment["lines"]}]
    try:
        return msgspec.convert(shipment, NewShipment), notes
    except msgspec.ValidationError as error:
        return None, [*notes, f"shipment_invalid: {error}"[:300]]


def _accepted_by_shipping(*, shipment: NewShipment, purchase_order: PurchaseOrder) -> list[LineAcknowledgment]:
    """Return the answers that a shipment gives: its lines that nobody answered yet are accepted."""
    shipped = {line.line_number for line in shipment.lines}
    return [
        LineAcknowledgment(line_number=line.line_number, decision=AcknowledgmentDecision.ACCEPTED)
        for line in purchase_order.lines
        if line.answer is LineAnswer.PENDING and line.open_quantity and (not shipped or line.line_number in shipped)
    ]


def _facts(invoice: SupplierInvoice) -> SupplierInvoice:
    """Return what a supplier stated, without what we found and when it came."""
    return msgspec.structs.replace(invoice, findings=(), received_at="", interchange_id="", purchase_order_id=None)


def _bounded(notes: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(one[:300] for one in notes[:_NOTES_MAXIMUM])
    return kept if len(notes) <= _NOTES_MAXIMUM else (*kept, f"and {len(notes) - _NOTES_MAXIMUM} more")


def _unknown(number: str) -> str:
    return f"purchase_order_unknown: there is no purchase order {number[:40]!r}"
