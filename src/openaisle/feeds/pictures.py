"""The pictures that a feed names are wished for once it has ended: all at once, out of its plan."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.catalog.pictures.wishes import PictureWishes
from openaisle.feeds.applying.planning import PLAN
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.events import FeedApplied
from openaisle.feeds.model import FeedKind
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.repository import plan_blob_name
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.kernel.tabular import Workbenches, quoted_text

_APPLIED = msgspec.json.Decoder(FeedApplied)
_URLS_AT_ONCE = 5_000


class FeedPictures:
    """Wishes for the pictures of feeds."""

    def __init__(self, *, blobs: Blobs, workbenches: Workbenches, feeds: FeedQueries, wishes: PictureWishes) -> None:
        """Take the ports, the queries of feeds, and what takes wishes."""
        self._blobs = blobs
        self._workbenches = workbenches
        self._feeds = feeds
        self._wishes = wishes

    def pipe(self) -> Pipe:
        """Return the pipe that follows the ends of feeds."""

        async def follow(changes: Sequence[Change]) -> None:
            for change in changes:
                for event in change.events:
                    if event.type == FeedApplied.TYPE:
                        context = system_context(name="pictures", at=change.at, correlation_id=change.correlation_id)
                        await self.want(feed_id=_APPLIED.decode(event.data).feed_id, context=context)

        return Pipe(name="pictures-of-feeds", handle=follow, event_types=frozenset({FeedApplied.TYPE}))

    async def want(self, *, feed_id: str, context: Context) -> None:
        """Have the pictures looked at that the changed rows of a feed name."""
        feed = (await self._feeds.feed(scope=None, feed_id=feed_id)).record
        if feed.plan is None or feed.kind is not FeedKind.PRODUCTS:
            return
        name = plan_blob_name(feed_id=feed_id, attempt=feed.plan.attempt, part=PLAN)
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=[name]) as (workbench, paths):
            source = f"read_parquet({quoted_text(str(paths[name]))})"
            sql = (
                f"CREATE TABLE urls AS SELECT DISTINCT unnest(from_json(image_urls, '[\"VARCHAR\"]')) AS url"
                f" FROM {source} WHERE image_urls <> '[]' AND verdict IN ('accepted', 'corrected')"
            )
            await on_thread(workbench, lambda: workbench.run(sql=sql))
            pages = workbench.rows(sql="SELECT url FROM urls ORDER BY url", size=_URLS_AT_ONCE)
            while rows := await on_thread(workbench, lambda: next(pages, None)):
                await self._wishes.want(urls=[url for (url,) in rows], context=context)
