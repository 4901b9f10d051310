"""The pages of feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from openaisle.entrypoints.console.door import Handler
from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.views.common import paging_of
from openaisle.entrypoints.console.views.feeds import (
    LIST_HREF,
    FeedsPage,
    feed_page,
    feed_row,
    few_reports,
    row_reports,
)
from openaisle.entrypoints.console.visits import Visit
from openaisle.feeds.model import Feed
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.feeds.ways_in.progress import EVENT_STREAM, FeedProgressStreams
from openaisle.feeds.ways_in.report_file import FeedReportFiles, ReportFormat
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.queries import SupplierQueries

_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class ConsoleFeeds:
    """What the pages of feeds ask and call."""

    queries: FeedQueries
    use_cases: FeedUseCases
    progress: FeedProgressStreams
    reports: FeedReportFiles


class FeedPages:
    """The list of feeds, and one feed: followed while it happens, then with the report of its rows."""

    def __init__(self, *, feeds: ConsoleFeeds, suppliers: SupplierQueries) -> None:
        """Take what is asked of feeds, and of the suppliers that sent them."""
        self._feeds = feeds
        self._suppliers = suppliers

    async def listed(self, visit: Visit) -> Response:
        """Show a page of feeds, the newest first."""
        after = visit.asked(name="after")
        listed = await self._feeds.queries.list_feeds(scope=None, after=after or None, limit=_ROWS)
        supplier_ids = [feed.supplier_id for feed in listed.feeds]
        names = await supplier_names(queries=self._suppliers, supplier_ids=supplier_ids, at=visit.now)
        page = FeedsPage(
            feeds=tuple(feed_row(feed=feed, suppliers=names) for feed in listed.feeds),
            paging=paging_of(href=LIST_HREF, after=after, next_after=listed.next_after),
        )
        return visit.page(template="feeds", here="products", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one feed."""
        return await self._shown(visit)

    async def follow(self, visit: Visit) -> Response:
        """Stream the progress of a feed."""
        chunks = await self._feeds.progress.stream(scope=None, feed_id=visit.path(name="feed_id"))
        return StreamingResponse(chunks, media_type=EVENT_STREAM)

    async def report(self, visit: Visit) -> Response:
        """Hand the same file out, with what became of each row."""
        form = ReportFormat.XLSX if visit.asked(name="format") == ReportFormat.XLSX.value else ReportFormat.CSV
        report = await self._feeds.reports.report(scope=None, feed_id=visit.path(name="feed_id"), form=form)
        headers = {"Content-Disposition": f'attachment; filename="{report.file_name}"'}
        return StreamingResponse(report.chunks, media_type=report.media_type, headers=headers)

    def decisions(self) -> Mapping[str, Handler]:
        """Return what can be decided about a feed, by the path of its form."""
        decided: dict[str, Callable[..., Awaitable[Feed]]] = {
            "confirmation": self._feeds.use_cases.confirm,
            "cancellation": self._feeds.use_cases.cancel,
            "retry": self._feeds.use_cases.retry,
            "rollback": self._feeds.use_cases.roll_back,
        }
        return {f"/feeds/{{feed_id}}/{path}": self._deciding(decide) for path, decide in decided.items()}

    def _deciding(self, decide: Callable[..., Awaitable[Feed]]) -> Handler:
        async def handler(visit: Visit) -> Response:
            feed_id = visit.path(name="feed_id")
            try:
                await decide(scope=None, feed_id=feed_id, context=visit.context)
            except OpenAisleError as error:
                if error.status >= 500 or error.status == 404:
                    raise
                return await self._shown(visit, problem=error)
            return visit.sent_on(href=f"{LIST_HREF}/{feed_id}")

        return handler

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        feed_id, after = visit.path(name="feed_id"), visit.asked(name="after")
        queries = self._feeds.queries
        feed = (await queries.feed(scope=None, feed_id=feed_id)).record
        found = await queries.issues(scope=None, feed_id=feed_id, after=after or None)
        names = await supplier_names(queries=self._suppliers, supplier_ids=[feed.supplier_id], at=visit.now)
        issues = [*(() if after else feed.issues), *found.issues]
        reports, next_after = few_reports(
            reports=row_reports(issues=issues, corrections=found.corrections), next_after=found.next_after
        )
        page = feed_page(
            feed=feed,
            suppliers=names,
            causes=await queries.causes(scope=None, feed_id=feed_id),
            reports=reports,
            next_after=next_after,
        )
        return visit.page(template="feed", here="products", page=page, problem=problem)
