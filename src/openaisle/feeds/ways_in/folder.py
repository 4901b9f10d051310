"""Files that suppliers leave in folders (by SFTP, say): taken in once they are whole, one folder for each supplier."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from openaisle.feeds.model import FeedKind, FeedMode
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.feeds.ways_in.repository import WATCHED, WatchedFile, watched_key
from openaisle.kernel.context import Clock, Context, SupplierScope, system_context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.inbox import FileChangedMeanwhile, Inbox, LeftFile
from openaisle.kernel.inbox_watch import InboxWatch
from openaisle.kernel.stream import Checkpoints
from openaisle.kernel.table import CommitRefused, Table

_LOGGER = logging.getLogger(__name__)
CONSUMER = "feed_folder"
TAKEN = "taken"
REFUSED = "refused"
STILL = timedelta(seconds=5)
"""How long a file must stay as it is before it counts as whole."""

KINDS: Mapping[str, tuple[FeedKind, FeedMode]] = {
    "products": (FeedKind.PRODUCTS, FeedMode.UPDATE),
    "full": (FeedKind.PRODUCTS, FeedMode.FULL),
    "offers": (FeedKind.OFFERS, FeedMode.UPDATE),
    "stock": (FeedKind.STOCK, FeedMode.UPDATE),
    "price": (FeedKind.PRICE, FeedMode.UPDATE),
}
"""What a file is by the folder within the supplier's that it lies in; directly in the supplier's it is of products."""

_LEASE_SECONDS = 30.0


class WatchedFolder:
    """Takes in what suppliers leave; implements Source. One process looks at a time."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        table: Table,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
        identifiers: Identifiers,
        feeds: FeedUseCases,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the place that is watched, the ports, this process's name, and what receives whole files."""
        self._inbox = inbox
        self._table = table
        self._identifiers = identifiers
        self._feeds = feeds
        self._watch = InboxWatch(
            inbox=inbox,
            checkpoints=checkpoints,
            clock=clock,
            consumer=CONSUMER,
            holder=holder,
            still=STILL,
            sleep=sleep,
        )

    async def run(self) -> None:
        """Look at the folders until canceled."""
        await self._watch.run(look=self.look)

    async def look(self) -> list[str]:
        """Look once and take in what stayed as it was for long enough; returns the identifiers of the feeds."""
        return await self._watch.look(take=self._take)

    async def _take(self, file: LeftFile, at: datetime) -> str | None:
        context = system_context(name=CONSUMER, at=at, correlation_id=f"{file.folder}/{file.name}"[:100])
        kind = KINDS.get(file.place[0] if len(file.place) > 1 else "products")
        if kind is None:
            known = ", ".join(KINDS)
            await self._refuse(file=file, reason=f"There is no kind of feed {file.place[0]!r}; there are {known}.")
            return None
        # Named before it is received: whoever is killed in between takes the file in as the same feed again.
        feed_id = await self._named(file=file, context=context)
        try:
            await self._feeds.receive(
                scope=SupplierScope(supplier_id=file.folder),
                chunks=self._inbox.chunks(file=file),
                context=context,
                kind=kind[0],
                mode=kind[1],
                file_name=file.name,
                feed_id=feed_id,
            )
        except FileChangedMeanwhile:
            return None
        except OpenAisleError as error:
            await self._refuse(file=file, reason=f"{error.title}. {error.detail}")
            return None
        await self._inbox.put_away(file=file, where=TAKEN, mark=feed_id)
        return feed_id

    async def _refuse(self, *, file: LeftFile, reason: str) -> None:
        _LOGGER.warning("a file of %s was refused: %s", file.folder, reason)
        await self._inbox.put_away(file=file, where=REFUSED, mark=file.token[:12], note=reason)

    async def _named(self, *, file: LeftFile, context: Context) -> str:
        token = f"{file.token}#{'/'.join(file.place)}"[:400]
        key = watched_key(supplier_id=file.folder, token=token)
        item = await self._table.get(key=key)
        if item is None:
            record = WatchedFile(
                supplier_id=file.folder,
                token=token,
                feed_id=self._identifiers.new(prefix="fed"),
                found_at=context.at,
            )
            try:
                await self._table.commit(writes=[WATCHED.create(record)], context=context)
            except CommitRefused:
                item = await self._table.get(key=key)
            else:
                return record.feed_id
        assert item is not None
        return WATCHED.record(item.body).feed_id
