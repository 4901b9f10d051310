"""Waits until every purchase order of the replay is delivered, then reads everything back and compares."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from openaisle.entrypoints.paging import every
from openaisle.entrypoints.replay.memory import OnboardedSupplier, ReplayMemory
from openaisle.entrypoints.replay.olist_history import History
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.reconciliation import Reconciliation, Totals, reconcile
from openaisle.entrypoints.replay.side_by_side import side_by_side
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.marketplace_api import MarketplaceApi

_AT_ONCE = 16
_PAGE = 500
_PAUSE_SECONDS = 1.0
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
        step = self._told.step(title="suppliers have delivered all", total=len(waiting))
        fewest, moved_at = len(waiting) + 1, loop.time()
        while waiting:
            waiting = await self._not_settled(suppliers=waiting)
            step.at(done=len(self._memory.suppliers) - len(waiting))
            if len(waiting) < fewest:
                fewest, moved_at = len(waiting), loop.time()
            elif loop.time() - moved_at > self._patience_seconds:
                raise SettlingStalled(detail=f"{len(waiting)} suppliers have open purchase orders.")
            if waiting:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _not_settled(self, *, suppliers: list[OnboardedSupplier]) -> list[OnboardedSupplier]:
        waiting: list[OnboardedSupplier] = []

        async def look(supplier: OnboardedSupplier) -> None:
            is_open = await self._has_open(supplier_id=supplier.supplier_id)
            if not is_open:
                totals, unsettled = await self._totals_of(supplier_id=supplier.supplier_id)
                self._found[supplier.handle] = totals
                self._unsettled += unsettled
            else:
                waiting.append(supplier)

        await side_by_side(work=suppliers, at_once=_AT_ONCE, do=look)
        return waiting

    async def _has_open(self, *, supplier_id: str) -> bool:
        # Whether anything is open is read from an index that holds only what is, so it costs next to nothing.
        for group in ("to_deliver", "open"):
            path = f"/v1/purchase-orders?supplier_id={supplier_id}&state_group={group}&limit=1"
            if (await self._operator.get(path=path))["purchase_orders"]:
                return True
        return False

    async def _totals_of(self, *, supplier_id: str) -> tuple[Totals, int]:
        totals, unsettled = Totals(), 0
        path = f"/v1/purchase-orders?supplier_id={supplier_id}&state_group=all&limit={_PAGE}"
        async for purchase_order in every(api=self._operator, path=path, name="purchase_orders"):
            unsettled += purchase_order["state"] not in _SETTLED
            totals.purchase_orders += 1
            for line in purchase_order["lines"]:
                totals.units += line["quantity"]
                totals.items_minor += line["unit_price_minor"] * line["quantity"]
                totals.freight_minor += line["shipping_minor"]
        return totals, unsettled

    async def _orders(self) -> int:
        step = self._told.step(title="orders are read back", total=len(self._history.orders))
        wanted = {order.order_id for order in self._history.orders}
        found: set[str] = set()
        doubled = 0
        async for order in every(api=self._storefront, path=f"/v1/orders?limit={_PAGE}", name="orders"):
            doubled += order["reference"] in found
            found.add(order["reference"])
            step.at(done=len(found))
        return len(found & wanted) + doubled
