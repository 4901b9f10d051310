"""Shipments and deliveries of purchase orders: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import LineQuantity, PurchaseOrderDelivered, PurchaseOrderShipped
from openaisle.orders.purchase_order import (
    UNANSWERED,
    DeliveryRefused,
    HistoryEntry,
    LineAnswer,
    Movement,
    MovementKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    SerialClaim,
    ShipmentDiffers,
    ShipmentRefused,
    ShipmentUnknown,
    ShippedAfterCancellation,
    ShippedBeforeAccepting,
    ShippedTooMuch,
    Step,
    TrackingNumberInvalid,
    changed_to,
    lines_by_number,
    names_of,
)
from openaisle.orders.shipping.carriers import tracking_state, tracking_url
from openaisle.orders.shipping.contents import (
    Contents,
    package_notices,
    packed_lines,
    require_packages,
    serial_claims,
)
from openaisle.orders.shipping.deadlines import STANDARD, end_of_day
from openaisle.orders.shipping.model import Shipment, TrackingState
from openaisle.orders.shipping.policy import ShippingPolicy

# A purchase order remembers each parcel with its lines; shipped piece by piece, it would grow beyond what can be
# stored. A parcel counts as much as so many lines.
_ROOM_OF_A_PARCEL = 12
_ROOM_OF_A_PACKAGE = 6
_MAXIMUM_ROOM = 3_000
_DAYS_UNDER_WAY_MAXIMUM = 365
NOTHING_TOLD = Contents()


class DeliveryDateInvalid(RequestInvalid):
    """An expected day of delivery that is no day, has passed, or lies more than a year ahead."""

    code = "delivery-date-invalid"
    title = "That is not a day on which it can arrive"
    mend = "Send a day such as 2026-11-30 from today on, or leave it out."


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
    contents: Contents = NOTHING_TOLD,
    policy: ShippingPolicy = STANDARD,
) -> Step:
    """Record a shipment of ``lines``, or without lines of what its packages hold, or of all that is accepted and left.

    The same shipment again changes nothing. Raises ShipmentRefused (of a kind for each reason), ShipmentDiffers,
    PackagesInvalid, SerialNumbersInvalid or PurchaseOrderLineUnknown.
    """
    lines = lines or packed_lines(packages=contents.packages)
    shipment_id = shipment_identifier(
        purchase_order_id=purchase_order.purchase_order_id, carrier=carrier, tracking_number=tracking_number
    )
    for known in purchase_order.shipments:
        if known.shipment_id == shipment_id:
            _require_same(shipment=known, lines=lines)
            return Step(purchase_order)
    if lines:
        _require_room(purchase_order=purchase_order, contents=contents)
    state = _tracking_state(carrier=carrier, tracking_number=tracking_number, policy=policy)
    quantities = _quantities_to_ship(purchase_order=purchase_order, lines=lines)
    require_packages(packages=contents.packages, shipped=quantities)
    movements = tuple(
        Movement(MovementKind.SHIP, line.offer_id, line.location, quantities[line.line_number])
        for line in purchase_order.lines
        if line.line_number in quantities
    )
    claims: tuple[SerialClaim, ...] = ()
    if contents.serials:
        room = MAXIMUM_WRITES_PER_COMMIT - 1 - len(movements)
        claims = serial_claims(
            purchase_order=purchase_order,
            shipment_id=shipment_id,
            serials=contents.serials,
            shipped=quantities,
            room=room,
        )
    shipped = tuple(LineQuantity(line_number=number, quantity=quantities[number]) for number in sorted(quantities))
    promised_on = _promised_on(purchase_order=purchase_order, quantities=quantities)
    shipment = Shipment(
        shipment_id=shipment_id,
        carrier=carrier,
        tracking_number=tracking_number,
        shipped_at=at,
        lines=shipped,
        tracking_state=state,
        service=contents.service,
        packages=contents.packages,
        serials=contents.serials,
        **_deadlines(at=at, day_told=contents.expected_delivery_date, day_promised=promised_on, policy=policy),
    )
    changed = changed_to(
        purchase_order=purchase_order,
        lines=tuple(_with_shipped(line, quantities.get(line.line_number, 0)) for line in purchase_order.lines),
        refused=ShipmentRefused,
        shipments=(*purchase_order.shipments, shipment),
        entry=HistoryEntry(at=at, actor=actor, action="shipped", note=f"{carrier} {tracking_number}", lines=shipped),
    )
    return Step(changed, (_notice(changed=changed, shipment=shipment),), movements, claims)


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


def _with_shipped(line: PurchaseOrderLine, quantity: int) -> PurchaseOrderLine:
    return msgspec.structs.replace(line, shipped_quantity=line.shipped_quantity + quantity) if quantity else line


def _notice(*, changed: PurchaseOrder, shipment: Shipment) -> PurchaseOrderShipped:
    return PurchaseOrderShipped(
        **names_of(changed),
        lines=shipment.lines,
        shipment_id=shipment.shipment_id,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        complete=changed.state is PurchaseOrderState.SHIPPED,
        tracking_state=shipment.tracking_state,
        tracking_url=tracking_url(carrier=shipment.carrier, tracking_number=shipment.tracking_number),
        service=shipment.service,
        deliver_by=shipment.deliver_by,
        packages=package_notices(packages=shipment.packages),
    )


def _tracking_state(*, carrier: str, tracking_number: str, policy: ShippingPolicy) -> TrackingState:
    state = tracking_state(carrier=carrier, tracking_number=tracking_number)
    if state is TrackingState.INVALID and policy.refuse_invalid_tracking:
        detail = f"{tracking_number} is no tracking number of {carrier}."
        finding = Finding(pointer="/tracking_number", detail=detail, code="invalid")
        raise TrackingNumberInvalid(detail=detail, findings=(finding,))
    return state


def _promised_on(*, purchase_order: PurchaseOrder, quantities: Mapping[int, int]) -> str | None:
    """Return the last of the days on which the lines of a parcel were promised to the shopper."""
    days = [line.promised_on for line in purchase_order.lines if line.line_number in quantities and line.promised_on]
    return max(days, default=None)


def _deadlines(*, at: str, day_told: str | None, day_promised: str | None, policy: ShippingPolicy) -> dict[str, str]:
    """Return by when it should arrive, and when it counts as lost; raises DeliveryDateInvalid.

    It should arrive on the day that the supplier tells, else on the day that was promised, else as the policy says.
    """
    shipped_at = datetime.fromisoformat(at)
    arrival = usual = shipped_at + timedelta(days=policy.deliver_within_days)
    if day_told is not None:
        try:
            day: date | None = date.fromisoformat(day_told)
        except ValueError:
            day = None
        if day is None or not -1 <= (day - shipped_at.date()).days <= _DAYS_UNDER_WAY_MAXIMUM:
            detail = f"{day_told} is not a day on which it can arrive."
            finding = Finding(pointer="/expected_delivery_date", detail=detail, code="invalid")
            raise DeliveryDateInvalid(detail=detail, findings=(finding,))
        arrival = usual = datetime.fromisoformat(end_of_day(day))
    elif day_promised is not None:
        # What leaves only after that day is late already, as its lines say; the parcel has the usual time then.
        promised = datetime.fromisoformat(end_of_day(date.fromisoformat(day_promised)))
        arrival = promised if promised > shipped_at else usual
    # A promise that is broken soon does not make a parcel lost sooner.
    lost = max(arrival, usual) + timedelta(days=policy.lose_within_days)
    return {"deliver_by": sortable_time(arrival), "lose_by": sortable_time(lost)}


def _require_room(*, purchase_order: PurchaseOrder, contents: Contents) -> None:
    room = sum(_room_of(one) for one in purchase_order.shipments)
    room += sum(len(one.lines) + _ROOM_OF_A_PACKAGE for one in contents.packages)
    room += sum(len(one.serial_numbers) for one in contents.serials)
    if room > _MAXIMUM_ROOM:
        detail = f"{purchase_order.purchase_order_id} has {len(purchase_order.shipments)} parcels, more than are kept."
        raise ShipmentRefused(detail=f"{detail} Report all that is left as one parcel, without lines.")


def _room_of(shipment: Shipment) -> int:
    packages = sum(len(one.lines) + _ROOM_OF_A_PACKAGE for one in shipment.packages)
    return len(shipment.lines) + _ROOM_OF_A_PARCEL + packages + sum(len(one.serial_numbers) for one in shipment.serials)


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
            raise _nothing_to_ship(purchase_order)
        return ready
    findings = []
    kinds: set[type[ShipmentRefused]] = set()
    for position, line in enumerate(lines):
        left = ready.get(line.line_number, 0)
        if line.quantity > left:
            kinds.add(_kind_of(line=by_number[line.line_number]))
            detail = f"{left} of line {line.line_number} are accepted and left to ship, not {line.quantity}."
            findings.append(Finding(pointer=f"/lines/{position}/quantity", detail=detail, code="not_left_to_ship"))
    if findings:
        # Where lines are refused for several reasons, the error is of none of their kinds.
        error = kinds.pop() if len(kinds) == 1 else ShipmentRefused
        raise error(detail=" ".join(one.detail for one in findings), findings=findings)
    return {line.line_number: line.quantity for line in lines}


def _nothing_to_ship(purchase_order: PurchaseOrder) -> ShipmentRefused:
    detail = f"Nothing of {purchase_order.purchase_order_id} is accepted and left to ship."
    if purchase_order.state in UNANSWERED:
        return ShippedBeforeAccepting(detail=detail)
    canceled = purchase_order.state is PurchaseOrderState.CANCELED
    return (ShippedAfterCancellation if canceled else ShipmentRefused)(detail=detail)


def _kind_of(*, line: PurchaseOrderLine) -> type[ShipmentRefused]:
    """Return why so much of a line cannot be shipped."""
    if line.quantity == line.canceled_quantity:
        return ShippedAfterCancellation
    return ShippedTooMuch if line.answer is LineAnswer.ACCEPTED else ShippedBeforeAccepting


def _summed(lines: Iterable[LineQuantity]) -> dict[int, int]:
    summed: dict[int, int] = {}
    for line in lines:
        summed[line.line_number] = summed.get(line.line_number, 0) + line.quantity
    return summed
