"""The HTTP operations of full exports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.publishing.exporting.model import (
    ExportFormat,
    ExportNotReady,
    ExportScope,
    ExportUnknown,
    ProductExport,
    TooManyExports,
)
from openaisle.publishing.exporting.queries import ExportPage, ExportQueries
from openaisle.publishing.exporting.use_cases import ProductExports

READERS = frozenset({Role.OPERATOR, Role.STOREFRONT})
_TAG = "Products"
_FILES = {
    ExportFormat.JSON_LINES: ("products.jsonl", "application/jsonl"),
    ExportFormat.CSV: ("products.csv", "text/csv; charset=utf-8"),
    ExportFormat.GOOGLE_XML: ("products.xml", "application/xml"),
    ExportFormat.PARQUET: ("products.parquet", "application/vnd.apache.parquet"),
}


class ProductExportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which products are exported, how, and whether the file is packed by gzip (Parquet is packed by itself)."""

    format: ExportFormat
    scope: ExportScope = ExportScope.SELLABLE
    is_packed: bool = False


class ExportPageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: Annotated[str, Meta(max_length=400)] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class ExportOperations:
    """The handlers of exports."""

    def __init__(self, *, use_cases: ProductExports, queries: ExportQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries

    async def request(self, request: Request) -> Answer:
        """Ask for an export."""
        body: ProductExportBody = request.body
        export = await self._use_cases.request(
            export_format=body.format, scope=body.scope, is_packed=body.is_packed, context=request.context
        )
        return Answer(value=export)

    async def read(self, request: Request) -> Answer:
        """Read an export."""
        found = await self._queries.export(export_id=request.path["export_id"], principal=request.principal)
        return Answer(value=found.record)

    async def listed(self, request: Request) -> Answer:
        """List exports."""
        query: ExportPageQuery = request.query
        page = await self._queries.list_exports(principal=request.principal, after=query.after, limit=query.limit)
        return Answer(value=page)

    async def download(self, request: Request) -> Answer:
        """Send the file."""
        export, chunks = await self._queries.file(export_id=request.path["export_id"], principal=request.principal)
        name, media_type = _FILES[export.format]
        if export.is_packed and export.format is not ExportFormat.PARQUET:
            name, media_type = f"{name}.gz", "application/gzip"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "content-length": str(export.byte_count),
        }
        return Answer(chunks=chunks, media_type=media_type, headers=headers)


def operations(*, use_cases: ProductExports, queries: ExportQueries) -> tuple[Operation, ...]:
    """Return the operations of exports."""
    handlers = ExportOperations(use_cases=use_cases, queries=queries)
    return (*_asking(handlers), *_reading(handlers))


def _asking(handlers: ExportOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/product-exports",
            name="request_product_export",
            summary="Ask for all products as one file",
            description=(
                "`json_lines` has every product with all its offers, as reading one product answers it; `csv`, "
                "`parquet` and `google_xml` have one row a product with the terms of its cheapest offer. The file is "
                "written in the background and kept for a week; `changes_from` is the cursor from which "
                "GET /v1/product-changes goes on."
            ),
            tag=_TAG,
            roles=READERS,
            handle=handlers.request,
            body=ProductExportBody,
            answer=ProductExport,
            status=202,
            errors=(TooManyExports,),
            # Whoever may read every product may read them all at once.
            permission=Permission.READ,
        ),
        Operation(
            method="GET",
            path="/v1/product-exports",
            name="list_product_exports",
            summary="List exports, the newest first",
            description="A storefront sees its own.",
            tag=_TAG,
            roles=READERS,
            handle=handlers.listed,
            query=ExportPageQuery,
            answer=ExportPage,
        ),
    )


def _reading(handlers: ExportOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/v1/product-exports/{export_id}",
            name="get_product_export",
            summary="Read how far an export is",
            tag=_TAG,
            roles=READERS,
            handle=handlers.read,
            answer=ProductExport,
            errors=(ExportUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/product-exports/{export_id}/file",
            name="download_product_export",
            summary="Download a finished export",
            tag=_TAG,
            roles=READERS,
            handle=handlers.download,
            answer=bytes,
            errors=(ExportUnknown, ExportNotReady),
        ),
    )
