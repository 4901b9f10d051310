"""Waits until every order of a hostile replay has ended, then reads all back: orders, stock, suppliers' books."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from openaisle.entrypoints.paging import every
from openaisle.entrypoints.replay.memory import ReplayMemory
from openaisle.entrypoints.replay.olist_bodies import units_told
from openaisle.entrypoints.replay.olist_history import History
from openaisle.entrypoints.replay.olist_hostile_reconciliation import HostileLedger, HostileReconciliation, has_ended
from openaisle.entrypoints.replay.olist_settling import SettlingStalled
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.side_by_side import side_by_side
from openaisle.kernel.marketplace_api import MarketplaceApi

_AT_ONCE = 16
_PAGE = 500
_PAUSE_SECONDS = 2.0


class HostileSettling:
    """Reads orders back through the API until each has ended; keeps no count of what was sent."""

    def __init__(
        self,
        *,
        history: History,
        memory: ReplayMemory,
        manners: Mapping[str, str],
        operator: MarketplaceApi,
        storefront: MarketplaceApi,
        suppliers: MarketplaceApi,
        patience_seconds: float,
        told: Told,
    ) -> None:
        """Give up when no order ended for ``patience_seconds``; ``suppliers`` is where the simulated ones report."""
        self._history = history
        self._handles = {one.supplier_id: handle for handle, one in memory.suppliers.items()}
        self._ledger = HostileLedger(manners=manners, handles=self._handles)
        self._operator = operator
        self._storefront = storefront
        self._suppliers = suppliers
        self._patience_seconds = patience_seconds
        self._told = told

    async def run(self) -> HostileReconciliation:
        """Wait, read back, compare; raises SettlingStalled."""
        await self._until_all_have_ended()
        await self._take_offers()
        report = await self._suppliers.get(path="/control/report")
        for handle, book in report["suppliers"].items():
            self._ledger.take_book(handle=handle, book=book)
        return self._ledger.concluded(orders_expected=len(self._history.orders))

    async def _until_all_have_ended(self) -> None:
        loop = asyncio.get_running_loop()
        histories = {order.order_id: order for order in self._history.orders}
        listed = every(api=self._storefront, path=f"/v1/orders?limit={_PAGE}", name="orders")
        waiting: list[str] = [order["order_id"] async for order in listed if order["reference"] in histories]
        step = self._told.step(title="orders have ended", total=len(waiting))
        total, ended_at = len(waiting), loop.time()
        while waiting:
            still: list[str] = []

            async def look(order_id: str, still: list[str] = still) -> None:
                order: dict[str, Any] = await self._storefront.get(path=f"/v1/orders/{order_id}")
                if has_ended(order=order):
                    self._ledger.take_order(history=histories[order["reference"]], order=order)
                    step.advance()
                else:
                    still.append(order_id)

            await side_by_side(work=waiting, at_once=_AT_ONCE, do=look)
            if len(still) < len(waiting):
                ended_at = loop.time()
            elif loop.time() - ended_at > self._patience_seconds:
                raise SettlingStalled(detail=f"{len(still)} of {total} orders do not end, {still[0]} among them.")
            waiting = still
            if waiting:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _take_offers(self) -> None:
        told = units_told(history=self._history)
        step = self._told.step(title="stock is read back", total=len(told))
        async for offer in every(api=self._operator, path=f"/v1/offers?limit={_PAGE}", name="offers"):
            handle = self._handles.get(offer["supplier_id"])
            if handle is not None:
                self._ledger.take_offer(offer=offer, told_on_hand=told[handle, offer["supplier_sku"]])
                step.advance()
