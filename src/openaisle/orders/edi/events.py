"""What happens to interchanges with suppliers and to their invoices, as others are told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class InterchangeAcknowledged(Event, frozen=True, kw_only=True):
    """The supplier's system could read an interchange of ours (997)."""

    TYPE: ClassVar[str] = "edi_interchange.acknowledged"

    interchange_id: str


class InterchangeRejected(Event, frozen=True, kw_only=True):
    """The supplier's system could not read documents of ours; ``subjects`` are what they are about."""

    TYPE: ClassVar[str] = "edi_interchange.rejected"

    interchange_id: str
    subjects: tuple[str, ...]


class InterchangeUnacknowledged(Event, frozen=True, kw_only=True):
    """The supplier's system did not say in time whether it could read an interchange of ours."""

    TYPE: ClassVar[str] = "edi_interchange.unacknowledged"

    interchange_id: str


class InterchangeReceived(Event, frozen=True, kw_only=True):
    """A supplier's interchange was read; ``rejected_count`` of its documents could not be."""

    TYPE: ClassVar[str] = "edi_interchange.received"

    interchange_id: str
    set_count: int
    rejected_count: int


class SupplierInvoiceReceived(Event, frozen=True, kw_only=True):
    """A supplier billed a purchase order; ``findings`` name what differs from what was ordered and shipped."""

    TYPE: ClassVar[str] = "supplier_invoice.received"

    invoice_id: str
    purchase_order_id: str | None
    findings: tuple[str, ...]
