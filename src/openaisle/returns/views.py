"""What the API shows of returns and refunds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from openaisle.returns.book import Book
from openaisle.returns.model import Return, ReturnLine, ReturnNote, ReturnParcel, ReturnReceipt, ReturnState, Wish
from openaisle.returns.policy import PaidBy
from openaisle.returns.refund import LineAccount, Refund, RefundCause, RefundLine, RefundState
from openaisle.returns.requesting import returnable_units
from openaisle.suppliers.contact import ReturnAddress


class ReturnView(msgspec.Struct, frozen=True, kw_only=True):
    """A return; ``due_at`` is when something happens by itself, ``overdue`` says that it waits too long."""

    return_id: str
    reference: str
    order_id: str
    order_reference: str
    purchase_order_id: str
    supplier_id: str
    currency: str
    wish: Wish
    state: ReturnState
    lines: list[ReturnLine]
    requested_at: str
    changed_at: str
    due_at: str | None
    kept: bool
    overdue: bool
    parcel: ReturnParcel | None
    receipts: list[ReturnReceipt]
    refund_id: str | None
    replacement_order_id: str | None
    refusal: str
    history: list[ReturnNote]


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """A refund, in minor units of its currency."""

    refund_id: str
    order_id: str
    order_reference: str
    storefront_id: str
    supplier_id: str | None
    purchase_order_id: str | None
    cause: RefundCause
    cause_id: str
    currency: str
    amount_minor: int
    state: RefundState
    lines: list[RefundLine]
    requested_at: str
    reason: str
    due_at: str | None
    overdue: bool
    settled_at: str | None
    payment_reference: str
    failure: str


class LineReturned(msgspec.Struct, frozen=True, kw_only=True):
    """How far the units and the money of an order line have come back.

    ``returnable`` units were shipped and are claimed by no return (what the policy says of them is told when they are
    asked for), ``returning`` are on their way, ``returned`` came back. ``left_minor`` may still be refunded.
    """

    line_number: int
    quantity: int
    shipped: int
    returnable: int
    returning: int
    returned: int
    paid_minor: int
    refunded_minor: int
    left_minor: int


class OrderReturnsView(msgspec.Struct, frozen=True, kw_only=True):
    """All that came back of an order, and is about to."""

    order_id: str
    currency: str
    lines: list[LineReturned]
    returns: list[ReturnView]
    refunds: list[RefundView]


class ReturnsMade(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of a request: a return for each purchase order that brought the goods."""

    returns: list[ReturnView]


class ReturnPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of returns; ``next_after`` is what the next page is asked with, null on the last."""

    returns: list[ReturnView]
    next_after: str | None


class RefundPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of refunds; ``next_after`` is what the next page is asked with, null on the last."""

    refunds: list[RefundView]
    next_after: str | None


class LabelLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the parcel."""

    supplier_sku: str
    quantity: int


class ReturnLabel(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the parcel that goes back: ``return_id`` as a bar code lets the supplier find it."""

    return_id: str
    order_reference: str
    send_to: ReturnAddress
    send_by: str | None
    shipping_paid_by: PaidBy
    lines: list[LabelLine]


def return_view(record: Return) -> ReturnView:
    """Return a return as the API shows it."""
    return ReturnView(
        return_id=record.return_id,
        reference=record.reference,
        order_id=record.order_id,
        order_reference=record.order_reference,
        purchase_order_id=record.purchase_order_id,
        supplier_id=record.supplier_id,
        currency=record.currency,
        wish=record.wish,
        state=record.state,
        lines=list(record.lines),
        requested_at=record.requested_at,
        changed_at=record.changed_at,
        due_at=record.due_at,
        kept=record.kept,
        overdue=record.overdue,
        parcel=record.parcel,
        receipts=list(record.receipts),
        refund_id=record.refund_id,
        replacement_order_id=record.replacement_order_id,
        refusal=record.refusal,
        history=list(record.history),
    )


def refund_view(refund: Refund) -> RefundView:
    """Return a refund as the API shows it."""
    return RefundView(
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        order_reference=refund.order_reference,
        storefront_id=refund.storefront_id,
        supplier_id=refund.supplier_id,
        purchase_order_id=refund.purchase_order_id,
        cause=refund.cause,
        cause_id=refund.cause_id,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        state=refund.state,
        lines=list(refund.lines),
        requested_at=refund.requested_at,
        reason=refund.reason,
        due_at=refund.due_at,
        overdue=refund.overdue,
        settled_at=refund.settled_at,
        payment_reference=refund.payment_reference,
        failure=refund.failure,
    )


def order_returns_view(book: Book) -> OrderReturnsView:
    """Return all that came back of an order."""
    accounts = book.accounts
    returnable = returnable_units(purchase_orders=book.purchase_orders, returns=book.return_records)
    free: dict[int, int] = {}
    for units in returnable.values():
        for number, quantity in units.items():
            free[number] = free.get(number, 0) + quantity
    returned: dict[int, int] = {}
    returning: dict[int, int] = {}
    for record in book.return_records:
        came = record.settled
        for number, quantity in came.items():
            returned[number] = returned.get(number, 0) + quantity
        for number, quantity in record.claimed.items():
            returning[number] = returning.get(number, 0) + quantity - came.get(number, 0)
    return OrderReturnsView(
        order_id=book.order.order_id,
        currency=book.order.currency,
        lines=[
            _line(account=account, returnable=free, returning=returning, returned=returned)
            for account in accounts.values()
        ],
        returns=[return_view(record) for record in book.return_records],
        refunds=[refund_view(one.record) for one in book.refunds.values()],
    )


def _line(
    *,
    account: LineAccount,
    returnable: Mapping[int, int],
    returning: Mapping[int, int],
    returned: Mapping[int, int],
) -> LineReturned:
    number = account.line_number
    return LineReturned(
        line_number=number,
        quantity=account.quantity,
        shipped=account.shipped,
        returnable=returnable.get(number, 0),
        returning=returning.get(number, 0),
        returned=returned.get(number, 0),
        paid_minor=account.goods_paid_minor + account.shipping_paid_minor,
        refunded_minor=account.goods_refunded_minor + account.shipping_refunded_minor,
        left_minor=account.goods_left_minor + account.shipping_left_minor,
    )
