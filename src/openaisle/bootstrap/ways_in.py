"""The ways in put together: uploads, sources, progress and reports for callers; folders and timers for workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.reading import FileParsers
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.feeds.ways_in import routes, source_routes
from openaisle.feeds.ways_in.progress import FeedProgressStreams
from openaisle.feeds.ways_in.report_file import FeedReportFiles
from openaisle.feeds.ways_in.sources import FeedSources
from openaisle.feeds.ways_in.uploads import FeedUploads
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Source, Timer
from openaisle.suppliers.queries import SupplierQueries


@dataclass(frozen=True, kw_only=True)
class WaysIn:
    """How files come in, and what is told of them."""

    engines: Engines
    feeds: FeedUseCases
    uploads: FeedUploads
    sources: FeedSources
    progress: FeedProgressStreams
    reports: FeedReportFiles

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of the ways in."""
        return (
            *routes.operations(uploads=self.uploads, progress=self.progress, reports=self.reports),
            *source_routes.operations(sources=self.sources),
        )

    def timers(self) -> tuple[Timer, ...]:
        """Return the timers: pulls that are due, uploads that nobody goes on with."""
        return (self.uploads.timer(), self.sources.timer())

    def running(self) -> Mapping[str, Source]:
        """Return what runs beside the timers: the watched folder, where the operator has named one."""
        engines = self.engines
        if engines.inbox is None:
            return {}
        from openaisle.feeds.ways_in.folder import WatchedFolder

        return {
            "feed-folder": WatchedFolder(
                inbox=engines.inbox,
                table=engines.table,
                checkpoints=engines.checkpoints,
                clock=engines.clock,
                holder=engines.holder,
                identifiers=engines.identifiers,
                feeds=self.feeds,
            )
        }


def ways_in_over(
    *, engines: Engines, feeds: FeedUseCases, queries: FeedQueries, suppliers: SupplierQueries, parsers: FileParsers
) -> WaysIn:
    """Return the ways in over the ports."""
    return WaysIn(
        engines=engines,
        feeds=feeds,
        uploads=FeedUploads(
            table=engines.table,
            blobs=engines.blobs,
            identifiers=engines.identifiers,
            feeds=feeds,
            suppliers=suppliers,
        ),
        sources=FeedSources(
            table=engines.table,
            blobs=engines.blobs,
            identifiers=engines.identifiers,
            cipher=engines.cipher,
            downloader=engines.downloader,
            feeds=feeds,
        ),
        progress=FeedProgressStreams(queries=queries),
        reports=FeedReportFiles(
            blobs=engines.blobs,
            workbenches=engines.workbenches,
            queries=queries,
            parsers=parsers,
            writer=engines.spreadsheet_writer,
        ),
    )
