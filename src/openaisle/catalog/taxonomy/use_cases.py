"""Loading the tree of categories."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

from openaisle.catalog.taxonomy.events import CategoryTreeLoaded
from openaisle.catalog.taxonomy.model import CategoryTreeFacts
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.catalog.taxonomy.reading import BYTES_MAXIMUM, TaxonomyInvalid, read_taxonomy, written_taxonomy
from openaisle.catalog.taxonomy.repository import TREES, tree_blob_name
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table


class Taxonomy:
    """The use cases of the tree of categories."""

    def __init__(self, *, table: Table, blobs: Blobs, queries: TaxonomyQueries) -> None:
        """Take the ports and the queries of the tree."""
        self._table = table
        self._blobs = blobs
        self._queries = queries

    async def load(self, *, chunks: AsyncIterator[bytes], source: str, context: Context) -> CategoryTreeFacts:
        """Load a tree from the bytes of a file called ``source``; the same tree again changes nothing.

        Raises TaxonomyInvalid with the lines that are wrong; then the tree before stays in force.
        """
        text = await _text_of(chunks)
        # On a thread, so that a large file does not keep others waiting.
        tree = await asyncio.to_thread(read_taxonomy, text=text)
        content = written_taxonomy(tree=tree).encode()
        sha256 = hashlib.sha256(content).hexdigest()
        await self._blobs.put(name=tree_blob_name(sha256=sha256), chunks=_once(content), maximum_bytes=len(content))

        async def attempt() -> CategoryTreeFacts:
            found = await self._queries.stored()
            if found is not None and found.record.sha256 == sha256:
                return found.record
            facts = CategoryTreeFacts(
                version=found.record.version + 1 if found is not None else 1,
                category_count=len(tree),
                level_count=max(len(one.path) for one in tree.categories),
                source=source[:200],
                sha256=sha256,
                loaded_at=context.at,
                loaded_by=context.principal.actor,
            )
            event = CategoryTreeLoaded(
                version=facts.version, category_count=len(tree), source=facts.source, by=facts.loaded_by
            )
            version = found.version if found is not None else 0
            await self._table.commit(writes=[TREES.replace(facts, version=version, events=[event])], context=context)
            return facts

        return await decided_anew(attempt)


async def _text_of(chunks: AsyncIterator[bytes]) -> str:
    content = bytearray()
    async for piece in chunks:
        content += piece
        if len(content) > BYTES_MAXIMUM:
            raise TaxonomyInvalid(detail=f"The file has more than {BYTES_MAXIMUM:,} bytes.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TaxonomyInvalid(detail=f"Line {line} is not UTF-8; save the file as UTF-8.") from None


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
