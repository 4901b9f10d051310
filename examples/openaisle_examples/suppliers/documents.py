"""What a supplier's system is sent and what it answers; see docs/reference/supplier-api.md."""

from __future__ import annotations

from typing import Any

import msgspec


class DocumentLine(msgspec.Struct, frozen=True, gc=False):
    """So many units of one SKU."""

    line_number: int
    supplier_sku: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int = 0


class PurchaseOrderDocument(msgspec.Struct, frozen=True):
    """A purchase order as it arrives; fields that this supplier does not need are passed over."""

    purchase_order_id: str
    order_reference: str
    currency: str
    lines: list[DocumentLine]

    @property
    def units(self) -> int:
        """How many units it asks for."""
        return sum(line.quantity for line in self.lines)

    @property
    def items_minor(self) -> int:
        """What the units cost in all."""
        return sum(line.quantity * line.unit_price_minor for line in self.lines)

    @property
    def shipping_minor(self) -> int:
        """What their shipping costs in all."""
        return sum(line.shipping_minor for line in self.lines)


class PurchaseOrders(msgspec.Struct, frozen=True):
    """The body of a call of the Order Acceptance API."""

    purchase_orders: list[PurchaseOrderDocument]


class LineDecision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is answered for one line."""

    line_number: int
    decision: str
    reason: str | None = None
    unit_price_minor: int | None = None


class Acknowledgment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is answered for one purchase order: accepted, rejected, partial (with lines) or later."""

    purchase_order_id: str
    decision: str
    lines: list[LineDecision] | None = None
    reason: str | None = None


class Acknowledgments(msgspec.Struct, frozen=True):
    """The answer of the Order Acceptance API."""

    acknowledgments: list[Acknowledgment]


class CanceledLine(msgspec.Struct, frozen=True, gc=False):
    """What of a line is canceled by now, in all."""

    line_number: int
    canceled_quantity: int


class CancellationDocument(msgspec.Struct, frozen=True):
    """What of a purchase order is canceled by now, in all."""

    purchase_order_id: str
    complete: bool
    lines: list[CanceledLine]


class Cancellations(msgspec.Struct, frozen=True):
    """The body of a call of the Cancellation API."""

    cancellations: list[CancellationDocument]


class CancellationAnswer(msgspec.Struct, frozen=True):
    """What is answered for one cancellation: canceled, too_late or unknown."""

    purchase_order_id: str
    decision: str


class CancellationAnswers(msgspec.Struct, frozen=True):
    """The answer of the Cancellation API."""

    cancellations: list[CancellationAnswer]


class StockQuestion(msgspec.Struct, frozen=True):
    """The body of a call of the Inventory API."""

    supplier_skus: list[str]


class StockLevel(msgspec.Struct, frozen=True):
    """What is on hand of one SKU."""

    supplier_sku: str
    location: str
    on_hand: int


class StockLevels(msgspec.Struct, frozen=True):
    """The answer of the Inventory API."""

    stock_levels: list[StockLevel]


ENCODER = msgspec.json.Encoder()
PURCHASE_ORDERS = msgspec.json.Decoder(PurchaseOrders)
CANCELLATIONS = msgspec.json.Decoder(Cancellations)
STOCK_QUESTION = msgspec.json.Decoder(StockQuestion)


def decoded(body: bytes) -> dict[str, Any]:
    """Return a JSON object of the marketplace; anything else is an empty one."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}
