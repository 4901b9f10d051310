"""Reading exports and their files; a storefront sees its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Principal, Role
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Table
from openaisle.publishing.exporting.model import ExportNotReady, ExportState, ExportUnknown, ProductExport
from openaisle.publishing.exporting.repository import (
    ALL_EXPORTS,
    EXPORTS,
    WAITING_EXPORTS,
    export_blob_name,
    export_key,
    exports_of,
)

_WAITING_READ = 100


class ExportPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of exports, the newest first; ``next_after`` asks for the next page and is null on the last."""

    exports: list[ProductExport]
    next_after: str | None


class ExportQueries:
    """The queries of exports."""

    def __init__(self, *, table: Table, blobs: Blobs) -> None:
        """Take the table of the records and the blobs of the files."""
        self._table = table
        self._blobs = blobs

    async def export(self, *, export_id: str, principal: Principal | None) -> Versioned[ProductExport]:
        """Return an export as ``principal`` may see it (None: the marketplace itself); raises ExportUnknown."""
        item = await self._table.get(key=export_key(export_id=export_id))
        found = EXPORTS.decode(item) if item is not None else None
        if found is None or not _may_see(found.record, principal):
            raise ExportUnknown(detail=f"There is no export {export_id[:40]}.")
        return found

    async def list_exports(self, *, principal: Principal, after: str | None, limit: int) -> ExportPage:
        """Return a page of exports, the newest first: a storefront's own, for the operator all that are done."""
        if principal.role is Role.OPERATOR:
            page = await self._table.query(
                partition=ALL_EXPORTS, index=Index.SECOND, after=after, limit=limit, descending=True
            )
            waiting = await self.waiting() if after is None else []
            shown = [*reversed(waiting), *(EXPORTS.record(item.body) for item in page.items)]
            return ExportPage(exports=shown, next_after=page.cursor)
        page = await self._table.query(
            partition=exports_of(requested_by=principal.actor),
            index=Index.FIRST,
            after=after,
            limit=limit,
            descending=True,
        )
        return ExportPage(exports=[EXPORTS.record(item.body) for item in page.items], next_after=page.cursor)

    async def waiting(self) -> list[ProductExport]:
        """Return the exports that wait or are being written, the oldest first."""
        page = await self._table.query(partition=WAITING_EXPORTS, index=Index.SECOND, limit=_WAITING_READ)
        return [EXPORTS.record(item.body) for item in page.items]

    async def file(self, *, export_id: str, principal: Principal) -> tuple[ProductExport, AsyncIterator[bytes]]:
        """Return an export with the bytes of its file; raises ExportUnknown, ExportNotReady."""
        export = (await self.export(export_id=export_id, principal=principal)).record
        if export.state is not ExportState.FINISHED:
            raise ExportNotReady(detail=f"The export is {export.state}.")
        return export, self._blobs.chunks(name=export_blob_name(export_id=export_id))


def _may_see(export: ProductExport, principal: Principal | None) -> bool:
    return principal is None or principal.role is Role.OPERATOR or export.requested_by == principal.actor
