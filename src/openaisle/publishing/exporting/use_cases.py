"""Asking for full exports."""

from __future__ import annotations

from openaisle.kernel.context import Context
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.table import Table
from openaisle.publishing.exporting.model import (
    KEPT_FOR,
    WAITING_MAXIMUM,
    ExportFormat,
    ExportScope,
    ExportState,
    ProductExport,
    TooManyExports,
)
from openaisle.publishing.exporting.queries import ExportQueries
from openaisle.publishing.exporting.repository import EXPORTS


class ProductExports:
    """The use cases of exports."""

    def __init__(self, *, table: Table, identifiers: Identifiers, queries: ExportQueries) -> None:
        """Take the table, what makes identifiers, and the queries of exports."""
        self._table = table
        self._identifiers = identifiers
        self._queries = queries

    async def request(
        self, *, export_format: ExportFormat, scope: ExportScope, is_packed: bool, context: Context
    ) -> ProductExport:
        """Ask for an export; the same one that still waits is given back. Raises TooManyExports."""
        waiting = await self._queries.waiting()
        for one in waiting:
            asked = (one.format, one.scope, one.is_packed, one.requested_by)
            if one.state is ExportState.REQUESTED and asked == (
                export_format,
                scope,
                is_packed,
                context.principal.actor,
            ):
                return one
        if len(waiting) >= WAITING_MAXIMUM:
            raise TooManyExports(detail=f"{len(waiting)} exports wait.", retry_after_seconds=30)
        export = ProductExport(
            export_id=self._identifiers.new(prefix="exp"),
            format=export_format,
            scope=scope,
            is_packed=is_packed,
            state=ExportState.REQUESTED,
            requested_by=context.principal.actor,
            requested_at=context.at,
            expires_at=context.at + KEPT_FOR,
        )
        await self._table.commit(writes=[EXPORTS.create(export)], context=context)
        return export
