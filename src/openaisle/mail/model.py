"""An outgoing mail: its record, and what each try makes of it. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, RequestInvalid, TransitionRefused
from openaisle.mail.events import MailFailed

KEPT_FOR = timedelta(days=30)
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=6)
# Half a minute, doubled up to six hours: with sixteen tries a mail server may be down for a day and a half.
ATTEMPTS_MAXIMUM = 16
_REASON_LENGTH_MAXIMUM = 500
_ADDRESS_LENGTH_MAXIMUM = 254
# One address and nothing else: no display name, no list, no line break that could begin another header.
_ADDRESS = re.compile(r"[^\s@<>(),:;\"\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>(),:;\"\\\[\]\x00-\x1f\x7f]{1,190}")


class MailState(StrEnum):
    """Where a mail stands: it waits for its next try, was handed over, or was given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class MailAddressInvalid(RequestInvalid):
    """A mail was to go to something that is not one e-mail address."""

    code = "mail-address-invalid"
    title = "That is not an e-mail address"
    mend = "Give one address such as name@example.com."


class MailMissing(NotFound):
    """There is no mail of that identifier; mails are kept for 30 days."""

    code = "mail-missing"
    title = "No such mail"


class MailNotFailed(TransitionRefused):
    """Only a mail that was given up can be sent again."""

    code = "mail-not-failed"
    title = "The mail was not given up"


class MailContent(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a mail, and to whom it goes; kept encrypted."""

    recipient: str
    subject: str
    text: str
    html: str


class OutgoingMail(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a mail.

    ``content`` is an encrypted MailContent, None once the mail was handed over and need not be seen again.
    ``recipient_masked`` is what people may see of the address. ``next_attempt_at`` is None unless it waits.
    """

    mail_id: str
    template: str
    language: str
    state: MailState
    recipient_masked: str
    content: str | None
    attempts: int = 0
    last_failure: str | None = None
    next_attempt_at: datetime | None
    created_at: datetime
    sent_at: datetime | None = None
    expires_at: datetime
    correlation_id: str


def require_address(*, address: str) -> str:
    """Return the address if it is a single one; raises MailAddressInvalid."""
    if len(address) > _ADDRESS_LENGTH_MAXIMUM or not _ADDRESS.fullmatch(address):
        raise MailAddressInvalid(detail=f"{address[:60]!r} is not one e-mail address.")
    return address


def masked_address(*, address: str) -> str:
    """Return the address with all but the first letter of its mailbox hidden."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[:1]}…@{domain}"


def decide_sent(*, mail: OutgoingMail, at: datetime, keep_content: bool) -> OutgoingMail:
    """Return the mail after it was handed over; its words are forgotten unless they are to be seen locally."""
    return msgspec.structs.replace(
        mail,
        state=MailState.SENT,
        attempts=mail.attempts + 1,
        content=mail.content if keep_content else None,
        next_attempt_at=None,
        sent_at=at,
        last_failure=None,
    )


def decide_not_sent(
    *, mail: OutgoingMail, at: datetime, reason: str, final: bool
) -> tuple[OutgoingMail, tuple[MailFailed, ...]]:
    """Return the mail after a try that failed: it waits longer each time, and is given up in the end."""
    attempts = mail.attempts + 1
    told = " ".join(reason.split())[:_REASON_LENGTH_MAXIMUM]
    if final or attempts >= ATTEMPTS_MAXIMUM:
        failed = msgspec.structs.replace(
            mail, state=MailState.FAILED, attempts=attempts, last_failure=told, next_attempt_at=None
        )
        return failed, (MailFailed(mail_id=mail.mail_id, template=mail.template, reason=told),)
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts - 1, 20))
    waiting = msgspec.structs.replace(mail, attempts=attempts, last_failure=told, next_attempt_at=at + wait)
    return waiting, ()


def decide_again(*, mail: OutgoingMail, at: datetime) -> OutgoingMail:
    """Return a mail that was given up, waiting for a new round of tries; raises MailNotFailed."""
    if mail.state is not MailState.FAILED:
        raise MailNotFailed(detail=f"{mail.mail_id} is {mail.state.value}.")
    return msgspec.structs.replace(mail, state=MailState.WAITING, attempts=0, next_attempt_at=at)
