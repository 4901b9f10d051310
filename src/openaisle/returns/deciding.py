"""What becomes of a return once it is asked for: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import LineQuantity
from openaisle.returns.commands import LineReceived, NewReceipt, ParcelSent
from openaisle.returns.events import (
    ReturnExpired,
    ReturnOverdue,
    ReturnReceived,
    ReturnRefunded,
    ReturnRefusedEvent,
    ReturnReplaced,
    ReturnSentBack,
)
from openaisle.returns.model import (
    TRANSITIONS,
    Condition,
    ReceiptDiffers,
    ReceivedLine,
    Return,
    ReturnLinesInvalid,
    ReturnNote,
    ReturnParcel,
    ReturnReceipt,
    ReturnRefused,
    ReturnState,
    Wish,
)
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.refund import LineAccount, RefundLine, refund_line
from openaisle.returns.requesting import Made, authorized, names_of, units_of

_RECEIPTS_MAXIMUM = 50
_PARCELS_MAXIMUM = 20
_REPLACING_MINUTES = 10


class Restocking(NamedTuple):
    """Units that are on sale again."""

    offer_id: str
    location: str
    quantity: int


class Receipt(NamedTuple):
    """A return after a parcel came, and what of it is on sale again."""

    made: Made
    restocked: tuple[Restocking, ...] = ()


def decide_authorization(*, record: Return, policy: ReturnPolicy, note: str, actor: str, at: datetime) -> Made:
    """Let the goods come back; an authorized return stays as it is. Raises ReturnRefused."""
    if record.state is ReturnState.AUTHORIZED:
        return Made(record)
    require_transition(record=record, state=ReturnState.AUTHORIZED)
    return authorized(record=record, policy=policy, actor=actor, at=at, note=note)


def decide_refusal(*, record: Return, reason: str, actor: str, at: datetime) -> Made:
    """Refuse to take the goods back, or to refund what came; refused for the same reason again changes nothing.

    Raises ReturnRefused, also for what is authorized and has not come: the shopper may rely on it.
    """
    if record.state is ReturnState.REFUSED and record.refusal == reason:
        return Made(record)
    if record.state is ReturnState.AUTHORIZED or record.refund_id or record.replacement_order_id:
        raise ReturnRefused(detail=f"{record.return_id} is authorized, refunded or replaced; it cannot be refused.")
    return _ended(record=record, state=ReturnState.REFUSED, action="refused", note=reason, actor=actor, at=at)


def decide_withdrawal(*, record: Return, reason: str, actor: str, at: datetime) -> Made:
    """Let the shopper keep the goods after all; withdrawn again changes nothing. Raises ReturnRefused."""
    note = reason or "withdrawn"
    if record.state is ReturnState.REFUSED and record.history[-1].action == "withdrawn":
        return Made(record)
    if record.receipts or record.kept:
        raise ReturnRefused(detail=f"{record.return_id} cannot be withdrawn: it is {record.state}.")
    return _ended(record=record, state=ReturnState.REFUSED, action="withdrawn", note=note, actor=actor, at=at)


def decide_parcel(*, record: Return, parcel: ParcelSent, policy: ReturnPolicy, actor: str, at: datetime) -> Made:
    """Record the parcel that the shopper handed in: the return expires no more. Raises ReturnRefused."""
    known = record.parcel
    if known is not None and (known.carrier, known.tracking_number) == (parcel.carrier, parcel.tracking_number):
        return Made(record)
    if record.state is not ReturnState.AUTHORIZED or record.kept:
        raise ReturnRefused(detail=f"{record.return_id} is {record.state}; no parcel is awaited.")
    if sum(note.action == "sent_back" for note in record.history) >= _PARCELS_MAXIMUM:
        raise ReturnRefused(detail=f"The parcel of {record.return_id} was changed too often.")
    moment = sortable_time(at)
    sent = ReturnParcel(carrier=parcel.carrier, tracking_number=parcel.tracking_number, at=moment)
    changed = msgspec.structs.replace(
        record,
        parcel=sent,
        changed_at=moment,
        overdue=False,
        due_at=sortable_time(at + timedelta(days=policy.receive_within_days)),
        history=_noted(record, moment, actor, "sent_back", f"{sent.carrier} {sent.tracking_number}"),
    )
    event = ReturnSentBack(
        **names_of(changed), lines=units_of(changed), carrier=sent.carrier, tracking_number=sent.tracking_number
    )
    return Made(changed, (event,))


def decide_receipt(
    *,
    record: Return,
    receipt: NewReceipt,
    policy: ReturnPolicy,
    still_free: Mapping[int, int],
    without_stock: frozenset[int],
    actor: str,
    at: datetime,
) -> Receipt:
    """Record what came back; the same receipt again changes nothing.

    ``still_free`` are units by line number that no other return claims: a return that expired may have lost its
    own. ``without_stock`` are lines whose stock level is gone. Raises ReceiptDiffers, ReturnLinesInvalid or
    ReturnRefused.
    """
    lines = _received_lines(record=record, receipt=receipt, without_stock=without_stock)
    for known in record.receipts:
        if known.reference == receipt.reference:
            if [_content(line) for line in known.lines] != [_content(line) for line in lines]:
                detail = f"The receipt {receipt.reference} of {record.return_id} was reported with other lines."
                raise ReceiptDiffers(detail=detail)
            return Receipt(Made(record))
    if record.kept or (record.state is not ReturnState.AUTHORIZED and record.state is not ReturnState.EXPIRED):
        raise ReturnRefused(detail=f"{record.return_id} is {record.state}; nothing is awaited.")
    _require_room(record=record, lines=lines, still_free=still_free)
    moment = sortable_time(at)
    kept = ReturnReceipt(reference=receipt.reference, at=moment, actor=actor, lines=lines)
    received = msgspec.structs.replace(record, receipts=(*record.receipts, kept))
    ordered = {line.line_number: line.quantity for line in record.lines}
    late = record.state is ReturnState.EXPIRED
    complete = late or not receipt.more_expected or received.received == ordered
    if complete:
        require_transition(record=record, state=ReturnState.RECEIVED)
    waits = timedelta(hours=policy.settle_within_hours) if complete else timedelta(days=policy.receive_within_days)
    changed = msgspec.structs.replace(
        received,
        state=ReturnState.RECEIVED if complete else record.state,
        changed_at=moment,
        due_at=sortable_time(at + waits),
        overdue=False,
        history=_noted(record, moment, actor, "received", receipt.reference),
    )
    event = ReturnReceived(
        **names_of(changed), lines=_quantities(lines), complete=complete, in_doubt=complete and is_in_doubt(changed)
    )
    by_number = {line.line_number: line for line in record.lines}
    restocked = tuple(
        Restocking(by_number[line.line_number].offer_id, by_number[line.line_number].location, line.quantity)
        for line in lines
        if line.restocked
    )
    return Receipt(Made(changed, (event,)), restocked)


def is_in_doubt(record: Return) -> bool:
    """Return whether a person has to decide what goes back for what came."""
    reasons = {line.line_number: line.reason for line in record.lines}
    return any(
        # Damaged goods that are returned as damaged are no surprise.
        line.deduction_minor or (line.condition.is_in_doubt and not reasons[line.line_number].is_fault)
        for receipt in record.receipts
        for line in receipt.lines
    )


def awaits_settlement(record: Return) -> bool:
    """Return whether the goods came (or need not), and neither money nor goods went back for them."""
    settleable = record.state is ReturnState.RECEIVED or (record.kept and record.state is ReturnState.AUTHORIZED)
    return settleable and record.refund_id is None and record.replacement_order_id is None


def is_being_replaced(record: Return) -> bool:
    """Return whether the goods are about to be ordered again, and that was not finished yet."""
    return record.replacement_order_id is not None and record.state is not ReturnState.REPLACED


def settles_by_itself(record: Return) -> bool:
    """Return whether the refund needs nobody's decision."""
    return awaits_settlement(record) and record.wish is Wish.REFUND and not is_in_doubt(record)


def settlement_lines(
    *, record: Return, accounts: Mapping[int, LineAccount], deductions: Mapping[int, int] | None
) -> tuple[RefundLine, ...]:
    """Return what goes back; ``deductions`` by line number, as the supplier proposed where it names none.

    None waives what was proposed. Raises ReturnLinesInvalid for a line that did not come back.
    """
    settled = record.settled
    unknown = [number for number in deductions or {} if number not in settled]
    if unknown:
        findings = [
            Finding(pointer="/lines", detail=f"Line {number} did not come back.", code="unknown") for number in unknown
        ]
        raise ReturnLinesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    proposed: dict[int, int] = {}
    for receipt in record.receipts:
        for line in receipt.lines:
            proposed[line.line_number] = proposed.get(line.line_number, 0) + line.deduction_minor
    terms = {line.line_number: line.terms for line in record.lines}
    return tuple(
        refund_line(
            account=accounts[number],
            units=units,
            fee_basis_points=terms[number].restocking_fee_basis_points,
            deduction_minor=0 if deductions is None else deductions.get(number, proposed.get(number, 0)),
            with_shipping=terms[number].outward_shipping_refunded,
        )
        for number, units in sorted(settled.items())
    )


def decide_refunded(*, record: Return, refund_id: str | None, actor: str, at: datetime) -> Made:
    """Record that the shopper has the money; again changes nothing. Raises ReturnRefused."""
    if record.state is ReturnState.REFUNDED:
        return Made(record)
    made = _ended(record=record, state=ReturnState.REFUNDED, action="refunded", note="", actor=actor, at=at)
    event = ReturnRefunded(**names_of(made.record), lines=_settled(made.record), refund_id=refund_id)
    return Made(made.record, (event,))


def decide_replacing(*, record: Return, replacement_order_id: str, actor: str, at: datetime) -> Made:
    """Record which order is about to replace the goods, before it is placed: so nobody refunds them meanwhile.

    Raises ReturnRefused.
    """
    if record.replacement_order_id == replacement_order_id:
        return Made(record)
    if not awaits_settlement(record):
        raise ReturnRefused(detail=f"{record.return_id} is {record.state}; nothing is left to replace.")
    moment = sortable_time(at)
    # Should the process end before the order is placed, the deadline goes on with it.
    resumes_at = sortable_time(at + timedelta(minutes=_REPLACING_MINUTES))
    return Made(
        msgspec.structs.replace(
            record,
            replacement_order_id=replacement_order_id,
            changed_at=moment,
            due_at=resumes_at,
            history=_noted(record, moment, actor, "replacing", replacement_order_id),
        )
    )


def decide_replaced(*, record: Return, actor: str, at: datetime) -> Made:
    """Record that the order which replaces the goods was placed; again changes nothing."""
    if not is_being_replaced(record):
        return Made(record)
    order_id = record.replacement_order_id or ""
    made = _ended(record=record, state=ReturnState.REPLACED, action="replaced", note=order_id, actor=actor, at=at)
    event = ReturnReplaced(**names_of(made.record), lines=_settled(made.record), replacement_order_id=order_id)
    return Made(made.record, (event,))


def decide_not_replaced(*, record: Return, reason: str, policy: ReturnPolicy, actor: str, at: datetime) -> Made:
    """Record that the goods cannot be ordered again; what becomes of them is open once more."""
    if not is_being_replaced(record):
        return Made(record)
    moment = sortable_time(at)
    return Made(
        msgspec.structs.replace(
            record,
            replacement_order_id=None,
            changed_at=moment,
            due_at=sortable_time(at + timedelta(hours=policy.settle_within_hours)),
            history=_noted(record, moment, actor, "not_replaced", reason),
        )
    )


def decide_due(*, record: Return, policy: ReturnPolicy, actor: str, at: datetime) -> Made:
    """Do what a deadline brings, but for refunds.

    Silence authorizes; what was not sent expires; of what came in part no more is awaited; a parcel that is missing
    is told.
    """
    if record.due_at is None or record.due_at > sortable_time(at):
        return Made(record)
    if record.state is ReturnState.REQUESTED:
        return authorized(record=record, policy=policy, actor=actor, at=at, note="nobody decided in time")
    if record.state is not ReturnState.AUTHORIZED or record.kept:
        return Made(record)
    if record.parcel is None and not record.receipts:
        return _ended(record=record, state=ReturnState.EXPIRED, action="expired", note="", actor=actor, at=at)
    if record.receipts:
        return _complete(record=record, policy=policy, actor=actor, at=at)
    moment = sortable_time(at)
    changed = msgspec.structs.replace(
        record,
        overdue=True,
        changed_at=moment,
        due_at=sortable_time(at + timedelta(days=policy.receive_within_days)),
        history=record.history if record.overdue else _noted(record, moment, actor, "overdue", ""),
    )
    return Made(changed, (ReturnOverdue(**names_of(changed), lines=units_of(changed)),))


def _complete(*, record: Return, policy: ReturnPolicy, actor: str, at: datetime) -> Made:
    """Await no more than what came."""
    moment = sortable_time(at)
    changed = msgspec.structs.replace(
        record,
        state=ReturnState.RECEIVED,
        changed_at=moment,
        overdue=False,
        due_at=sortable_time(at + timedelta(hours=policy.settle_within_hours)),
        history=_noted(record, moment, actor, "received", "no more is awaited"),
    )
    event = ReturnReceived(**names_of(changed), lines=_settled(changed), complete=True, in_doubt=is_in_doubt(changed))
    return Made(changed, (event,))


def require_transition(*, record: Return, state: ReturnState) -> None:
    """Raise ReturnRefused unless the table lets the return become ``state``."""
    if state not in TRANSITIONS[record.state]:
        raise ReturnRefused(detail=f"{record.return_id} is {record.state}, it cannot become {state}.")


def _ended(*, record: Return, state: ReturnState, action: str, note: str, actor: str, at: datetime) -> Made:
    require_transition(record=record, state=state)
    moment = sortable_time(at)
    changed = msgspec.structs.replace(
        record,
        state=state,
        changed_at=moment,
        due_at=None,
        overdue=False,
        refusal=note if state is ReturnState.REFUSED else record.refusal,
        history=_noted(record, moment, actor, action, note),
    )
    if state is ReturnState.REFUSED:
        return Made(changed, (ReturnRefusedEvent(**names_of(changed), lines=units_of(changed), reason=note),))
    if state is ReturnState.EXPIRED:
        return Made(changed, (ReturnExpired(**names_of(changed), lines=units_of(changed)),))
    return Made(changed)


def _received_lines(*, record: Return, receipt: NewReceipt, without_stock: frozenset[int]) -> tuple[ReceivedLine, ...]:
    known = {line.line_number for line in record.lines}
    findings = [
        Finding(
            pointer=f"/lines/{position}/line_number",
            detail=f"The return has no line {line.line_number}.",
            code="unknown",
        )
        for position, line in enumerate(receipt.lines)
        if line.line_number not in known
    ]
    if findings:
        raise ReturnLinesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    return tuple(
        ReceivedLine(
            line_number=line.line_number,
            quantity=line.quantity,
            condition=line.condition,
            restocked=_is_restocked(line) and line.line_number not in without_stock,
            deduction_minor=line.deduction_minor,
            note=line.note,
        )
        for line in receipt.lines
    )


def _content(line: ReceivedLine) -> tuple[object, ...]:
    """What the supplier said; whether it could be restocked follows from the moment."""
    return line.line_number, line.quantity, line.condition, line.deduction_minor, line.note


def _is_restocked(line: LineReceived) -> bool:
    return line.condition is Condition.AS_NEW if line.restock is None else line.restock


def _require_room(*, record: Return, lines: Sequence[ReceivedLine], still_free: Mapping[int, int]) -> None:
    if len(record.receipts) >= _RECEIPTS_MAXIMUM:
        raise ReceiptDiffers(detail=f"{record.return_id} came in {len(record.receipts)} parcels; no more are kept.")
    before = record.received
    wanted = {line.line_number: line.quantity for line in record.lines}
    units: dict[int, int] = {}
    for line in lines:
        units[line.line_number] = units.get(line.line_number, 0) + line.quantity
    findings = []
    for number, quantity in units.items():
        room = wanted[number] - before.get(number, 0)
        if record.state is ReturnState.EXPIRED:
            room = min(room, still_free.get(number, 0))
        if quantity > room:
            detail = f"{room} of line {number} are to come back, not {quantity}."
            findings.append(Finding(pointer="/lines", detail=detail, code="too_many"))
    if findings:
        raise ReceiptDiffers(detail=" ".join(one.detail for one in findings), findings=findings)


def _settled(record: Return) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_number=number, quantity=units) for number, units in sorted(record.settled.items()))


def _quantities(lines: Sequence[ReceivedLine]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in lines)


def _noted(record: Return, at: str, actor: str, action: str, note: str) -> tuple[ReturnNote, ...]:
    return (*record.history, ReturnNote(at=at, actor=actor, action=action, note=note))
