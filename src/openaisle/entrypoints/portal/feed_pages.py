"""A supplier's files: handing them in, following them, taking them back, and where they are fetched from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from openaisle.entrypoints.console.views.feed_report import KINDS, feed_report_view, what_of
from openaisle.entrypoints.console.views.feeds import few_reports, row_reports
from openaisle.entrypoints.portal.door import Handler, PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.entrypoints.portal.streamed_form import streamed_form
from openaisle.feeds.model import Feed, FeedKind, FeedMode
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.feeds.ways_in.progress import EVENT_STREAM, FeedProgressStreams
from openaisle.feeds.ways_in.report_file import FeedReportFiles, ReportFormat
from openaisle.feeds.ways_in.routes import BeginUploadBody, upload_answer
from openaisle.feeds.ways_in.source_routes import AddSourceBody
from openaisle.feeds.ways_in.sources import FeedSources
from openaisle.feeds.ways_in.uploads import FeedUploads
from openaisle.kernel.errors import OpenAisleError, RequestInvalid
from openaisle.suppliers.queries import SupplierQueries

_HOME = "/portal/feeds"
_FEEDS_PER_PAGE = 50
BodyT = TypeVar("BodyT", bound=msgspec.Struct)
_ENCODER = msgspec.json.Encoder()
_EVERY = ((60, "hour"), (360, "6 hours"), (1_440, "day"), (10_080, "week"))


@dataclass(frozen=True, kw_only=True)
class FeedPageRooms:
    """What these pages ask and call."""

    suppliers: SupplierQueries
    feeds: FeedUseCases
    queries: FeedQueries
    uploads: FeedUploads
    sources: FeedSources
    progress: FeedProgressStreams
    reports: FeedReportFiles


class FeedPages:
    """The list with its form, one feed, uploads in parts, and sources."""

    def __init__(self, *, rooms: FeedPageRooms) -> None:
        """Take what is asked and called."""
        self._rooms = rooms

    async def listed(self, visit: PortalVisit) -> Response:
        """Show the supplier's feeds, the newest first, and the form for the next one."""
        return await self._listed(visit)

    async def hand_in(self, visit: PortalVisit) -> Response:
        """Take in a file that a browser sent without a script."""
        try:
            form = await streamed_form(request=visit.request, token=visit.token)
            kind, mode = _kind_of(form.fields.get("what", ""))
            feed = await self._rooms.feeds.receive(
                scope=visit.scope,
                chunks=form.chunks,
                context=visit.context,
                kind=kind,
                mode=mode,
                file_name=form.file_name[:255] or None,
            )
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._listed(visit, problem=error)
        return RedirectResponse(f"{_HOME}/{feed.feed_id}", status_code=303)

    async def detail(self, visit: PortalVisit) -> Response:
        """Show one feed."""
        return await self._detail(visit)

    def decisions(self) -> dict[str, Handler]:
        """Return what can be decided about a feed, by the last part of the path of its form."""
        feeds = self._rooms.feeds
        decided: dict[str, Callable[..., Awaitable[Feed]]] = {
            "confirmation": feeds.confirm,
            "cancellation": feeds.cancel,
            "retry": feeds.retry,
            "rollback": feeds.roll_back,
        }
        return {path: self._deciding(decide) for path, decide in decided.items()}

    def _deciding(self, decide: Callable[..., Awaitable[Feed]]) -> Handler:
        async def handler(visit: PortalVisit) -> Response:
            feed_id = _feed_id(visit)
            try:
                await decide(scope=visit.scope, feed_id=feed_id, context=visit.context)
            except OpenAisleError as error:
                if error.status >= 500 or error.status == 404:
                    raise
                return await self._detail(visit, problem=error)
            return RedirectResponse(f"{_HOME}/{feed_id}", status_code=303)

        return handler

    async def follow(self, visit: PortalVisit) -> Response:
        """Stream the progress of a feed."""
        chunks = await self._rooms.progress.stream(scope=visit.scope, feed_id=_feed_id(visit))
        return StreamingResponse(chunks, media_type=EVENT_STREAM)

    async def report(self, visit: PortalVisit) -> Response:
        """Hand the same file out, with what became of each row."""
        asked = visit.request.query_params.get("format", "")
        form = ReportFormat.XLSX if asked == ReportFormat.XLSX.value else ReportFormat.CSV
        report = await self._rooms.reports.report(scope=visit.scope, feed_id=_feed_id(visit), form=form)
        headers = {"Content-Disposition": f'attachment; filename="{report.file_name}"'}
        return StreamingResponse(report.chunks, media_type=report.media_type, headers=headers)

    async def begin_upload(self, visit: PortalVisit) -> Response:
        """Begin an upload in parts; called by the script."""
        body = _decoded(body=await visit.request.body(), model=BeginUploadBody)
        upload = await self._rooms.uploads.begin(
            scope=visit.scope,
            byte_count=body.byte_count,
            kind=body.kind,
            mode=body.mode,
            file_name=body.file_name,
            sha256=body.sha256,
            context=visit.context,
        )
        return _json(upload_answer(upload=upload), status=201)

    async def upload(self, visit: PortalVisit) -> Response:
        """Tell how much of an upload is here; called by the script."""
        found = await self._rooms.uploads.upload(scope=visit.scope, upload_id=_upload_id(visit))
        return _json(upload_answer(upload=found.record))

    async def append(self, visit: PortalVisit) -> Response:
        """Keep a part of an upload; called by the script."""
        offset = visit.request.query_params.get("offset", "")
        if not (offset.isdecimal() and len(offset) < 19):
            raise RequestInvalid(detail="The offset is a whole number.")
        upload = await self._rooms.uploads.append(
            scope=visit.scope,
            upload_id=_upload_id(visit),
            offset=int(offset),
            chunks=visit.request.stream(),
            context=visit.context,
        )
        return _json(upload_answer(upload=upload))

    async def complete(self, visit: PortalVisit) -> Response:
        """Make a feed of an upload; called by the script."""
        feed = await self._rooms.uploads.complete(scope=visit.scope, upload_id=_upload_id(visit), context=visit.context)
        return JSONResponse({"feed_id": feed.feed_id, "href": f"{_HOME}/{feed.feed_id}"}, status_code=202)

    async def add_source(self, visit: PortalVisit) -> Response:
        """Have a file fetched from an address from now on."""
        return await self._sources_changed(visit, self._add_source(visit))

    async def pull_source(self, visit: PortalVisit) -> Response:
        """Look for a new file now."""
        pulling = self._rooms.sources.pull_soon(scope=visit.scope, source_id=_source_id(visit), context=visit.context)
        return await self._sources_changed(visit, pulling)

    async def remove_source(self, visit: PortalVisit) -> Response:
        """Fetch from an address no more."""
        removing = self._rooms.sources.remove(scope=visit.scope, source_id=_source_id(visit), context=visit.context)
        return await self._sources_changed(visit, removing)

    async def _add_source(self, visit: PortalVisit) -> None:
        kind, mode = _kind_of(visit.form.get("what", ""))
        stated = {
            "url": visit.form.get("url", "").strip(),
            "every_minutes": visit.form.get("every_minutes", ""),
            **{name: text for name in ("user_name", "password") if (text := visit.form.get(name, ""))},
        }
        body = _decoded(body=_ENCODER.encode({**stated, "kind": kind, "mode": mode}), model=AddSourceBody)
        await self._rooms.sources.add(
            scope=visit.scope,
            url=body.url,
            kind=body.kind,
            mode=body.mode,
            every_minutes=body.every_minutes,
            user_name=body.user_name,
            password=body.password,
            context=visit.context,
        )

    async def _sources_changed(self, visit: PortalVisit, changing: Awaitable[object]) -> Response:
        try:
            await changing
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._listed(visit, problem=error)
        return RedirectResponse(f"{_HOME}?done=sources#sources", status_code=303)

    async def _listed(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        after = visit.request.query_params.get("after", "")[:400]
        page = await self._rooms.queries.list_feeds(scope=visit.scope, after=after or None, limit=_FEEDS_PER_PAGE)
        return visit.page(
            template="portal_feeds",
            problem=problem,
            view=await self._rooms.suppliers.own(scope=visit.scope, at=visit.now),
            steps=STEPS,
            feeds=[(feed, what_of(feed=feed)) for feed in page.feeds],
            next_after=page.next_after,
            sources=await self._rooms.sources.listed(scope=visit.scope),
            kinds=[(f"{kind.value}-{mode.value}", text) for kind, mode, text in KINDS],
            every=_EVERY,
            sent=visit.form,
        )

    async def _detail(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        feed_id = _feed_id(visit)
        after = visit.request.query_params.get("after", "")[:400]
        feed: Feed = (await self._rooms.queries.feed(scope=visit.scope, feed_id=feed_id)).record
        found = await self._rooms.queries.issues(scope=visit.scope, feed_id=feed_id, after=after or None)
        causes = await self._rooms.queries.causes(scope=visit.scope, feed_id=feed_id)
        issues = [*(() if after else feed.issues), *found.issues]
        reports, next_after = few_reports(
            reports=row_reports(issues=issues, corrections=found.corrections), next_after=found.next_after
        )
        return visit.page(
            template="portal_feed",
            problem=problem,
            view=await self._rooms.suppliers.own(scope=visit.scope, at=visit.now),
            steps=STEPS,
            feed=feed_report_view(feed=feed, causes=causes),
            record=feed,
            reports=reports,
            base=f"{_HOME}/{feed_id}",
            next_after=next_after,
        )


def _kind_of(text: str) -> tuple[FeedKind, FeedMode]:
    for kind, mode, _ in KINDS:
        if text == f"{kind.value}-{mode.value}":
            return kind, mode
    raise RequestInvalid(detail="Say what the file is about.")


def _decoded(*, body: bytes, model: type[BodyT]) -> BodyT:
    try:
        return msgspec.json.decode(body, type=model, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise RequestInvalid(detail=f"{str(error)[:300]}.") from None


def _json(value: object, *, status: int = 200) -> Response:
    return Response(_ENCODER.encode(value), media_type="application/json", status_code=status)


def _feed_id(visit: PortalVisit) -> str:
    return str(visit.request.path_params["feed_id"])


def _upload_id(visit: PortalVisit) -> str:
    return str(visit.request.path_params["upload_id"])


def _source_id(visit: PortalVisit) -> str:
    return str(visit.request.path_params["source_id"])
