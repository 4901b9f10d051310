"""The first rows of a large feed are judged before the rest, so that what is wrong shows at once."""

from __future__ import annotations

from openaisle.feeds.applying.preparing import FeedLimits
from openaisle.feeds.model import FeedState
from tests.support.feed_stage import Marketplace

HEADER = "supplier_sku,title,price_minor,currency,on_hand,category\n"
SMALL = FeedLimits(looked_at_from_bytes=1)


def rows(count):
    return "".join(f"SKU-{n},Mug number {n},{'free' if n == 3 else 1000},EUR,5,mugs\n" for n in range(count))


def marketplace_in(*, folder, table, queries, limits):
    return Marketplace(folder=folder, table=table, queries=queries, limits=limits)


async def causes_seen(marketplace, file):
    """Run a feed and note what its causes were at each commit."""
    seen = []
    commit = marketplace.table.commit

    async def noting(*, writes, context):
        answer = await commit(writes=writes, context=context)
        (feed,) = (await marketplace.feed_queries.list_feeds(scope=None, after=None, limit=1)).feeds
        causes = await marketplace.feed_queries.causes(scope=None, feed_id=feed.feed_id)
        seen.append((feed.state, feed.rows_looked_at, causes))
        return answer

    marketplace.table.commit = noting
    try:
        feed = await marketplace.feed(file)
    finally:
        marketplace.table.commit = commit
    return feed, seen


async def test_what_is_wrong_with_the_first_rows_shows_while_the_file_is_read(tmp_path, table, queries):
    marketplace = marketplace_in(folder=tmp_path, table=table, queries=queries, limits=SMALL)
    feed, seen = await causes_seen(marketplace, HEADER + rows(40))
    state, looked_at, causes = next(one for one in seen if one[2].issues)
    assert (state, looked_at, causes.first_rows) == (FeedState.READING, 40, 40)
    assert [(one.field, one.first_row) for one in causes.issues if one.severity == "error"] == [("price_minor", 5)]
    whole = seen[-1][2]
    assert (feed.state, whole.first_rows) == (FeedState.APPLIED, 0)
    assert [one.code for one in whole.issues] == [one.code for one in causes.issues]
    await marketplace.close()


async def test_a_small_file_is_not_looked_at_twice(tmp_path, table, queries):
    marketplace = marketplace_in(folder=tmp_path, table=table, queries=queries, limits=FeedLimits())
    feed, seen = await causes_seen(marketplace, HEADER + rows(40))
    assert feed.rows_looked_at == 0
    assert all(causes.first_rows == 0 for _, _, causes in seen)
    await marketplace.close()


async def test_where_columns_must_be_confirmed_nothing_is_shown_before(tmp_path, table, queries):
    marketplace = marketplace_in(folder=tmp_path, table=table, queries=queries, limits=SMALL)
    feed = await marketplace.feed("a;b;c\n" + "".join(f"x{n};y{n};z{n}\n" for n in range(20)))
    assert (feed.state, feed.rows_looked_at) == (FeedState.HELD, 0)
    await marketplace.close()


async def test_a_file_that_cannot_be_read_fails_as_if_nobody_had_looked(tmp_path, table, queries):
    marketplace = marketplace_in(folder=tmp_path, table=table, queries=queries, limits=SMALL)
    feed = await marketplace.feed("<html><body>Sorry</body></html>")
    assert (feed.state, feed.rows_looked_at) == (FeedState.FAILED, 0)
    await marketplace.close()
