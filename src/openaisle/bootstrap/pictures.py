"""Pictures of products put together: what callers read, and what looks at addresses by itself."""

from __future__ import annotations

from openaisle.bootstrap.engines import Engines
from openaisle.catalog.pictures.model import PicturePolicy
from openaisle.catalog.pictures.queries import PictureQueries
from openaisle.catalog.queries import CatalogQueries
from openaisle.feeds.queries import FeedQueries
from openaisle.kernel.pipe import Pipe, Timer


def picture_queries_over(*, engines: Engines) -> PictureQueries:
    """Return the queries of pictures over the ports."""
    return PictureQueries(table=engines.table, catalog=CatalogQueries(table=engines.table))


class PictureMachinery:
    """What looks at pictures; nothing where the operator has switched it off."""

    def __init__(self, *, engines: Engines, feeds: FeedQueries) -> None:
        """Take the ports and the queries of feeds."""
        from openaisle.catalog.pictures.looks import PictureLooks
        from openaisle.catalog.pictures.wishes import PictureWishes
        from openaisle.feeds.pictures import FeedPictures

        policy = PicturePolicy(shorter_side_minimum=engines.settings.picture_shorter_side_minimum)
        wishes = PictureWishes(table=engines.table, policy=policy)
        looks = PictureLooks(table=engines.table, caller=engines.caller, measurer=engines.pictures, policy=policy)
        of_feeds = FeedPictures(blobs=engines.blobs, workbenches=engines.workbenches, feeds=feeds, wishes=wishes)
        self._is_on = policy.shorter_side_minimum > 0
        self._pipes = (wishes.pipe(), of_feeds.pipe())
        self._timers = (looks.timer(),)

    def pipes(self) -> tuple[Pipe, ...]:
        """Return the pipes that gather addresses."""
        return self._pipes if self._is_on else ()

    def timers(self) -> tuple[Timer, ...]:
        """Return the timer that looks at them."""
        return self._timers if self._is_on else ()
