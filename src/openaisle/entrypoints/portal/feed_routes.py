"""Which path of the portal shows which page of feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from openaisle.entrypoints.portal.door import PortalDoor
from openaisle.entrypoints.portal.feed_pages import FeedPageRooms, FeedPages

if TYPE_CHECKING:
    from openaisle.bootstrap import Rooms


def feed_routes(*, door: PortalDoor, pages: FeedPages) -> list[Route]:
    """Return the routes of the pages of feeds."""
    return [
        Route("/feeds", door.page(pages.listed), methods=["GET"]),
        Route("/feeds", door.streamed(pages.hand_in), methods=["POST"]),
        Route("/feeds/{feed_id}", door.page(pages.detail), methods=["GET"]),
        Route("/feeds/{feed_id}/progress", door.page(pages.follow), methods=["GET"]),
        Route("/feeds/{feed_id}/report", door.page(pages.report), methods=["GET"]),
        *(
            Route(f"/feeds/{{feed_id}}/{decision}", door.form(handler), methods=["POST"])
            for decision, handler in pages.decisions().items()
        ),
        Route("/feed-uploads", door.sent(pages.begin_upload), methods=["POST"]),
        Route("/feed-uploads/{upload_id}", door.page(pages.upload), methods=["GET"]),
        Route("/feed-uploads/{upload_id}/parts", door.sent(pages.append), methods=["PUT"]),
        Route("/feed-uploads/{upload_id}/completion", door.sent(pages.complete), methods=["POST"]),
        Route("/feed-sources", door.form(pages.add_source), methods=["POST"]),
        Route("/feed-sources/{source_id}/pull", door.form(pages.pull_source), methods=["POST"]),
        Route("/feed-sources/{source_id}/removal", door.form(pages.remove_source), methods=["POST"]),
    ]


def feed_pages_of(*, rooms: Rooms) -> FeedPages:
    """Return the pages of feeds over the rooms."""
    feeds = rooms.feeds
    return FeedPages(
        rooms=FeedPageRooms(
            suppliers=rooms.supplier_queries,
            feeds=feeds.use_cases,
            queries=feeds.queries,
            uploads=feeds.ways_in.uploads,
            sources=feeds.ways_in.sources,
            progress=feeds.ways_in.progress,
            reports=feeds.ways_in.reports,
        )
    )
