"""Reading the tree of categories; it is kept in memory and read anew once another was loaded."""

from __future__ import annotations

from openaisle.catalog.taxonomy.model import CategoryTree, CategoryTreeFacts
from openaisle.catalog.taxonomy.reading import read_taxonomy
from openaisle.catalog.taxonomy.repository import TREE_KEY, TREES, tree_blob_name
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Table


class TaxonomyQueries:
    """The queries of the tree of categories."""

    def __init__(self, *, table: Table, blobs: Blobs) -> None:
        """Take the table of the tree's facts and the blobs of its text."""
        self._table = table
        self._blobs = blobs
        self._kept: tuple[str, CategoryTree] = ("", CategoryTree())

    async def facts(self) -> CategoryTreeFacts | None:
        """Return what is known of the tree in force, None before one was loaded."""
        found = await self.stored()
        return found.record if found is not None else None

    async def stored(self) -> Versioned[CategoryTreeFacts] | None:
        """Return the facts with the version of their item."""
        item = await self._table.get(key=TREE_KEY)
        return TREES.decode(item) if item is not None else None

    async def tree(self) -> CategoryTree:
        """Return the tree in force; an empty one before any was loaded."""
        facts = await self.facts()
        if facts is None:
            return CategoryTree()
        if self._kept[0] != facts.sha256:
            pieces = [piece async for piece in self._blobs.chunks(name=tree_blob_name(sha256=facts.sha256))]
            self._kept = (facts.sha256, read_taxonomy(text=b"".join(pieces).decode()))
        return self._kept[1]
