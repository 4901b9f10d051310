"""What becomes of a return once it is asked for: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.times import sortable_time
from openaisle.returns.commands import ParcelSent
from openaisle.returns.events import (
    ReturnExpired,
    ReturnOverdue,
    ReturnRefunded,
    ReturnRefusedEvent,
    ReturnReplaced,
    ReturnSentBack,
)
from openaisle.returns.model import (
    Return,
    ReturnLinesInvalid,
    ReturnParcel,
    ReturnRefused,
    ReturnState,
)
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.receiving import completed
from openaisle.returns.refund import LineAccount, RefundLine, refund_line
from openaisle.returns.requesting import Made, authorized, names_of, units_of
from openaisle.returns.standing import (
    awaits_settlement,
    is_being_replaced,
    noted,
    require_transition,
    settled_units,
)

_PARCELS_MAXIMUM = 20
_REPLACING_MINUTES = 10


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
        history=noted(
            record=record, at=moment, actor=actor, action="sent_back", note=f"{sent.carrier} {sent.tracking_number}"
        ),
    )
    event = ReturnSentBack(
        **names_of(changed), lines=units_of(changed), carrier=sent.carrier, tracking_number=sent.tracking_number
    )
    return Made(changed, (event,))


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
    event = ReturnRefunded(**names_of(made.record), lines=settled_units(made.record), refund_id=refund_id)
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
            history=noted(record=record, at=moment, actor=actor, action="replacing", note=replacement_order_id),
        )
    )


def decide_replaced(*, record: Return, actor: str, at: datetime) -> Made:
    """Record that the order which replaces the goods was placed; again changes nothing."""
    if not is_being_replaced(record):
        return Made(record)
    order_id = record.replacement_order_id or ""
    made = _ended(record=record, state=ReturnState.REPLACED, action="replaced", note=order_id, actor=actor, at=at)
    event = ReturnReplaced(**names_of(made.record), lines=settled_units(made.record), replacement_order_id=order_id)
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
            history=noted(record=record, at=moment, actor=actor, action="not_replaced", note=reason),
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
        return completed(record=record, policy=policy, actor=actor, at=at)
    moment = sortable_time(at)
    changed = msgspec.structs.replace(
        record,
        overdue=True,
        changed_at=moment,
        due_at=sortable_time(at + timedelta(days=policy.receive_within_days)),
        history=record.history
        if record.overdue
        else noted(record=record, at=moment, actor=actor, action="overdue", note=""),
    )
    return Made(changed, (ReturnOverdue(**names_of(changed), lines=units_of(changed)),))


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
        history=noted(record=record, at=moment, actor=actor, action=action, note=note),
    )
    if state is ReturnState.REFUSED:
        return Made(changed, (ReturnRefusedEvent(**names_of(changed), lines=units_of(changed), reason=note),))
    if state is ReturnState.EXPIRED:
        return Made(changed, (ReturnExpired(**names_of(changed), lines=units_of(changed)),))
    return Made(changed)
