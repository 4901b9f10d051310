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
from openaisle.kernel.inbox_watch import InboxWatch
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
        """Look once, take in what stayed as it was for long enough, and put away what is done; returns how many."""
        return len(await self._watch.look(take=self._take))

    async def _take(self, file: LeftFile, at: datetime) -> LeftFile | None:
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
            return None
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._refuse(file=file, reason=f"{error.title}. {error.detail}")
        if taken.state is not OrderFileState.APPLIED:
            return None
        report = await self._files.report(file_id=file_id, principal=principal)
        told = b"".join([chunk async for chunk in report]).decode()
        await self._inbox.put_away(file=file, where=TAKEN, mark=file_id, note=told, note_ending=REPORT)
        return file

    async def _refuse(self, *, file: LeftFile, reason: str) -> LeftFile | None:
        _LOGGER.warning("a file of %s was refused: %s", file.folder, reason)
        await self._inbox.put_away(file=file, where=REFUSED, mark=file.token[:_MARK_CHARACTERS], note=reason)
        return file
