"""The lanes as a source: they take their leases, work off what waits, and another process takes over."""

from __future__ import annotations

import asyncio

from openaisle.feeds.lanes import FeedLanes
from openaisle.feeds.model import FeedKind, FeedState
from tests.support.waiting import eventually

PRODUCTS = "supplier_sku,title,price,currency,on_hand\n" + "".join(f"S{n},Mug {n},9.99,EUR,5\n" for n in range(30))


async def test_running_lanes_apply_what_comes_and_hand_over_when_they_stop(marketplace):
    def lanes(holder: str) -> FeedLanes:
        return FeedLanes(
            table=marketplace.table,
            checkpoints=marketplace.table,
            clock=marketplace.clock,
            holder=holder,
            steps=marketplace.steps,
        )

    async def applied(feed_id: str):
        async def ask():
            feed = await marketplace.feed_of(feed_id)
            return feed if feed.state is FeedState.APPLIED else None

        return await eventually(ask, what=f"{feed_id} is applied")

    first, second = (asyncio.create_task(lanes(holder).run()) for holder in ("one", "two"))
    try:
        feeds = [await marketplace.send_feed(PRODUCTS, supplier_id=f"sup_{n}") for n in range(3)]
        assert [(await applied(feed_id)).counts.new for feed_id in feeds] == [30, 30, 30]
        first.cancel()
        await asyncio.wait([first])
        stock = await marketplace.send_feed("sku,stock\nS1,7\n", supplier_id="sup_1", kind=FeedKind.STOCK)
        assert (await applied(stock)).counts.changed == 1
    finally:
        for task in (first, second):
            task.cancel()
        await asyncio.wait([first, second])
