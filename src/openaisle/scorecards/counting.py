"""What a change says about a supplier: from events, and the record that carries them, to counts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec

from openaisle.incidents.events import IncidentOpened
from openaisle.incidents.model import Party
from openaisle.kernel.stream import Change
from openaisle.orders.events import (
    PurchaseOrderAccepted,
    PurchaseOrderExpired,
    PurchaseOrderLate,
    PurchaseOrderPartiallyAccepted,
    PurchaseOrderRejected,
    PurchaseOrderShipped,
    PurchaseOrderWithdrawn,
)
from openaisle.orders.repository import PURCHASE_ORDER_KIND
from openaisle.orders.shipping.model import TrackingState
from openaisle.returns.events import ReturnAuthorized
from openaisle.scorecards.measures import Count, ScoreDay

_SECONDS_MAXIMUM = 366 * 86_400


class Counted(NamedTuple):
    """What one change adds to the counts of a supplier on the UTC day on which it was written."""

    supplier_id: str
    day: date
    sequence: int
    counts: dict[Count, int]


class _LineQuantity(msgspec.Struct, gc=False):
    line_number: int
    quantity: int


class _Told(msgspec.Struct):
    """What the events of a purchase order have in common, as far as it is counted."""

    supplier_id: str | None = None
    lines: list[_LineQuantity] = []
    refused: list[_LineQuantity] = []
    shipment_id: str = ""
    opened_by: str = ""


class _Line(msgspec.Struct, gc=False):
    line_number: int
    shipped_quantity: int = 0
    withdrawn_quantity: int = 0
    ship_by: str = ""
    late_at: str = ""


class _Shipment(msgspec.Struct):
    shipment_id: str
    shipped_at: str
    tracking_state: str = TrackingState.UNVERIFIED.value


class _PurchaseOrder(msgspec.Struct):
    """A purchase order of which only what is counted is read."""

    created_at: str
    ship_by: str = ""
    lines: list[_Line] = []
    shipments: list[_Shipment] = []


class _Seen(NamedTuple):
    """The moment of a change, and the purchase order after it where it is one's."""

    at: datetime
    record: _PurchaseOrder | None

    @property
    def lines(self) -> list[_Line]:
        return self.record.lines if self.record is not None else []

    def shipments(self, *, identifiers: Collection[str]) -> list[_Shipment]:
        known = self.record.shipments if self.record is not None else []
        return [one for one in known if one.shipment_id in identifiers]


_told = msgspec.json.Decoder(_Told).decode
_purchase_order = msgspec.json.Decoder(_PurchaseOrder).decode

_Counter = Callable[[_Seen, Sequence[_Told]], dict[Count, int]]


def counted(*, change: Change) -> list[Counted]:
    """Return what a change adds, supplier by supplier; nothing for one that says nothing of a supplier's promises."""
    told: dict[tuple[str, str], list[_Told]] = {}
    for event in change.events:
        if event.type in COUNTERS:
            one = _told(event.data)
            if one.supplier_id:
                told.setdefault((one.supplier_id, event.type), []).append(one)
    if not told:
        return []
    is_purchase_order = change.kind == PURCHASE_ORDER_KIND and change.body is not None
    record = _purchase_order(change.body) if is_purchase_order and change.body is not None else None
    found: dict[str, dict[Count, int]] = {}
    for (supplier_id, event_type), alike in told.items():
        counts = found.setdefault(supplier_id, {})
        # Several parcels may be reported with one write; together they say what came first.
        for name, number in COUNTERS[event_type](_Seen(change.at, record), alike).items():
            counts[name] = counts.get(name, 0) + number
    day = change.at.astimezone(UTC).date()
    return [Counted(supplier_id, day, change.sequence, counts) for supplier_id, counts in found.items() if counts]


def count_in(*, day: ScoreDay, changes: list[Counted]) -> bool:
    """Count into ``day`` the changes that it does not hold yet; return whether there were any."""
    fresh = [one for one in changes if one.sequence > day.position]
    for one in fresh:
        for name, number in one.counts.items():
            day.counts[name] = day.counts.get(name, 0) + number
        day.position = one.sequence
    return bool(fresh)


def _accepted(seen: _Seen, told: Sequence[_Told]) -> dict[Count, int]:
    accepted, refused = sum(len(one.lines) for one in told), sum(len(one.refused) for one in told)
    seconds = accepted * _seconds_to_answer(seen)
    counts = {Count.LINES_ACCEPTED: accepted, Count.ACCEPTANCE_SECONDS: seconds, Count.LINES_REJECTED: refused}
    return {name: number for name, number in counts.items() if number}


def _lines_as(name: Count) -> _Counter:
    def count(_seen: _Seen, told: Sequence[_Told]) -> dict[Count, int]:
        lines = sum(len(one.lines) for one in told)
        return {name: lines} if lines else {}

    return count


def _withdrawn(seen: _Seen, told: Sequence[_Told]) -> dict[Count, int]:
    taken = _quantities(told)
    by_number = {line.line_number: line.withdrawn_quantity for line in seen.lines}
    # A line that is taken back in parts is taken back once.
    first = sum(1 for number, quantity in taken.items() if by_number.get(number, quantity) <= quantity)
    return {Count.LINES_WITHDRAWN: first} if first else {}


def _shipped(seen: _Seen, told: Sequence[_Told]) -> dict[Count, int]:
    quantities = _quantities(told)
    # A line that leaves in parts leaves with its first part.
    first = [line for line in seen.lines if 0 < line.shipped_quantity <= quantities.get(line.line_number, 0)]
    counts = dict.fromkeys((Count.LINES_SHIPPED,), len(first)) if first else {}
    if seen.lines and sum(line.shipped_quantity for line in seen.lines) <= sum(quantities.values()):
        counts[Count.PURCHASE_ORDERS_SHIPPED] = 1
    shipments = seen.shipments(identifiers={one.shipment_id for one in told})
    for shipment in shipments:
        if shipment.tracking_state == TrackingState.VERIFIED.value:
            counts[Count.TRACKING_VERIFIED] = counts.get(Count.TRACKING_VERIFIED, 0) + 1
        elif shipment.tracking_state != TrackingState.UNVERIFIED.value:
            counts[Count.TRACKING_INVALID] = counts.get(Count.TRACKING_INVALID, 0) + 1
    shipped_at = min((one.shipped_at for one in shipments), default="")
    for line in first:
        ship_by = line.ship_by or (seen.record.ship_by if seen.record is not None else "")
        # What was found to be overdue before it left was counted then.
        if shipped_at and ship_by and not line.late_at:
            name = Count.LINES_LATE if shipped_at > ship_by else Count.LINES_IN_TIME
            counts[name] = counts.get(name, 0) + 1
    return counts


def _incidents(_seen: _Seen, told: Sequence[_Told]) -> dict[Count, int]:
    # A supplier that reports what went wrong itself is not punished for it.
    opened = sum(1 for one in told if one.opened_by != Party.SUPPLIER.value)
    return {Count.INCIDENTS: opened} if opened else {}


def _quantities(told: Sequence[_Told]) -> dict[int, int]:
    quantities: dict[int, int] = {}
    for one in told:
        for line in one.lines:
            quantities[line.line_number] = quantities.get(line.line_number, 0) + line.quantity
    return quantities


def _seconds_to_answer(seen: _Seen) -> int:
    if seen.record is None:
        return 0
    seconds = (seen.at - datetime.fromisoformat(seen.record.created_at)).total_seconds()
    return min(max(int(seconds), 0), _SECONDS_MAXIMUM)


COUNTERS: Mapping[str, _Counter] = {
    PurchaseOrderAccepted.TYPE: _accepted,
    PurchaseOrderPartiallyAccepted.TYPE: _accepted,
    PurchaseOrderRejected.TYPE: _lines_as(Count.LINES_REJECTED),
    PurchaseOrderExpired.TYPE: _lines_as(Count.LINES_EXPIRED),
    PurchaseOrderWithdrawn.TYPE: _withdrawn,
    PurchaseOrderLate.TYPE: _lines_as(Count.LINES_LATE),
    PurchaseOrderShipped.TYPE: _shipped,
    ReturnAuthorized.TYPE: _lines_as(Count.LINES_RETURNED),
    IncidentOpened.TYPE: _incidents,
}
