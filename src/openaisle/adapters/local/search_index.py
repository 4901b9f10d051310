"""The search index in a file of its own, by SQLite's FTS5; implements the SearchIndex port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec

from openaisle.adapters.local import search_queries
from openaisle.adapters.local.search_file import (
    begin_anew,
    fact,
    in_one_transaction,
    keep_fact,
    open_search_file,
    store_documents,
)
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.search import (
    Candidate,
    ChangePage,
    IndexFacts,
    QualityTotals,
    SearchDocument,
    SearchQuery,
    SearchResult,
)

ResultT = TypeVar("ResultT")
Work = Callable[[apsw.Connection], ResultT]

_READERS = 2


class SearchUnavailable(OpenAisleError):
    """The file of the search index cannot be read or written now; the marketplace itself goes on."""

    code = "search-unavailable"
    title = "The search is not available now"
    status = 503
    mend = "Try again in a moment; if it stays, free disk space or run openaisle search rebuild."


class LocalSearchIndex:
    """Works on threads of its own, so that no search holds up the loop; nothing is opened before it is asked for."""

    def __init__(self, *, path: Path, durable: bool = True) -> None:
        """Take the file, and whether a write must survive a power cut."""
        self._path = path
        self._durable = durable
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search-writer")
        self._readers = ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="search")
        self._opened = threading.local()
        self._connections: list[apsw.Connection] = []

    async def close(self) -> None:
        """Finish what was asked for and close the file."""
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    async def put(self, *, documents: Sequence[SearchDocument], removed: Sequence[str] = (), as_of: int = 0) -> int:
        """Store documents, drop products, unless what stands there is as of later; return how many changed."""

        def work(connection: apsw.Connection) -> int:
            return store_documents(connection=connection, documents=documents, removed=removed, as_of=as_of)

        return await self._written(work)

    async def products_of_offers(self, *, offer_ids: Sequence[str]) -> dict[str, str]:
        """Return the product that each offer was last known under."""

        def work(connection: apsw.Connection) -> dict[str, str]:
            rows = connection.execute(
                "SELECT offer_id, product_id FROM json_each(?) JOIN places ON offer_id = value"
                " JOIN documents USING (document)",
                (msgspec.json.encode(offer_ids).decode(),),
            )
            return {str(offer_id): str(product_id) for offer_id, product_id in rows.fetchall()}

        return await self._read(work)

    async def products_of_supplier(self, *, supplier_id: str, after: str, limit: int) -> list[str]:
        """Return identifiers of the products that a supplier offers."""

        def work(connection: apsw.Connection) -> list[str]:
            rows = connection.execute(
                "SELECT DISTINCT product_id FROM places JOIN documents USING (document)"
                " WHERE supplier_id = ? AND product_id > ? ORDER BY product_id LIMIT ?",
                (supplier_id, after, limit),
            )
            return [str(product_id) for (product_id,) in rows.fetchall()]

        return await self._read(work)

    async def search(self, *, query: SearchQuery) -> SearchResult:
        """Find products; raises SearchTooBroad, SearchUnavailable."""
        return await self._read(lambda connection: search_queries.found(connection=connection, query=query))

    async def changes(self, *, after: str | None, limit: int) -> ChangePage:
        """Return what changed after a cursor; raises CursorOutdated."""
        return await self._read(
            lambda connection: search_queries.changed(connection=connection, after=after, limit=limit)
        )

    async def with_part_number(self, *, brand: str, part_number: str, limit: int = 10) -> list[Candidate]:
        """Return active products of a brand with a part number."""
        return await self._read(
            lambda connection: search_queries.of_part(
                connection=connection, brand=brand, part_number=part_number, limit=limit
            )
        )

    async def similar(self, *, title: str, brand: str | None, limit: int = 10) -> list[Candidate]:
        """Return active products with the likest titles."""
        return await self._read(
            lambda connection: search_queries.like(connection=connection, title=title, brand=brand, limit=limit)
        )

    async def quality(self, *, supplier_id: str | None, parts: int) -> QualityTotals:
        """Sum up the quality of a supplier's active products, or of all."""
        return await self._read(
            lambda connection: search_queries.quality_totals(
                connection=connection, supplier_id=supplier_id, parts=parts
            )
        )

    async def facts(self) -> IndexFacts:
        """Return what is known of the index."""
        return await self._read(lambda connection: search_queries.facts_of(connection=connection))

    async def mark_filled(self, *, generation: str) -> None:
        """Remember that every product has been through the index of this generation."""

        def work(connection: apsw.Connection) -> None:
            with in_one_transaction(connection=connection):
                if fact(connection=connection, name="generation") == generation:
                    keep_fact(connection=connection, name="is_filled", value="yes")

        await self._written(work)

    async def reset(self) -> IndexFacts:
        """Forget everything and begin a new generation."""

        def work(connection: apsw.Connection) -> IndexFacts:
            with in_one_transaction(connection=connection):
                begin_anew(connection=connection)
            return search_queries.facts_of(connection=connection)

        return await self._written(work)

    async def _written(self, work: Work[ResultT]) -> ResultT:
        running = asyncio.get_running_loop().run_in_executor(self._writer, self._done, work)
        # What has begun is seen to its end also when the one who asked is canceled.
        return await asyncio.shield(running)

    async def _read(self, work: Work[ResultT]) -> ResultT:
        def bounded(connection: apsw.Connection) -> ResultT:
            with search_queries.bounded(connection=connection):
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, self._done, bounded)

    def _done(self, work: Work[ResultT]) -> ResultT:
        try:
            connection: apsw.Connection | None = getattr(self._opened, "connection", None)
            if connection is None:
                connection = open_search_file(path=self._path, durable=self._durable)
                self._opened.connection = connection
                self._connections.append(connection)
            return work(connection)
        except apsw.Error as error:
            raise SearchUnavailable(detail=f"{type(error).__name__}: {error}") from error
