"""Money for goods that came: the return and its refund after a decision, to be written in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.table import Write
from openaisle.kernel.times import sortable_time
from openaisle.returns.book import Book
from openaisle.returns.deciding import decide_refunded, settlement_lines
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.refund import Origin, RefundCause, RefundLine, new_refund
from openaisle.returns.repository import REFUNDS
from openaisle.returns.requesting import Made
from openaisle.returns.standing import settles_by_itself


class Settled(NamedTuple):
    """A return after a decision, and the write of the refund that belongs to it, if any."""

    made: Made
    writes: tuple[Write, ...] = ()


def settled_at_once(*, book: Book, made: Made, policy: ReturnPolicy, context: Context) -> Settled:
    """Refund what needs nobody's decision."""
    if not settles_by_itself(made.record):
        return Settled(made)
    return settled(book=book, made=made, deductions={}, reason="", policy=policy, context=context)


def settled(
    *,
    book: Book,
    made: Made,
    deductions: Mapping[int, int] | None,
    reason: str,
    policy: ReturnPolicy,
    context: Context,
) -> Settled:
    """Refund what came; ``deductions`` as ``settlement_lines`` takes them, whose errors it raises."""
    record = made.record
    lines = settlement_lines(record=record, accounts=book.accounts, deductions=deductions)
    if not sum(line.amount_minor for line in lines):
        # Nothing was paid, as for a replacement, or nothing is left: the return is done.
        done = decide_refunded(record=record, refund_id=None, actor=context.principal.actor, at=context.at)
        return Settled(Made(done.record, (*made.events, *done.events)))
    refund_id, write = refund_of_return(
        book=book, made=made, lines=lines, reason=reason, policy=policy, context=context
    )
    # What is left to do stands in the refund now, with a deadline of its own.
    return Settled(Made(msgspec.structs.replace(record, refund_id=refund_id, due_at=None), made.events), (write,))


def refund_of_return(
    *,
    book: Book,
    made: Made,
    lines: tuple[RefundLine, ...],
    reason: str,
    policy: ReturnPolicy,
    context: Context,
) -> tuple[str, Write]:
    """Return the identifier of a new refund for a return, and the write that makes it."""
    record = made.record
    refund, event = new_refund(
        order=book.order,
        number=book.next_refund_number(),
        lines=lines,
        origin=Origin(RefundCause.RETURN, record.return_id, record.supplier_id, record.purchase_order_id, reason),
        actor=context.principal.actor,
        at=sortable_time(context.at),
        due_at=sortable_time(context.at + timedelta(hours=policy.pay_within_hours)),
    )
    return refund.refund_id, REFUNDS.create(refund, events=(event,))
