"""A supplier's state as the rest of the room uses it: compared with at the start of a feed, added to at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from openaisle.feeds.state.delta import load_state
from openaisle.feeds.state.model import Family, StateManifest, StatePart, decide_appended
from openaisle.feeds.state.repository import MANIFESTS, manifest_key
from openaisle.feeds.state.touched import KEPT_FOR, TouchedOffers
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.kernel.tabular import Workbench, quoted_text
from openaisle.offers.repository import OFFERS, offer_key

PARTS_BEFORE_MERGING = 6
_OFFERS_PER_READ = 1_000
# Marks expire; a state that nobody has added to for longer than marks live is not compared with.
_TRUSTED_FOR = KEPT_FOR - timedelta(days=1)


class Known(NamedTuple):
    """A supplier's state at one moment: its manifest, the SKUs touched since, and up to where that is known.

    ``stale`` are parts too old to be compared with, which the next conclusion drops.
    """

    manifest: StateManifest
    touched_skus: tuple[str, ...]
    touched_through: int
    stale: tuple[StatePart, ...] = ()


class NewPart(NamedTuple):
    """A table made for the state: its family, its file on this machine, how many entries it has."""

    family: Family
    path: Path
    row_count: int
    merged: tuple[StatePart, ...] = ()


class SupplierState:
    """Reads and extends what suppliers' feeds have said."""

    def __init__(self, *, table: Table, blobs: Blobs, touched: TouchedOffers) -> None:
        """Take the table of manifests, the blobs of their parts, and the marks of foreign changes."""
        self._table = table
        self._blobs = blobs
        self._touched = touched

    async def known(self, *, supplier_id: str, context: Context) -> Known:
        """Return the state, which exists from then on: what others change from now on is marked."""
        found = await self._manifest(supplier_id=supplier_id)
        if found is None:
            manifest = StateManifest(supplier_id=supplier_id, changed_at=context.at)
            # Before the end of the stream is asked for, so that no change falls between.
            await self._table.commit(writes=[MANIFESTS.store(manifest)], context=context)
        else:
            manifest = found.record
        stale: tuple[StatePart, ...] = ()
        if context.at - manifest.changed_at > _TRUSTED_FOR:
            stale, manifest = manifest.parts, msgspec.structs.replace(manifest, parts=())
        offer_ids, through = await self._touched.since(supplier_id=supplier_id, sequence=manifest.touched_through)
        return Known(manifest, await self._skus(offer_ids=sorted(offer_ids)), through, stale)

    async def store(self, *, supplier_id: str, feed_id: str, name: str, part: NewPart, context: Context) -> StatePart:
        """Keep a part's file among the blobs; it counts once ``appended`` is committed."""
        blob = f"feed-state/{supplier_id}/{feed_id}-{name}.parquet"
        await self._blobs.take(name=blob, path=part.path)
        return StatePart(family=part.family, name=blob, row_count=part.row_count, at=context.at, feed_id=feed_id)

    async def appended(
        self,
        *,
        supplier_id: str,
        parts: Sequence[StatePart],
        merged: Sequence[StatePart] = (),
        touched_through: int = 0,
        context: Context,
    ) -> Write:
        """Return the write that adds parts to the manifest; a commit with it that is refused must ask again."""
        found = await self._manifest(supplier_id=supplier_id)
        manifest = found.record if found else StateManifest(supplier_id=supplier_id, changed_at=context.at)
        changed = decide_appended(
            manifest=manifest, parts=parts, merged=merged, touched_through=touched_through, at=context.at
        )
        if found is None:
            return MANIFESTS.create(changed)
        return MANIFESTS.replace(changed, version=found.version)

    async def drop(self, *, parts: Sequence[StatePart]) -> None:
        """Remove the files of parts that no manifest names any more."""
        for part in parts:
            await self._blobs.delete(name=part.name)

    async def commit_appended(self, *, supplier_id: str, parts: Sequence[StatePart], context: Context) -> None:
        """Add parts to the manifest in a commit of its own."""

        async def attempt() -> None:
            write = await self.appended(supplier_id=supplier_id, parts=parts, context=context)
            await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)

    async def _manifest(self, *, supplier_id: str) -> Versioned[StateManifest] | None:
        item = await self._table.get(key=manifest_key(supplier_id=supplier_id))
        return MANIFESTS.decode(item) if item is not None else None

    async def _skus(self, *, offer_ids: Sequence[str]) -> tuple[str, ...]:
        skus: list[str] = []
        for start in range(0, len(offer_ids), _OFFERS_PER_READ):
            keys = [offer_key(offer_id=one) for one in offer_ids[start : start + _OFFERS_PER_READ]]
            items = await self._table.get_many(keys=keys)
            skus += [OFFERS.record(item.body).supplier_sku for item in items if item is not None]
        return tuple(skus)


def merge_parts(
    *, workbench: Workbench, manifest: StateManifest, paths: Mapping[str, Path], family: Family, added: Path
) -> NewPart | None:
    """Return all parts of a family with a new one as one, once they are many; None while they are few."""
    parts = manifest.of(family)
    if len(parts) < PARTS_BEFORE_MERGING:
        return None
    load_state(workbench=workbench, manifest=manifest, paths=paths)
    path = workbench.folder / f"{family.value}-merged.parquet"
    # The new part is told of first, so its entries win over those that stand in the others.
    workbench.run(
        sql=f"""COPY (
            SELECT sku, location, value, present FROM read_parquet({quoted_text(str(added))})
            UNION ALL
            SELECT s.sku, s.location, s.value, s.present FROM state_{family.value} s
                ANTI JOIN read_parquet({quoted_text(str(added))}) a ON a.sku = s.sku AND a.location = s.location
        ) TO {quoted_text(str(path))} (FORMAT parquet, COMPRESSION zstd)"""
    )
    count = int(workbench.value(sql=f"SELECT count(*) FROM read_parquet({quoted_text(str(path))})"))
    return NewPart(family, path, count, parts)
