"""Which path of the console shows which page of feeds."""

from __future__ import annotations

from starlette.routing import Route

from openaisle.entrypoints.console.door import Door, Handler
from openaisle.entrypoints.console.pages.feeds import FeedPages


def feed_routes(*, door: Door, pages: FeedPages) -> list[Route]:
    """Return the routes of the pages of feeds."""
    read: dict[str, Handler] = {
        "/feeds": pages.listed,
        "/feeds/{feed_id}": pages.detail,
        "/feeds/{feed_id}/progress": pages.follow,
        "/feeds/{feed_id}/report": pages.report,
    }
    return [
        *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
        *(Route(path, door.form(handler), methods=["POST"]) for path, handler in pages.decisions().items()),
    ]
