"""Where files of orders and what became of their orders stand in the table."""

from __future__ import annotations

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.orders.arriving.model import ArrivalSlice, OrderFile, OrderFileState

ORDER_FILES_TOPIC = "order-files"
# Access pattern: every file of orders, newest last (OrderFiles.listed for the operator).
ALL_ORDER_FILES = "ORDER-FILES"
RESULTS_PREFIX = "RESULTS#"


def order_file_partition(*, file_id: str) -> str:
    """Access pattern: the results of a file in the order of its orders (OrderFiles.results)."""
    return f"ORDER-FILE#{file_id}"


def order_file_key(*, file_id: str) -> Key:
    """Access pattern: one file by its identifier."""
    return Key(f"ORDER-FILE#{file_id}", "FILE")


def storefront_files_partition(*, storefront_id: str) -> str:
    """Access pattern: a storefront's own files, newest last (OrderFiles.listed)."""
    return f"STOREFRONT#{storefront_id}#ORDER-FILES"


def drafts_name(*, file_id: str, number: int) -> str:
    """Return the name of the blob that holds the orders of a slice, encrypted, until they have their results."""
    return f"order-files/{file_id}/{number:05d}"


def drafts_place(*, file_id: str, number: int) -> str:
    """Return the place to which the encryption of a slice is bound."""
    return f"order-file/{file_id}/{number}"


def _indexes(file: OrderFile) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(file.received_at)}#{file.file_id}"
    listed = (
        IndexEntry(Index.FIRST, storefront_files_partition(storefront_id=file.storefront_id), sort),
        IndexEntry(Index.SECOND, ALL_ORDER_FILES, sort),
    )
    if file.state is OrderFileState.APPLIED:
        return listed
    return (*listed, due_entry(topic=ORDER_FILES_TOPIC, at=sortable_time(file.changed_at), identifier=file.file_id))


ORDER_FILES = RecordType[OrderFile](
    kind="order_file",
    model=OrderFile,
    key=lambda file: order_file_key(file_id=file.file_id),
    indexes=_indexes,
    expires_at=lambda file: file.expires_at,
)

ARRIVAL_SLICES = RecordType[ArrivalSlice](
    kind="order_file_results",
    model=ArrivalSlice,
    key=lambda one: Key(f"ORDER-FILE#{one.file_id}", f"{RESULTS_PREFIX}{one.number:05d}"),
    expires_at=lambda one: one.expires_at,
    streamed=False,
)
