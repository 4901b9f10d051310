"""Mail that stays on this machine: one file each, for trials."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from openaisle.adapters.mail.message import mail_of
from openaisle.kernel.context import Clock
from openaisle.kernel.mail import MailMessage, MailUndelivered


class FolderMailer:
    """Writes each message as an ``.eml`` file that any mail program opens; implements the Mailer port."""

    def __init__(self, *, folder: Path, clock: Clock) -> None:
        """Take the folder, which is made with the first message, for its owner alone."""
        self._folder = folder
        self._clock = clock

    async def deliver(self, *, message: MailMessage) -> None:
        """Write the message; one that comes again replaces its file."""
        content = mail_of(message=message, clock=self._clock).as_bytes()
        name = re.sub(r"[^a-zA-Z0-9_]", "", message.message_id.partition("@")[0])
        try:
            await asyncio.to_thread(self._write, f"{name}.eml", content)
        except OSError as error:
            reason = f"the file cannot be written: {error.strerror}"
            raise MailUndelivered(reason) from None

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f".{name}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        unfinished.replace(self._folder / name)
