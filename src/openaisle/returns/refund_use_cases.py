"""Money on its way back: asked for, paid by the storefront or failed. Each command is one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from openaisle.kernel.context import Context
from openaisle.kernel.errors import Finding
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import Event, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderUnknown
from openaisle.returns.access import require_order, require_refund
from openaisle.returns.book import Book, Books
from openaisle.returns.commands import NewRefund, Payment, Refusal
from openaisle.returns.deciding import decide_refunded
from openaisle.returns.model import OPEN, ReturnLinesInvalid, ReturnReferenceReused
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.refund import (
    Asked,
    Origin,
    Refund,
    RefundCause,
    RefundState,
    asked_lines,
    decide_again,
    decide_failed,
    decide_overdue,
    decide_paid,
    new_refund,
)
from openaisle.returns.repository import REFUNDS, RETURNS

Decision = tuple[Refund, tuple[Event, ...]]


class DraftedRefund(NamedTuple):
    """A refund that is not written yet: whoever asked for it commits the writes together with its own."""

    refund_id: str
    amount_minor: int
    currency: str
    writes: tuple[Write, ...]


class Refunds:
    """The use cases of refunds."""

    def __init__(self, *, table: Table, books: Books, policy: ReturnPolicy) -> None:
        """Take the table, the books of orders, and the policy."""
        self._table = table
        self._books = books
        self._policy = policy

    async def request(self, *, order_id: str, wanted: NewRefund, context: Context) -> Refund:
        """Refund what the shopper keeps, the same request again gives the same refund.

        Raises OrderUnknown, PurchaseOrderUnknown, ReturnLinesInvalid, RefundTooLarge, ReturnReferenceReused or
        ReturnsTooMany.
        """
        cause_id = derived_identifier(prefix="con", parts=(order_id, wanted.reference))

        async def attempt() -> Refund:
            book = await self._books.of_order(order_id=order_id)
            require_order(order=book.order, principal=context.principal)
            asked = [Asked(line.line_number, line.amount_minor, line.shipping_minor) for line in wanted.lines]
            known = [one.record for one in book.refunds.values() if one.record.cause_id == cause_id]
            if known:
                _require_same(refund=known[0], asked=asked)
                return known[0]
            origin = self._origin(
                book=book,
                cause=RefundCause.CONCESSION,
                cause_id=cause_id,
                purchase_order_id=wanted.purchase_order_id,
                reason=wanted.reason,
            )
            refund, event = self._drafted(book=book, asked=asked, origin=origin, context=context)
            await self._table.commit(writes=[REFUNDS.create(refund, events=(event,))], context=context)
            return refund

        return await decided_anew(attempt)

    async def drafted(
        self,
        *,
        order_id: str,
        incident_id: str,
        purchase_order_id: str | None,
        lines: Sequence[tuple[int, int, int]],
        reason: str,
        context: Context,
    ) -> DraftedRefund:
        """Return a refund that settles an incident, to be written with it; ``lines`` are number, amount, shipping.

        Raises OrderUnknown, PurchaseOrderUnknown, ReturnLinesInvalid, RefundTooLarge or ReturnsTooMany.
        """
        book = await self._books.of_order(order_id=order_id)
        origin = self._origin(
            book=book,
            cause=RefundCause.INCIDENT,
            cause_id=incident_id,
            purchase_order_id=purchase_order_id,
            reason=reason,
        )
        asked = [Asked(*line) for line in lines]
        refund, event = self._drafted(book=book, asked=asked, origin=origin, context=context)
        writes = (REFUNDS.create(refund, events=(event,)),)
        return DraftedRefund(refund.refund_id, refund.amount_minor, refund.currency, writes)

    async def paid(self, *, refund_id: str, payment: Payment, context: Context) -> Refund:
        """Record that the storefront paid; a return that waited for it is done. Raises RefundUnknown, RefundRefused."""
        at = sortable_time(context.at)
        return await self._change(
            refund_id=refund_id,
            context=context,
            decide=lambda one: decide_paid(refund=one, payment_reference=payment.payment_reference, at=at),
        )

    async def failed(self, *, refund_id: str, refusal: Refusal, context: Context) -> Refund:
        """Record that the storefront cannot pay. Raises RefundUnknown or RefundRefused."""
        at = sortable_time(context.at)
        return await self._change(
            refund_id=refund_id,
            context=context,
            decide=lambda one: decide_failed(refund=one, reason=refusal.reason, at=at),
        )

    async def ask_again(self, *, refund_id: str, context: Context) -> Refund:
        """Ask the storefront once more for what failed. Raises RefundUnknown or RefundRefused."""
        due_at = self._pay_by(context)
        return await self._change(
            refund_id=refund_id, context=context, decide=lambda one: decide_again(refund=one, due_at=due_at)
        )

    async def come_due(self, *, refund_id: str, context: Context) -> Refund:
        """Tell that a refund waits too long; nothing before its deadline has passed."""
        at, due_at = sortable_time(context.at), self._pay_by(context)
        return await self._change(
            refund_id=refund_id, context=context, decide=lambda one: decide_overdue(refund=one, at=at, due_at=due_at)
        )

    async def _change(self, *, refund_id: str, context: Context, decide: Callable[[Refund], Decision]) -> Refund:
        async def attempt() -> Refund:
            book = await self._books.of_refund(refund_id=refund_id)
            found = book.refund(refund_id=refund_id)
            require_refund(refund=found.record, principal=context.principal)
            refund, events = decide(found.record)
            if refund is found.record:
                return refund
            writes: list[Write] = [REFUNDS.replace(refund, version=found.version, events=events)]
            writes.extend(_return_done(book=book, refund=refund, context=context))
            await self._table.commit(writes=writes, context=context)
            return refund

        return await decided_anew(attempt)

    def _drafted(self, *, book: Book, asked: Sequence[Asked], origin: Origin, context: Context) -> tuple[Refund, Event]:
        if origin.purchase_order_id is not None:
            purchase_order = _purchase_order(book=book, purchase_order_id=origin.purchase_order_id)
            _require_lines_of(purchase_order=purchase_order, asked=asked)
        return new_refund(
            order=book.order,
            number=book.next_refund_number(),
            lines=asked_lines(accounts=book.accounts, asked=asked),
            origin=origin,
            actor=context.principal.actor,
            at=sortable_time(context.at),
            due_at=self._pay_by(context),
        )

    def _origin(
        self, *, book: Book, cause: RefundCause, cause_id: str, purchase_order_id: str | None, reason: str
    ) -> Origin:
        supplier_id = None
        if purchase_order_id is not None:
            supplier_id = _purchase_order(book=book, purchase_order_id=purchase_order_id).supplier_id
        return Origin(cause, cause_id, supplier_id, purchase_order_id, reason)

    def _pay_by(self, context: Context) -> str:
        return sortable_time(context.at + timedelta(hours=self._policy.pay_within_hours))


def _return_done(*, book: Book, refund: Refund, context: Context) -> list[Write]:
    """Return the write that ends the return whose refund was paid."""
    found = book.returns.get(refund.cause_id) if refund.state is RefundState.PAID else None
    if found is None or found.record.state not in OPEN or found.record.refund_id != refund.refund_id:
        return []
    made = decide_refunded(
        record=found.record, refund_id=refund.refund_id, actor=context.principal.actor, at=context.at
    )
    return [RETURNS.replace(made.record, version=found.version, events=made.events)]


def _require_same(*, refund: Refund, asked: Sequence[Asked]) -> None:
    told = sorted((line.line_number, line.goods_minor, line.shipping_minor) for line in refund.lines)
    if told != sorted(asked):
        raise ReturnReferenceReused(detail=f"The reference is that of {refund.refund_id}, with other amounts.")


def _require_lines_of(*, purchase_order: PurchaseOrder, asked: Sequence[Asked]) -> None:
    """Raise ReturnLinesInvalid where a line is none of the purchase order: nobody gives away what others sold."""
    known = {line.line_number for line in purchase_order.lines}
    findings = [
        Finding(
            pointer=f"/lines/{position}/line_number", detail=f"Line {one.line_number} is none of it.", code="unknown"
        )
        for position, one in enumerate(asked)
        if one.line_number not in known
    ]
    if findings:
        detail = f"{purchase_order.purchase_order_id} has not all of the lines."
        raise ReturnLinesInvalid(detail=detail, findings=findings)


def _purchase_order(*, book: Book, purchase_order_id: str) -> PurchaseOrder:
    for one in book.purchase_orders:
        if one.purchase_order_id == purchase_order_id:
            return one
    raise PurchaseOrderUnknown(detail=f"The order has no purchase order {purchase_order_id[:64]}.")
