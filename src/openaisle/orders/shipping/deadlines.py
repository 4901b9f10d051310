"""What passes by itself once a purchase order is with its supplier: reminders, lateness, loss. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec

from openaisle.kernel.records import Event
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import (
    LineQuantity,
    PurchaseOrderDeliveryLate,
    PurchaseOrderLate,
    PurchaseOrderReminded,
    PurchaseOrderShipmentLost,
)
from openaisle.orders.purchase_order import (
    UNANSWERED,
    HistoryEntry,
    LineAnswer,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    Step,
    names_of,
)
from openaisle.orders.shipping.model import Shipment
from openaisle.orders.shipping.policy import ShippingPolicy

STANDARD = ShippingPolicy()
_UNDER_WAY = frozenset(
    {
        PurchaseOrderState.ACCEPTED,
        PurchaseOrderState.PARTIALLY_ACCEPTED,
        PurchaseOrderState.PARTIALLY_SHIPPED,
        PurchaseOrderState.SHIPPED,
    }
)


def moment_to_remind(*, at: datetime, seconds: int, policy: ShippingPolicy = STANDARD) -> str:
    """Return when a supplier with ``seconds`` to answer is reminded; empty where there is too little time for that."""
    before = policy.remind_before_minutes * 60
    return sortable_time(at + timedelta(seconds=seconds - before)) if 0 < before * 2 <= seconds else ""


def moment_to_ship(*, at: datetime, seconds: int, lead_time_days: int, policy: ShippingPolicy = STANDARD) -> str:
    """Return until when what is ordered at ``at`` must have left: the time to answer, the lead time and a grace."""
    return sortable_time(at + timedelta(days=lead_time_days, hours=policy.ship_grace_hours, seconds=seconds))


def end_of_day(day: date) -> str:
    """Return the last moment of a day as it ends last anywhere on earth (UTC-12)."""
    return sortable_time(datetime.fromisoformat(f"{day.isoformat()}T23:59:59-12:00"))


def answer_due(purchase_order: PurchaseOrder) -> str:
    """Return when the next unanswered thing of an unanswered purchase order comes due; empty if there is none."""
    to_answer = purchase_order.acknowledge_by
    if purchase_order.remind_at and not purchase_order.reminded_at:
        to_answer = purchase_order.remind_at
    if purchase_order.state is PurchaseOrderState.CREATED:
        return to_answer
    moments = [line.consent_by for line in purchase_order.lines if _awaits_consent(line)]
    if any(_awaits_answer(line) for line in purchase_order.lines):
        moments.append(to_answer)
    return min(moments, default="")


def shipping_due(purchase_order: PurchaseOrder) -> str:
    """Return when to look next whether what was accepted has left and what has left has arrived; empty: never."""
    if purchase_order.state not in _UNDER_WAY:
        return ""
    moments = [moment for _, moment in _lines_to_ship(purchase_order)]
    moments.extend(one.look_at for one in purchase_order.shipments if one.look_at)
    return min(moments, default="")


def decide_reminder(*, purchase_order: PurchaseOrder, actor: str, at: str) -> Step:
    """Remind the supplier once, when it is time; else nothing."""
    due = purchase_order.remind_at
    waiting = [line for line in purchase_order.lines if _awaits_answer(line)]
    if purchase_order.state not in UNANSWERED or purchase_order.reminded_at or not due or due > at or not waiting:
        return Step(purchase_order)
    entry = HistoryEntry(at=at, actor=actor, action="reminded")
    changed = msgspec.structs.replace(purchase_order, reminded_at=at, history=(*purchase_order.history, entry))
    event = PurchaseOrderReminded(
        **names_of(changed), lines=_told(waiting), acknowledge_by=purchase_order.acknowledge_by
    )
    return Step(changed, (event,))


def decide_lateness(*, purchase_order: PurchaseOrder, actor: str, at: str) -> Step:
    """Note which lines should have left by now and which shipments should have arrived, each once."""
    late = {line.line_number: moment for line, moment in _lines_to_ship(purchase_order) if moment <= at}
    overdue = [one for one in purchase_order.shipments if one.look_at and one.look_at <= at]
    if purchase_order.state not in _UNDER_WAY or not (late or overdue):
        return Step(purchase_order)
    entries: list[HistoryEntry] = []
    events: list[Event] = []
    names = names_of(purchase_order)
    if late:
        told = _told([line for line in purchase_order.lines if line.line_number in late])
        entries.append(HistoryEntry(at=at, actor=actor, action="late", lines=told))
        events.append(PurchaseOrderLate(**names, lines=told, ship_by=min(late.values())))
    for shipment in overdue:
        lost = bool(shipment.late_at)
        note = f"{shipment.carrier} {shipment.tracking_number}"
        entries.append(HistoryEntry(at=at, actor=actor, action="lost" if lost else "delivery_late", note=note))
        events.append(_loss(names=names, shipment=shipment) if lost else _delay(names=names, shipment=shipment))
    changed = msgspec.structs.replace(
        purchase_order,
        lines=tuple(
            msgspec.structs.replace(line, late_at=at) if line.line_number in late else line
            for line in purchase_order.lines
        ),
        shipments=tuple(
            one if one not in overdue else _overdue(shipment=one, at=at) for one in purchase_order.shipments
        ),
        history=(*purchase_order.history, *entries),
    )
    return Step(changed, tuple(events))


def _lines_to_ship(purchase_order: PurchaseOrder) -> Iterator[tuple[PurchaseOrderLine, str]]:
    for line in purchase_order.lines:
        moment = line.ship_by or purchase_order.ship_by
        if moment and line.answer is LineAnswer.ACCEPTED and line.open_quantity and not line.late_at:
            yield line, moment


def _overdue(*, shipment: Shipment, at: str) -> Shipment:
    if shipment.late_at:
        return msgspec.structs.replace(shipment, lost_at=at)
    return msgspec.structs.replace(shipment, late_at=at)


def _delay(*, names: dict[str, str], shipment: Shipment) -> PurchaseOrderDeliveryLate:
    return PurchaseOrderDeliveryLate(
        **names, lines=shipment.lines, shipment_id=shipment.shipment_id, deliver_by=shipment.deliver_by
    )


def _loss(*, names: dict[str, str], shipment: Shipment) -> PurchaseOrderShipmentLost:
    return PurchaseOrderShipmentLost(
        **names,
        lines=shipment.lines,
        shipment_id=shipment.shipment_id,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
    )


def _awaits_answer(line: PurchaseOrderLine) -> bool:
    return line.answer is LineAnswer.PENDING and line.open_quantity > 0


def _awaits_consent(line: PurchaseOrderLine) -> bool:
    return line.answer is LineAnswer.PROPOSED and line.open_quantity > 0


def _told(lines: list[PurchaseOrderLine]) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(line_number=line.line_number, quantity=line.open_quantity, offer_id=line.offer_id)
        for line in lines
    )
