"""What happens to mails, as the operator is told of it: never their addresses or words."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class MailFailed(Event, frozen=True, kw_only=True, gc=False):
    """A mail was given up: its address was refused, or nobody took it for days."""

    TYPE: ClassVar[str] = "mail.failed"

    mail_id: str
    template: str
    reason: str
