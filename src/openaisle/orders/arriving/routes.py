"""The HTTP operations of orders that arrive as events and files."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.orders.arriving.arrivals import OrderArrivals
from openaisle.orders.arriving.cloud_events import BATCHED, BINARY, STRUCTURED, read_events
from openaisle.orders.arriving.files import ArrivalPage, OrderFilePage, OrderFiles
from openaisle.orders.arriving.model import (
    MAXIMUM_EVENT_BYTES,
    MAXIMUM_FILE_BYTES,
    Arrival,
    OrderEventsUnreadable,
    OrderFile,
    OrderFileTooLarge,
    OrderFileUnknown,
    OrderFileUnreadable,
)

_STOREFRONT = frozenset({Role.STOREFRONT})
_READERS = frozenset({Role.STOREFRONT, Role.OPERATOR})
_FILE_MEDIA_TYPES = (
    "text/csv",
    "text/plain",
    "application/x-ndjson",
    "application/jsonl",
    "application/xml",
    "text/xml",
    "application/octet-stream",
)

_Cursor = Annotated[str, msgspec.Meta(max_length=400)]


class SendOrderFileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file is called, for people to know it again."""

    file_name: Annotated[str, msgspec.Meta(max_length=255)] = ""


class OrderFilesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of files."""

    after: _Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class ArrivalsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of results."""

    after: _Cursor | None = None


class OrderEventsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One result per event, in the order of the events; ``place`` is the event's identifier."""

    results: list[Arrival]


def arriving_operations(*, arrivals: OrderArrivals, files: OrderFiles) -> tuple[Operation, ...]:
    """Return the operations of events and files."""
    return (_events(arrivals=arrivals), _sending(files=files), *_reading(files=files))


def _events(*, arrivals: OrderArrivals) -> Operation:
    async def send_order_events(request: Request) -> Answer:
        content = b""
        if request.chunks is not None:
            content = b"".join([chunk async for chunk in request.chunks])
        events = read_events(
            content_type=request.headers.get("content-type", ""), headers=request.headers, content=content
        )
        results = await arrivals.take_events(events=events, context=request.context)
        return Answer(value=OrderEventsAnswer(results=results))

    return Operation(
        method="POST",
        path="/v1/order-events",
        name="send_order_events",
        summary="Place and cancel orders by events",
        description=(
            "CloudEvents 1.0, structured, as a batch of up to 500, or in binary form. An event whose type ends in"
            " order.requested holds an order as POST /v1/orders takes it; order.cancellation_requested holds reference,"
            " lines and reason. Each event has its own result; an event or order that comes again changes nothing."
        ),
        tag="Orders",
        roles=_STOREFRONT,
        handle=send_order_events,
        answer=OrderEventsAnswer,
        file_media_types=(STRUCTURED, BATCHED, BINARY),
        maximum_body_bytes=MAXIMUM_EVENT_BYTES,
        errors=(OrderEventsUnreadable, BlobTooLarge),
    )


def _sending(*, files: OrderFiles) -> Operation:
    async def send_order_file(request: Request) -> Answer:
        if request.chunks is None:
            raise OrderFileUnreadable(detail="The request has no body.")
        query: SendOrderFileQuery = request.query
        file = await files.receive(chunks=request.chunks, file_name=query.file_name, context=request.context)
        return Answer(value=file)

    return Operation(
        method="POST",
        path="/v1/order-files",
        name="send_order_file",
        summary="Send a file of orders",
        description=(
            "CSV with one row for each line, JSON Lines with one order a line, or UBL 2.x Order XML; up to 20 MB and"
            " 50,000 orders. Its orders are placed soon after the answer, each with its own result; one that was placed"
            " before, by whatever road, is known again by its reference."
        ),
        tag="Orders",
        roles=_STOREFRONT,
        handle=send_order_file,
        query=SendOrderFileQuery,
        answer=OrderFile,
        status=202,
        file_media_types=_FILE_MEDIA_TYPES,
        maximum_body_bytes=MAXIMUM_FILE_BYTES,
        errors=(BlobTooLarge, OrderFileUnreadable, OrderFileTooLarge),
    )


def _reading(*, files: OrderFiles) -> tuple[Operation, ...]:
    async def list_order_files(request: Request) -> Answer:
        query: OrderFilesQuery = request.query
        return Answer(value=await files.listed(principal=request.principal, after=query.after, limit=query.limit))

    async def get_order_file(request: Request) -> Answer:
        return Answer(value=await files.file(file_id=request.path["order_file_id"], principal=request.principal))

    async def list_results(request: Request) -> Answer:
        query: ArrivalsQuery = request.query
        file_id = request.path["order_file_id"]
        return Answer(value=await files.results(file_id=file_id, principal=request.principal, after=query.after))

    async def report(request: Request) -> Answer:
        chunks = await files.report(file_id=request.path["order_file_id"], principal=request.principal)
        return Answer(chunks=chunks, media_type="text/csv; charset=utf-8")

    path = "/v1/order-files/{order_file_id}"
    return (
        Operation(
            method="GET",
            path="/v1/order-files",
            name="list_order_files",
            summary="List files of orders, the newest first",
            tag="Orders",
            roles=_READERS,
            handle=list_order_files,
            query=OrderFilesQuery,
            answer=OrderFilePage,
        ),
        Operation(
            method="GET",
            path=path,
            name="get_order_file",
            summary="Read how far a file of orders has come",
            tag="Orders",
            roles=_READERS,
            handle=get_order_file,
            answer=OrderFile,
            errors=(OrderFileUnknown,),
        ),
        Operation(
            method="GET",
            path=f"{path}/results",
            name="list_order_file_results",
            summary="List what became of each order of a file",
            tag="Orders",
            roles=_READERS,
            handle=list_results,
            query=ArrivalsQuery,
            answer=ArrivalPage,
            errors=(OrderFileUnknown,),
        ),
        Operation(
            method="GET",
            path=f"{path}/report",
            name="download_order_file_report",
            summary="Download what became of each order of a file, as CSV",
            tag="Orders",
            roles=_READERS,
            handle=report,
            answer=bytes,
            errors=(OrderFileUnknown,),
        ),
    )
