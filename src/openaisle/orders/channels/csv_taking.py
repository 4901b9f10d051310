"""Takes in the CSV files that suppliers leave: each row for itself, the same file twice as once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from openaisle.inventory.use_cases import StockRow, StockRowStatus, StockUseCases
from openaisle.kernel.context import Context, Principal, Role, SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Table
from openaisle.orders.channels.csv_files import SupplierFileKind, SupplierRow, read_supplier_file
from openaisle.orders.commands import Acknowledgment, NewShipment
from openaisle.orders.exchange import Taken
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, unknown_purchase_order
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key

ModelT = TypeVar("ModelT")

_PROBLEMS_SHOWN = 200
_DEFAULT_LOCATION = "default"


class TakesAnswers(Protocol):
    """What this room's use cases of purchase orders do with what suppliers tell."""

    async def acknowledge(
        self,
        *,
        purchase_order_id: str,
        acknowledgment: Acknowledgment,
        context: Context,
        scope: SupplierScope | None,
    ) -> PurchaseOrder:
        """Record answers; the same again changes nothing."""
        ...

    async def ship(
        self, *, purchase_order_id: str, shipment: NewShipment, context: Context, scope: SupplierScope | None
    ) -> PurchaseOrder:
        """Record a shipment; the same again changes nothing."""
        ...


class CsvTaker:
    """Implements FileTaker for suppliers with the transport folder."""

    def __init__(self, *, table: Table, purchase_orders: TakesAnswers, stock: StockUseCases) -> None:
        """Take the table, and the use cases that a supplier's system would call."""
        self._table = table
        self._purchase_orders = purchase_orders
        self._stock = stock

    async def take(self, *, supplier_id: str, name: str, content: bytes, context: Context) -> Taken:
        """Take in a file; what is wrong with single rows is told beside it. Raises SupplierFileInvalid."""
        del name
        file = read_supplier_file(content=content)
        scope = SupplierScope(supplier_id=supplier_id)
        acting = msgspec.structs.replace(context, principal=Principal(role=Role.SUPPLIER, subject_id=supplier_id))
        takers: dict[SupplierFileKind, _TakesRows] = {
            SupplierFileKind.ACKNOWLEDGMENTS: self._acknowledgments,
            SupplierFileKind.SHIPMENTS: self._shipments,
            SupplierFileKind.INVENTORY: self._inventory,
        }
        problems = await takers[file.kind](file.rows, scope, acting)
        if not problems:
            return Taken(readable=True)
        shown = problems[:_PROBLEMS_SHOWN]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown):,} more")
        head = f"{len(file.rows)} rows of {file.kind.value}; these could not be taken:"
        return Taken(readable=True, note="\n".join([head, *shown]))

    async def _acknowledgments(self, rows: Sequence[SupplierRow], scope: SupplierScope, context: Context) -> list[str]:
        async def take(group: Sequence[SupplierRow]) -> None:
            purchase_order_id = group[0].cells["purchase_order_id"]
            lines = []
            for row in group:
                answer: dict[str, object] = {"decision": row.cells.get("decision", "").lower()}
                for field in ("reason", "expected_ship_date"):
                    if row.cells.get(field):
                        answer[field] = row.cells[field]
                numbers = [row.cells["line_number"]] if row.cells.get("line_number") else []
                if not numbers:
                    found = await self._own(purchase_order_id, scope)
                    numbers = [str(line.line_number) for line in found.lines if line.answer is LineAnswer.PENDING]
                lines += [{**answer, "line_number": number} for number in numbers]
            if not lines:
                return
            acknowledgment = _read({"lines": lines}, Acknowledgment)
            await self._purchase_orders.acknowledge(
                purchase_order_id=purchase_order_id, acknowledgment=acknowledgment, context=context, scope=scope
            )

        return await _by_group(rows, ("purchase_order_id",), take)

    async def _shipments(self, rows: Sequence[SupplierRow], scope: SupplierScope, context: Context) -> list[str]:
        async def take(group: Sequence[SupplierRow]) -> None:
            cells = group[0].cells
            lines = [
                {"line_number": row.cells["line_number"], "quantity": row.cells.get("quantity", "")}
                for row in group
                if row.cells.get("line_number")
            ]
            told = {"carrier": cells["carrier"], "tracking_number": cells["tracking_number"], "lines": lines}
            await self._purchase_orders.ship(
                purchase_order_id=cells["purchase_order_id"],
                shipment=_read(told, NewShipment),
                context=context,
                scope=scope,
            )

        return await _by_group(rows, ("purchase_order_id", "carrier", "tracking_number"), take)

    async def _inventory(self, rows: Sequence[SupplierRow], scope: SupplierScope, context: Context) -> list[str]:
        sound, problems = [], []
        for row in rows:
            text = row.cells.get("on_hand", "")
            if text.isascii() and text.isdigit() and len(text) <= 12:
                sku, location = row.cells.get("supplier_sku", ""), row.cells.get("location") or _DEFAULT_LOCATION
                sound.append((row.number, StockRow(supplier_sku=sku, location=location, on_hand=int(text))))
            else:
                problems.append(f"row {row.number}: on_hand is not a whole number: {text[:40]!r}")
        results = await self._stock.set_on_hand(scope=scope, rows=[one for _, one in sound], context=context)
        for (number, _), result in zip(sound, results, strict=True):
            if result.status is StockRowStatus.REFUSED:
                details = " ".join(one.detail for one in result.findings)
                problems.append(f"row {number}: {details}")
        return problems

    async def _own(self, purchase_order_id: str, scope: SupplierScope) -> PurchaseOrder:
        item = await self._table.get(key=purchase_order_key(purchase_order_id=purchase_order_id))
        found = None if item is None else PURCHASE_ORDERS.record(item.body)
        if found is None or found.supplier_id != scope.supplier_id:
            raise unknown_purchase_order(purchase_order_id=purchase_order_id)
        return found


_TakesRows = Callable[[Sequence[SupplierRow], SupplierScope, Context], Awaitable[list[str]]]


class _RowInvalid(Exception):
    """Cells of a row do not make a command."""


def _read(told: object, model: type[ModelT]) -> ModelT:
    try:
        # Cells are texts; numbers among them are read as such.
        return msgspec.convert(told, model, strict=False)
    except msgspec.ValidationError as error:
        raise _RowInvalid(str(error)) from None


async def _by_group(
    rows: Sequence[SupplierRow],
    columns: Sequence[str],
    take: Callable[[Sequence[SupplierRow]], Awaitable[None]],
) -> list[str]:
    """Take rows that belong together at once; return what was wrong, by the first row of each."""
    groups: dict[tuple[str, ...], list[SupplierRow]] = {}
    for row in rows:
        groups.setdefault(tuple(row.cells.get(name, "") for name in columns), []).append(row)
    problems = []
    for group in groups.values():
        try:
            await take(group)
        except _RowInvalid as error:
            problems.append(f"row {group[0].number}: {error}")
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            problems.append(f"row {group[0].number}: {error.title}. {error.detail}")
    return problems
