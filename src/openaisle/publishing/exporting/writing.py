"""Writes one export: product by product from the table into a blob, with memory for some hundred of them."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from openaisle.catalog.queries import CatalogQueries
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.tabular import Workbenches, quoted_text
from openaisle.publishing.documents import read_published
from openaisle.publishing.exporting.formats import (
    CsvWriter,
    GoogleXmlWriter,
    JsonLinesWriter,
    JsonRowsWriter,
    Writer,
)
from openaisle.publishing.exporting.model import ExportFormat, ProductExport
from openaisle.publishing.exporting.repository import export_blob_name
from openaisle.publishing.exporting.rows import COLUMNS, is_exported

_PRODUCTS_PER_PAGE = 500
_PRODUCTS_BETWEEN_PAUSES = 10
_CHUNK_BYTES = 1 << 18
_FILE_BYTES_MAXIMUM = 200_000_000_000
_GZIP_WINDOW_BITS = 31
_GZIP_LEVEL = 6

Progress = Callable[[int], Awaitable[None]]


class ExportWriter:
    """Writes exports of any format."""

    def __init__(
        self,
        *,
        catalog: CatalogQueries,
        inventory: InventoryQueries,
        blobs: Blobs,
        workbenches: Workbenches,
        page: str,
        marketplace_name: str,
    ) -> None:
        """Take the queries, where files go, and the storefront's address of a product with ``{product_id}``."""
        self._catalog = catalog
        self._inventory = inventory
        self._blobs = blobs
        self._workbenches = workbenches
        self._page = page
        self._marketplace_name = marketplace_name

    async def write(self, *, export: ProductExport, at: datetime, progress: Progress) -> tuple[int, int]:
        """Write the file; return how many products and bytes it has. ``progress`` hears how many are written."""
        written = _Written(progress=progress)
        chunks = self._chunks(export=export, at=at, written=written)
        name = export_blob_name(export_id=export.export_id)
        if export.format is ExportFormat.PARQUET:
            byte_count = await self._write_parquet(chunks=chunks, name=name)
            return written.products, byte_count
        if export.is_packed:
            chunks = _packed(chunks)
        facts = await self._blobs.put(name=name, chunks=chunks, maximum_bytes=_FILE_BYTES_MAXIMUM)
        return written.products, facts.byte_count

    def _writer(self, export_format: ExportFormat) -> Writer:
        if export_format is ExportFormat.JSON_LINES:
            return JsonLinesWriter()
        if export_format is ExportFormat.CSV:
            return CsvWriter(page=self._page)
        if export_format is ExportFormat.GOOGLE_XML:
            return GoogleXmlWriter(page=self._page, title=self._marketplace_name)
        return JsonRowsWriter(page=self._page)

    async def _chunks(self, *, export: ProductExport, at: datetime, written: _Written) -> AsyncIterator[bytes]:
        writer = self._writer(export.format)
        waiting = bytearray(writer.begin())
        after: str | None = None
        while True:
            page = await self._catalog.list_products(after=after, limit=_PRODUCTS_PER_PAGE)
            for number, product in enumerate(page.products):
                found = await read_published(inventory=self._inventory, product_id=product.product_id, at=at)
                if found is not None and is_exported(found=found, scope=export.scope):
                    piece = writer.product(found=found)
                    waiting += piece
                    written.products += bool(piece)
                if len(waiting) >= _CHUNK_BYTES:
                    yield bytes(waiting)
                    waiting.clear()
                if number % _PRODUCTS_BETWEEN_PAUSES == 0:
                    # Reads of a local store never pause by themselves; others on this loop come between.
                    await asyncio.sleep(0)
            await written.tell()
            after = page.next_after
            if after is None:
                break
        waiting += writer.end()
        yield bytes(waiting)

    async def _write_parquet(self, *, chunks: AsyncIterator[bytes], name: str) -> int:
        with self._workbenches.open() as workbench:
            rows, made = workbench.folder / "rows.jsonl", workbench.folder / "export.parquet"
            with rows.open("wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            types = ", ".join(f"{name}: '{'BIGINT' if kind is int else 'VARCHAR'}'" for name, kind in COLUMNS.items())
            sql = f"""
                COPY (FROM read_json({quoted_text(str(rows))}, format = 'newline_delimited', columns = {{{types}}}))
                TO {quoted_text(str(made))} (FORMAT parquet, COMPRESSION zstd)
            """
            await asyncio.to_thread(workbench.run, sql=sql)
            facts = await self._blobs.take(name=name, path=made)
        return facts.byte_count


class _Written:
    """How many products are written."""

    def __init__(self, *, progress: Progress) -> None:
        self.products = 0
        self._progress = progress

    async def tell(self) -> None:
        await self._progress(self.products)


async def _packed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW_BITS)
    async for chunk in chunks:
        yield await asyncio.to_thread(packer.compress, chunk)
    yield packer.flush()
