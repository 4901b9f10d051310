"""The HTTP operations of addresses from which suppliers' files are fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from openaisle.feeds.model import FeedKind, FeedMode, FullModeRefused
from openaisle.feeds.ways_in.model import FeedSource, Pull, SourceUnknown, TooManySources
from openaisle.feeds.ways_in.routes import SUPPLIER, SUPPLIER_AND_OPERATOR, scope_of
from openaisle.feeds.ways_in.sources import FeedSources
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.outbound import AddressRefused
from openaisle.kernel.texts import END

EVERY_MINUTES_MINIMUM = 15
EVERY_MINUTES_MAXIMUM = 44_640
_NO_COLON = rf"^[^:\x00-\x1f]*{END}"


class AddSourceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a file is, and how often to look for a new one; user name and password for basic authentication."""

    url: Annotated[str, msgspec.Meta(min_length=8, max_length=2_000)]
    kind: FeedKind = FeedKind.PRODUCTS
    mode: FeedMode = FeedMode.UPDATE
    every_minutes: Annotated[int, msgspec.Meta(ge=EVERY_MINUTES_MINIMUM, le=EVERY_MINUTES_MAXIMUM)] = 1_440
    user_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_NO_COLON)] | None = None
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class SourceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A source; its password is never told. ``last`` is what became of the last look for a new file."""

    source_id: str
    supplier_id: str
    url: str
    kind: FeedKind
    mode: FeedMode
    every_minutes: int
    user_name: str | None
    has_password: bool
    failures: int
    last: Pull | None
    next_at: datetime
    created_at: datetime


class SourcesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Sources, the oldest first."""

    sources: list[SourceAnswer]


def operations(*, sources: FeedSources) -> tuple[Operation, ...]:
    """Return the operations of sources."""
    return (*_keeping(sources=sources), *_changing(sources=sources))


def source_answer(*, source: FeedSource) -> SourceAnswer:
    """Return what is told of a source."""
    return SourceAnswer(
        source_id=source.source_id,
        supplier_id=source.supplier_id,
        url=source.url,
        kind=source.kind,
        mode=source.mode,
        every_minutes=source.every_minutes,
        user_name=source.user_name,
        has_password=source.sealed_password is not None,
        failures=source.failures,
        last=source.last,
        next_at=source.next_at,
        created_at=source.created_at,
    )


def _keeping(*, sources: FeedSources) -> tuple[Operation, ...]:
    async def add_feed_source(request: Request) -> Answer:
        body: AddSourceBody = request.body
        source = await sources.add(
            scope=SupplierScope(supplier_id=request.principal.subject_id),
            url=body.url,
            kind=body.kind,
            mode=body.mode,
            every_minutes=body.every_minutes,
            user_name=body.user_name,
            password=body.password,
            context=request.context,
        )
        return Answer(value=source_answer(source=source))

    async def list_feed_sources(request: Request) -> Answer:
        listed = await sources.listed(scope=scope_of(principal=request.principal))
        return Answer(value=SourcesAnswer(sources=[source_answer(source=one) for one in listed]))

    return (
        Operation(
            method="POST",
            path="/v1/feed-sources",
            name="add_feed_source",
            summary="Have a file fetched from an address on a schedule",
            description=(
                "Fetched at once and then every `every_minutes`, only when it is new (`ETag`, `Last-Modified`, and the "
                "content itself). Redirects are not followed. A password is kept encrypted and never told again."
            ),
            tag="Feeds",
            roles=SUPPLIER,
            handle=add_feed_source,
            body=AddSourceBody,
            answer=SourceAnswer,
            status=201,
            errors=(AddressRefused, FullModeRefused, TooManySources),
        ),
        Operation(
            method="GET",
            path="/v1/feed-sources",
            name="list_feed_sources",
            summary="List the addresses from which files are fetched",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=list_feed_sources,
            answer=SourcesAnswer,
        ),
    )


def _changing(*, sources: FeedSources) -> tuple[Operation, ...]:
    async def pull_feed_source(request: Request) -> Answer:
        scope = scope_of(principal=request.principal)
        source = await sources.pull_soon(scope=scope, source_id=request.path["source_id"], context=request.context)
        return Answer(value=source_answer(source=source))

    async def remove_feed_source(request: Request) -> Answer:
        scope = scope_of(principal=request.principal)
        await sources.remove(scope=scope, source_id=request.path["source_id"], context=request.context)
        return Answer()

    return (
        Operation(
            method="POST",
            path="/v1/feed-sources/{source_id}/pull",
            name="pull_feed_source",
            summary="Look for a new file now",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=pull_feed_source,
            answer=SourceAnswer,
            status=202,
            errors=(SourceUnknown,),
        ),
        Operation(
            method="DELETE",
            path="/v1/feed-sources/{source_id}",
            name="remove_feed_source",
            summary="Fetch from an address no more",
            tag="Feeds",
            roles=SUPPLIER_AND_OPERATOR,
            handle=remove_feed_source,
            status=204,
            errors=(SourceUnknown,),
        ),
    )
