"""From what a supplier reports of a shipment to what the decision takes: plain texts into records. Pure."""

from __future__ import annotations

from openaisle.orders.commands import NewShipment
from openaisle.orders.events import LineQuantity
from openaisle.orders.shipping.carriers import tracking_state
from openaisle.orders.shipping.contents import Contents
from openaisle.orders.shipping.model import LineSerials, Package


def told_contents(*, shipment: NewShipment) -> Contents:
    """Return what is told of a shipment beside its lines; its packages are numbered from 1."""
    return Contents(
        service=shipment.service,
        expected_delivery_date=shipment.expected_delivery_date,
        packages=tuple(
            Package(
                package_number=number,
                tracking_number=one.tracking_number or "",
                tracking_state=tracking_state(carrier=shipment.carrier, tracking_number=one.tracking_number or ""),
                sscc=one.sscc or "",
                weight_grams=one.weight_grams,
                length_mm=one.length_mm,
                width_mm=one.width_mm,
                height_mm=one.height_mm,
                lines=tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in one.lines),
            )
            for number, one in enumerate(shipment.packages, start=1)
        ),
        serials=tuple(
            LineSerials(
                line_number=one.line_number, serial_numbers=tuple(number.upper() for number in one.serial_numbers)
            )
            for one in shipment.serials
        ),
    )
