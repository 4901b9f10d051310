"""Orders: the list, and one order with its lines, purchase orders, timeline and allocation reasons."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.views.common import Choice, Fact, HistoryEntry, Paging
from openaisle.kernel.money import Money


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a list."""

    order_id: str
    reference: str
    storefront_id: str
    state: str
    placed_at: datetime
    total: Money
    line_count: int
    supplier_count: int


class OrdersPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of orders of a day (``YYYY-MM-DD``) and state; its first page keeps itself fresh."""

    day: str
    choices: tuple[Choice, ...]
    orders: tuple[OrderRow, ...]
    paging: Paging
    refresh_href: str | None = None


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order line."""

    line_number: int
    product: str
    product_href: str | None
    supplier: str
    supplier_href: str | None
    quantity: int
    unit_price: Money
    shipping: Money
    state: str
    note: str = ""


class ShipmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """What left a supplier."""

    shipment_id: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None
    quantities: str


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


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One offer that the allocation weighed for a line.

    ``terms`` are the parts of the score, as label and text; ``refusal`` says why the offer could not be taken.
    """

    supplier: str
    supplier_href: str
    offer_id: str
    location: str
    chosen: bool
    score: str
    terms: tuple[tuple[str, str], ...]
    refusal: str


class AllocationCard(msgspec.Struct, frozen=True, kw_only=True):
    """Why one line went where it went."""

    line_number: int
    product: str
    decided_at: datetime
    reason: str
    chosen: bool
    candidates: tuple[Candidate, ...]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one order."""

    order_id: str
    reference: str
    state: str
    placed_at: datetime
    total: Money
    facts: tuple[Fact, ...]
    lines: tuple[LineRow, ...]
    purchase_orders: tuple[PurchaseOrderCard, ...]
    allocations: tuple[AllocationCard, ...]
    history: tuple[HistoryEntry, ...]
