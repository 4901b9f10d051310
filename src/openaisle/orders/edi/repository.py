"""Where interchanges, their counters, the short numbers of purchase orders and suppliers' invoices stand."""

from __future__ import annotations

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.orders.edi.invoices_in import SupplierInvoice
from openaisle.orders.edi.model import Direction, EdiCounters, EdiInterchange, EdiNumber, InterchangeState

EDI_TOPIC = "edi-interchange"


def counters_key(*, supplier_id: str) -> Key:
    """Return the key of the control numbers that went to a supplier."""
    return Key(f"EDI#{supplier_id}#COUNTERS", "COUNTERS")


def number_key(*, supplier_id: str, number: str) -> Key:
    """Return the key of the purchase order behind a short number. Access pattern: every document of a supplier."""
    return Key(f"EDI#{supplier_id}#NUMBER#{number}", "NUMBER")


def interchange_key(*, interchange_id: str) -> Key:
    """Return the key of an interchange by its identifier."""
    return Key(f"EDI-INTERCHANGE#{interchange_id}", "INTERCHANGE")


def group_partition(*, supplier_id: str) -> str:
    """Return the partition of index2 that finds our interchange by the number of its group (a supplier's 997)."""
    return f"EDI#{supplier_id}#GROUPS"


def received_partition(*, supplier_id: str) -> str:
    """Return the partition of index2 that finds a supplier's interchange by its control number (duplicates)."""
    return f"EDI#{supplier_id}#RECEIVED"


def supplier_interchanges_partition(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's interchanges, both ways, by their moment."""
    return f"EDI#{supplier_id}#INTERCHANGES"


def invoice_key(*, invoice_id: str) -> Key:
    """Return the key of a supplier's invoice."""
    return Key(f"SUPPLIER-INVOICE#{invoice_id}", "INVOICE")


def supplier_invoices_partition(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's invoices as they came."""
    return f"SUPPLIER#{supplier_id}#INVOICES"


def purchase_order_invoices_partition(*, purchase_order_id: str) -> str:
    """Return the partition of index2 with the invoices for one purchase order (what was billed in all)."""
    return f"PURCHASE-ORDER#{purchase_order_id}#INVOICES"


def _interchange_indexes(one: EdiInterchange) -> tuple[IndexEntry, ...]:
    place = f"{one.created_at}#{one.interchange_id}"
    entries = [IndexEntry(Index.FIRST, supplier_interchanges_partition(supplier_id=one.supplier_id), place)]
    if one.direction is Direction.OUT:
        if one.group_number:
            partition = group_partition(supplier_id=one.supplier_id)
            entries.append(IndexEntry(Index.SECOND, partition, f"{one.group_number.zfill(9)}#{one.created_at}"))
    else:
        partition = received_partition(supplier_id=one.supplier_id)
        entries.append(IndexEntry(Index.SECOND, partition, f"{one.control_number.zfill(9)}#{one.created_at}"))
    if one.state is InterchangeState.WAITING:
        entries.append(due_entry(topic=EDI_TOPIC, at=one.created_at, identifier=one.interchange_id))
    elif one.acknowledge_by:
        entries.append(due_entry(topic=EDI_TOPIC, at=one.acknowledge_by, identifier=one.interchange_id))
    elif one.blob and one.text_until:
        entries.append(due_entry(topic=EDI_TOPIC, at=one.text_until, identifier=one.interchange_id))
    return tuple(entries)


def _invoice_indexes(one: SupplierInvoice) -> tuple[IndexEntry, ...]:
    place = f"{one.received_at}#{one.invoice_id}"
    entries = [IndexEntry(Index.FIRST, supplier_invoices_partition(supplier_id=one.supplier_id), place)]
    if one.purchase_order_id is not None:
        partition = purchase_order_invoices_partition(purchase_order_id=one.purchase_order_id)
        entries.append(IndexEntry(Index.SECOND, partition, place))
    return tuple(entries)


COUNTERS = RecordType[EdiCounters](
    kind="edi_counters",
    model=EdiCounters,
    key=lambda one: counters_key(supplier_id=one.supplier_id),
    streamed=False,
)

NUMBERS = RecordType[EdiNumber](
    kind="edi_number",
    model=EdiNumber,
    key=lambda one: number_key(supplier_id=one.supplier_id, number=one.number),
    streamed=False,
)

INTERCHANGES = RecordType[EdiInterchange](
    kind="edi_interchange",
    model=EdiInterchange,
    key=lambda one: interchange_key(interchange_id=one.interchange_id),
    indexes=_interchange_indexes,
)

INVOICES = RecordType[SupplierInvoice](
    kind="supplier_invoice",
    model=SupplierInvoice,
    key=lambda one: invoice_key(invoice_id=one.invoice_id),
    indexes=_invoice_indexes,
)
