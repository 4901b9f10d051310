from __future__ import annotations

import msgspec
import pytest

from openaisle.feeds.model import FeedLane, FeedState, FeedUnknown
from openaisle.feeds.ways_in.progress import STREAMS_MAXIMUM, FeedProgress, FeedProgressStreams, TooManyStreams
from openaisle.kernel.context import SupplierScope

HEADER = "supplier_sku,title,price_minor,currency,on_hand,category\n"
FEED = HEADER + "".join(f"SKU-{n},Mug number {n},1000,EUR,5,mugs\n" for n in range(200))


def told(event: bytes) -> FeedProgress:
    kind, data, *_ = event.decode().split("\n")
    assert kind == "event: progress"
    return msgspec.json.decode(data.removeprefix("data: "), type=FeedProgress)


async def test_a_feed_tells_each_step_until_it_has_ended(marketplace):
    feed_id = await marketplace.send_feed(FEED)

    async def sleep(seconds: float) -> None:
        await marketplace.lanes._step(FeedLane.PRODUCTS)

    streams = FeedProgressStreams(queries=marketplace.feed_queries, sleep=sleep)
    events = [told(event) async for event in await streams.stream(scope=None, feed_id=feed_id)]
    assert events[0].state is FeedState.RECEIVED
    assert events[0].percent is None
    done = [event.rows_done for event in events]
    assert done == sorted(done)
    assert len(set(done)) > 2
    assert (events[-1].state, events[-1].percent, events[-1].ended) == (FeedState.APPLIED, 100, True)
    assert all(not event.ended for event in events[:-1])


async def test_a_quiet_stream_says_that_it_is_still_here_and_ends_some_time(marketplace):
    feed_id = await marketplace.send_feed(FEED)

    async def sleep(seconds: float) -> None:
        pass

    streams = FeedProgressStreams(queries=marketplace.feed_queries, sleep=sleep)
    events = [event async for event in await streams.stream(scope=None, feed_id=feed_id)]
    assert set(events[1:]) == {b": still here\n\n"}


async def test_strangers_follow_nothing(marketplace):
    feed_id = await marketplace.send_feed(FEED)
    streams = FeedProgressStreams(queries=marketplace.feed_queries)
    with pytest.raises(FeedUnknown):
        await streams.stream(scope=SupplierScope(supplier_id="sup_other"), feed_id=feed_id)


async def test_who_follows_too_much_is_asked_to_stop_and_whoever_leaves_makes_room(marketplace):
    feed_id = await marketplace.send_feed(FEED)
    streams = FeedProgressStreams(queries=marketplace.feed_queries)
    opened = [await streams.stream(scope=None, feed_id=feed_id) for _ in range(STREAMS_MAXIMUM)]
    for stream in opened:
        await anext(stream)
    with pytest.raises(TooManyStreams):
        await streams.stream(scope=None, feed_id=feed_id)
    own = SupplierScope(supplier_id="sup_bergmann")
    await anext(await streams.stream(scope=own, feed_id=feed_id))
    await opened[0].aclose()
    await anext(await streams.stream(scope=None, feed_id=feed_id))
