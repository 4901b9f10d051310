"""Fills an index that is new or was lost: every product is named to the pipe that writes the index."""

from __future__ import annotations

import asyncio
import logging
import secrets

from openaisle.catalog.queries import CatalogQueries
from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.search import SearchIndex
from openaisle.kernel.stream import Checkpoints, Lease
from openaisle.kernel.table import Table
from openaisle.publishing.repository import REFRESHES, Refresh

CONSUMER = "publishing.filling"
_LEASE_SECONDS = 60.0
_LOOK_SECONDS = 2.0
_PRODUCTS_PER_PAGE = 500
_LOGGER = logging.getLogger(__name__)


class IndexFiller:
    """Looks now and then whether the index is whole: a Source for a worker. One process at a time."""

    def __init__(
        self,
        *,
        table: Table,
        index: SearchIndex,
        catalog: CatalogQueries,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
    ) -> None:
        """Take the ports, the listing of products, and a ``holder`` name that no other process has."""
        self._table = table
        self._index = index
        self._catalog = catalog
        self._checkpoints = checkpoints
        self._clock = clock
        self._holder = holder
        self._asked: str | None = None

    async def run(self) -> None:
        """Look until canceled."""
        while True:
            try:
                await self.look()
            except OpenAisleError:
                # Search is out of order until it is mended; all else goes on.
                _LOGGER.exception("the search index could not be looked at")
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Ask for every product if the index is not whole and nobody else asks."""
        facts = await self._index.facts()
        if facts.is_filled or facts.generation == self._asked:
            return
        lease = await self._lease()
        if lease is None:
            return
        _LOGGER.info("the search index is filled anew")
        try:
            if await self._fill(facts.generation):
                self._asked = facts.generation
        finally:
            await self._checkpoints.release(lease=lease)

    async def _fill(self, generation: str) -> bool:
        after: str | None = None
        while True:
            page = await self._catalog.list_products(after=after, limit=_PRODUCTS_PER_PAGE)
            after = page.next_after
            await self._ask(
                Refresh(
                    product_ids=tuple(product.product_id for product in page.products),
                    filled_generation=generation if after is None else None,
                )
            )
            if after is None:
                return True
            if await self._lease() is None:
                return False

    async def _ask(self, refresh: Refresh) -> None:
        context = system_context(name=CONSUMER, at=self._clock.now(), correlation_id=secrets.token_hex(8))
        await self._table.commit(writes=[REFRESHES.store(refresh)], context=context)

    async def _lease(self) -> Lease | None:
        return await self._checkpoints.acquire(
            consumer=CONSUMER, holder=self._holder, now=self._clock.now(), seconds=_LEASE_SECONDS
        )
