"""The pages of feeds."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.views.common import paging_of
from openaisle.entrypoints.console.views.feeds import LIST_HREF, FeedsPage, feed_page, feed_row
from openaisle.entrypoints.console.visits import Visit
from openaisle.feeds.queries import FeedQueries
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50


class FeedPages:
    """The list of feeds, and one feed with the report of its rows."""

    def __init__(self, *, feeds: FeedQueries, suppliers: SupplierQueries) -> None:
        """Take the queries of feeds, and of the suppliers that sent them."""
        self._feeds = feeds
        self._suppliers = suppliers

    async def listed(self, visit: Visit) -> Response:
        """Show a page of feeds, the newest first."""
        after = visit.asked(name="after")
        listed = await self._feeds.list_feeds(scope=None, after=after or None, limit=_ROWS)
        supplier_ids = [feed.supplier_id for feed in listed.feeds]
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids, at=visit.now)
        page = FeedsPage(
            feeds=tuple(feed_row(feed=feed, suppliers=names) for feed in listed.feeds),
            paging=paging_of(href=LIST_HREF, after=after, next_after=listed.next_after),
        )
        return visit.page(template="feeds", here="products", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one feed."""
        feed_id = visit.path(name="feed_id")
        after = visit.asked(name="after")
        feed = (await self._feeds.feed(scope=None, feed_id=feed_id)).record
        found = await self._feeds.issues(scope=None, feed_id=feed_id, after=after or None)
        names = await supplier_names(queries=self._suppliers, supplier_ids=[feed.supplier_id], at=visit.now)
        page = feed_page(
            feed=feed,
            suppliers=names,
            issues=found.issues,
            corrections=found.corrections,
            paging=paging_of(href=f"{LIST_HREF}/{feed_id}", after=after, next_after=found.next_after),
        )
        return visit.page(template="feed", here="products", page=page)
