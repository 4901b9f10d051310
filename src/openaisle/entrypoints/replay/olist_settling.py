"""Waits until every purchase order of the replay is delivered, then reads everything back and compares."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from openaisle.entrypoints.replay.memory import OnboardedSupplier, ReplayMemory
from openaisle.entrypoints.replay.olist_history import History
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.reconciliation import Reconciliation, Totals, reconcile
from openaisle.entrypoints.replay.side_by_side import side_by_side
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.marketplace_api import MarketplaceApi

_AT_ONCE = 16
_PAGE = 500
_PAUSE_SECONDS = 0.5
_SETTLED = frozenset({"delivered", "closed"})


class SettlingStalled(OpenAisleError):
    """Purchase orders stopped moving before all were delivered."""

    code = "replay-stalled"
    title = "Purchase orders do not move any more"
    mend = "Look at the purchase orders in the console; start the replay again to go on."


def expected_totals(*, history: History) -> dict[str, Totals]:
    """Return what the history says each seller was to deliver: one purchase order per order and seller."""
    totals: defaultdict[str, Totals] = defaultdict(Totals)
    for order in history.orders:
        for handle in {item.seller_id for item in order.items}:
            totals[handle].purchase_orders += 1
        for item in order.items:
            its = totals[item.seller_id]
            its.units += 1
            its.items_minor += item.price_minor
            its.freight_minor += item.freight_minor
    return dict(totals)


class Settling:
    """Reads purchase orders and orders back through the API; keeps no count of what was sent."""

    def __init__(
        self,
        *,
        history: History,
        memory: ReplayMemory,
        operator: MarketplaceApi,
        storefront: MarketplaceApi,
        patience_seconds: float,
        told: Told,
    ) -> None:
        """Give up when no purchase order moved for ``patience_seconds``."""
        self._history = history
        self._memory = memory
        self._operator = operator
        self._storefront = storefront
        self._patience_seconds = patience_seconds
        self._told = told
        self._found: dict[str, Totals] = {}
        self._unsettled = 0

    async def run(self) -> Reconciliation:
        """Wait, read back, compare; raises SettlingStalled."""
        await self._until_settled()
        orders = await self._orders()
        return reconcile(
            orders_expected=len(self._history.orders),
            orders_found=orders,
            expected=expected_totals(history=self._history),
            found=self._found,
            unsettled_purchase_orders=self._unsettled,
        )

    async def _until_settled(self) -> None:
        loop = asyncio.get_running_loop()
        waiting = list(self._memory.suppliers.values())
        step = self._told.step(title="purchase orders are delivered", total=len(waiting))
        before, moved_at = (-1, -1), loop.time()
        while True:
            self._unsettled = 0
            waiting = await self._not_settled(suppliers=waiting)
            step.at(done=len(self._memory.suppliers) - len(waiting))
            if not waiting:
                return
            now = (len(waiting), self._unsettled)
            if now != before:
                before, moved_at = now, loop.time()
            elif loop.time() - moved_at > self._patience_seconds:
                raise SettlingStalled(detail=f"{self._unsettled} purchase orders of {len(waiting)} suppliers are open.")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _not_settled(self, *, suppliers: list[OnboardedSupplier]) -> list[OnboardedSupplier]:
        waiting: list[OnboardedSupplier] = []

        async def look(supplier: OnboardedSupplier) -> None:
            totals, unsettled = await self._totals_of(supplier_id=supplier.supplier_id)
            self._found[supplier.handle] = totals
            if unsettled:
                self._unsettled += unsettled
                waiting.append(supplier)

        await side_by_side(work=suppliers, at_once=_AT_ONCE, do=look)
        return waiting

    async def _totals_of(self, *, supplier_id: str) -> tuple[Totals, int]:
        totals, unsettled, after = Totals(), 0, ""
        while True:
            page = await self._operator.get(
                path=f"/v1/purchase-orders?supplier_id={supplier_id}&state_group=all&limit={_PAGE}{after}"
            )
            for purchase_order in page["purchase_orders"]:
                unsettled += purchase_order["state"] not in _SETTLED
                totals.purchase_orders += 1
                for line in purchase_order["lines"]:
                    totals.units += line["quantity"]
                    totals.items_minor += line["unit_price_minor"] * line["quantity"]
                    totals.freight_minor += line["shipping_minor"]
            if not page["next_after"]:
                return totals, unsettled
            after = f"&after={page['next_after']}"

    async def _orders(self) -> int:
        step = self._told.step(title="orders are read back", total=len(self._history.orders))
        references: set[str] = set()
        doubled, after = 0, ""
        while True:
            page = await self._storefront.get(path=f"/v1/orders?limit={_PAGE}{after}")
            for order in page["orders"]:
                doubled += order["reference"] in references
                references.add(order["reference"])
            step.at(done=len(references))
            if not page["next_after"]:
                break
            after = f"&after={page['next_after']}"
        wanted = {order.order_id for order in self._history.orders}
        return len(references & wanted) + doubled
