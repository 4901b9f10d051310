"""Where orders, purchase orders and idempotent answers stand in the table.

``ORDER#<order_id>`` holds an order (sort ``ORDER``) and its purchase orders (sort ``PO#<nn>``): one query reads
all of it.
"""

from __future__ import annotations

import re

import msgspec

from openaisle.kernel.breaker import Breaker
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.orders.model import Order
from openaisle.orders.purchase_order import (
    OPEN,
    UNANSWERED,
    PurchaseOrder,
    PurchaseOrderState,
    PurchaseOrderUnknown,
)
from openaisle.orders.shipping.deadlines import answer_due, shipping_due

ORDER_KIND = "order"
PURCHASE_ORDER_KIND = "purchase_order"
ACKNOWLEDGMENT_TOPIC = "purchase-order-acknowledgment"
HOLD_TOPIC = "order-hold"
SHIPPING_TOPIC = "purchase-order-shipping"
TROUBLED_SUPPLIERS = "SUPPLIER-HEALTH#TROUBLED"

_PURCHASE_ORDER_FORM = re.compile(r"po_([0-9a-z]{26})_([0-9]{2,4})")


class IdempotentAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was answered to an Idempotency-Key: the ``fingerprint`` of the request's body and the answer's bytes."""

    storefront_id: str
    idempotency_key: str
    fingerprint: str
    expires_at: int
    answer: msgspec.Raw


class SupplierHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How the calls to a supplier's system went lately; there is none for a supplier that never failed."""

    supplier_id: str
    breaker: Breaker


def order_partition(*, order_id: str) -> str:
    """Return the partition of an order and its purchase orders (``OrderQueries.order``: one query)."""
    return f"ORDER#{order_id}"


def order_key(*, order_id: str) -> Key:
    """Return the key of an order. Access pattern: one order by its identifier."""
    return Key(f"ORDER#{order_id}", "ORDER")


def purchase_order_key(*, purchase_order_id: str) -> Key:
    """Return the key that follows from a purchase order's identifier; raises PurchaseOrderUnknown for no such text."""
    found = _PURCHASE_ORDER_FORM.fullmatch(purchase_order_id)
    if found is None:
        raise PurchaseOrderUnknown(detail=f"{purchase_order_id[:64]!r} is not a purchase order's identifier.")
    return Key(f"ORDER#ord_{found[1]}", f"PO#{found[2]}")


def purchase_order_number(*, purchase_order_id: str) -> int:
    """Return the number of a purchase order within its order, counted from 1."""
    return int(purchase_order_id.rpartition("_")[2])


def idempotency_key(*, storefront_id: str, key: str) -> Key:
    """Return the key of the answer once given to an Idempotency-Key."""
    return Key(f"IDEMPOTENCY#{storefront_id}#{key}", "ANSWER")


def storefront_orders_partition(*, storefront_id: str) -> str:
    """Return the partition of index1 that lists a storefront's orders by the moment they were placed."""
    return f"STOREFRONT#{storefront_id}#ORDERS"


def day_partition(*, day: str) -> str:
    """Return the partition of index2 that lists all orders of one day (``2026-11-23``, UTC) as they were placed."""
    return f"ORDERS#{day}"


def supplier_purchase_orders_partition(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists all purchase orders of a supplier by the moment of their making."""
    return f"SUPPLIER#{supplier_id}#PURCHASE-ORDERS"


def to_deliver_partition(*, supplier_id: str) -> str:
    """Return the partition of index2 with the purchase orders that are not yet brought to the supplier."""
    return f"SUPPLIER#{supplier_id}#TO-DELIVER"


def open_partition(*, supplier_id: str) -> str:
    """Return the partition of index2 with the purchase orders that the supplier has and has not finished."""
    return f"SUPPLIER#{supplier_id}#OPEN"


def supplier_health_key(*, supplier_id: str) -> Key:
    """Return the key of what is remembered of the calls to a supplier."""
    return Key(f"SUPPLIER-HEALTH#{supplier_id}", "HEALTH")


def _health_indexes(health: SupplierHealth) -> tuple[IndexEntry, ...]:
    # Sparse: only suppliers in trouble are listed (``OrderQueries.troubled_suppliers``).
    if health.breaker.failures == 0:
        return ()
    return (IndexEntry(Index.FIRST, TROUBLED_SUPPLIERS, health.supplier_id),)


def _order_indexes(order: Order) -> tuple[IndexEntry, ...]:
    placed = f"{order.placed_at}#{order.order_id}"
    listed = (
        # A storefront's own orders, newest last.
        IndexEntry(Index.FIRST, f"STOREFRONT#{order.storefront_id}#ORDERS", placed),
        # The operator's view of a day.
        IndexEntry(Index.SECOND, f"ORDERS#{order.placed_at[:10]}", placed),
    )
    if order.hold is None:
        return listed
    return (*listed, due_entry(topic=HOLD_TOPIC, at=order.hold.until, identifier=order.order_id))


def _purchase_order_indexes(purchase_order: PurchaseOrder) -> tuple[IndexEntry, ...]:
    created = f"{purchase_order.created_at}#{purchase_order.purchase_order_id}"
    supplier = f"SUPPLIER#{purchase_order.supplier_id}"
    state = purchase_order.state
    entries = [IndexEntry(Index.FIRST, f"{supplier}#PURCHASE-ORDERS", created)]
    # Sparse: what is finished stands in neither partition, so both stay as short as the work that is left.
    if state is PurchaseOrderState.CREATED:
        entries.append(IndexEntry(Index.SECOND, f"{supplier}#TO-DELIVER", created))
    elif state in OPEN:
        entries.append(IndexEntry(Index.SECOND, f"{supplier}#OPEN", created))
    # An item has one due entry: first the next deadline of the answer, then the next of the way to the shopper.
    topic, due = ACKNOWLEDGMENT_TOPIC, ""
    if state in UNANSWERED:
        due = answer_due(purchase_order)
    elif state in OPEN:
        topic, due = SHIPPING_TOPIC, shipping_due(purchase_order)
    if due:
        entries.append(due_entry(topic=topic, at=due, identifier=purchase_order.purchase_order_id))
    return tuple(entries)


ORDERS = RecordType[Order](
    kind=ORDER_KIND,
    model=Order,
    key=lambda order: Key(f"ORDER#{order.order_id}", "ORDER"),
    indexes=_order_indexes,
)

PURCHASE_ORDERS = RecordType[PurchaseOrder](
    kind=PURCHASE_ORDER_KIND,
    model=PurchaseOrder,
    # The identifier is our own here, so its parts stand where they always stand.
    key=lambda one: Key(f"ORDER#{one.order_id}", f"PO#{one.purchase_order_id[30:]}"),
    indexes=_purchase_order_indexes,
)

SUPPLIER_HEALTH = RecordType[SupplierHealth](
    kind="supplier_health",
    model=SupplierHealth,
    key=lambda health: supplier_health_key(supplier_id=health.supplier_id),
    indexes=_health_indexes,
    streamed=False,
)

IDEMPOTENT_ANSWERS = RecordType[IdempotentAnswer](
    kind="idempotent_answer",
    model=IdempotentAnswer,
    key=lambda answer: idempotency_key(storefront_id=answer.storefront_id, key=answer.idempotency_key),
    expires_at=lambda answer: answer.expires_at,
    streamed=False,
)
