"""The HTTP operations of feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec

from openaisle.catalog.model import SupplierNotActive, Verdict
from openaisle.feeds.model import Feed, FeedKind, FeedMode, FeedTransitionRefused, FeedUnknown, FullModeRefused
from openaisle.feeds.queries import FeedIssuePage, FeedPage, FeedQueries, FeedRowPage
from openaisle.feeds.report import FeedCauses
from openaisle.feeds.use_cases import MAXIMUM_FEED_BYTES, FeedUseCases
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.context import Context, Principal, Role, SupplierScope
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import Answer, Operation, Request

SUPPLIER = frozenset({Role.SUPPLIER})
SUPPLIER_AND_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})
FEED_MEDIA_TYPES = (
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "text/xml",
    "application/xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "application/gzip",
    "application/x-gzip",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)

Decision = Callable[..., Awaitable[Feed]]


class FeedMissing(RequestInvalid):
    """A feed was announced without a body."""

    code = "feed-missing"
    title = "There is no file in the request"
    mend = "Send the file as the body of the request."


class FeedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that was taken in."""

    feed_id: str


class SendFeedQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file is: ``kind`` says what its rows are about, ``mode`` what becomes of what it does not name."""

    kind: FeedKind = FeedKind.PRODUCTS
    mode: FeedMode = FeedMode.UPDATE
    file_name: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class FeedIssuesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a feed's issues."""

    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None


class FeedRowsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a feed's rows, of one verdict or of all; ``after`` is the number of a row."""

    verdict: Verdict | None = None
    after: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 1_000


def operations(*, use_cases: FeedUseCases, queries: FeedQueries) -> tuple[Operation, ...]:
    """Return the operations of feeds."""
    return (
        _sending(use_cases=use_cases),
        *_reading(queries=queries),
        *_reporting(queries=queries),
        *_deciding(use_cases=use_cases),
    )


def _scope(*, principal: Principal) -> SupplierScope | None:
    return SupplierScope(supplier_id=principal.subject_id) if principal.role is Role.SUPPLIER else None


def _sending(*, use_cases: FeedUseCases) -> Operation:
    async def send_feed(request: Request) -> Answer:
        if request.chunks is None:
            raise FeedMissing(detail="The request has no body.")
        query: SendFeedQuery = request.query or SendFeedQuery()
        scope = SupplierScope(supplier_id=request.principal.subject_id)
        feed = await use_cases.receive(
            scope=scope,
            chunks=request.chunks,
            context=request.context,
            kind=query.kind,
            mode=query.mode,
            file_name=query.file_name,
        )
        return Answer(value=FeedAnswer(feed_id=feed.feed_id))

    return Operation(
        method="POST",
        path="/v1/feeds",
        name="send_feed",
        summary="Send a file of products, prices or quantities",
        description=(
            "CSV or TSV of any encoding and delimiter, XLSX, JSON Lines or Google Merchant XML, also packed by gzip or "
            "zip; up to 1 GB. `kind` is `products` (the default), or `offers`, `stock` or `price` for a quick feed. A "
            "`full` feed of products withdraws what it no longer names."
        ),
        tag="Feeds",
        roles=SUPPLIER,
        handle=send_feed,
        query=SendFeedQuery,
        answer=FeedAnswer,
        status=202,
        errors=(FeedMissing, FullModeRefused, BlobTooLarge, SupplierNotActive),
        file_media_types=FEED_MEDIA_TYPES,
        maximum_body_bytes=MAXIMUM_FEED_BYTES,
    )


def _reading(*, queries: FeedQueries) -> tuple[Operation, ...]:
    async def get_feed(request: Request) -> Answer:
        found = await queries.feed(scope=_scope(principal=request.principal), feed_id=request.path["feed_id"])
        return Answer(value=found.record)

    async def list_feeds(request: Request) -> Answer:
        query: PageQuery = request.query
        scope = _scope(principal=request.principal)
        return Answer(value=await queries.list_feeds(scope=scope, after=query.after, limit=query.limit))

    return (
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}",
            name="get_feed",
            summary="Read a feed with its progress and counts",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=get_feed,
            answer=Feed,
            errors=(FeedUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/feeds",
            name="list_feeds",
            summary="List feeds, the newest first",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=list_feeds,
            query=PageQuery,
            answer=FeedPage,
        ),
    )


def _reporting(*, queries: FeedQueries) -> tuple[Operation, ...]:
    async def list_feed_issues(request: Request) -> Answer:
        query: FeedIssuesQuery = request.query
        scope = _scope(principal=request.principal)
        return Answer(value=await queries.issues(scope=scope, feed_id=request.path["feed_id"], after=query.after))

    async def list_feed_causes(request: Request) -> Answer:
        scope = _scope(principal=request.principal)
        return Answer(value=await queries.causes(scope=scope, feed_id=request.path["feed_id"]))

    async def list_feed_rows(request: Request) -> Answer:
        query: FeedRowsQuery = request.query
        page = await queries.rows(
            scope=_scope(principal=request.principal),
            feed_id=request.path["feed_id"],
            verdict=query.verdict.value if query.verdict is not None else None,
            after=query.after,
            limit=query.limit,
        )
        return Answer(value=page)

    return (
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/issues",
            name="list_feed_issues",
            summary="Read what was found and mended in a feed's rows",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=list_feed_issues,
            query=FeedIssuesQuery,
            answer=FeedIssuePage,
            errors=(FeedUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/causes",
            name="list_feed_causes",
            summary="Read what was found and mended by cause, with how many rows each concerns",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=list_feed_causes,
            answer=FeedCauses,
            errors=(FeedUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/rows",
            name="list_feed_rows",
            summary="Read the verdict of every row of an applied feed",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=list_feed_rows,
            query=FeedRowsQuery,
            answer=FeedRowPage,
            errors=(FeedUnknown,),
        ),
    )


def _deciding(*, use_cases: FeedUseCases) -> tuple[Operation, ...]:
    return (
        _decision(
            decide=use_cases.confirm,
            path="confirmation",
            name="confirm_feed",
            summary="Let a held feed go on",
            description="What confirming means stands in the feed's `hold`.",
        ),
        _decision(
            decide=use_cases.cancel,
            path="cancellation",
            name="cancel_feed",
            summary="Stop a feed that waits or is being applied",
            description="What was applied of it stays until it is rolled back.",
        ),
        _decision(
            decide=use_cases.retry,
            path="retry",
            name="retry_feed",
            summary="Let a failed feed go on where it broke off",
        ),
        _decision(
            decide=use_cases.roll_back,
            path="rollback",
            name="roll_back_feed",
            summary="Take back what a feed wrote",
            description="Everything becomes what it was before, except what something newer has changed since.",
        ),
    )


def _decision(*, decide: Decision, path: str, name: str, summary: str, description: str = "") -> Operation:
    async def handle(request: Request) -> Answer:
        context: Context = request.context
        scope = _scope(principal=request.principal)
        return Answer(value=await decide(scope=scope, feed_id=request.path["feed_id"], context=context))

    return Operation(
        method="POST",
        path=f"/v1/feeds/{{feed_id}}/{path}",
        name=name,
        summary=summary,
        description=description,
        tag="Feeds",
        roles=SUPPLIER_AND_OPERATOR,
        handle=handle,
        answer=Feed,
        status=202,
        errors=(FeedUnknown, FeedTransitionRefused),
    )
