"""The HTTP operations of uploads in parts, of live progress, and of the file that goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from openaisle.catalog.model import SupplierNotActive
from openaisle.feeds.model import FeedKind, FeedMode, FeedUnknown, FullModeRefused
from openaisle.feeds.routes import FeedAnswer, FeedMissing
from openaisle.feeds.use_cases import MAXIMUM_FEED_BYTES
from openaisle.feeds.ways_in.model import (
    PART_BYTES_MAXIMUM,
    FeedUpload,
    TooManyUploads,
    UploadChecksumWrong,
    UploadIncomplete,
    UploadOffsetWrong,
    UploadPartTooSmall,
    UploadState,
    UploadUnknown,
)
from openaisle.feeds.ways_in.progress import EVENT_STREAM, FeedProgressStreams, TooManyStreams
from openaisle.feeds.ways_in.report_file import FeedReportFiles, FeedReportNotReady, ReportFormat, ReportTooLong
from openaisle.feeds.ways_in.uploads import FeedUploads
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.texts import END

SUPPLIER = frozenset({Role.SUPPLIER})
SUPPLIER_AND_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})


class BeginUploadBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What will come: how many bytes, and their SHA-256 in hexadecimal where it is known."""

    byte_count: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_FEED_BYTES)]
    kind: FeedKind = FeedKind.PRODUCTS
    mode: FeedMode = FeedMode.UPDATE
    file_name: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    sha256: Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-fA-F]{{64}}{END}")] | None = None


class UploadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An upload: the next part begins at ``received_bytes`` and has at most ``part_bytes_maximum`` bytes."""

    upload_id: str
    state: UploadState
    byte_count: int
    received_bytes: int
    part_bytes_maximum: int
    feed_id: str | None
    changed_at: datetime


class PartQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in the file the part begins."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_FEED_BYTES)]


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the report is written."""

    format: ReportFormat = ReportFormat.CSV


def operations(
    *, uploads: FeedUploads, progress: FeedProgressStreams, reports: FeedReportFiles
) -> tuple[Operation, ...]:
    """Return the operations of uploads, progress and reports."""
    return (
        *_uploading(uploads=uploads),
        *_ending(uploads=uploads),
        *_telling(progress=progress, reports=reports),
    )


def upload_answer(*, upload: FeedUpload) -> UploadAnswer:
    """Return what is told of an upload."""
    return UploadAnswer(
        upload_id=upload.upload_id,
        state=upload.state,
        byte_count=upload.byte_count,
        received_bytes=upload.received_bytes,
        part_bytes_maximum=PART_BYTES_MAXIMUM,
        feed_id=upload.feed_id if upload.state is UploadState.COMPLETED else None,
        changed_at=upload.changed_at,
    )


def scope_of(*, principal: Principal) -> SupplierScope | None:
    """Return the scope of a supplier, None for the operator."""
    return SupplierScope(supplier_id=principal.subject_id) if principal.role is Role.SUPPLIER else None


def _own(request: Request) -> SupplierScope:
    return SupplierScope(supplier_id=request.principal.subject_id)


def _uploading(*, uploads: FeedUploads) -> tuple[Operation, ...]:
    async def begin_feed_upload(request: Request) -> Answer:
        body: BeginUploadBody = request.body
        upload = await uploads.begin(
            scope=_own(request),
            byte_count=body.byte_count,
            kind=body.kind,
            mode=body.mode,
            file_name=body.file_name,
            sha256=body.sha256,
            context=request.context,
        )
        return Answer(value=upload_answer(upload=upload))

    async def append_to_feed_upload(request: Request) -> Answer:
        if request.chunks is None:
            raise FeedMissing(detail="The request has no body.")
        query: PartQuery = request.query
        upload = await uploads.append(
            scope=_own(request),
            upload_id=request.path["upload_id"],
            offset=query.offset,
            chunks=request.chunks,
            context=request.context,
        )
        return Answer(value=upload_answer(upload=upload))

    return (
        Operation(
            method="POST",
            path="/v1/feed-uploads",
            name="begin_feed_upload",
            summary="Begin to send a large file in parts",
            description="What breaks off goes on where it stopped, for a day. Small files go to `POST /v1/feeds`.",
            tag="Feeds",
            roles=SUPPLIER,
            handle=begin_feed_upload,
            body=BeginUploadBody,
            answer=UploadAnswer,
            status=201,
            errors=(FullModeRefused, BlobTooLarge, SupplierNotActive, TooManyUploads),
        ),
        Operation(
            method="PUT",
            path="/v1/feed-uploads/{upload_id}/parts",
            name="append_to_feed_upload",
            summary="Send the part that begins at an offset",
            description=(
                "`offset` is the upload's `received_bytes`. A part has 256 KiB to 16 MiB; the last may be smaller."
            ),
            tag="Feeds",
            roles=SUPPLIER,
            handle=append_to_feed_upload,
            query=PartQuery,
            answer=UploadAnswer,
            errors=(FeedMissing, UploadUnknown, UploadOffsetWrong, UploadPartTooSmall, BlobTooLarge),
            file_media_types=("application/octet-stream",),
            maximum_body_bytes=PART_BYTES_MAXIMUM,
        ),
    )


def _ending(*, uploads: FeedUploads) -> tuple[Operation, ...]:
    async def get_feed_upload(request: Request) -> Answer:
        found = await uploads.upload(scope=_own(request), upload_id=request.path["upload_id"])
        return Answer(value=upload_answer(upload=found.record))

    async def complete_feed_upload(request: Request) -> Answer:
        feed = await uploads.complete(scope=_own(request), upload_id=request.path["upload_id"], context=request.context)
        return Answer(value=FeedAnswer(feed_id=feed.feed_id))

    async def abandon_feed_upload(request: Request) -> Answer:
        await uploads.abandon(scope=_own(request), upload_id=request.path["upload_id"], context=request.context)
        return Answer()

    return (
        Operation(
            method="GET",
            path="/v1/feed-uploads/{upload_id}",
            name="get_feed_upload",
            summary="Read how much of an upload has arrived",
            tag="Feeds",
            roles=SUPPLIER,
            handle=get_feed_upload,
            answer=UploadAnswer,
            errors=(UploadUnknown,),
        ),
        Operation(
            method="POST",
            path="/v1/feed-uploads/{upload_id}/completion",
            name="complete_feed_upload",
            summary="Make a feed of an upload whose bytes are all here",
            description="Asked again it answers the same feed.",
            tag="Feeds",
            roles=SUPPLIER,
            handle=complete_feed_upload,
            answer=FeedAnswer,
            status=202,
            errors=(UploadUnknown, UploadIncomplete, UploadChecksumWrong, SupplierNotActive),
        ),
        Operation(
            method="DELETE",
            path="/v1/feed-uploads/{upload_id}",
            name="abandon_feed_upload",
            summary="Give an upload up",
            tag="Feeds",
            roles=SUPPLIER,
            handle=abandon_feed_upload,
            status=204,
            errors=(UploadUnknown,),
        ),
    )


def _telling(*, progress: FeedProgressStreams, reports: FeedReportFiles) -> tuple[Operation, ...]:
    async def follow_feed(request: Request) -> Answer:
        scope = scope_of(principal=request.principal)
        chunks = await progress.stream(scope=scope, feed_id=request.path["feed_id"])
        return Answer(chunks=chunks, media_type=EVENT_STREAM)

    async def download_feed_report(request: Request) -> Answer:
        query: ReportQuery = request.query or ReportQuery()
        scope = scope_of(principal=request.principal)
        report = await reports.report(scope=scope, feed_id=request.path["feed_id"], form=query.format)
        headers = {"Content-Disposition": f'attachment; filename="{report.file_name}"'}
        return Answer(chunks=report.chunks, media_type=report.media_type, headers=headers)

    return (
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/progress",
            name="follow_feed",
            summary="Follow a feed while it is read, validated and applied",
            description=(
                "Server-sent events (`text/event-stream`), each `progress` with a JSON object: `state`, `counts`, "
                "`rows_total`, `rows_done`, `percent`, `ended`. The stream ends with the feed."
            ),
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=follow_feed,
            answer=bytes,
            errors=(FeedUnknown, TooManyStreams),
        ),
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/report",
            name="download_feed_report",
            summary="Take the same file back, with the verdict beside each row",
            description=(
                "Every row of the file with its status, what was found, and the corrected values beside it, as CSV or "
                "as a workbook (`format=xlsx`, up to 200,000 rows). No cell of it runs as a formula."
            ),
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=download_feed_report,
            answer=bytes,
            query=ReportQuery,
            errors=(FeedUnknown, FeedReportNotReady, ReportTooLong),
        ),
    )
