"""Hands due mails over, and says what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.encryption import DecryptionFailed, FieldCipher
from openaisle.kernel.mail import Mailer, MailMessage, MailRefused, MailUndelivered
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Item, Table
from openaisle.mail.events import MailFailed
from openaisle.mail.model import OutgoingMail, decide_not_sent, decide_sent
from openaisle.mail.queries import opened
from openaisle.mail.repository import DUE_TOPIC, MAILS

NAME = "mail"
_AT_ONCE = 4
# Twenty mails, four at once, of half a minute each at the worst: well within the time a timer's handler has.
_BATCH_SIZE = 20


class MailDispatcher:
    """Delivers mails that are due. One that is handled twice around a crash goes out twice under one Message-ID."""

    def __init__(
        self, *, table: Table, cipher: FieldCipher, mailer: Mailer, clock: Clock, sender: str, words_kept: bool
    ) -> None:
        """Take the ports and the address that mails come ``from``; ``words_kept`` keeps the words of sent mails."""
        self._table = table
        self._cipher = cipher
        self._mailer = mailer
        self._clock = clock
        self._sender = sender
        self._words_kept = words_kept
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def timer(self) -> Timer:
        """Return the timer that meets each mail when it is due."""
        return Timer(topic=DUE_TOPIC, handle=self.handle, batch_size=_BATCH_SIZE)

    async def handle(self, items: Sequence[Item], _now: datetime) -> None:
        """Deliver the mails of the items."""
        results = await asyncio.gather(
            *(self._dispatched(MAILS.decode(item)) for item in items), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _dispatched(self, found: Versioned[OutgoingMail]) -> None:
        async with self._turns:
            reason, final = await self._tried(found.record)
        at = self._clock.now()
        events: tuple[MailFailed, ...] = ()
        if not reason:
            after = decide_sent(mail=found.record, at=at, keep_content=self._words_kept)
        else:
            after, events = decide_not_sent(mail=found.record, at=at, reason=reason, final=final)
        context = system_context(name=NAME, at=at, correlation_id=found.record.correlation_id)
        try:
            await self._table.commit(
                writes=[MAILS.replace(after, version=found.version, events=events)], context=context
            )
        except CommitRefused:
            # Another process was quicker; what it wrote is as true as this.
            return

    async def _tried(self, mail: OutgoingMail) -> tuple[str, bool]:
        """Return why the mail was not delivered, empty if it was, and whether it never will be."""
        try:
            content = opened(mail=mail, cipher=self._cipher)
        except DecryptionFailed as error:
            return error.detail, True
        message = MailMessage(
            message_id=f"<{mail.mail_id}@{self._sender.rpartition('@')[2].rstrip('>')}>",
            sender=self._sender,
            recipient=content.recipient,
            subject=content.subject,
            text=content.text,
            html=content.html,
            language=mail.language,
        )
        try:
            await self._mailer.deliver(message=message)
        except MailUndelivered as error:
            return str(error) or "not delivered", False
        except MailRefused as error:
            return str(error) or "refused", True
        return "", False
