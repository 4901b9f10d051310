"""What the API shows of a shipment."""

from __future__ import annotations

import msgspec

from openaisle.orders.events import LineQuantity
from openaisle.orders.shipping.carriers import carrier_named, tracking_url
from openaisle.orders.shipping.model import LineSerials, Package, Shipment, TrackingState


class ShipmentView(msgspec.Struct, frozen=True, kw_only=True):
    """What left together; ``is_late`` and ``is_lost`` as of now, ``tracking_url`` where the carrier shows it."""

    shipment_id: str
    carrier: str
    tracking_number: str
    tracking_state: TrackingState
    tracking_url: str | None
    service: str
    shipped_at: str
    deliver_by: str | None
    delivered_at: str | None
    is_late: bool
    is_lost: bool
    lines: list[LineQuantity]
    packages: list[Package]
    serials: list[LineSerials]


def shipment_view(*, shipment: Shipment) -> ShipmentView:
    """Return a shipment as the API shows it."""
    known = carrier_named(name=shipment.carrier)
    return ShipmentView(
        shipment_id=shipment.shipment_id,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        tracking_state=shipment.tracking_state,
        tracking_url=None
        if known is None
        else tracking_url(carrier=shipment.carrier, tracking_number=shipment.tracking_number),
        service=shipment.service,
        shipped_at=shipment.shipped_at,
        deliver_by=shipment.deliver_by or None,
        delivered_at=shipment.delivered_at,
        is_late=bool(shipment.late_at) and shipment.delivered_at is None,
        is_lost=bool(shipment.lost_at) and shipment.delivered_at is None,
        lines=list(shipment.lines),
        packages=list(shipment.packages),
        serials=list(shipment.serials),
    )
