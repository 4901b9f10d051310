"""A message as the bytes of a mail, RFC 5322 and MIME."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from openaisle.kernel.context import Clock
from openaisle.kernel.mail import MailMessage, MailRefused

_SIZE_MAXIMUM = 1_000_000


def mail_of(*, message: MailMessage, clock: Clock) -> EmailMessage:
    """Return the mail; raises MailRefused for one that cannot be written, such as with a line break in a header."""
    mail = EmailMessage(policy=SMTP)
    try:
        name, address = parseaddr(message.sender)
        mail["From"] = Address(display_name=name, addr_spec=address)
        mail["To"] = Address(addr_spec=message.recipient)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(clock.now())
        mail["Message-ID"] = message.message_id
        # So that holiday answers and the like are not sent (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        # Last, for the parts would take it over.
        mail["Content-Language"] = message.language
        size = len(mail.as_bytes())
    except (ValueError, MessageError, IndexError) as error:
        refusal = f"the mail cannot be written: {error}"
        raise MailRefused(refusal) from None
    if size > _SIZE_MAXIMUM:
        refusal = f"the mail has {size} bytes, more than {_SIZE_MAXIMUM}"
        raise MailRefused(refusal)
    return mail
