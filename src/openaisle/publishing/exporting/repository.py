"""Where exports stand in the table, and under which name their files."""

from __future__ import annotations

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.publishing.exporting.model import ExportState, ProductExport

TOPIC = "product_exports"
ALL_EXPORTS = "PRODUCT_EXPORTS"
WAITING_EXPORTS = "PRODUCT_EXPORTS_WAITING"
_WAITING = frozenset({ExportState.REQUESTED, ExportState.RUNNING})


def export_key(*, export_id: str) -> Key:
    """Return the key of an export (``ExportQueries.export``)."""
    return Key(f"PRODUCT_EXPORT#{export_id}", "PRODUCT_EXPORT")


def export_blob_name(*, export_id: str) -> str:
    """Return the name of an export's file."""
    return f"exports/{export_id}"


def exports_of(*, requested_by: str) -> str:
    """Return the partition of index1 that lists the exports of one party."""
    return f"{ALL_EXPORTS}#{requested_by}"


def _indexes(export: ProductExport) -> tuple[IndexEntry, ...]:
    # index1: a party's exports by the time of asking; index2: what waits for the runner, and all for the operator.
    own = IndexEntry(Index.FIRST, exports_of(requested_by=export.requested_by), export.export_id)
    listed = IndexEntry(Index.SECOND, WAITING_EXPORTS if export.state in _WAITING else ALL_EXPORTS, export.export_id)
    if export.state in _WAITING:
        return own, listed
    return own, listed, due_entry(topic=TOPIC, at=sortable_time(export.expires_at), identifier=export.export_id)


EXPORTS = RecordType[ProductExport](
    kind="product_export",
    model=ProductExport,
    key=lambda export: export_key(export_id=export.export_id),
    indexes=_indexes,
)
