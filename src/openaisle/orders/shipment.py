"""Shipments and deliveries of purchase orders: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.kernel.identifiers import derived_identifier
from openaisle.orders.events import LineQuantity, PurchaseOrderDelivered, PurchaseOrderShipped
from openaisle.orders.purchase_order import (
    DeliveryRefused,
    HistoryEntry,
    LineAnswer,
    Movement,
    MovementKind,
    PurchaseOrder,
    PurchaseOrderState,
    ShipmentDiffers,
    ShipmentRefused,
    ShipmentUnknown,
    Step,
    changed_to,
    lines_by_number,
    names_of,
)
from openaisle.orders.shipping.model import Shipment

# A purchase order remembers each parcel with its lines; shipped piece by piece, it would grow beyond what can be
# stored. A parcel counts as much as so many lines.
_ROOM_OF_A_PARCEL = 12
_MAXIMUM_ROOM = 3_000


def shipment_identifier(*, purchase_order_id: str, carrier: str, tracking_number: str) -> str:
    """Return the identifier of a parcel: the same parcel reported twice is one shipment."""
    return derived_identifier(prefix="shp", parts=(purchase_order_id, carrier.casefold(), tracking_number))


def decide_shipment(
    *,
    purchase_order: PurchaseOrder,
    carrier: str,
    tracking_number: str,
    lines: Sequence[LineQuantity],
    actor: str,
    at: str,
) -> Step:
    """Record a parcel of ``lines`` (none: all that is accepted and left); the same parcel again changes nothing.

    Raises ShipmentRefused, ShipmentDiffers or PurchaseOrderLineUnknown.
    """
    shipment_id = shipment_identifier(
        purchase_order_id=purchase_order.purchase_order_id, carrier=carrier, tracking_number=tracking_number
    )
    for known in purchase_order.shipments:
        if known.shipment_id == shipment_id:
            _require_same(shipment=known, lines=lines)
            return Step(purchase_order)
    if lines:
        _require_room(purchase_order=purchase_order)
    quantities = _quantities_to_ship(purchase_order=purchase_order, lines=lines)
    shipped = tuple(
        LineQuantity(line_number=number, quantity=quantity) for number, quantity in sorted(quantities.items())
    )
    changed_lines = tuple(
        msgspec.structs.replace(line, shipped_quantity=line.shipped_quantity + quantities[line.line_number])
        if line.line_number in quantities
        else line
        for line in purchase_order.lines
    )
    shipment = Shipment(
        shipment_id=shipment_id, carrier=carrier, tracking_number=tracking_number, shipped_at=at, lines=shipped
    )
    changed = changed_to(
        purchase_order=purchase_order,
        lines=changed_lines,
        refused=ShipmentRefused,
        shipments=(*purchase_order.shipments, shipment),
        entry=HistoryEntry(at=at, actor=actor, action="shipped", note=f"{carrier} {tracking_number}", lines=shipped),
    )
    event = PurchaseOrderShipped(
        **names_of(changed),
        lines=shipped,
        shipment_id=shipment_id,
        carrier=carrier,
        tracking_number=tracking_number,
        complete=changed.state is PurchaseOrderState.SHIPPED,
    )
    movements = tuple(
        Movement(MovementKind.SHIP, line.offer_id, line.location, quantities[line.line_number])
        for line in purchase_order.lines
        if line.line_number in quantities
    )
    return Step(changed, (event,), movements)


def decide_delivery(
    *, purchase_order: PurchaseOrder, shipment_id: str | None, delivered_at: str, actor: str, at: str
) -> Step:
    """Record that one shipment, or with None all of them, reached the shopper; again changes nothing.

    Raises ShipmentUnknown or DeliveryRefused.
    """
    if not purchase_order.shipments:
        raise DeliveryRefused(detail=f"{purchase_order.purchase_order_id} is {purchase_order.state}.")
    if shipment_id is not None and all(one.shipment_id != shipment_id for one in purchase_order.shipments):
        raise ShipmentUnknown(detail=f"{purchase_order.purchase_order_id} has no shipment {shipment_id[:60]}.")
    arrived = [
        one
        for one in purchase_order.shipments
        if one.delivered_at is None and (shipment_id is None or one.shipment_id == shipment_id)
    ]
    if not arrived:
        return Step(purchase_order)
    quantities = _summed(line for one in arrived for line in one.lines)
    changed_lines = tuple(
        msgspec.structs.replace(line, delivered_quantity=line.delivered_quantity + quantities.get(line.line_number, 0))
        for line in purchase_order.lines
    )
    shipments = tuple(
        msgspec.structs.replace(one, delivered_at=delivered_at) if one in arrived else one
        for one in purchase_order.shipments
    )
    delivered = tuple(LineQuantity(line_number=number, quantity=some) for number, some in sorted(quantities.items()))
    changed = changed_to(
        purchase_order=purchase_order,
        lines=changed_lines,
        refused=DeliveryRefused,
        shipments=shipments,
        entry=HistoryEntry(at=at, actor=actor, action="delivered", lines=delivered),
    )
    event = PurchaseOrderDelivered(
        **names_of(changed),
        lines=delivered,
        shipment_ids=tuple(one.shipment_id for one in arrived),
        complete=changed.state is PurchaseOrderState.DELIVERED,
    )
    return Step(changed, (event,))


def _require_room(*, purchase_order: PurchaseOrder) -> None:
    room = sum(len(one.lines) + _ROOM_OF_A_PARCEL for one in purchase_order.shipments)
    if room > _MAXIMUM_ROOM:
        detail = f"{purchase_order.purchase_order_id} has {len(purchase_order.shipments)} parcels, more than are kept."
        raise ShipmentRefused(detail=f"{detail} Report all that is left as one parcel, without lines.")


def _require_same(*, shipment: Shipment, lines: Sequence[LineQuantity]) -> None:
    told = {line.line_number: line.quantity for line in lines}
    if told and told != {line.line_number: line.quantity for line in shipment.lines}:
        raise ShipmentDiffers(detail=f"{shipment.shipment_id} was reported with other lines at {shipment.shipped_at}.")


def _quantities_to_ship(*, purchase_order: PurchaseOrder, lines: Sequence[LineQuantity]) -> dict[int, int]:
    by_number = lines_by_number(purchase_order=purchase_order, numbers=[line.line_number for line in lines])
    ready = {
        number: line.open_quantity
        for number, line in by_number.items()
        if line.answer is LineAnswer.ACCEPTED and line.open_quantity
    }
    if not lines:
        if not ready:
            raise ShipmentRefused(detail=f"Nothing of {purchase_order.purchase_order_id} is accepted and left to ship.")
        return ready
    findings = []
    for position, line in enumerate(lines):
        left = ready.get(line.line_number, 0)
        if line.quantity > left:
            detail = f"{left} of line {line.line_number} are accepted and left to ship, not {line.quantity}."
            findings.append(Finding(pointer=f"/lines/{position}/quantity", detail=detail, code="not_left_to_ship"))
    if findings:
        raise ShipmentRefused(detail=" ".join(one.detail for one in findings), findings=findings)
    return {line.line_number: line.quantity for line in lines}


def _summed(lines: Iterable[LineQuantity]) -> dict[int, int]:
    summed: dict[int, int] = {}
    for line in lines:
        summed[line.line_number] = summed.get(line.line_number, 0) + line.quantity
    return summed
