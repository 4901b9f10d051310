"""Files of orders that storefronts leave in folders (by SFTP, say): one folder for each, its report left beside it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from openaisle.kernel.context import Clock, Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.inbox import FileChangedMeanwhile, Inbox, LeftFile
from openaisle.kernel.stream import Checkpoints
from openaisle.kernel.texts import IDENTIFIER_PATTERN
from openaisle.orders.arriving.files import OrderFiles
from openaisle.orders.arriving.model import OrderFileState

_LOGGER = logging.getLogger(__name__)
CONSUMER = "order-folder"
TAKEN = "taken"
REFUSED = "refused"
REPORT = "report.csv"
STILL = timedelta(seconds=5)
"""How long a file must stay as it is before it counts as whole."""
_LOOK_EVERY_SECONDS = 2.0
_LEASE_SECONDS = 60.0
_MARK_CHARACTERS = 12
_NAME_MAXIMUM = 64
_STOREFRONT = re.compile(IDENTIFIER_PATTERN)


class OrderFolder:
    """Takes in what storefronts leave; implements Source. One process looks at a time.

    A file stays where it is until each of its orders has its result. It is known by what it is, so whoever is killed
    in between goes on with it.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        files: OrderFiles,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the place that is watched, what receives whole files, the ports and this process's name."""
        self._inbox = inbox
        self._files = files
        self._checkpoints = checkpoints
        self._clock = clock
        self._holder = holder
        self._sleep = sleep
        self._seen: dict[tuple[str, tuple[str, ...], str], datetime] = {}

    async def run(self) -> None:
        """Look at the folders until canceled."""
        while True:
            now = self._clock.now()
            lease = await self._checkpoints.acquire(
                consumer=CONSUMER, holder=self._holder, now=now, seconds=_LEASE_SECONDS
            )
            if lease is not None:
                try:
                    await self.look()
                except Exception:
                    # A disk that is full or a folder that is gone is no reason to stop looking.
                    _LOGGER.exception("the folders of orders could not be looked at")
            await self._sleep(_LOOK_EVERY_SECONDS)

    async def look(self) -> int:
        """Look once, take in what stayed as it was for long enough, and put away what is done; returns how many."""
        now = self._clock.now()
        left = await self._inbox.left()
        seen = {(file.folder, file.place, file.token): file for file in left}
        self._seen = {place: self._seen.get(place, now) for place in seen}
        count = 0
        for place, file in seen.items():
            if now - self._seen[place] >= STILL:
                try:
                    count += await self._take(file=file, at=now)
                except Exception:
                    # One storefront's file must not hold up another's; it is met again with the next look.
                    _LOGGER.exception("a file of %s could not be taken in", file.folder)
        return count

    async def _take(self, *, file: LeftFile, at: datetime) -> int:
        if len(file.folder) > _NAME_MAXIMUM or not _STOREFRONT.fullmatch(file.folder):
            return await self._refuse(file=file, reason="The folder's name is no identifier of a storefront.")
        file_id = derived_identifier(prefix="orf", parts=(file.folder, *file.place, file.token))
        principal = Principal(role=Role.STOREFRONT, subject_id=file.folder)
        context = Context(principal=principal, at=at, correlation_id=file_id)
        try:
            taken = await self._files.receive(
                chunks=self._inbox.chunks(file=file), file_name=file.name, context=context, file_id=file_id
            )
        except FileChangedMeanwhile:
            return 0
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._refuse(file=file, reason=f"{error.title}. {error.detail}")
        if taken.state is not OrderFileState.APPLIED:
            return 0
        report = await self._files.report(file_id=file_id, principal=principal)
        told = b"".join([chunk async for chunk in report]).decode()
        await self._inbox.put_away(file=file, where=TAKEN, mark=file_id, note=told, note_ending=REPORT)
        return 1

    async def _refuse(self, *, file: LeftFile, reason: str) -> int:
        _LOGGER.warning("a file of %s was refused: %s", file.folder, reason)
        await self._inbox.put_away(file=file, where=REFUSED, mark=file.token[:_MARK_CHARACTERS], note=reason)
        return 1
