"""Asking a supplier what it really has, just before its purchase orders go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from openaisle.inventory.model import StockLevel
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.inventory.use_cases import StockRow, StockUseCases
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_acknowledgment
from openaisle.orders.answering import AnsweredLine
from openaisle.orders.changes import PurchaseOrderChanges, Wish
from openaisle.orders.channels.documents import StockAnswer
from openaisle.orders.channels.notices import SHORT_STOCK_NOTE
from openaisle.orders.channels.transport import SupplierTransport
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderState, Step
from openaisle.suppliers.queries import SupplierConnection

SHORT_STOCK = "short_stock"
_NEVER = datetime.min.replace(tzinfo=UTC)
_PLACES_REMEMBERED_MAXIMUM = 50_000

Place = tuple[str, str]


class Confirmation(NamedTuple):
    """What came of it: whether the supplier was ``asked`` at all, and in ``note`` what went wrong."""

    asked: bool
    note: str


class StockConfirmation:
    """Confirms the stock of a batch of purchase orders with one call."""

    def __init__(self, *, table: Table, stock: StockUseCases, changes: PurchaseOrderChanges) -> None:
        """Take the table, the use cases of stock, and the changes of purchase orders."""
        self._table = table
        self._stock = stock
        self._changes = changes
        self._confirmed_at: dict[Place, datetime] = {}

    async def confirm(
        self,
        *,
        purchase_orders: Sequence[PurchaseOrder],
        connection: SupplierConnection,
        transport: SupplierTransport,
        context: Context,
    ) -> Confirmation:
        """Ask for what was not confirmed lately; reject what the supplier does not have, and correct the levels.

        If the Inventory API fails, the levels known are used, and the note says so.
        """
        levels = await self._stale_levels(purchase_orders=purchase_orders, connection=connection, at=context.at)
        if not levels:
            return Confirmation(asked=False, note="")
        skus = _skus(purchase_orders=purchase_orders, places=levels)
        try:
            answers = await transport.stock_levels(connection=connection, supplier_skus=sorted(set(skus.values())))
        except OpenAisleError as error:
            return Confirmation(asked=True, note=f"stock not confirmed: {error.detail}"[:300])
        # Remembered here too: a number told again is not written anew each time.
        self._confirmed_at.update(dict.fromkeys(levels, context.at))
        told = {(one.supplier_sku, one.location): one for one in answers}
        short = short_lines(purchase_orders=purchase_orders, levels=levels, on_hand=_on_hand(told=told, skus=skus))
        if short:
            await self._reject(short=short, context=context)
        rows = [
            StockRow(supplier_sku=one.supplier_sku, location=one.location, on_hand=one.on_hand)
            for place, sku in skus.items()
            if (one := told.get((sku, place[1]))) is not None
        ]
        if rows:
            scope = SupplierScope(supplier_id=purchase_orders[0].supplier_id)
            await self._stock.set_on_hand(scope=scope, rows=rows, context=context)
        return Confirmation(asked=True, note="")

    async def _stale_levels(
        self, *, purchase_orders: Sequence[PurchaseOrder], connection: SupplierConnection, at: datetime
    ) -> dict[Place, StockLevel]:
        fresh_since = at - timedelta(seconds=connection.inventory_freshness_seconds)
        known = self._confirmed_at
        places = [
            place
            for place in dict.fromkeys((line.offer_id, line.location) for one in purchase_orders for line in one.lines)
            # A confirmation only grows younger, so one that was fresh when it was read is still fresh enough.
            if known.get(place, _NEVER) < fresh_since
        ]
        if not places:
            return {}
        if len(known) > _PLACES_REMEMBERED_MAXIMUM:
            known.clear()
        keys = [stock_key(offer_id=offer_id, location=location) for offer_id, location in places]
        stale = {}
        for place, item in zip(places, await self._table.get_many(keys=keys), strict=True):
            if item is None:
                continue
            level = STOCK_LEVELS.record(item.body)
            known[place] = level.confirmed_at
            if level.confirmed_at < fresh_since:
                stale[place] = level
        return stale

    async def _reject(self, *, short: Mapping[str, Sequence[int]], context: Context) -> None:
        at = sortable_time(context.at)

        def wish(purchase_order_id: str, numbers: Sequence[int]) -> Wish:
            def decide(purchase_order: PurchaseOrder) -> Step:
                answers = [
                    AnsweredLine(line.line_number, LineAnswer.REJECTED, SHORT_STOCK)
                    for line in purchase_order.lines
                    if line.line_number in numbers and line.answer is LineAnswer.PENDING and line.open_quantity
                ]
                return decide_acknowledgment(
                    purchase_order=purchase_order,
                    answers=answers,
                    note=SHORT_STOCK_NOTE,
                    actor=f"supplier:{purchase_order.supplier_id}",
                    at=at,
                    # It has not reached the supplier yet; what is left of it still has to.
                    unanswered=PurchaseOrderState.CREATED,
                )

            return Wish(purchase_order_id, decide)

        wishes = [wish(purchase_order_id, numbers) for purchase_order_id, numbers in short.items()]
        await self._changes.change_many(wishes=wishes, context=context)


def short_lines(
    *,
    purchase_orders: Sequence[PurchaseOrder],
    levels: Mapping[Place, StockLevel],
    on_hand: Mapping[Place, int],
) -> dict[str, list[int]]:
    """Return the lines, by purchase order, that give way because less is on hand than is reserved for orders.

    The newest give way first, and a line as a whole, until what is left is on hand.
    """
    missing = {
        place: level.reserved - level.held - on_hand[place]
        for place, level in levels.items()
        if place in on_hand and level.reserved - level.held > on_hand[place]
    }
    short: dict[str, list[int]] = {}
    for purchase_order in reversed(purchase_orders):
        for line in purchase_order.lines:
            place = (line.offer_id, line.location)
            if missing.get(place, 0) > 0 and line.open_quantity:
                missing[place] -= line.open_quantity
                short.setdefault(purchase_order.purchase_order_id, []).append(line.line_number)
    return short


def _skus(*, purchase_orders: Sequence[PurchaseOrder], places: Mapping[Place, StockLevel]) -> dict[Place, str]:
    return {
        (line.offer_id, line.location): line.supplier_sku
        for one in purchase_orders
        for line in one.lines
        if (line.offer_id, line.location) in places
    }


def _on_hand(*, told: Mapping[tuple[str, str], StockAnswer], skus: Mapping[Place, str]) -> dict[Place, int]:
    return {place: told[sku, place[1]].on_hand for place, sku in skus.items() if (sku, place[1]) in told}
