"""Groups of doubtful rows put together: what callers read, and what happens by itself once a person has decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openaisle.bootstrap.engines import Engines
from openaisle.feeds.doubts.queries import ReviewGroupQueries
from openaisle.feeds.queries import FeedQueries
from openaisle.kernel.pipe import Pipe

if TYPE_CHECKING:
    from openaisle.inventory.registrar import Registrar
    from openaisle.reviews.use_cases import Reviews


def review_groups_over(*, engines: Engines) -> ReviewGroupQueries:
    """Return the queries of groups over the ports."""
    table, blobs, workbenches = engines.table, engines.blobs, engines.workbenches
    feeds = FeedQueries(table=table, blobs=blobs, workbenches=workbenches)
    return ReviewGroupQueries(table=table, blobs=blobs, workbenches=workbenches, feeds=feeds)


def review_group_pipes(
    *, engines: Engines, feeds: FeedQueries, registrar: Registrar, reviews: Reviews
) -> tuple[Pipe, ...]:
    """Return the pipes that ask about groups, and that do what is decided."""
    from openaisle.feeds.doubts.asking import pipes
    from openaisle.feeds.doubts.deciding import ReviewGroupDecisions

    decisions = ReviewGroupDecisions(
        table=engines.table,
        blobs=engines.blobs,
        workbenches=engines.workbenches,
        feeds=feeds,
        registrar=registrar,
    )
    return pipes(reviews=reviews, decisions=decisions)
