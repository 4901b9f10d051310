"""Files that suppliers leave in answer to purchase orders: taken in by whoever speaks the supplier's language."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import ChangedMeanwhile, OpenAisleError
from openaisle.kernel.inbox import FileChangedMeanwhile, Inbox, LeftFile
from openaisle.kernel.inbox_watch import InboxWatch
from openaisle.kernel.stream import Checkpoints

_LOGGER = logging.getLogger(__name__)
CONSUMER = "exchange-folder"
TAKEN = "taken"
REFUSED = "refused"
STILL = timedelta(seconds=2)
"""How long a file must stay as it is before it counts as whole."""
BYTES_MAXIMUM = 10_000_000
_MARK_CHARACTERS = 12


class Taken(NamedTuple):
    """What became of a file: whether it could be read at all, and what is left beside it for the supplier to read."""

    readable: bool
    note: str | None = None


class FileTaker(Protocol):
    """Reads the files of one language; taking in the same file twice must change nothing the second time."""

    async def take(self, *, supplier_id: str, name: str, content: bytes, context: Context) -> Taken:
        """Take in a whole file of a supplier; raises the named error of what is wrong with all of it."""
        ...


FindTaker = Callable[[str, datetime], Awaitable[FileTaker | None]]


class ExchangeFolder:
    """Takes in what suppliers leave in their folder ``in``; implements Source. One process looks at a time."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        find_taker: FindTaker,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the place, what finds the taker for a supplier at a moment (None: none), and this process's name."""
        self._inbox = inbox
        self._find_taker = find_taker
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

    async def look(self) -> int:
        """Look once and take in what stayed as it was for long enough, the oldest first; returns how many files."""
        return len(await self._watch.look(take=self._take))

    async def _take(self, file: LeftFile, at: datetime) -> LeftFile | None:
        taker = await self._find_taker(file.folder, at)
        if taker is None:
            return await self._put_away(file=file, taken=Taken(readable=False, note="The supplier exchanges no files."))
        if file.byte_count > BYTES_MAXIMUM:
            return await self._put_away(
                file=file, taken=Taken(readable=False, note=f"More than {BYTES_MAXIMUM:,} bytes.")
            )
        context = system_context(name=CONSUMER, at=at, correlation_id=f"{file.folder}/{file.name}"[:100])
        try:
            content = b"".join([chunk async for chunk in self._inbox.chunks(file=file)])
            taken = await taker.take(supplier_id=file.folder, name=file.name, content=content, context=context)
        except (FileChangedMeanwhile, ChangedMeanwhile):
            # Taking in again changes nothing that was done already.
            return None
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            taken = Taken(readable=False, note=f"{error.title}. {error.detail}")
        return await self._put_away(file=file, taken=taken)

    async def _put_away(self, *, file: LeftFile, taken: Taken) -> LeftFile | None:
        if not taken.readable:
            _LOGGER.warning("a file of %s was refused: %s", file.folder, taken.note)
        where = TAKEN if taken.readable else REFUSED
        await self._inbox.put_away(file=file, where=where, mark=file.token[:_MARK_CHARACTERS], note=taken.note)
        return file
