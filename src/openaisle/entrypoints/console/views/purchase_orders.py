"""A purchase order on the page of its order: its state with what stands beside it, its parcels, its substitutes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.formats import moment
from openaisle.kernel.money import Money
from openaisle.orders import views as room
from openaisle.orders.shipping.views import ShipmentView


class ShipmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """What left a supplier."""

    shipment_id: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None
    quantities: str
    tracking_state: str = ""
    tracking_href: str | None = None
    flag: str = ""


class SubstituteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A substitute that a supplier proposed: the operator may decide in the storefront's stead."""

    line_number: int
    units: int
    ordered: str
    offered: str
    paid: Money
    price: Money
    decide_by: datetime


class PurchaseOrderCard(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's share of the order."""

    purchase_order_id: str
    supplier: str
    supplier_href: str
    state: str
    total: Money
    lines: str
    moments: tuple[tuple[str, datetime], ...]
    note: str
    shipments: tuple[ShipmentRow, ...]
    flags: tuple[str, ...] = ()
    substitutes: tuple[SubstituteRow, ...] = ()


def shipment_row(*, one: ShipmentView) -> ShipmentRow:
    """Return a shipment as a row."""
    return ShipmentRow(
        shipment_id=one.shipment_id,
        carrier=one.carrier,
        tracking_number=one.tracking_number,
        shipped_at=moment(text=one.shipped_at),
        delivered_at=moment(text=one.delivered_at) if one.delivered_at else None,
        quantities=", ".join(f"{line.quantity} of line {line.line_number}" for line in one.lines),
        tracking_state=one.tracking_state.value,
        tracking_href=one.tracking_url,
        flag="lost" if one.is_lost else "late" if one.is_late else "",
    )


def flags_of(*, one: room.PurchaseOrderView) -> tuple[str, ...]:
    """Return what stands beside the state: what is late to leave, put off, or filled with something else."""
    flags = {
        "late": any(line.is_late for line in one.lines),
        "back_ordered": any(line.is_back_ordered and line.open_quantity for line in one.lines),
        "substituted": any(line.replaced is not None and not line.consent_by for line in one.lines),
    }
    return tuple(name for name, holds in flags.items() if holds)


def substitute_row(*, line: room.PurchaseOrderLineView, currency: str) -> SubstituteRow:
    """Return a proposed substitute as the operator decides about it."""
    ordered = line.supplier_sku if line.replaced is None else line.replaced.supplier_sku
    offered_minor = line.unit_price_minor if line.replaced is None else line.replaced.offered_price_minor
    return SubstituteRow(
        line_number=line.line_number,
        units=line.open_quantity,
        ordered=ordered,
        offered=line.supplier_sku,
        paid=Money(amount_minor=line.unit_price_minor, currency=currency),
        price=Money(amount_minor=offered_minor, currency=currency),
        decide_by=moment(text=line.consent_by or ""),
    )
