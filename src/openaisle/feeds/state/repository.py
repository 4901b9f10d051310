"""Where the state of suppliers' feeds stands: the manifests, and the marks of foreign changes."""

from __future__ import annotations

import msgspec

from openaisle.feeds.state.model import StateManifest
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key


def manifest_key(*, supplier_id: str) -> Key:
    """Return the key of a supplier's manifest (``SupplierState.manifest``)."""
    return Key(f"FEED_STATE#{supplier_id}", "MANIFEST")


MANIFESTS = RecordType[StateManifest](
    kind="feed_state",
    model=StateManifest,
    key=lambda manifest: manifest_key(supplier_id=manifest.supplier_id),
    streamed=False,
)


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """Offers of a supplier that something other than its feeds has changed, up to ``sequence`` of the stream."""

    supplier_id: str
    sequence: int
    offer_ids: tuple[str, ...]
    expires_at: int


def touched_partition(*, supplier_id: str) -> str:
    """Return the partition that lists the foreign changes to a supplier's offers, as they came (``TouchedOffers``)."""
    return f"FEED_TOUCHED#{supplier_id}"


def touched_sort(*, sequence: int) -> str:
    """Return the sort key of what was touched up to a sequence."""
    return f"{sequence:020d}"


TOUCHED = RecordType[Touched](
    kind="feed_touched",
    model=Touched,
    key=lambda touched: Key(
        touched_partition(supplier_id=touched.supplier_id), touched_sort(sequence=touched.sequence)
    ),
    expires_at=lambda touched: touched.expires_at,
    streamed=False,
)
