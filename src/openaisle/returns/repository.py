"""Where returns and refunds stand in the table.

``RETURNS#<order_id>`` holds all returns (sort ``RETURN#<nn>``) and refunds (sort ``REFUND#<nn>``) of an order, apart
from the order itself, which is read far more often: one query reads what may still come back and be refunded.
"""

from __future__ import annotations

import re

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.returns.model import OPEN, Return, ReturnUnknown
from openaisle.returns.refund import Refund, RefundState, RefundUnknown

RETURN_KIND = "return"
REFUND_KIND = "refund"
RETURN_PREFIX = "RETURN#"
RETURN_TOPIC = "return-deadline"
REFUND_TOPIC = "refund-deadline"

_RETURN_FORM = re.compile(r"ret_([0-9a-z]{26})_([0-9]{2,3})")
_REFUND_FORM = re.compile(r"ref_([0-9a-z]{26})_([0-9]{2,3})")


def returns_partition(*, order_id: str) -> str:
    """Return the partition of an order's returns and refunds (``Books.of_order``: one query)."""
    return f"RETURNS#{order_id}"


def return_key(*, return_id: str) -> Key:
    """Return the key that follows from a return's identifier; raises ReturnUnknown for no such text."""
    found = _RETURN_FORM.fullmatch(return_id)
    if found is None:
        raise ReturnUnknown(detail=f"{return_id[:64]!r} is not a return's identifier.")
    return Key(f"RETURNS#ord_{found[1]}", f"{RETURN_PREFIX}{found[2]}")


def refund_key(*, refund_id: str) -> Key:
    """Return the key that follows from a refund's identifier; raises RefundUnknown for no such text."""
    found = _REFUND_FORM.fullmatch(refund_id)
    if found is None:
        raise RefundUnknown(detail=f"{refund_id[:64]!r} is not a refund's identifier.")
    return Key(f"RETURNS#ord_{found[1]}", f"REFUND#{found[2]}")


def order_of(key: Key) -> str:
    """Return the order whose partition the key stands in."""
    return key.partition.removeprefix("RETURNS#")


def number_of(identifier: str) -> int:
    """Return the number of a return or refund within its order, counted from 1."""
    return int(identifier.rpartition("_")[2])


def supplier_returns_partition(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's returns by the moment they were asked for."""
    return f"SUPPLIER#{supplier_id}#RETURNS"


def storefront_returns_partition(*, storefront_id: str) -> str:
    """Return the partition of index2 that lists a storefront's returns by the moment they were asked for."""
    return f"STOREFRONT#{storefront_id}#RETURNS"


def unpaid_partition(*, storefront_id: str) -> str:
    """Return the partition of index1 with the refunds that a storefront has not paid yet."""
    return f"STOREFRONT#{storefront_id}#UNPAID-REFUNDS"


def refunds_of_day_partition(*, day: str) -> str:
    """Return the partition of index2 that lists all refunds asked for on a day (``2026-11-23``, UTC)."""
    return f"REFUNDS#{day}"


def due_partition(*, topic: str) -> str:
    """Return the partition of the due index that lists what is open, what comes due first in front."""
    return f"DUE#{topic}"


def _return_indexes(one: Return) -> tuple[IndexEntry, ...]:
    place = f"{one.requested_at}#{one.return_id}"
    entries = [
        IndexEntry(Index.FIRST, f"SUPPLIER#{one.supplier_id}#RETURNS", place),
        IndexEntry(Index.SECOND, f"STOREFRONT#{one.storefront_id}#RETURNS", place),
    ]
    # Sparse: only open returns come due, so the same index is the operator's list of what is open.
    if one.state in OPEN and one.due_at is not None:
        entries.append(due_entry(topic=RETURN_TOPIC, at=one.due_at, identifier=one.return_id))
    return tuple(entries)


def _refund_indexes(refund: Refund) -> tuple[IndexEntry, ...]:
    place = f"{refund.requested_at}#{refund.refund_id}"
    entries = [IndexEntry(Index.SECOND, f"REFUNDS#{refund.requested_at[:10]}", place)]
    # Sparse: a storefront's list of what it has to pay is as long as its debt.
    if refund.state is not RefundState.PAID:
        entries.append(IndexEntry(Index.FIRST, f"STOREFRONT#{refund.storefront_id}#UNPAID-REFUNDS", place))
    if refund.state is RefundState.REQUESTED and refund.due_at is not None:
        entries.append(due_entry(topic=REFUND_TOPIC, at=refund.due_at, identifier=refund.refund_id))
    return tuple(entries)


RETURNS = RecordType[Return](
    kind=RETURN_KIND,
    model=Return,
    key=lambda one: return_key(return_id=one.return_id),
    indexes=_return_indexes,
)

REFUNDS = RecordType[Refund](
    kind=REFUND_KIND,
    model=Refund,
    key=lambda refund: refund_key(refund_id=refund.refund_id),
    indexes=_refund_indexes,
)
