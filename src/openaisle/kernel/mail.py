"""The port of mail: one message to one address, and how its delivery may fail."""

from __future__ import annotations

from typing import Protocol

import msgspec


class MailMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to go. ``message_id`` is the same whenever the message is tried again."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    language: str


class MailUndelivered(Exception):
    """The message was not taken this time; it may be tried again."""


class MailRefused(Exception):
    """The message will never be taken: its address is unknown, or it cannot be written as a mail."""


class Mailer(Protocol):
    """Brings messages out of the house."""

    async def deliver(self, *, message: MailMessage) -> None:
        """Hand the message over; raises MailUndelivered or MailRefused."""
        ...
