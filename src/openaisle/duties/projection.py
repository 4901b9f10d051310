"""The pipe that counts sales by supplier and day; a change that comes twice is counted once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from openaisle.duties.model import SupplierDuties
from openaisle.duties.repository import DUTIES, SALES_DAYS, day_key, duties_key
from openaisle.duties.sales import SalesDay, Volume
from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Table, Write
from openaisle.orders.events import LineQuantity, PurchaseOrderShipped
from openaisle.suppliers.events import SupplierActivated

NAME = "duties"
_BATCH_SIZE = 500
_DAYS_PER_COMMIT = 40
_REST_SECONDS = 1.0


class _Line(msgspec.Struct, gc=False):
    line_number: int
    unit_price_minor: int
    shipping_minor: int = 0
    shipped_quantity: int = 0


class _PurchaseOrder(msgspec.Struct):
    supplier_id: str
    currency: str
    created_at: str
    lines: list[_Line]


class _Shipped(msgspec.Struct):
    lines: list[LineQuantity]


class _Sale(NamedTuple):
    sequence: int
    currency: str
    sales: int
    revenue_minor: int


_purchase_order = msgspec.json.Decoder(_PurchaseOrder).decode
_shipped = msgspec.json.Decoder(_Shipped).decode


def duties_pipe(*, table: Table, clock: Clock) -> Pipe:
    """Return the pipe that counts, and opens the duties of a supplier that was activated."""

    async def handle(changes: Sequence[Change]) -> None:
        days: dict[tuple[str, date], list[_Sale]] = {}
        suppliers: set[str] = set()
        for change in changes:
            if any(event.type == SupplierActivated.TYPE for event in change.events):
                suppliers.add(change.key.partition.removeprefix("SUPPLIER#"))
            found = _sale_of(change)
            if found is not None:
                supplier_id, day, sale = found
                days.setdefault((supplier_id, day), []).append(sale)
                suppliers.add(supplier_id)
        context = system_context(name=NAME, at=clock.now(), correlation_id=changes[-1].correlation_id)
        listed = list(days.items())
        for start in range(0, len(listed), _DAYS_PER_COMMIT):
            part = listed[start : start + _DAYS_PER_COMMIT]

            async def attempt(part: list[tuple[tuple[str, date], list[_Sale]]] = part) -> None:
                writes = await _writes(table=table, days=part)
                if writes:
                    await table.commit(writes=writes, context=context)

            await decided_anew(attempt)
        for supplier_id in sorted(suppliers):
            await _opened(table=table, supplier_id=supplier_id, clock=clock)

    return Pipe(
        name=NAME,
        handle=handle,
        event_types=frozenset({PurchaseOrderShipped.TYPE, SupplierActivated.TYPE}),
        batch_size=_BATCH_SIZE,
        rest_seconds=_REST_SECONDS,
    )


def _sale_of(change: Change) -> tuple[str, date, _Sale] | None:
    """Return what the shipments of a change sell, on the day the order was placed; a line is a sale the first time."""
    quantities: dict[int, int] = {}
    for event in change.events:
        if event.type == PurchaseOrderShipped.TYPE:
            for one in _shipped(event.data).lines:
                quantities[one.line_number] = quantities.get(one.line_number, 0) + one.quantity
    if not quantities or change.body is None:
        return None
    purchase_order = _purchase_order(change.body)
    sales = revenue_minor = 0
    for line in purchase_order.lines:
        quantity = quantities.get(line.line_number, 0)
        revenue_minor += quantity * line.unit_price_minor
        if quantity and line.shipped_quantity == quantity:
            sales += 1
            revenue_minor += line.shipping_minor
    sale = _Sale(sequence=change.sequence, currency=purchase_order.currency, sales=sales, revenue_minor=revenue_minor)
    return purchase_order.supplier_id, date.fromisoformat(purchase_order.created_at[:10]), sale


async def _writes(*, table: Table, days: list[tuple[tuple[str, date], list[_Sale]]]) -> list[Write]:
    items = await table.get_many(keys=[day_key(supplier_id=supplier_id, day=day) for (supplier_id, day), _ in days])
    writes: list[Write] = []
    for ((supplier_id, day), sales), item in zip(days, items, strict=True):
        version = item.version if item is not None else 0
        record = SALES_DAYS.decode(item).record if item is not None else SalesDay(supplier_id=supplier_id, day=day)
        fresh = [sale for sale in sales if sale.sequence > record.position]
        for sale in fresh:
            record.sales[sale.currency] = record.sales.get(sale.currency, 0) + sale.sales
            record.revenue_minor[sale.currency] = record.revenue_minor.get(sale.currency, 0) + sale.revenue_minor
            record.position = sale.sequence
        if fresh:
            writes.append(SALES_DAYS.replace(record, version=version))
    return writes


async def _opened(*, table: Table, supplier_id: str, clock: Clock) -> None:
    """See that the supplier's duties are looked at soon: they are new, or have new sales in them."""
    context = system_context(name=NAME, at=clock.now(), correlation_id=f"{NAME}:{supplier_id}")

    async def attempt() -> None:
        item = await table.get(key=duties_key(supplier_id=supplier_id))
        if item is None:
            nothing = Volume(deciding=None, highest=None, not_counted={})
            await table.commit(
                writes=[DUTIES.create(SupplierDuties(supplier_id=supplier_id, volume=nothing))], context=context
            )
            return
        found = DUTIES.decode(item)
        if found.record.looked_at_on is not None:
            again = msgspec.structs.replace(found.record, looked_at_on=None)
            await table.commit(writes=[DUTIES.replace(again, version=found.version)], context=context)

    await decided_anew(attempt)
