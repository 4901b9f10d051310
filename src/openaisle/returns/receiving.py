"""Goods that came back: how many, in which condition, and what of them is on sale again. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import LineQuantity
from openaisle.returns.commands import LineReceived, NewReceipt
from openaisle.returns.events import (
    ReturnReceived,
)
from openaisle.returns.model import (
    Condition,
    ReceiptDiffers,
    ReceivedLine,
    Return,
    ReturnLinesInvalid,
    ReturnReceipt,
    ReturnRefused,
    ReturnState,
)
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.requesting import Made, names_of
from openaisle.returns.standing import (
    is_in_doubt,
    noted,
    require_transition,
    settled_units,
)

_RECEIPTS_MAXIMUM = 50


class Restocking(NamedTuple):
    """Units that are on sale again."""

    offer_id: str
    location: str
    quantity: int


class Receipt(NamedTuple):
    """A return after a parcel came, and what of it is on sale again."""

    made: Made
    restocked: tuple[Restocking, ...] = ()


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
        history=noted(record=record, at=moment, actor=actor, action="received", note=receipt.reference),
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


def completed(*, record: Return, policy: ReturnPolicy, actor: str, at: datetime) -> Made:
    """Await no more than what came."""
    moment = sortable_time(at)
    changed = msgspec.structs.replace(
        record,
        state=ReturnState.RECEIVED,
        changed_at=moment,
        overdue=False,
        due_at=sortable_time(at + timedelta(hours=policy.settle_within_hours)),
        history=noted(record=record, at=moment, actor=actor, action="received", note="no more is awaited"),
    )
    event = ReturnReceived(
        **names_of(changed), lines=settled_units(changed), complete=True, in_doubt=is_in_doubt(changed)
    )
    return Made(changed, (event,))


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


def _quantities(lines: Sequence[ReceivedLine]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in lines)
