"""Whether goods may come back: pure decisions about a wish of a shopper."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.records import Event
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import LineQuantity
from openaisle.orders.model import Order
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderLine
from openaisle.returns.commands import LineToReturn, NewReturn
from openaisle.returns.events import ReturnAuthorized, ReturnRequested
from openaisle.returns.model import (
    NotReturnable,
    Return,
    ReturnLine,
    ReturnLinesInvalid,
    ReturnNote,
    ReturnReferenceReused,
    ReturnState,
    return_identifier,
)
from openaisle.returns.policy import Authorization, ReturnPolicy, ReturnTerms, terms_of

_ENCODER = msgspec.json.Encoder()


class Made(NamedTuple):
    """A return after a decision, and what others are told of it."""

    record: Return
    events: tuple[Event, ...] = ()


class Whereabouts(NamedTuple):
    """What is known of an order when goods of it are to come back; ``categories`` are those of its products."""

    order: Order
    purchase_orders: Sequence[PurchaseOrder]
    returns: Sequence[Return]
    categories: Mapping[str, str]


class _Part(NamedTuple):
    """Units of one wish that one purchase order brought."""

    position: int
    purchase_order: PurchaseOrder
    line: PurchaseOrderLine
    quantity: int
    terms: ReturnTerms


def fingerprint_of(*, wanted: NewReturn) -> str:
    """Return what recognizes the content of a request."""
    return hashlib.blake2b(_ENCODER.encode(wanted), digest_size=16).hexdigest()


def known_returns(*, returns: Sequence[Return], wanted: NewReturn) -> list[Return]:
    """Return what was made of the same request before; raises ReturnReferenceReused if that was another one."""
    known = [one for one in returns if one.reference == wanted.reference]
    if known and known[0].fingerprint != fingerprint_of(wanted=wanted):
        detail = f"The reference {wanted.reference} is that of {known[0].return_id}, with other lines."
        finding = Finding(pointer="/reference", detail=detail, code="reused")
        raise ReturnReferenceReused(detail=detail, findings=(finding,))
    return known


def returnable_units(
    *, purchase_orders: Sequence[PurchaseOrder], returns: Sequence[Return]
) -> dict[str, dict[int, int]]:
    """Return what was shipped and is claimed by no return, by purchase order and line number."""
    left: dict[str, dict[int, int]] = {}
    for purchase_order in purchase_orders:
        left[purchase_order.purchase_order_id] = {
            line.line_number: line.shipped_quantity
            for line in purchase_order.lines
            if line.answer is LineAnswer.ACCEPTED and line.shipped_quantity
        }
    for one in returns:
        units = left.get(one.purchase_order_id, {})
        for number, quantity in one.claimed.items():
            units[number] = units.get(number, 0) - quantity
    return left


def decide_request(
    *,
    wanted: NewReturn,
    known: Whereabouts,
    policy: ReturnPolicy,
    is_exception: bool,
    first_number: int,
    actor: str,
    at: datetime,
) -> list[Made]:
    """Return a return per purchase order that brought the goods, authorized at once where the policy says so.

    ``is_exception``: the operator takes goods back that the policy would not. Raises ReturnLinesInvalid or
    NotReturnable.
    """
    _require_lines(wanted=wanted, order=known.order)
    findings: list[Finding] = []
    parts: list[_Part] = []
    left = returnable_units(purchase_orders=known.purchase_orders, returns=known.returns)
    for position, line in enumerate(wanted.lines):
        taken = _taken(position=position, line=line, known=known, left=left, policy=policy)
        quantity = sum(part.quantity for part in taken)
        if quantity < line.quantity:
            detail = f"{quantity} of line {line.line_number} may come back, not {line.quantity}."
            findings.append(Finding(pointer=f"/lines/{position}/quantity", detail=detail, code="not_shipped"))
        elif not is_exception:
            findings.extend(_against(part=part, at=at) for part in taken if _against_text(part=part, at=at))
        parts.extend(taken)
    if findings:
        raise NotReturnable(detail=" ".join(one.detail for one in findings), findings=findings)
    return _made(
        wanted=wanted,
        known=known,
        parts=parts,
        policy=policy,
        is_exception=is_exception,
        first_number=first_number,
        actor=actor,
        at=at,
    )


def authorized(*, record: Return, policy: ReturnPolicy, actor: str, at: datetime, note: str = "") -> Made:
    """Return the return with goods that may come back from now on, or that are kept because they cost too little."""
    moment = sortable_time(at)
    send_by = None if record.kept else sortable_time(at + timedelta(days=policy.send_within_days))
    settle_by = sortable_time(at + timedelta(hours=policy.settle_within_hours))
    changed = msgspec.structs.replace(
        record,
        state=ReturnState.AUTHORIZED,
        changed_at=moment,
        due_at=send_by or settle_by,
        history=(*record.history, ReturnNote(at=moment, actor=actor, action="authorized", note=note)),
    )
    event = ReturnAuthorized(**names_of(changed), lines=units_of(changed), send_by=send_by, kept=changed.kept)
    return Made(changed, (event,))


def names_of(record: Return) -> dict[str, str]:
    """Return the identifiers that every event of a return carries."""
    return {
        "return_id": record.return_id,
        "order_id": record.order_id,
        "purchase_order_id": record.purchase_order_id,
        "storefront_id": record.storefront_id,
        "supplier_id": record.supplier_id,
        "reference": record.reference,
    }


def units_of(record: Return) -> tuple[LineQuantity, ...]:
    """Return what is to come back, as events tell it."""
    return tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in record.lines)


def _require_lines(*, wanted: NewReturn, order: Order) -> None:
    numbers = {line.line_number for line in order.lines}
    findings = []
    seen: set[int] = set()
    for position, line in enumerate(wanted.lines):
        pointer = f"/lines/{position}/line_number"
        if line.line_number not in numbers:
            told = f"The order has no line {line.line_number}."
            findings.append(Finding(pointer=pointer, detail=told, code="unknown"))
        elif line.line_number in seen:
            told = f"Line {line.line_number} is named twice."
            findings.append(Finding(pointer=pointer, detail=told, code="repeated"))
        seen.add(line.line_number)
    if findings:
        raise ReturnLinesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)


def _taken(
    *,
    position: int,
    line: LineToReturn,
    known: Whereabouts,
    left: dict[str, dict[int, int]],
    policy: ReturnPolicy,
) -> list[_Part]:
    """Take the units from the purchase orders that brought them, the first one first."""
    parts = []
    missing = line.quantity
    for purchase_order in known.purchase_orders:
        units = left[purchase_order.purchase_order_id]
        quantity = min(missing, units.get(line.line_number, 0))
        if quantity <= 0:
            continue
        units[line.line_number] -= quantity
        missing -= quantity
        brought = next(one for one in purchase_order.lines if one.line_number == line.line_number)
        terms = terms_of(
            policy=policy,
            category=known.categories.get(brought.product_id, ""),
            supplier_id=purchase_order.supplier_id,
            is_fault=line.reason.is_fault,
        )
        parts.append(_Part(position, purchase_order, brought, quantity, terms))
    return parts


def _against(*, part: _Part, at: datetime) -> Finding:
    detail = _against_text(part=part, at=at)
    code = "window_closed" if part.terms.returnable else "not_returnable"
    return Finding(pointer=f"/lines/{part.position}", detail=detail, code=code)


def _against_text(*, part: _Part, at: datetime) -> str:
    """Return why the policy does not let the goods come back, empty if it does."""
    number, terms = part.line.line_number, part.terms
    if not terms.returnable:
        return f"Line {number} cannot come back without a fault ({terms.rule})."
    delivered = _delivered_at(purchase_order=part.purchase_order, line_number=number)
    # What was never delivered may always come back: it was refused at the door, or turned around.
    if delivered is None:
        return ""
    end = datetime.fromisoformat(delivered) + timedelta(days=terms.window_days)
    return "" if at <= end else f"Line {number} could come back until {sortable_time(end)} ({terms.rule})."


def _delivered_at(*, purchase_order: PurchaseOrder, line_number: int) -> str | None:
    """Return when the last parcel with units of the line reached the shopper, None while one is under way."""
    moments = [
        shipment.delivered_at
        for shipment in purchase_order.shipments
        if any(line.line_number == line_number for line in shipment.lines)
    ]
    told = [moment for moment in moments if moment is not None]
    return max(told) if told and len(told) == len(moments) else None


def _made(
    *,
    wanted: NewReturn,
    known: Whereabouts,
    parts: Sequence[_Part],
    policy: ReturnPolicy,
    is_exception: bool,
    first_number: int,
    actor: str,
    at: datetime,
) -> list[Made]:
    by_purchase_order: dict[str, list[_Part]] = {}
    for part in parts:
        by_purchase_order.setdefault(part.purchase_order.purchase_order_id, []).append(part)
    moment = sortable_time(at)
    made = []
    for number, own in enumerate(by_purchase_order.values(), start=first_number):
        purchase_order = own[0].purchase_order
        lines = tuple(_line(part=part, wanted=wanted.lines[part.position]) for part in own)
        value = sum(part.line.unit_price_minor * part.quantity for part in own)
        note = "an exception of the operator" if is_exception else ""
        record = Return(
            return_id=return_identifier(order_id=known.order.order_id, number=number),
            order_id=known.order.order_id,
            storefront_id=known.order.storefront_id,
            order_reference=known.order.reference,
            purchase_order_id=purchase_order.purchase_order_id,
            supplier_id=purchase_order.supplier_id,
            currency=known.order.currency,
            reference=wanted.reference,
            fingerprint=fingerprint_of(wanted=wanted),
            wish=wanted.wish,
            state=ReturnState.REQUESTED,
            lines=lines,
            requested_at=moment,
            changed_at=moment,
            due_at=sortable_time(at + timedelta(hours=policy.decide_within_hours)),
            kept=all(value < part.terms.keep_below_minor for part in own),
            history=(ReturnNote(at=moment, actor=actor, action="requested", note=note),),
        )
        asked = ReturnRequested(**names_of(record), lines=units_of(record))
        if is_exception or all(part.terms.authorization is Authorization.AUTOMATIC for part in own):
            done = authorized(record=record, policy=policy, actor=actor, at=at)
            made.append(Made(done.record, (asked, *done.events)))
        else:
            made.append(Made(record, (asked,)))
    return made


def _line(*, part: _Part, wanted: LineToReturn) -> ReturnLine:
    return ReturnLine(
        line_number=part.line.line_number,
        product_id=part.line.product_id,
        offer_id=part.line.offer_id,
        supplier_sku=part.line.supplier_sku,
        location=part.line.location,
        quantity=part.quantity,
        reason=wanted.reason,
        terms=part.terms,
        note=wanted.note,
    )
