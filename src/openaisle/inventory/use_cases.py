"""Suppliers tell what they have on hand, in batches in which a bad row never loses another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

import msgspec

from openaisle.inventory.model import (
    MAXIMUM_ON_HAND,
    StockLevel,
    StockLevelUnknown,
    decide_on_hand,
    decide_safety_stock,
    new_stock_level,
)
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.errors import ChangedMeanwhile, Finding
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.offers.model import Offer, offer_identifier
from openaisle.offers.repository import OFFERS, offer_key

# A commit holds 100 writes at most; a smaller one loses less when an order races with it.
_ROWS_PER_COMMIT = 50
_CONFIRMATION_HOLDS = timedelta(seconds=30)


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier has on hand of one of its SKUs at one location.

    Less than ``safety_stock`` is never sold from there; None leaves it as it is.
    """

    supplier_sku: str
    location: str
    on_hand: int
    safety_stock: int | None = None


class StockRowStatus(StrEnum):
    """What became of a row."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class StockRowResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row, with the stock level after it and what was found."""

    supplier_sku: str
    location: str
    status: StockRowStatus
    on_hand: int | None = None
    reserved: int | None = None
    available: int | None = None
    safety_stock: int | None = None
    findings: tuple[Finding, ...] = ()


class StockUseCases:
    """Changes stock levels as suppliers report them."""

    def __init__(self, *, table: Table) -> None:
        """Take the table in which offers and stock levels stand."""
        self._table = table

    async def set_on_hand(
        self, *, scope: SupplierScope, rows: Sequence[StockRow], context: Context
    ) -> list[StockRowResult]:
        """Store what the supplier has on hand; returns a result per row, in their order.

        A row is refused alone: for an SKU without an offer, an impossible quantity, or a second row for the same
        SKU and location.
        """
        results: dict[int, StockRowResult] = {}
        sound: list[tuple[int, StockRow]] = []
        seen: set[tuple[str, str]] = set()
        for position, row in enumerate(rows):
            finding = _finding_against(row=row, seen=seen)
            seen.add((row.supplier_sku, row.location))
            if finding is None:
                sound.append((position, row))
            else:
                results[position] = _refused(row=row, finding=finding)
        for start in range(0, len(sound), _ROWS_PER_COMMIT):
            results.update(
                await self._store(scope=scope, rows=sound[start : start + _ROWS_PER_COMMIT], context=context)
            )
        return [results[position] for position in range(len(rows))]

    async def set_safety_stock(
        self, *, offer_id: str, location: str, safety_stock: int, scope: SupplierScope | None, context: Context
    ) -> StockLevel:
        """Store what is never sold of an offer at a location, and return the stock level.

        A ``scope`` of None is the operator's, who may set it for all. Raises StockLevelUnknown or QuantityInvalid.
        """

        async def attempt() -> StockLevel:
            item = await self._table.get(key=stock_key(offer_id=offer_id, location=location))
            found = None if item is None else STOCK_LEVELS.decode(item)
            if found is None or (scope is not None and found.record.supplier_id != scope.supplier_id):
                raise StockLevelUnknown(detail=f"There is no stock of {offer_id[:40]} at {location[:60]}.")
            changed = decide_safety_stock(stock=found.record, safety_stock=safety_stock)
            if changed != found.record:
                await self._table.commit(writes=[STOCK_LEVELS.replace(changed, version=found.version)], context=context)
            return changed

        return await decided_anew(attempt)

    async def _store(
        self, *, scope: SupplierScope, rows: list[tuple[int, StockRow]], context: Context
    ) -> dict[int, StockRowResult]:
        async def attempt() -> dict[int, StockRowResult]:
            results, writes = await self._decided(scope=scope, rows=rows, context=context)
            if writes:
                await self._table.commit(writes=writes, context=context)
            return results

        try:
            return await decided_anew(attempt)
        except ChangedMeanwhile:
            if len(rows) == 1:
                raise
        # Among fifty rows there is always one that orders are changing right now: halves race less.
        half = len(rows) // 2
        first = await self._store(scope=scope, rows=rows[:half], context=context)
        return first | await self._store(scope=scope, rows=rows[half:], context=context)

    async def _decided(
        self, *, scope: SupplierScope, rows: list[tuple[int, StockRow]], context: Context
    ) -> tuple[dict[int, StockRowResult], list[Write]]:
        identifiers = [
            offer_identifier(supplier_id=scope.supplier_id, supplier_sku=row.supplier_sku) for _, row in rows
        ]
        levels = await self._table.get_many(
            keys=[
                stock_key(offer_id=offer_id, location=row.location)
                for offer_id, (_, row) in zip(identifiers, rows, strict=True)
            ]
        )
        results: dict[int, StockRowResult] = {}
        writes: list[Write] = []
        for offer_id, item, (position, row) in zip(identifiers, levels, rows, strict=True):
            if item is not None:
                found = STOCK_LEVELS.decode(item)
                results[position], write = _changed(found=found, row=row, context=context)
            else:
                offer = await self._table.get(key=offer_key(offer_id=offer_id))
                if offer is None:
                    detail = f"There is no offer of the SKU {row.supplier_sku[:80]!r}; submit its product first."
                    finding = Finding(pointer="/supplier_sku", detail=detail, code="offer_unknown")
                    results[position] = _refused(row=row, finding=finding)
                    continue
                results[position], write = _created(offer=OFFERS.record(offer.body), row=row, context=context)
            if write is not None:
                writes.append(write)
        return results, writes


def _changed(*, found: Versioned[StockLevel], row: StockRow, context: Context) -> tuple[StockRowResult, Write | None]:
    before = found.record
    decision = decide_on_hand(stock=before, on_hand=row.on_hand, at=context.at)
    stock = decision.stock
    if row.safety_stock is not None:
        stock = decide_safety_stock(stock=stock, safety_stock=row.safety_stock)
    changed = (stock.on_hand, stock.safety_stock) != (before.on_hand, before.safety_stock)
    status = StockRowStatus.STORED if changed else StockRowStatus.UNCHANGED
    # The same number told again is news only once the last confirmation has grown old.
    stale = context.at - before.confirmed_at > _CONFIRMATION_HOLDS
    write = STOCK_LEVELS.replace(stock, version=found.version) if changed or stale else None
    return _result(row=row, stock=stock, status=status, findings=decision.findings), write


def _created(*, offer: Offer, row: StockRow, context: Context) -> tuple[StockRowResult, Write]:
    stock = new_stock_level(
        offer_id=offer.offer_id,
        supplier_id=offer.supplier_id,
        product_id=offer.product_id,
        location=row.location,
        on_hand=row.on_hand,
        at=context.at,
        safety_stock=row.safety_stock or 0,
    )
    return _result(row=row, stock=stock, status=StockRowStatus.STORED, findings=()), STOCK_LEVELS.create(stock)


def _finding_against(*, row: StockRow, seen: set[tuple[str, str]]) -> Finding | None:
    if not 0 <= row.on_hand <= MAXIMUM_ON_HAND:
        detail = f"{row.on_hand} is not between 0 and {MAXIMUM_ON_HAND}."
        return Finding(pointer="/on_hand", detail=detail, code="quantity_invalid")
    if row.safety_stock is not None and not 0 <= row.safety_stock <= MAXIMUM_ON_HAND:
        detail = f"{row.safety_stock} is not between 0 and {MAXIMUM_ON_HAND}."
        return Finding(pointer="/safety_stock", detail=detail, code="quantity_invalid")
    if (row.supplier_sku, row.location) in seen:
        detail = "An earlier row of the same request is about the same SKU and location; that one counts."
        return Finding(pointer="/supplier_sku", detail=detail, code="row_repeated")
    return None


def _refused(*, row: StockRow, finding: Finding) -> StockRowResult:
    return StockRowResult(
        supplier_sku=row.supplier_sku, location=row.location, status=StockRowStatus.REFUSED, findings=(finding,)
    )


def _result(
    *, row: StockRow, stock: StockLevel, status: StockRowStatus, findings: tuple[Finding, ...]
) -> StockRowResult:
    return StockRowResult(
        supplier_sku=row.supplier_sku,
        location=row.location,
        status=status,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        available=max(0, stock.available),
        safety_stock=stock.safety_stock,
        findings=findings,
    )
