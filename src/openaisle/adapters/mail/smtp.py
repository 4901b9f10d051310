"""Mail by a mail server (SMTP, RFC 5321), protected by TLS."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

from openaisle.adapters.mail.message import mail_of
from openaisle.kernel.context import Clock
from openaisle.kernel.mail import MailMessage, MailRefused, MailUndelivered

_TIMEOUT_SECONDS = 20.0
# A server answers 5xx to what it will never take, 4xx to what it may take later.
_FOR_EVER = 500


class SmtpMailer:
    """Hands messages to a mail server; implements the Mailer port."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: str,
        user: str,
        password_file: Path | None,
        clock: Clock,
        trust: ssl.SSLContext | None = None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        """Take where the server is and how it is spoken to: ``security`` is ``starttls``, ``tls`` or ``none``.

        The password is read from its file with each message, so that it can be changed. ``trust`` replaces the
        certificates of the system.
        """
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password_file = password_file
        self._clock = clock
        self._trust = trust
        self._timeout_seconds = timeout_seconds

    async def deliver(self, *, message: MailMessage) -> None:
        """Hand the message over; raises MailUndelivered or MailRefused."""
        mail = mail_of(message=message, clock=self._clock)
        await asyncio.to_thread(self._handed_over, mail)

    def _handed_over(self, mail: EmailMessage) -> None:
        try:
            with self._connected() as server:
                if self._security == "starttls":
                    server.starttls(context=self._certificates())
                if self._user:
                    server.login(self._user, self._password())
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise _failure(code, said) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            raise _failure(refused.smtp_code, refused.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            # Such as STARTTLS, or an address with letters beyond ASCII: a change of the settings may help.
            raise MailUndelivered(str(error)) from None
        except (smtplib.SMTPException, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise MailUndelivered(reason) from None

    def _connected(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout_seconds, context=self._certificates())
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout_seconds)

    def _certificates(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def _password(self) -> str:
        return self._password_file.read_text(encoding="utf-8").strip() if self._password_file is not None else ""


def _failure(code: int, said: bytes | str) -> MailUndelivered | MailRefused:
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    reason = f"the mail server answered {code} {told}"
    return MailRefused(reason) if code >= _FOR_EVER else MailUndelivered(reason)
