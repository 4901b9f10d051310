"""The room of mail put together over the ports."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.config import MailTransport
from openaisle.mail.dispatcher import MailDispatcher
from openaisle.mail.queries import MailQueries
from openaisle.mail.use_cases import Mail


@dataclass(frozen=True, kw_only=True)
class MailRoom:
    """What the room of mail can do and can tell."""

    mail: Mail
    queries: MailQueries
    dispatcher: MailDispatcher


def mail_over(*, engines: Engines) -> MailRoom:
    """Return the room of mail."""
    settings = engines.settings
    # The words of mails hold one-time links: they are only to be seen where mail never leaves this machine.
    stays_here = settings.mail_transport is MailTransport.FOLDER
    return MailRoom(
        mail=Mail(
            table=engines.table,
            cipher=engines.cipher,
            marketplace_name=settings.marketplace_name,
            overrides=settings.mail_templates_directory,
        ),
        queries=MailQueries(table=engines.table, cipher=engines.cipher, words_shown=stays_here),
        dispatcher=MailDispatcher(
            table=engines.table,
            cipher=engines.cipher,
            mailer=engines.mailer,
            clock=engines.clock,
            sender=settings.mail_from,
            words_kept=stays_here,
        ),
    )
