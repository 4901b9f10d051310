"""Every order of the Olist history is placed through the public API, in the order of the dataset."""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.entrypoints.replay.memory import ReplayMemory
from openaisle.entrypoints.replay.olist_bodies import order_body
from openaisle.entrypoints.replay.olist_history import History
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.side_by_side import side_by_side
from openaisle.kernel.marketplace_api import MarketplaceApi


async def place_orders(
    *,
    history: History,
    memory: ReplayMemory,
    storefront: MarketplaceApi,
    offers: Mapping[tuple[str, str], str],
    at_once: int,
    told: Told,
) -> None:
    """Place what is not yet known to be placed; an order that was placed before a crash is answered the same again."""
    handles = {supplier.supplier_id: handle for handle, supplier in memory.suppliers.items()}
    by_handle = {
        (handles[supplier_id], sku): offer_id
        for (supplier_id, sku), offer_id in offers.items()
        if supplier_id in handles
    }
    step = told.step(title="orders are placed", total=len(history.orders))
    step.at(done=memory.orders_placed)

    async def place(position: int) -> None:
        order = history.orders[position]
        await storefront.send(
            method="POST",
            path="/v1/orders",
            body=order_body(order=order, customer=history.customer(position=position), offers=by_handle),
            headers={"Idempotency-Key": order.order_id},
        )
        memory.order_placed(position=position)
        step.advance()

    try:
        await side_by_side(work=range(memory.orders_placed, len(history.orders)), at_once=at_once, do=place)
    finally:
        memory.save()
