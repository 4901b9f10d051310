"""A refund: money that the storefront is to give back to a shopper, never more than was paid. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, TransitionRefused
from openaisle.kernel.records import Event
from openaisle.orders.model import Order
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.returns.events import RefundedLine, RefundFailed, RefundOverdue, RefundPaid, RefundRequested
from openaisle.returns.paying import paid_for

_ORDER_PREFIX = "ord_"
_REFUND_PREFIX = "ref_"


class RefundState(StrEnum):
    """Where a refund stands: the storefront pays it, or says why it cannot."""

    REQUESTED = "requested"
    PAID = "paid"
    FAILED = "failed"


TRANSITIONS: Mapping[RefundState, frozenset[RefundState]] = {
    RefundState.REQUESTED: frozenset({RefundState.PAID, RefundState.FAILED}),
    # What failed may be paid in another way.
    RefundState.FAILED: frozenset({RefundState.PAID, RefundState.REQUESTED}),
    RefundState.PAID: frozenset(),
}


class RefundCause(StrEnum):
    """Why money goes back."""

    RETURN = "return"
    INCIDENT = "incident"
    CONCESSION = "concession"


class RefundLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What goes back for a line: for the goods, and of its shipping charge.

    ``quantity`` are the units it settles for good, 0 where the shopper keeps them. ``fee_minor`` and
    ``deduction_minor`` were kept of what the goods cost and are told for explanation.
    """

    line_number: int
    quantity: int
    goods_minor: int
    shipping_minor: int = 0
    fee_minor: int = 0
    deduction_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """What goes back in all."""
        return self.goods_minor + self.shipping_minor


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money on its way back, in minor units of ``currency``."""

    refund_id: str
    order_id: str
    storefront_id: str
    order_reference: str
    supplier_id: str | None
    purchase_order_id: str | None
    cause: RefundCause
    cause_id: str
    currency: str
    amount_minor: int
    state: RefundState
    lines: tuple[RefundLine, ...]
    requested_at: str
    requested_by: str
    reason: str = ""
    due_at: str | None = None
    overdue: bool = False
    settled_at: str | None = None
    payment_reference: str = ""
    failure: str = ""


class RefundUnknown(NotFound):
    """There is no refund of that identifier, or it is somebody else's."""

    code = "refund-unknown"
    title = "No such refund"


class RefundTooLarge(OpenAisleError):
    """More would go back for a line than was paid for what was shipped of it."""

    code = "refund-too-large"
    title = "That is more than was paid"
    status = 409
    mend = "Refund at most what findings say is left of each line; what was not shipped is canceled, not refunded."


class RefundRefused(TransitionRefused):
    """The refund was paid before, in another way or under another payment reference."""

    code = "refund-refused"
    title = "The refund is settled"


class LineAccount(NamedTuple):
    """What a shopper paid for what was shipped of a line, and what of it went back or is about to.

    ``settled_quantity`` are units that returns have settled for good.
    """

    line_number: int
    quantity: int
    shipped: int
    goods_paid_minor: int
    shipping_paid_minor: int
    settled_quantity: int
    goods_refunded_minor: int
    shipping_refunded_minor: int

    @property
    def goods_left_minor(self) -> int:
        """What may still go back for the goods."""
        return self.goods_of(units=self.shipped) - self.goods_refunded_minor

    @property
    def shipping_left_minor(self) -> int:
        """What may still go back of the shipping charge."""
        return self.shipping_of(units=self.shipped) - self.shipping_refunded_minor

    def goods_of(self, *, units: int) -> int:
        """Return what the first ``units`` cost: so divided, the parts add up to the last cent."""
        return self.goods_paid_minor * units // self.quantity

    def shipping_of(self, *, units: int) -> int:
        """Return the share of the shipping charge that the first ``units`` bear."""
        return self.shipping_paid_minor * units // self.quantity


class Asked(NamedTuple):
    """What somebody wants to go back for a line."""

    line_number: int
    goods_minor: int
    shipping_minor: int = 0


class Origin(NamedTuple):
    """Whence a refund comes: its cause, and what it stands beside."""

    cause: RefundCause
    cause_id: str
    supplier_id: str | None
    purchase_order_id: str | None
    reason: str


def refund_identifier(*, order_id: str, number: int) -> str:
    """Return the identifier of an order's refund of that ``number``, counted from 1."""
    return f"{_REFUND_PREFIX}{order_id.removeprefix(_ORDER_PREFIX)}_{number:02d}"


def accounts_of(
    *, order: Order, purchase_orders: Iterable[PurchaseOrder], refunds: Iterable[Refund]
) -> dict[int, LineAccount]:
    """Return the account of each line, by line number. A refund that failed may yet be paid, so it counts."""
    shipped: dict[int, int] = {}
    for purchase_order in purchase_orders:
        for line in purchase_order.lines:
            shipped[line.line_number] = shipped.get(line.line_number, 0) + line.shipped_quantity
    back: dict[int, tuple[int, int, int]] = {}
    for refund in refunds:
        for part in refund.lines:
            units, goods, shipping = back.get(part.line_number, (0, 0, 0))
            back[part.line_number] = (
                units + part.quantity,
                goods + part.goods_minor,
                shipping + part.shipping_minor,
            )
    accounts = {}
    for ordered in order.lines:
        units, goods, shipping = back.get(ordered.line_number, (0, 0, 0))
        paid = paid_for(order=order, line=ordered)
        accounts[ordered.line_number] = LineAccount(
            line_number=ordered.line_number,
            quantity=ordered.quantity,
            shipped=min(shipped.get(ordered.line_number, 0), ordered.quantity),
            goods_paid_minor=paid.goods_minor,
            shipping_paid_minor=paid.shipping_minor,
            settled_quantity=units,
            goods_refunded_minor=goods,
            shipping_refunded_minor=shipping,
        )
    return accounts


def refund_line(
    *, account: LineAccount, units: int, fee_basis_points: int, deduction_minor: int, with_shipping: bool
) -> RefundLine:
    """Return what goes back for ``units`` that a return settles, after fee and deduction, at most what is left."""
    before, after = account.settled_quantity, min(account.settled_quantity + units, account.shipped)
    cost = account.goods_of(units=after) - account.goods_of(units=before)
    fee = cost * fee_basis_points // 10_000
    deduction = min(deduction_minor, cost - fee)
    charge = account.shipping_of(units=after) - account.shipping_of(units=before) if with_shipping else 0
    return RefundLine(
        line_number=account.line_number,
        quantity=units,
        # Something may have gone back before as goodwill.
        goods_minor=min(cost - fee - deduction, account.goods_left_minor),
        shipping_minor=min(charge, account.shipping_left_minor),
        fee_minor=fee,
        deduction_minor=deduction,
    )


def asked_lines(*, accounts: Mapping[int, LineAccount], asked: Sequence[Asked]) -> tuple[RefundLine, ...]:
    """Return the lines of a refund that leaves the goods with the shopper; raises RefundTooLarge."""
    findings = []
    lines = []
    seen: set[int] = set()
    for position, one in enumerate(asked):
        account = accounts.get(one.line_number)
        if account is None or one.line_number in seen:
            told = "is named twice" if account is not None else "is none of the order"
            findings.append(_finding(position, "line_number", f"Line {one.line_number} {told}."))
            continue
        seen.add(one.line_number)
        if one.goods_minor > account.goods_left_minor:
            told = f"{account.goods_left_minor} are left of line {one.line_number}, not {one.goods_minor}."
            findings.append(_finding(position, "amount_minor", told))
        if one.shipping_minor > account.shipping_left_minor:
            told = f"{account.shipping_left_minor} of shipping are left of line {one.line_number}."
            findings.append(_finding(position, "shipping_minor", told))
        lines.append(
            RefundLine(
                line_number=one.line_number, quantity=0, goods_minor=one.goods_minor, shipping_minor=one.shipping_minor
            )
        )
    if not sum(line.amount_minor for line in lines) and not findings:
        findings.append(Finding(pointer="/lines", detail="Nothing would go back.", code="too_large"))
    if findings:
        raise RefundTooLarge(detail=" ".join(one.detail for one in findings), findings=findings)
    return tuple(lines)


def new_refund(
    *,
    order: Order,
    number: int,
    lines: tuple[RefundLine, ...],
    origin: Origin,
    actor: str,
    at: str,
    due_at: str,
) -> tuple[Refund, Event]:
    """Return a refund that the storefront is asked to pay, and the event that asks."""
    refund = Refund(
        refund_id=refund_identifier(order_id=order.order_id, number=number),
        order_id=order.order_id,
        storefront_id=order.storefront_id,
        order_reference=order.reference,
        supplier_id=origin.supplier_id,
        purchase_order_id=origin.purchase_order_id,
        cause=origin.cause,
        cause_id=origin.cause_id,
        currency=order.currency,
        amount_minor=sum(line.amount_minor for line in lines),
        state=RefundState.REQUESTED,
        lines=lines,
        requested_at=at,
        requested_by=actor,
        reason=origin.reason,
        due_at=due_at,
    )
    return refund, asked_for(refund=refund)


def asked_for(*, refund: Refund) -> RefundRequested:
    """Return the event that asks the storefront to pay."""
    return RefundRequested(
        **_names(refund),
        purchase_order_id=refund.purchase_order_id,
        cause=refund.cause.value,
        cause_id=refund.cause_id,
        reason=refund.reason,
    )


def decide_paid(*, refund: Refund, payment_reference: str, at: str) -> tuple[Refund, tuple[Event, ...]]:
    """Record that the shopper has the money; said again with the same reference it changes nothing.

    Raises RefundRefused.
    """
    if refund.state is RefundState.PAID:
        if payment_reference and payment_reference != refund.payment_reference:
            raise RefundRefused(detail=f"{refund.refund_id} was paid as {refund.payment_reference or 'told before'}.")
        return refund, ()
    changed = msgspec.structs.replace(
        refund,
        state=RefundState.PAID,
        settled_at=at,
        payment_reference=payment_reference,
        due_at=None,
        overdue=False,
        failure="",
    )
    return changed, (RefundPaid(**_names(changed), payment_reference=payment_reference, cause_id=refund.cause_id),)


def decide_failed(*, refund: Refund, reason: str, at: str) -> tuple[Refund, tuple[Event, ...]]:
    """Record that the storefront cannot pay; said again it changes nothing. Raises RefundRefused once it is paid."""
    if refund.state is RefundState.PAID:
        raise RefundRefused(detail=f"{refund.refund_id} was paid at {refund.settled_at}.")
    if refund.state is RefundState.FAILED:
        return refund, ()
    changed = msgspec.structs.replace(refund, state=RefundState.FAILED, settled_at=at, failure=reason, due_at=None)
    return changed, (RefundFailed(**_names(changed), reason=reason, cause_id=refund.cause_id),)


def decide_again(*, refund: Refund, due_at: str) -> tuple[Refund, tuple[Event, ...]]:
    """Ask the storefront once more for a refund that failed; raises RefundRefused if it has not."""
    if refund.state is not RefundState.FAILED:
        raise RefundRefused(detail=f"{refund.refund_id} is {refund.state}, it has not failed.")
    changed = msgspec.structs.replace(
        refund, state=RefundState.REQUESTED, settled_at=None, failure="", due_at=due_at, overdue=False
    )
    return changed, (asked_for(refund=changed),)


def decide_overdue(*, refund: Refund, at: str, due_at: str) -> tuple[Refund, tuple[Event, ...]]:
    """Tell that a refund waits too long to be paid, and look again at ``due_at``; nothing if it does not."""
    if refund.state is not RefundState.REQUESTED or refund.due_at is None or refund.due_at > at:
        return refund, ()
    changed = msgspec.structs.replace(refund, overdue=True, due_at=due_at)
    return changed, (RefundOverdue(**_names(changed), requested_at=refund.requested_at),)


def _names(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "order_id": refund.order_id,
        "order_reference": refund.order_reference,
        "storefront_id": refund.storefront_id,
        "supplier_id": refund.supplier_id,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "lines": tuple(msgspec.convert(line, RefundedLine, from_attributes=True) for line in refund.lines),
    }


def _finding(position: int, field: str, detail: str) -> Finding:
    return Finding(pointer=f"/lines/{position}/{field}", detail=detail, code="too_large")
